"""Anchors: a signed word on how far every history went, on both databases."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.audit.outside import kept_in
from bot.audit.verifying import verified
from bot.engine import anchors
from bot.engine.anchors import AnchorFile, Anchoring
from bot.engine.pulse import LIMIT, Pulse
from bot.signing import Signer, public_keys, signed
from bot.store import merkle
from bot.store.anchors import digest_of, leaves_of
from bot.store.database import Database
from playground.house import House
from tests.units.recorder import meddle, opened

SECRET = "a key of more than thirty-two characters"
OTHER = "another key of more than thirty-two characters"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, secrets=(SECRET,)) as database:
        yield database


async def tell(database: Database, *streams: str) -> None:
    """An event in each of these streams."""
    for stream in streams:
        async with database.work() as work:
            await work.append(stream, "told", {"what": "a word"}, "jo")


async def hours_ago(database: Database, hours: int) -> None:
    """As if the newest anchor had been made so long ago."""
    async with database.reading() as work:
        newest = await work.newest_anchor()
    assert newest is not None
    at = newest.at - timedelta(hours=hours)
    text = at.isoformat(sep=" ") if database.dialect == "postgresql" else f"{at:%Y-%m-%d %H:%M:%S.%f}"
    await meddle(database, f"UPDATE anchors SET at = '{text}' WHERE number = {newest.number}")  # noqa: S608


async def test_an_anchor_holds_what_went_on_since_the_last(database: Database) -> None:
    """Each with its length and hash, under a root that is signed; the next one follows from it."""
    await tell(database, "case:a", "case:a", "security")
    anchoring = Anchoring(database, (SECRET,), None)
    assert await anchoring.step() == 1
    await tell(database, "case:a", "case:b")
    await hours_ago(database, 2)
    assert await anchoring.step() == 1
    async with database.reading() as work:
        first, second = await work.anchors_after(0, 10)
        heads = await work.heads_of_anchors([1, 2])
        assert await work.moved(10) == 0
    held = {number: {one.stream: one.sequence for one in some} for number, some in heads.items()}
    assert held == {1: {"case:a": 2, "security": 1}, 2: {"case:a": 3, "case:b": 1}}
    assert (first.previous, second.previous) == ("", first.digest)
    for anchor in (first, second):
        assert anchor.root == merkle.root(leaves_of(heads[anchor.number]))
        assert anchor.key == public_keys((SECRET,))[0]
        assert signed(anchor.key, anchor.digest, anchor.signature)
    assert second.digest == digest_of(second.previous, 2, second.at, second.heads, second.root)


async def test_it_waits_for_an_hour_or_for_many(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What went on meanwhile is anchored with the next; where nothing did, there is none. Many at once go
    in portions."""
    await tell(database, "case:a")
    anchoring = Anchoring(database, (SECRET,), None)
    assert await anchoring.step() == 1
    await hours_ago(database, 2)
    assert await anchoring.step() == 0
    await tell(database, "case:b")
    assert await anchoring.step() == 1
    await tell(database, "case:c")
    assert await anchoring.step() == 0
    for module in ("bot.engine.anchors", "bot.store.anchors"):
        monkeypatch.setattr(f"{module}.AT_ONCE", 2)
    await tell(database, "case:d", "case:e", "case:f", "case:g")
    assert await anchoring.step() == 3
    async with database.reading() as work:
        assert await work.moved(10) == 0


async def test_without_a_key_nothing_is_anchored(database: Database) -> None:
    await tell(database, "case:a")
    assert await Anchoring(database, (), None).step() == 0


async def test_two_processes_write_one_anchor(database: Database) -> None:
    """Each finds that it is time; the one that comes second finds that it was done."""
    await tell(database, *(f"case:{number}" for number in range(20)))
    both = [Anchoring(database, (SECRET,), None).step() for _ in range(2)]
    assert sorted(await asyncio.gather(*both)) == [0, 1]
    async with database.reading() as work:
        assert len(await work.anchors_after(0, 10)) == 1


async def test_a_history_that_is_being_added_to_keeps_nobody_waiting(database: Database) -> None:
    """On PostgreSQL it is left for the next anchor."""
    await tell(database, "case:a", "case:b")
    if database.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    async with database.work() as work:
        await work.append("case:a", "told", {}, "jo")
        assert await Anchoring(database, (SECRET,), None).step() == 1
    async with database.reading() as work:
        assert [one.stream for one in (await work.heads_of_anchors([1]))[1]] == ["case:b"]
        assert await work.moved(10) == 1


