"""All that is found in a text, each with its kind and its place."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.guidance.identifiers.dates import dates_of_birth
from bot.guidance.identifiers.folding import Folded, folded
from bot.guidance.identifiers.known import NOBODY, Known
from bot.guidance.identifiers.names import likely_names
from bot.guidance.identifiers.numbers import emails, nhs_numbers, phones, postcodes, pupil_numbers

Kind = str
"""A key of the words in `content/flows/identifiers.yaml`."""

GRAVITY: tuple[Kind, ...] = (
    "nhs_number", "upn", "date_of_birth", "likely_name", "postcode", "phone", "email",
)  # fmt: skip
"""Every kind, the gravest first: where two overlap, the graver counts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`start` and `end` are places in the text as it was typed; `words` is what stands there."""

    kind: Kind
    start: int
    end: int
    words: str


def find(text: str, known: Known = NOBODY) -> tuple[Finding, ...]:
    """What would say who is meant, in the order of the text; nothing overlaps. Empty where it is clean."""
    searched = folded(text)
    found: list[Finding] = []
    taken: list[tuple[int, int]] = []
    for kind, (start, end) in sorted(_spans(searched, known), key=lambda one: GRAVITY.index(one[0])):
        start, end = searched.span(start, end)
        if all(end <= other or start >= until for other, until in taken):
            taken.append((start, end))
            found.append(Finding(kind, start, end, text[start:end]))
    return tuple(sorted(found, key=lambda one: one.start))


def identifiers(text: str, known: Known = NOBODY) -> tuple[Kind, ...]:
    """The kinds that the text holds, the gravest first."""
    kinds = {one.kind for one in find(text, known)}
    return tuple(kind for kind in GRAVITY if kind in kinds)


def _spans(searched: Folded, known: Known) -> Iterator[tuple[Kind, tuple[int, int]]]:
    text = searched.text
    names = tuple(likely_names(text, known))
    for kind, spans in (
        ("nhs_number", nhs_numbers(text)),
        ("upn", pupil_numbers(text)),
        ("date_of_birth", dates_of_birth(text, {end for _, end in names})),
        ("likely_name", names),
        ("postcode", postcodes(text)),
        ("phone", phones(text, known)),
        ("email", emails(text, known)),
    ):
        for span in spans:
            yield kind, span
