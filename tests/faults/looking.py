"""What a test of a fault looks at: the truth in the database, what stands in the chats, what was counted."""

from dataclasses import dataclass
from typing import Any

from prometheus_client import generate_latest

from bot.store.database import Database
from bot.store.work import CaseRow
from playground.attempt import Attempt
from playground.faults import Faults
from playground.house import House
from playground.people import Actor
from playground.screen import Json, Seen
from playground.world import World

POST = {"slack": "chat.postMessage", "teams": "post_activity"}
"""What each platform calls the call that posts a message."""
UPDATE = {"slack": "chat.update", "teams": "update_activity"}
WITHIN = {"slack": 3.0, "teams": 5.0}
"""Seconds in which each platform must have its answer."""


@dataclass(frozen=True, slots=True)
class Event:
    """What stands in a history."""

    kind: str
    body: dict[str, Any]
    actor: str


def faults_of(world: World, platform: str) -> Faults:
    return world.slack.faults if platform == "slack" else world.teams.faults


def attempts(world: World, platform: str) -> list[Attempt]:
    """What the platform has sent to the service."""
    return world.slack.attempts if platform == "slack" else world.teams.attempts


def calls(world: World, platform: str) -> list[tuple[str, Json]]:
    """What the service has asked of the platform."""
    return world.slack.calls if platform == "slack" else world.teams.calls


async def cases(database: Database, person: str = "jo") -> list[CaseRow]:
    """The cases that this person is on."""
    async with database.reading() as work:
        return list(await work.cases_of(person, False, 1_000))


async def the_case(database: Database, person: str = "jo") -> CaseRow:
    """The only case that this person is on."""
    (case,) = await cases(database, person)
    return case


async def history(database: Database, stream: str) -> list[Event]:
    async with database.reading() as work:
        assert await work.verify(stream) == []
        return [Event(event.kind, event.body, event.actor) for event in await work.history(stream)]


async def happened(database: Database, kind: str) -> list[Event]:
    """The events of this kind in Jo's only case."""
    events = await history(database, f"case:{(await the_case(database)).id}")
    return [event for event in events if event.kind == kind]


def standing(actor: Actor, words: str) -> list[Seen]:
    """Every message of somebody else with these words, oldest first."""
    found = [message for message in actor.messages() if words in message.words and not message.mine]
    return sorted(found, key=lambda message: message.at)


def counted(house: House, name: str) -> float:
    """A counter of `/metrics`, all labels together."""
    text = generate_latest(house.service.metrics._registry).decode()
    return sum(
        float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(f"{name}_total")
    )


async def expel(world: World, name: str) -> None:
    """As `leave`; in Teams because the app is not in the person's roster any more (403), unsaid."""
    actor = world.person(name)
    if actor.platform == "slack":
        await world.slack.deactivate(actor.client.user)
    else:
        world.teams.state.members[actor.client.user].installed = False
        world.team.members.discard(actor.client.user)


async def leave(world: World, name: str) -> None:
    """Nothing reaches this person any more: the account is closed, or the bot is blocked (403)."""
    actor = world.person(name)
    if actor.platform == "slack":
        await world.slack.deactivate(actor.client.user)
    else:
        world.teams.state.members[actor.client.user].blocked = True
