"""The directory is changed beside the running service, which follows; the platforms say who is reached."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.people.directory import Directory
from bot.people.entries import PLATFORMS, Entry
from bot.people.importing import carried_out, planned
from bot.people.live import Proof, asked, proved
from bot.people.written import as_yaml
from bot.store.database import Database
from playground.faults import TooMany
from playground.house import EXAMPLE, KEY, House
from tests.stories.filing import filed


@pytest.fixture
async def home(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """A house on each of the databases, at a time when people work."""
    async with House.open(tmp_path, database_url=database_url) as opened:
        await opened.to_working_time()
        yield opened


def changed(directory: Directory, person: str, **fields: object) -> Directory:
    def one(entry: Entry) -> Entry:
        return entry.model_copy(update=fields) if entry.id == person else entry

    return directory.model_copy(update={"people": tuple(map(one, directory.people))})


def without(directory: Directory, person: str) -> Directory:
    """Nobody of this id, and nothing that names them: their posts go to the first deputy."""

    def bare(entry: Entry) -> Entry:
        gone = {"line_manager": ""} if entry.line_manager == person else {}
        return entry.model_copy(update=gone)

    posts = []
    for post in directory.posts:
        order = tuple(one for one in post.order if one != person)
        posts.append(post.model_copy(update={"holder": order[0], "deputies": order[1:]}))
    people = tuple(bare(entry) for entry in directory.people if entry.id != person)
    return directory.model_copy(update={"people": people, "posts": tuple(posts)})


async def braver(house: House, *arguments: str | Path) -> tuple[int, str]:
    """The command as a process of its own, with the settings of the service; exit code and output."""
    world, settings = house.world, house.service.settings
    given = {
        "BRAVER_DATABASE_URL": settings.database_url, "BRAVER_DIRECTORY": str(settings.directory),
        "BRAVER_POLICY": str(EXAMPLE), "BRAVER_SLACK_API_URL": world.slack.api_url,
        "BRAVER_SLACK_BOT_TOKEN": world.slack.bot_token,
        "BRAVER_SLACK_SIGNING_SECRET": world.slack.signing_secret, "BRAVER_TEAMS_ALLOW_ANONYMOUS": "true",
        "BRAVER_SECRET_KEY": KEY,
    }  # fmt: skip
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "directory", *map(str, arguments),
        stdout=asyncio.subprocess.PIPE, env=os.environ | given,
    )  # fmt: skip
    out, _ = await running.communicate()
    return running.returncode or 0, out.decode()


async def test_a_running_service_follows_an_import(home: House, tmp_path: Path) -> None:
    """The command finds the database in use and writes beside it; the next card names the new manager."""
    before = home.service.house.directory
    posts = tuple(
        post.model_copy(update={"holder": "leo", "deputies": ("helen",)})
        if post.agency == "social_care" and "helen" in post.order else post
        for post in before.posts
    )  # fmt: skip
    file = tmp_path / "new.yaml"
    file.write_text(as_yaml(before.model_copy(update={"posts": posts})), encoding="utf-8")
    code, said = await braver(home, "import", file)
    assert (code, "The directory was changed, all at once." in said) == (0, True)
    await filed(home)
    await home.world.person("leo").expects("BR-")
    assert not home.world.person("helen").sees("BR-")
    holder = home.service.house.directory.holder("team_manager", "social_care")
    assert holder is not None
    assert holder.id == "leo"


async def test_whoever_has_an_open_case_is_not_taken_out_unsaid(home: House) -> None:
    """The holder of its present stage, and whoever raised it: in words, without a word of the case."""
    reference = await filed(home)
    url = home.service.settings.database_url
    directory = home.service.house.directory
    async with Database(url, (KEY,), patience=30).beside() as database:
        for person, name, said in (
            ("helen", "Helen Castle", "has an open case at its present stage"),
            ("jo", "Jo Marsh", "has raised an open case"),
        ):
            plan = await planned(database, without(directory, person), home.service.house.policy, PLATFORMS)
            told = [loss for loss in plan.losses if loss.startswith(f"{name} {said}")]
            assert told, plan.losses
            assert reference not in " ".join(plan.losses)
        plan = await planned(database, without(directory, "kit"), home.service.house.policy, PLATFORMS)
        assert plan.losses == ()
        await carried_out(database, plan, "test")
    async with home.service.database.reading():
        assert home.service.house.directory.person("kit") is None


# Who is reached now


async def proofs(house: House) -> dict[tuple[str, str], Proof]:
    """What the platforms say of everybody whom a case could need."""
    async with (
        house.service.reaching() as platforms,
        Database(house.service.settings.database_url, (KEY,), may_shift=True).looking() as work,
    ):
        questions = await asked(work, house.service.house.directory, platforms)
        found = await proved(questions, platforms)
    return {(proof.entry.id, proof.way): proof for proof in found}


@pytest.mark.parametrize("person", ["priya", "helen"])
async def test_everybody_is_reached_until_somebody_leaves(house_of_two: House, person: str) -> None:
    """On Slack the account is closed, on Teams the app is removed for them: they are told of by name."""
    house = house_of_two
    seen = len(house.world.transcript)
    found = await proofs(house)
    assert {proof.why_not for proof in found.values()} == {""}
    assert {way for _, way in found} == {"slack", "teams"}
    assert {"jo", "marek"}.isdisjoint(who for who, _ in found), "nobody asks about who holds nothing"
    way = next(way for who, way in found if who == person)
    await house.world.leaves(person)
    gone = await proofs(house)
    assert gone[person, way].why_not
    assert not [line for line in house.world.transcript[seen:] if "sees" in str(line)], "nobody is messaged"


async def test_a_platform_that_asks_to_wait_is_waited_for(house_of_two: House) -> None:
    """Too many questions are no proof that nobody is there."""
    house_of_two.world.slack.faults.next("users.lookupByEmail", TooMany(after=1), times=2)
    assert {proof.why_not for proof in (await proofs(house_of_two)).values()} == {""}


async def test_check_live_shows_a_table(house_of_two: House) -> None:
    """Person, way, whether they can be reached; who can't stands first, and ends it with 1."""
    await house_of_two.world.leaves("priya")
    code, said = await braver(house_of_two, "check", "--live")
    lines = said.splitlines()
    heads = next(n for n, line in enumerate(lines) if line.split() == ["Person", "Way", "Result"])
    assert lines[heads + 2].startswith("Priya Okafor")
    assert any(line.split() == ["Ruth", "Fennimore", "slack", "can", "be", "reached"] for line in lines)
    assert code == 1
    code, said = await braver(house_of_two, "check", "--live", "--json")
    live = {(one["person"], one["way"]): one["reachable"] for one in json.loads(said)["live"]}
    assert live["priya", "slack"] is False
    assert live["helen", "teams"] is True


@pytest.fixture
async def house_of_two(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    """A house in which all are where the example has them, on both platforms."""
    async with House.open(tmp_path, database_url=sqlite_url) as opened:
        yield opened
