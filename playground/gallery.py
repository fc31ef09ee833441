"""Every card and form that anybody saw, each once, to be drawn again one by one."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import tzinfo

from playground.page_view import BOT, form, message
from playground.people import Actor
from playground.screen import Json, OpenForm, Seen
from playground.world import World

_REFERENCE = re.compile(r"\b[A-Z]{2,4}-[A-Z0-9]{3,}\b")
_NUMBER = re.compile(r"\d+")
TITLE = 23
"""Letters of a form's title that fit on both platforms, by which the same form is known on either."""


@dataclass(frozen=True, slots=True)
class Picture:
    """`name` is the same for the same card on both platforms; `drawing` is what the page draws."""

    platform: str
    name: str
    title: str
    drawing: Json


class Gallery:
    """Collects what is on the screens of a world, at each change."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Picture] = {}
        self._names: frozenset[str] = frozenset()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """In the order in which they were first seen."""
        return tuple(self._found.values())

    @contextlib.asynccontextmanager
    async def watching(self, world: World, zone: tzinfo | None) -> AsyncIterator[None]:
        """Everything that anybody is shown until the block is left is collected; times are of `zone`."""
        self._names = frozenset(actor.name for actor in world.people)
        self._look(world, zone)
        task = asyncio.create_task(self._watch(world, zone))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self._look(world, zone)

    async def _watch(self, world: World, zone: tzinfo | None) -> None:
        while True:
            seen = world.feed.revision
            self._look(world, zone)
            with contextlib.suppress(TimeoutError):
                await world.feed.until(lambda: world.feed.revision != seen)  # noqa: B023 - awaited at once

    def _look(self, world: World, zone: tzinfo | None) -> None:
        for actor in world.people:
            screen = actor.client.screen()
            for seen in screen.messages:
                if seen.author == BOT and seen.card:
                    self._keep(actor, seen, seen.drawing.lines[0], {"message": message(seen, zone)})
            if screen.home:
                home = {"message": message(screen.home, zone) | {"private": False}}
                self._keep(actor, screen.home, f"Home: {screen.home.drawing.lines[0]}", home)
            if screen.form and screen.form.surface != "card":
                self._keep(actor, screen.form, screen.form.title, {"form": form(screen.form)})

    def _keep(self, actor: Actor, shown: Seen | OpenForm, title: str, drawing: Json) -> None:
        anybody = title
        for known in self._names:
            anybody = anybody.replace(known, "somebody")
        name = f"form-{_slug(title[:TITLE])}" if shown.drawing.fields else _slug(anybody)
        picture = Picture(actor.platform, name, title, drawing)
        self._found.setdefault((actor.platform, name), picture)


def _slug(title: str) -> str:
    """A title as a file name, the same for every case and every number in it."""
    words = _NUMBER.sub("n", _REFERENCE.sub("", title)).casefold().replace("'", "").replace("’", "")
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")[:60].strip("-")
