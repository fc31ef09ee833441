"""How people come to be away, and their forms are opened, for the stories about that."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.people.entries import Entry
from bot.people.records import Change, body
from playground.house import House
from playground.people import Actor, Given

LONG = 9
"""Days: nobody waits for somebody who is away for so long."""


async def goes_away(
    house: House, name: str, cover: str = "", days: int = LONG, more: Mapping[str, Given] | None = None
) -> Actor:
    """From now until ten o'clock after so many days."""
    person = house.world.person(name)
    await opens(person, "I am away")
    values: dict[str, Given] = {"Until": await in_days(house, days), **(more or {})}
    if cover:
        values["Who covers for you"] = house.world.person(cover).name
    await person.submits(values)
    await house.quiet()
    return person


async def opens(person: Actor, words: str) -> None:
    """Typed words open a form: where a platform can't do that by itself, by one more press."""
    await person.says(words)
    if "Open the form" in person.buttons():
        await person.presses("Open the form")


async def in_days(house: House, days: int, hour: int = 10) -> datetime:
    """On the wall, at this hour."""
    at = (await house.now()) + timedelta(days=days)
    return at.replace(hour=hour, minute=0, second=0, microsecond=0, tzinfo=None)


async def entry_is(house: House, person: str, **changed: object) -> None:
    """The directory has something else in this person's entry, as if it had been imported."""
    before = house.service.house.directory.person(person)
    assert before is not None
    after = Entry.model_validate(before.model_dump() | changed, by_name=True)
    async with house.service.database.work() as work:
        await work.change_directory((Change("person", person, body(before), body(after)),), "imported", "")
