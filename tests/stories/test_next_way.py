"""Somebody who is not reached one way is reached by the next, and every card says how it was tried."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.people.directory import Directory
from playground.house import House
from playground.people import Actor
from tests.stories.filing import filed
from tests.stories.policies import policy_file

HALF = {"next_way_after": "50%"}
BY_EMAIL = "email"
"""Who has e-mail alone here, so that letters are sent at all."""


def _ways(directory: Directory, priya: tuple[str, ...]) -> Directory:
    """Helen is looked for in Slack, then by e-mail."""
    ways = {"helen": ("slack", "email"), "priya": priya}
    people = tuple(
        entry.model_copy(update={"ways": ways[entry.id]}) if entry.id in ways else entry
        for entry in directory.people
    )
    return directory.model_copy(update={"people": people})


@contextlib.asynccontextmanager
async def _house(
    folder: Path, *, priya: tuple[str, ...] = ("slack",), **policy: Any
) -> AsyncIterator[tuple[House, Actor]]:
    """A house, and Helen at her mailbox; in Slack she is `house.world.person("helen")`."""
    settings = {"policy": policy_file(folder, **policy)}
    async with House.open(
        folder,
        platforms={"grace": BY_EMAIL},
        prepare=lambda found: _ways(found, priya),
        settings=settings,
    ) as house:
        await house.to_working_time()
        entry = house.service.house.directory.person("helen")
        assert entry is not None
        client = house.world.mail.add_person(entry.name, entry.email)
        yield house, Actor("helen", client, house.world.feed)


async def test_whoever_left_slack_is_told_by_e_mail(tmp_path: Path) -> None:
    """At once, and the raiser reads what did not work and what did."""
    async with _house(tmp_path) as (house, mailbox):
        jo = house.world.person("jo")
        await house.world.leaves("helen")
        reference = await filed(house)
        await mailbox.expects(f"Escalation {reference} for you")
        card = await jo.expects("How it was tried")
        assert "Slack did not work" in card.words
        assert "Delivered by e-mail" in card.words
        assert jo.sees("Helen Castle: Slack did not work")
        await mailbox.presses("Acknowledge")
        await house.quiet()
        await jo.expects("Helen Castle has seen this")


async def test_a_message_that_nobody_acknowledges_also_goes_by_e_mail(tmp_path: Path) -> None:
    """After half of the time to acknowledge; no stage is entered by that, and both cards follow the case."""
    async with _house(tmp_path, reach=HALF) as (house, mailbox):
        jo, helen = house.world.person("jo"), house.world.person("helen")
        reference = await filed(house)
        await helen.expects(f"Escalation {reference} for you")
        assert house.world.mail.letters == []
        await house.to_next_deadline()
        await mailbox.expects(f"Escalation {reference} for you")
        card = await jo.expects("How it was tried")
        assert "Delivered by Slack" in card.words
        assert "Not acknowledged, so also delivered by e-mail" in card.words
        assert "Stage 1" in card.words
        await mailbox.presses("Acknowledge")
        await house.quiet()
        await helen.expects("Helen Castle has seen it. Nothing is decided.")


@pytest.mark.parametrize(
    ("ways", "ends"),
    [
        (("slack",), "Not acknowledged yet, and there is no other way to try."),
        (("slack", "email"), "the mail server knows no such address, or takes nothing for it."),
    ],
)
async def test_a_next_way_that_is_none_or_fails_is_said(
    tmp_path: Path, ways: tuple[str, ...], ends: str
) -> None:
    """Of the raiser's own manager, who has no mailbox here."""
    async with _house(tmp_path, priya=ways, reach=HALF) as (house, _):
        jo = house.world.person("jo")
        await filed(house)
        await house.wind_by(timedelta(minutes=65))
        card = await jo.expects("How it was tried")
        said = next(line for line in card.words.splitlines() if "Priya Okafor: Delivered by Slack" in line)
        assert said.endswith(ends)


@pytest.mark.parametrize("reach", [HALF, {}])
async def test_what_was_acknowledged_in_time_goes_no_other_way(tmp_path: Path, reach: dict[str, str]) -> None:
    """Nor does anything where the policy names no share of the time."""
    async with _house(tmp_path, reach=reach) as (house, _):
        helen = house.world.person("helen")
        await filed(house)
        for person in (helen, house.world.person("priya")) if reach else ():
            await person.presses("Acknowledge")
        await house.quiet()
        await house.to_next_deadline()
        assert not [letter for letter in house.world.mail.letters if "grace" not in str(letter)]
        assert not house.world.person("jo").sees("How it was tried")
