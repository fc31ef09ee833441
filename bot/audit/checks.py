"""The judgement of what was read: pure, one case at a time."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot.audit.findings import STALE, Finding
from bot.desk.stored import event_in, restored, row_of, stream_of
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import replay
from bot.escalation.clocks import live_clocks
from bot.store.chain import Chain
from bot.store.erasing import ERASED
from bot.store.inspecting import CaseFile
from bot.store.tables import CaseRow, PostedCard

_COLUMNS = (
    "id", "reference", "version", "status", "training", "stage", "opened_at", "closed_at", "raiser",
    "minimised",
)  # fmt: skip
_EXACT = timedelta(seconds=1)
_TRIED = 8
"""A card that could not be redrawn so often is late, however lately it was tried."""


def case_findings(file: CaseFile, now: datetime, real_now: datetime) -> tuple[Finding, ...]:
    """All that is wrong with one case. `now` and `real_now` are those of the moment at which it was read.

    The events are the truth: the row, its members, its clocks and its cards have to follow from them. Where
    the events themselves are not whole, that is told, and the rest is compared with the row.
    """
    row, reference = file.row, file.row.reference
    if not file.events and file.head is None:
        return (Finding("no_history", reference, reference),)
    found: list[Finding] = []
    chain = Chain()
    chain.follow(file.events)
    faults = chain.end(file.head)
    if faults:
        found.append(Finding("chain", stream_of(row.id), reference, "; ".join(map(str, faults))))
    last = file.events[-1].kind if file.events else ""
    if row.status == ERASED or last == e.Erased.kind:
        return (*found, *_erased(file, last))
    if file.shut:
        return (*found, Finding("unreadable", reference, reference, file.shut))
    try:
        if faults:
            case = restored(row)
        else:
            case = replay(_history(file))
            found += _projection(file, case)
        clocks = live_clocks(case)
    except Exception as error:
        # Whatever stands there: one case that can't be read must not keep the others from being looked at.
        return (*found, Finding("unreadable", reference, reference, type(error).__name__))
    found += _clocks(file, case, clocks, now)
    found += _cards(file, now, real_now)
    return tuple(found)


def _erased(file: CaseFile, last: str) -> Iterator[Finding]:
    """Of an erased case the chain is left, and what is counted: it can't be read, and nothing follows from
    it any more. Nobody is on it, no clock runs, no card of it is shown."""
    row = file.row
    sound = row.status == ERASED and last == e.Erased.kind and row.version == len(file.events)
    differ = [] if sound else ["erased"]
    differ += [name for name in ("state", "raiser") if getattr(row, name)]
    differ += ["who is on it"] if file.roles else []
    differ += ["clocks"] if file.deadlines else []
    differ += ["cards"] if file.cards else []
    if differ:
        yield Finding("projection", row.reference, row.reference, ", ".join(differ))


def _history(file: CaseFile) -> list[e.Event]:
    return [event_in(row, body) for row, body in zip(file.events, file.bodies, strict=True)]


def _projection(file: CaseFile, case: Case) -> Iterator[Finding]:
    row, wanted = file.row, row_of(case)
    differ = [name for name in _COLUMNS if getattr(row, name) != getattr(wanted, name)]
    differ += _state(row, wanted, case)
    if file.roles != {person: member.role for person, member in case.members.items()}:
        differ.append("who is on it")
    if differ:
        yield Finding("projection", row.reference, row.reference, ", ".join(differ))


def _state(row: CaseRow, wanted: CaseRow, case: Case) -> list[str]:
    """The parts of the state that differ. What an earlier release did not know of is missing in what it
    saved; that is no difference."""
    if row.state == wanted.state:
        return []
    saved, stored = restored(row), json.loads(row.state)
    return [name for name in stored if getattr(saved, name) != getattr(case, name)]


def _clocks(file: CaseFile, case: Case, wanted: dict[str, datetime], now: datetime) -> Iterator[Finding]:
    reference = file.row.reference
    kept = {row.key: row for row in file.deadlines}
    if case.open and not any(row.state == "live" for row in file.deadlines):
        yield Finding("without_clock", reference, reference)
        return
    lost = [key for key in wanted if key not in kept or kept[key].state in ("ended", "fired")]
    if lost:
        yield Finding("clock_lost", reference, reference, ", ".join(sorted(lost)))
    # One that is too early does nothing when it fires but to be set anew; one that is too late is missed.
    moved = [
        key
        for key, due_at in wanted.items()
        if key in kept and kept[key].state == "live" and kept[key].due_at > due_at + _EXACT
    ]
    if moved:
        yield Finding("clock_moved", reference, reference, ", ".join(sorted(moved)))


def _cards(file: CaseFile, now: datetime, real_now: datetime) -> Iterator[Finding]:
    version, reference = file.row.version, file.row.reference

    def about(kind: str, cards: Iterable[PostedCard]) -> Iterator[Finding]:
        ids = ", ".join(str(card.id) for card in cards)
        if ids:
            yield Finding(kind, reference, reference, ids)  # type: ignore[arg-type]

    yield from about("card_behind", (card for card in file.cards if card.wanted_version < version))
    yield from about("card_ahead", (card for card in file.cards if card.shown_version > version))
    yield from about("card_late", (card for card in file.cards if _late(card, file, now, real_now)))


def _late(card: PostedCard, file: CaseFile, now: datetime, real_now: datetime) -> bool:
    """Whether the card has shown an old version for too long: from the first event that it does not show."""
    if not card.shown_version < card.wanted_version <= file.row.version:
        return False
    unseen = next((event.at for event in file.events if event.sequence > card.shown_version), None)
    waited = card.free_at <= real_now - STALE or card.tries > _TRIED
    return unseen is not None and unseen <= now - STALE and waited
