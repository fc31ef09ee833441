"""A training group: who is in it, and who plays which post, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.desk import training
from bot.desk.training import TrainingGroup, TrainingStanding
from bot.escalation.case import Case
from bot.escalation.changes import replay
from bot.escalation.events import StageEntered
from bot.store.database import Database
from tests.units.cases import DIRECTORY, MONDAY, raised
from tests.units.recorder import opened

NOBODY: frozenset[str] = frozenset()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, may_shift=True) as database:
        yield database


async def members(database: Database) -> set[str]:
    async with database.reading() as work:
        group = await training.group(work, "ABCDE")
    return set(group.members) if group else set()


async def joins(database: Database, person: str) -> None:
    async with database.work() as work:
        await training.join(work, "ABCDE", person)


async def test_all_who_join_at_once_are_in_the_group(database: Database) -> None:
    """A trainer says the code, and everybody types it at the same moment."""
    people = ["jo", "kit", "priya", "dana", "ruth", "marek"]
    await asyncio.gather(*(joins(database, person) for person in people))
    assert await members(database) == set(people)


async def test_whoever_left_is_in_the_group_no_more(database: Database) -> None:
    """Nothing new of the group reaches them."""
    await joins(database, "jo")
    await joins(database, "kit")
    async with database.work() as work:
        await training.leave(work, "ABCDE", "kit")
    assert await members(database) == {"jo"}


async def test_a_group_ends_with_the_training_of_its_people(database: Database) -> None:
    """After twelve hours nobody is in it, and its code opens nothing."""
    await joins(database, "jo")
    await database.shift(timedelta(hours=13))
    assert await members(database) == set()


def trained(*group: str) -> tuple[TrainingStanding, Case]:
    """A group, and a training case of Jo's as it was filed with it."""
    standing = TrainingStanding(DIRECTORY, TrainingGroup("ABCDE", group))
    return standing, raised(standing=standing, training="ABCDE").open_case


def test_nobody_of_a_training_group_changes_sides() -> None:
    """At each further stage both sides are played by people who were on that side, or on none."""
    standing, case = trained("jo", "kit", "marek", "priya")
    for stage in (2, 3, 4):
        parties = standing.parties(case, stage, NOBODY)
        for side in ("raising", "receiving"):
            assert case.side_of(parties.of(side).person) in (None, side)
        case = replay(
            [
                *raised(standing=standing, training="ABCDE").history,
                StageEntered(at=MONDAY, stage=stage, parties=parties, because="clock"),
            ]
        )


def test_a_training_case_outlives_its_group() -> None:
    """When everybody has left, whoever had it keeps it, and nobody outside is asked."""
    _, case = trained("jo", "kit")
    alone = TrainingStanding(DIRECTORY, TrainingGroup("ABCDE", ()))
    parties = alone.parties(case, 2, NOBODY)
    assert {parties.receiving.person, parties.raising.person} == {"kit", "jo"}
    assert (alone.lead("health"), alone.coordinator()) == ("", "")