async def test_the_file_outside_gets_every_anchor(database: Database, tmp_path: Path) -> None:
    """Also those of another process, and what it missed while it could not be written; a line that a crash
    cut off does no harm."""
    file = tmp_path / "disk" / "anchors"
    mine = Anchoring(database, (SECRET,), file)
    await tell(database, "case:a")
    with pytest.raises(FileNotFoundError):
        await mine.step()
    await tell(database, "case:b")
    await hours_ago(database, 2)
    await Anchoring(database, (SECRET,), None).step()
    file.parent.mkdir()
    assert await mine.step() == 0
    with file.open("a") as cut_off:
        cut_off.write('{"number": 3, "dig')
    await AnchorFile(file).follow(database)
    await tell(database, "case:c")
    await hours_ago(database, 2)
    await Anchoring(database, (SECRET,), None).step()
    await AnchorFile(file).follow(database)
    async with database.reading() as work:
        made = await work.anchors_after(0, 10)
    *whole, cut, last = file.read_text().splitlines()
    assert cut == '{"number": 3, "dig'
    lines = [json.loads(line) for line in (*whole, last)]
    assert [(one["number"], one["digest"]) for one in lines] == [(one.number, one.digest) for one in made]
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_file_of_another_database_is_kept(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """After an older state was put back it holds what no longer is; what is made from now on follows."""
    file = tmp_path / "anchors"
    file.write_text('{"number": 7, "digest": "of another"}\n')
    await tell(database, "case:a")
    await Anchoring(database, (SECRET,), None).step()
    after = AnchorFile(file)
    await after.follow(database)
    await tell(database, "case:a")
    await hours_ago(database, 2)
    await Anchoring(database, (SECRET,), None).step()
    await after.follow(database)
    numbers = [json.loads(line)["number"] for line in file.read_text().splitlines()]
    assert numbers == [7, 2]


def test_a_signature_is_of_one_key_and_one_digest() -> None:
    signer = Signer(SECRET)
    signature = signer.sign("d" * 64)
    assert signed(signer.public, "d" * 64, signature)
    assert not signed(signer.public, "e" * 64, signature)
    assert not signed(Signer(OTHER).public, "d" * 64, signature)
    assert not signed("no key", "d" * 64, "no signature")


@given(st.lists(st.text(max_size=5), min_size=1, max_size=40), st.data())
def test_a_path_leads_to_the_root_and_nothing_else_does(texts: list[str], data: st.DataObject) -> None:
    """For each place in a list of any length; not with another leaf, place, number or path."""
    leaves = [merkle.leaf(text) for text in texts]
    position = data.draw(st.integers(0, len(leaves) - 1))
    path, root = merkle.path(leaves, position), merkle.root(leaves)
    assert merkle.root_by(leaves[position], position, len(leaves), path) == root
    assert merkle.root_by(merkle.leaf("not one of them"), position, len(leaves), path) != root
    assert merkle.root_by(leaves[position], position, len(leaves), [*path, root]) == ""
    if path:
        assert merkle.root_by(leaves[position], position, len(leaves), path[:-1]) == ""
    assert merkle.root_by(leaves[position], len(leaves), len(leaves), path) == ""


def test_anchoring_is_part_of_the_pulse() -> None:
    """Its loop turns far more often than a loop may stand still."""
    assert LIMIT / 2 > anchors.LOOK


async def test_the_service_anchors_by_itself(tmp_path: Path) -> None:
    """With a key and a file: what happened until then, as the first directory, is anchored, told to the log
    with its digest, and written into the file; what is written can be verified."""
    file = tmp_path / "anchors"
    keyed = {"secret_key": SecretStr(SECRET), "anchor_file": file}
    with capture_logs() as said:
        async with House.open(tmp_path, settings=keyed) as house:
            assert house.service.engine.anchoring in house.service.engine._parts
            assert await house.service.engine.anchoring.step() == 1
            database = house.service.database
            outside = kept_in([file])
            assert (await verified(database, public_keys((SECRET,)), outside)).breaches == []
    told = [line for line in said if line["event"] == "anchored"]
    assert {line["number"]: frozenset((line["digest"],)) for line in told} == outside
    assert not any(SECRET in str(line) for line in said)


async def test_a_file_that_can_not_be_written_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop is silent until it can, and is then counted among what is wrong."""
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'braver.db'}") as database:
        await tell(database, "case:a")
        anchoring, now = Anchoring(database, (SECRET,), tmp_path / "none" / "anchors"), [0.0]
        anchoring.pulse = Pulse(lambda: now[0])
        step, tried = anchoring.step, asyncio.Event()

        async def watched() -> int:
            try:
                return await step()
            finally:
                tried.set()

        monkeypatch.setattr(anchoring, "step", watched)
        with capture_logs() as said:
            running = asyncio.create_task(anchoring.run())
            await tried.wait()
            now[0] = LIMIT + 1
            await asyncio.sleep(0)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert [line["event"] for line in said] == ["anchored", "the histories could not be anchored"]
        assert anchoring.pulse.silent == ("anchors",)
