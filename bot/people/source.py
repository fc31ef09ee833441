"""Where the directory comes from: a YAML file, or a spreadsheet saved as CSV."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bot import files
from bot.complaints import Complaint
from bot.escalation.mistake import Mistake
from bot.files import BadFile
from bot.people import sheet
from bot.people.addresses import address
from bot.people.directory import Directory
from bot.people.entries import WAY, Agency, Entry, Part, Post, Team
from bot.people.namesakes import namesakes
from bot.people.sound import mistakes
from bot.people.table import LARGEST


def load(path: Path, platforms: frozenset[str], *, two_people: bool = True) -> Directory:
    """Read the directory; a name that ends in ".csv" is a spreadsheet's.

    `platforms` are those that a person can be reached on. `two_people`: where two entries of an agency look
    like one person, they are two. Raises BadFile with every problem of the file, from the first line on.
    """
    if path.suffix.lower() in (".csv", ".tsv", ".txt"):
        tree, found = sheet.read(path)
    else:
        tree, found = files.read(path, LARGEST), []
    try:
        directory: Directory | None = files.checked(tree, Directory, {"platforms": platforms})
    except BadFile as bad:
        directory = None
        found = [*found, *bad.problems]
    between: Iterable[Mistake] = ()
    if directory is None:
        between = _between(_unchecked(tree.data), platforms, two_people)
    elif not two_people:
        between = namesakes(directory.people)
    found += files.problems(tree, (_complaint(one) for one in between))
    if directory is None or found:
        raise BadFile(files.in_order(tree, dict.fromkeys(found)))
    return directory


def _between(directory: Directory, platforms: frozenset[str], two_people: bool) -> Iterator[Mistake]:
    """What is wrong between the parts, though something is wrong in the parts: all is told at once."""
    yield from mistakes(directory, platforms)
    if not two_people:
        yield from namesakes(directory.people)


def _complaint(mistake: Mistake) -> Complaint:
    key = next((step for step in reversed(mistake.at) if isinstance(step, str)), "")
    return Complaint(
        mistake.at, f"{key}: {mistake.what}" if key else mistake.what, mistake.remedy, mistake.other
    )


def _unchecked(data: Any) -> Directory:
    """The directory as it is written, as far as it has the shape of one."""
    whole = data if isinstance(data, dict) else {}
    leads = whole.get("safeguarding_leads")
    return Directory.model_construct(
        agencies=_parts(whole, "agencies", Agency),
        teams=_parts(whole, "teams", Team),
        people=_parts(whole, "people", Entry),
        posts=_parts(whole, "posts", Post),
        safeguarding_leads={str(key): str(value) for key, value in leads.items()}
        if isinstance(leads, dict)
        else {},
        coordinator=str(whole.get("coordinator", "")),
    )


def _parts(whole: dict[str, Any], key: str, kind: type[Part]) -> tuple[Any, ...]:
    written = whole.get(key)
    return tuple(_part(one, kind) for one in written) if isinstance(written, list) else ()


def _part(written: Any, kind: type[Part]) -> Part:
    """A part whose fields are texts, or lists of them; what is wrong by itself, and told, is left empty."""
    fields: dict[str, Any] = dict.fromkeys(kind.model_fields, "") | {
        "channel": None,
        "ways": (),
        "deputies": (),
    }
    for name, value in written.items() if isinstance(written, dict) else ():
        if name in ("ways", "deputies"):
            listed = tuple(map(str, value)) if isinstance(value, list) else (str(value),)
            fields[name] = tuple(one for one in listed if name == "deputies" or WAY.fullmatch(one))
        elif name == "email":
            fields[name] = value if _is_address(value) else ""
        elif isinstance(value, str):
            fields[name] = value
    return kind.model_construct(**{name: fields[name] for name in kind.model_fields})


def _is_address(value: Any) -> bool:
    try:
        return bool(address(value))
    except (ValueError, TypeError, AttributeError):
        return False
