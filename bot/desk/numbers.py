"""The urgent numbers of a policy: who rang them and said that they are right, and when.

Kept as a stream of events beside the cases', so that who said so, and when, can't be changed later. A number
that changes in the file, or whose name does, has to be rung anew.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.escalation.policy import Policy, UrgentContact
from bot.people.directory import Directory
from bot.store.work import Work

NUMBERS = "numbers"
"""The kind of notice that asks for it."""
_RIGHT, _WRONG = "number_right", "number_wrong"

Standing = Literal["national", "open", "right", "wrong"]


@dataclass(frozen=True, slots=True)
class NumberState:
    """An urgent number and what is known of it; `by` is a person's id, empty where nobody has said."""

    contact: UrgentContact
    standing: Standing
    by: str = ""
    at: datetime | None = None


async def states(work: Work, policy: Policy) -> tuple[NumberState, ...]:
    """Each urgent number of the policy with the last that was said of it."""
    said: dict[tuple[str, str], NumberState] = {}
    known = {(contact.number, contact.name): contact for contact in policy.urgent}
    for event in await work.history(_stream(policy)):
        which = (event.body["number"], event.body["name"])
        if which in known and not known[which].national:
            standing: Standing = "right" if event.kind == _RIGHT else "wrong"
            said[which] = NumberState(known[which], standing, event.actor, event.at)
    return tuple(
        said.get(which) or NumberState(contact, "national" if contact.national else "open")
        for which, contact in known.items()
    )


async def confirmations(work: Work, policy: Policy) -> dict[str, tuple[str, datetime]]:
    """Number → the id of the person who said that it is right, and when."""
    return {
        one.contact.number: (one.by, one.at)
        for one in await states(work, policy)
        if one.standing == "right" and one.at is not None
    }


async def record(work: Work, policy: Policy, contact: UrgentContact, right: bool, person: str) -> None:
    """A person rang the number: it is right, or it is wrong."""
    body = {"number": contact.number, "name": contact.name}
    await work.append(_stream(policy), _RIGHT if right else _WRONG, body, person)


async def ask(work: Work, policy: Policy, directory: Directory, notice: str) -> tuple[NumberState, ...]:
    """Ask the coordinator to ring the numbers while nobody has said anything of one of them: once for the
    numbers of the file, however often the service starts, for as long as deliveries are kept. Gives those
    that nobody has said are right. An example's numbers are made up and nobody is asked."""
    if policy.status == "example":
        return ()
    asked = tuple(one for one in await states(work, policy) if one.standing != "national")
    if any(one.standing == "open" for one in asked):
        named = "\n".join(f"{one.contact.number} {one.contact.name}" for one in asked)
        key = f"{_stream(policy)}:{hashlib.sha256(named.encode()).hexdigest()[:16]}"
        await work.deliver(key, None, directory.coordinator, None, notice)
    return tuple(one for one in asked if one.standing != "right")


def may_confirm(directory: Directory, person: str) -> bool:
    """The coordinator, and the safeguarding leads."""
    return person in (directory.coordinator, *directory.safeguarding_leads.values())


def _stream(policy: Policy) -> str:
    return f"{NUMBERS}:{policy.id}"
