"""Everybody on one platform, with a case in each state; and any button, pressed by anybody."""

import contextlib
import copy
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.chat import codec
from bot.chat.action import Action, Payload
from bot.chat.turn import Incoming, Replies
from bot.desk import Case, Desk, training
from bot.escalation.matrix import NOT_ON_IT, READERS, STATES, Reader, State, events_of, with_everything
from playground.feed import Feed
from playground.house import House, shipped
from playground.people import Actor
from playground.screen import Button

PEOPLE: dict[Reader, str] = {
    "raiser": "jo", "raiser_cover": "kit", "raising_manager": "priya", "receiving_manager": "helen",
    "away": "leo", "safeguarding_lead": "ruth", "coordinator": "sam", "copied": "nell", "informed": "alma",
    "invited": "viv", "learning_lead": "noor", "removed": "wren", "colleague": "dana", "stranger": "una",
}  # fmt: skip
AGENCIES = ("health", "social_care")


@dataclass
class AllReaders:
    """`replied` is what the service last answered to an act, whoever's it was."""

    house: House
    actors: dict[Reader, Actor]
    replied: Replies = ()
    _buttons: dict[Reader, tuple[Any, Button]] = field(default_factory=dict)
    _pressed: int = 0

    async def case(self, state: State) -> Case:
        async with self.house.service.database.reading() as work:
            found = await Desk(self.house.service.house, work).any_case(_id(state))
            assert found is not None
            return found

    async def security(self) -> list[dict[str, Any]]:
        """What was tried by whom, oldest first."""
        async with self.house.service.database.reading() as work:
            return [event.body for event in await work.history("security")]

    async def presses(self, reader: Reader, action: Action) -> str:
        """This reader sends this button, whether it was ever offered to them or not; all that was replied, as
        text."""
        self.replied, self._pressed = (), self._pressed + 1
        where, button = self._buttons[reader]
        raw = _forged(button.raw, action.payload(), f"forged-{self._pressed}")
        await self.actors[reader].client.press(Button("forged", raw), where)
        if self.actors[reader].platform == "slack" and self.actors[reader].form() is not None:
            await self.actors[reader].dismisses()
        return codec.encode(self.replied)

    async def says(self, reader: Reader, words: str) -> str:
        self.replied = ()
        await self.actors[reader].says(words)
        return codec.encode(self.replied)

    @contextlib.contextmanager
    def heard(self) -> Any:
        """What the service answers is kept in `replied`."""
        inbox = self.house.service.inbox
        receive = inbox.receive

        async def kept(incoming: Incoming) -> Replies:
            self.replied = await receive(incoming)
            return self.replied

        inbox.receive = kept  # type: ignore[method-assign]
        try:
            yield
        finally:
            inbox.receive = receive  # type: ignore[method-assign]

    async def known(self) -> None:
        """Everybody has said hello, and has a card whose button can be forged."""
        for reader, actor in self.actors.items():
            await actor.says("help")
            await self.house.world.settled()
            for adapter in self.house.service.adapters:
                await adapter.settled()
            message = actor.newest()
            button = next((one for one in message.drawing.buttons if not one.url), None)
            self._buttons[reader] = (message, button or _any_button(actor.platform))


@contextlib.asynccontextmanager
async def all_readers(
    folder: Path, platform: str, states: Sequence[State] = STATES, *, database_url: str = ""
) -> AsyncIterator[AllReaders]:
    """Everybody on this platform, with a case in each of these states."""
    platforms = dict.fromkeys((person.id for person in shipped().people), platform)
    async with House.open(folder, database_url=database_url, platforms=platforms) as house:
        await house.to_working_time()
        actors: dict[Reader, Actor] = {
            one: house.world.person(PEOPLE[one]) for one in READERS if one != "stranger"
        }
        actors["stranger"] = await _stranger(house, platform)
        for state in states:
            await _recorded(house, state)
        await house.quiet()
        everybody = AllReaders(house, actors)
        with everybody.heard():
            await everybody.known()
            yield everybody


async def _recorded(house: House, state: State) -> None:
    service = house.service
    async with service.database.work() as work:
        policy = with_everything(service.house.policy)
        history = events_of(
            state, PEOPLE, AGENCIES, policy, work.now, _id(state), f"BR-7XK{STATES.index(state) + 2}P"
        )
        if state == "training":
            for reader in READERS:
                if reader not in NOT_ON_IT:
                    await training.join(work, "PRACTISE", PEOPLE[reader])
        await Desk(service.house, work)._record(None, history)


async def _stranger(house: House, platform: str) -> Actor:
    """Somebody of the workspace or tenant who is not in the directory."""
    feed: Feed = house.world.feed
    if platform == "slack":
        return Actor("una", house.world.slack.add_person("Una Stray", "una.stray@elsewhere.example"), feed)
    client = house.world.teams.add_person("Una Stray", "una.stray@elsewhere.example")
    await house.world.teams.install(client.user)
    return Actor("una", client, feed)


def _id(state: State) -> str:
    return state.replace("_", "").ljust(32, "0")


def _any_button(platform: str) -> Button:
    """For a card without one: as the platform would send it."""
    ours = Payload("home.open", 1).encode()
    if platform == "slack":
        text = {"type": "plain_text", "text": "forged"}
        return Button("forged", {"type": "button", "action_id": "press.0", "value": ours, "text": text})
    data = {"braver": {"p": ours, "n": ""}}
    return Button("forged", {"type": "Action.Submit", "title": "forged", "data": data})


def _forged(raw: dict[str, Any], payload: Payload, nonce: str) -> dict[str, Any]:
    """The button with another payload, and a nonce of its own."""
    forged = copy.deepcopy(raw)
    _replace(forged, payload.encode(), nonce)
    return forged


def _replace(node: Any, encoded: str, nonce: str) -> None:
    for key, value in list(node.items()) if isinstance(node, dict) else enumerate(node):
        if isinstance(value, dict | list):
            _replace(value, encoded, nonce)
        elif isinstance(value, str) and _is_payload(value):
            node[key] = encoded
        elif key == "n" and isinstance(value, str):
            node[key] = nonce


def _is_payload(text: str) -> bool:
    try:
        return set(json.loads(text)) == {"n", "v", "d"}
    except (ValueError, TypeError):
        return False
