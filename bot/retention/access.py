"""What is held of one person, for whoever asks: the words of others are left out, and marked."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

from bot.escalation.case import Case
from bot.people.directory import Directory
from bot.people.past import past, past_data
from bot.retention.erasing import SECURITY
from bot.store.events import OF_CASES
from bot.store.tables import AccountRow
from bot.store.work import CaseRow, StoredEvent, Work

LEFT_OUT = "[left out: somebody else's words]"
ACCESS = "access_export"
_PAGE = 200
_OF_OTHERS = frozenset({
    "text", "reason", "note", "minutes", "concern", "form", "agreed", "who", "owner", "where", "reference",
    "phone",
})  # fmt: skip
"""The fields of an event in which somebody wrote words of their own."""
_SECTIONS = (
    "entry", "directory_history", "accounts", "places", "cases", "drafts", "messages", "cards", "letters",
    "security",
)  # fmt: skip


async def held(work: Work, directory: Directory, person: str) -> dict[str, Any]:
    """All of it, as plain data with stable keys. `person` is an id of the directory, also of somebody who is
    no longer in it. Goes through all cases and long histories: for nobody who waits."""
    entry = directory.person(person)
    accounts = await work.every_account_of(person)
    names = _names_of(accounts)
    keys = (person, *sorted(names))
    address = entry.email.strip().lower() if entry else ""
    security = await work.history(SECURITY)
    return {
        "person": person,
        "entry": entry.model_dump(mode="json") if entry else None,
        "directory_history": [past_data(one) for one in await past(work, person)],
        "accounts": [_plain(row.model_dump()) for row in accounts],
        "places": [_plain(row.model_dump()) for row in await work.every_place_of(person)],
        "cases": sorted([one async for one in _cases(work, person)], key=_opened, reverse=True),
        "drafts": [
            {"name": row.name, "until": row.expires_at.isoformat(), "data": json.loads(row.data)}
            for row in await work.drafts_of(keys)
        ],
        "messages": await work.messages_to(person),
        "cards": await work.cards_of(person),
        "letters": await work.letters_to(address) if address else 0,
        "security": [_told(one) for one in security if _is_about(one, person, names)],
    }


def _names_of(accounts: Iterable[AccountRow]) -> set[str]:
    return {f"{one.platform}:{one.tenant}:{one.user}" for one in accounts}


async def counted(work: Work, directory: Directory, person: str) -> Counter[str]:
    """How much there is of what can be counted while somebody waits. The rest takes going through all cases,
    and through the histories of the directory and of the security stream: `held` has it."""
    entry = directory.person(person)
    accounts = await work.every_account_of(person)
    address = entry.email.strip().lower() if entry else ""
    return Counter(
        entry=int(entry is not None),
        accounts=len(accounts),
        places=len(await work.every_place_of(person)),
        cases=await work.number_of_cases(person),
        drafts=await work.number_of_drafts((person, *_names_of(accounts))),
        messages=await work.messages_to(person),
        cards=await work.cards_of(person),
        letters=await work.letters_to(address) if address else 0,
    )


async def on_record(work: Work, person: str, by: str, how: str) -> None:
    """Somebody asked what is held of this person. `how`: "exported", or "counted"."""
    await work.append(SECURITY, ACCESS, {"what": ACCESS, "case": "", "person": person, "how": how}, by)


async def _cases(work: Work, person: str) -> AsyncIterator[dict[str, Any]]:
    """Each case that the person is on, was on, or did something on: their part, what they wrote, and what
    else names them. Goes through all cases: the words of each say who was ever on it."""
    acted = await work.acted_on(person)
    last = ""
    while rows := await work.cases_held_after(last, _PAGE):
        for row in rows:
            if row.id in acted or json.dumps(person) in row.state:
                yield await _case_of(work, row, person)
        last = rows[-1].id


async def _case_of(work: Work, row: CaseRow, person: str) -> dict[str, Any]:
    case = Case.model_validate_json(row.state)
    history = await work.history(OF_CASES + row.id)
    member = case.members.get(person)
    return {
        "reference": row.reference, "status": row.status, "training": row.training,
        "opened": row.opened_at.isoformat(),
        "closed": row.closed_at.isoformat() if row.closed_at else None,
        "side": member.side if member else None, "role": member.role if member else None,
        "left": None if member else case.left.get(person),
        "written": [_own(event) for event in history if event.actor == person],
        "named_in": [
            _of_others(event) for event in history if event.actor != person and _names(event.body, person)
        ],
    }  # fmt: skip


def _opened(case: Mapping[str, Any]) -> str:
    return str(case["opened"])


def _own(event: StoredEvent) -> dict[str, Any]:
    """What the person did or wrote. Who else is named in it is left in: they wrote it themselves."""
    body = {key: value for key, value in event.body.items() if key != "policy"}
    return {"at": event.at.isoformat(), "kind": event.kind, **body}


def _of_others(event: StoredEvent) -> dict[str, Any]:
    """What somebody else did that names the person: that it did, and none of the other's words."""
    body = {
        key: LEFT_OUT if key in _OF_OTHERS and value else value
        for key, value in event.body.items()
        if key != "policy"
    }
    return {"at": event.at.isoformat(), "kind": event.kind, **body}


def _names(value: Any, person: str) -> bool:
    """Whether the person's id stands there as a value, wherever."""
    match value:
        case dict():
            return person in value or any(_names(one, person) for one in value.values())
        case list():
            return any(_names(one, person) for one in value)
        case _:
            return bool(value == person)


def _is_about(event: StoredEvent, person: str, accounts: set[str]) -> bool:
    return event.actor in (person, *accounts) or event.body.get("person") == person


def _told(event: StoredEvent) -> dict[str, Any]:
    return {"at": event.at.isoformat(), "what": event.kind, "by": event.actor, **event.body}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in row.items()}


def in_words(found: Mapping[str, Any], words: Any) -> str:
    """The same for people to read: every section with what stands in it, one thing a line."""
    return "\n".join(_lines(found, words)) + "\n"


def _lines(found: Mapping[str, Any], words: Any) -> Iterator[str]:
    yield words("access.title", person=found["person"])
    yield words("access.note")
    for name in _SECTIONS:
        value = found[name]
        yield from ("", words(f"access.section.{name}"))
        if isinstance(value, int):
            yield f"  {value}"
        elif not value:
            yield f"  {words('access.nothing')}"
        elif name == "cases":
            for case in value:
                yield from _case(case, words)
        else:
            for one in value if isinstance(value, list) else [value]:
                yield f"  - {_line(one)}"


def _case(case: Mapping[str, Any], words: Any) -> Iterator[str]:
    yield f"  {words('access.case' if case['role'] else 'access.case_left', **case)}"
    for key in ("written", "named_in"):
        yield f"    {words(f'access.part.{key}')}"
        for one in case[key] or ():
            yield f"      - {_line(one)}"
        if not case[key]:
            yield f"      {words('access.nothing')}"


def _line(one: Any) -> str:
    """ "key: value" for all that is not empty, whatever is nested in it."""
    if isinstance(one, Mapping):
        said = (f"{key}: {_line(value)}" for key, value in one.items() if value not in (None, "", [], {}, ()))
        return "; ".join(said)
    if isinstance(one, list):
        return ", ".join(_line(each) for each in one)
    return " ".join(str(one).split())
