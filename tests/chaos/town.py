"""The town of a chaos run: the example's agencies with many more practitioners in them, on both platforms."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.people.directory import Directory
from bot.people.entries import Entry
from playground.faults import TooMany
from playground.house import CHANNELS, shipped
from playground.people import Actor
from playground.world import World

PRACTITIONERS = ("jo", "marek", "mina", "zoe", "fern")
"""One of each agency that raises and is challenged: their like are made up beside them."""
_FIRST = ("Ada", "Ben", "Cleo", "Dev", "Elsa", "Finn", "Gail", "Hari", "Ivy", "Jude", "Kay", "Liam")
RETRY_AFTER = (1.0, 8.0, 30.0)
"""Seconds after which Slack sends an event again that was not taken; in life at once, a minute, five minutes.
A service that was killed must have a chance to be there again."""
HISTORIES = ("read", "refused", "quota")


@dataclass(frozen=True, slots=True)
class Town:
    """`raisers` are the practitioners; `file` is the directory as the service reads it."""

    world: World
    directory: Directory
    file: Path
    raisers: tuple[str, ...]

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, seed: int, *, like: int, platforms: Sequence[str], history: str = "read"
    ) -> AsyncIterator["Town"]:
        """`like`: how many practitioners there are in each agency. Everybody's platform is drawn by lot, half
        of them on each. `history`: whether Slack lets the bot read what was said, refuses it, or allows it
        once in a minute."""
        directory, raisers = _peopled(seed, like, platforms)
        file = folder / "directory.yaml"
        file.write_text(directory.model_dump_json(exclude_none=True), encoding="utf-8")
        slack = {"retry_after": RETRY_AFTER}
        async with World(directory.people, channels=CHANNELS, slack=slack) as world:
            if history == "refused":
                world.slack.scopes.difference_update(("im:history", "channels:history"))
            if history == "quota":
                for method in ("conversations.history", "conversations.replies"):
                    _ = world.slack.faults.next(method, TooMany(after=60), times=1_000_000)
            yield cls(world, directory, file, raisers)

    def actor(self, person: str) -> Actor:
        return self.world.person(person)

    def agencies_against(self, person: str) -> tuple[str, ...]:
        """The names of the agencies whose decisions this person can dispute."""
        own = self.entry(person).agency
        others = dict.fromkeys(self.entry(one).agency for one in PRACTITIONERS)
        names = {agency.id: agency.name for agency in self.directory.agencies}
        return tuple(names[one] for one in others if one != own)

    def entry(self, person: str) -> Entry:
        found = self.directory.person(person)
        assert found is not None
        return found


def _peopled(seed: int, like: int, platforms: Sequence[str]) -> tuple[Directory, tuple[str, ...]]:
    lots = random.Random(seed)  # noqa: S311
    directory = shipped()
    people, raisers = list(directory.people), list[str]()
    for name in PRACTITIONERS:
        model = next(entry for entry in people if entry.id == name)
        raisers.append(name)
        for number in range(1, like):
            id = f"{name}-{number}"
            first = f"{_FIRST[number % len(_FIRST)]} {number}"
            email = model.email.replace(model.name.split()[0].casefold(), id)
            named = {"id": id, "name": f"{first} {model.name.split()[1]}", "email": email}
            people.append(model.model_copy(update=named))
            raisers.append(id)
    order = list(range(len(people)))
    lots.shuffle(order)
    on = {people[place].id: platforms[turn % len(platforms)] for turn, place in enumerate(order)}
    today = datetime.now(UTC).date()
    settled = tuple(
        # Every entry is right as of today, so that nobody is asked about theirs.
        entry.model_copy(update={"ways": (on[entry.id],), "verified_on": today})
        for entry in people
    )
    return directory.model_copy(update={"people": settled}), tuple(raisers)
