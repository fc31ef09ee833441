"""A backup holds everything as of one moment; restored, in either database, it is whole, and says what nobody
can know."""

import asyncio
import gzip
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import col

from bot.audit.whole import audited
from bot.backup.format import BadBackup, Header, Table, Writer, read
from bot.backup.restoring import restored
from bot.backup.taking import taken
from bot.chat.card import Card, fallback
from bot.chat.turn import Address, Place
from bot.engine.cards import Updater
from bot.engine.deadlines import Sweeper
from bot.engine.deliveries import Deliverer
from bot.engine.watchdog import Watchdog
from bot.store import schema
from bot.store.database import CannotOpen, Database
from bot.store.tables import DeliveryRow, LetterCode
from bot.store.whole import into_empty
from flows.service import alarm
from tests.postgres import Postgres
from tests.units.kept import WORDS, keep, raised_at
from tests.units.recorder import PlainDesk, Recorder, meddle, opened, told

BRAVER = Path(sys.executable).parent / "braver"
PAST = "2020-01-01 00:00:00.000000"
HOUR = timedelta(hours=1)


@pytest.fixture
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where it is restored to: an empty database of the kind that is asked for."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'restored.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


BOTH = pytest.mark.parametrize("other_url", ["sqlite", "postgres"], indirect=True)
WAYS = [
    ("sqlite", "postgres"),
    ("postgres", "sqlite"),
    pytest.param("sqlite", "sqlite", marks=pytest.mark.full),
    pytest.param("postgres", "postgres", marks=pytest.mark.full),
]
CROSSWISE = pytest.mark.parametrize(("database_url", "other_url"), WAYS, indirect=True)
TO_POSTGRES = pytest.mark.parametrize("other_url", ["postgres"], indirect=True)
TO_SQLITE = pytest.mark.parametrize("other_url", ["sqlite"], indirect=True)


async def _restored(url: str, file: Path) -> None:
    with file.open("rb") as opened_file:
        await restored(Database(url), opened_file)


def _rows(file: Path) -> dict[str, list[str]]:
    """Table → its rows, in an order of their own."""
    found: dict[str, list[str]] = {}
    table = ""
    with file.open("rb") as opened_file:
        for part in read(opened_file):
            if isinstance(part, Table):
                table = part.name
                found[table] = []
            elif isinstance(part, list):
                found[table] += [str(row) for row in part]
    return {name: sorted(rows) for name, rows in found.items()}


AS_IT_WAS = {
    "accounts", "acts", "case_members", "cases", "clock", "counts", "directory", "events", "installations",
    "letter_links", "letters", "places", "states", "streams",
}  # fmt: skip
"""What a restored database holds exactly as it was backed up."""


@CROSSWISE
async def test_from_either_database_into_either(database_url: str, other_url: str, tmp_path: Path) -> None:
    """While a service writes: what is restored is of one moment, and the audit finds nothing. Numbers go on
    where they were, and what was backed up is what is there."""
    file, going = tmp_path / "b.braver", asyncio.Event()
    async with opened(database_url) as database:

        async def write() -> None:
            for number in range(1_000):
                async with database.work() as work:
                    await keep(work, raised_at(work.now, f"c{number:03}"))
                    await work.deliver(
                        f"k{number}", f"c{number:03}", "helen", None, "“Straße” – ✓ 日本\u2028"
                    )
                if number == 5:
                    going.set()

        writing = asyncio.create_task(write())
        await going.wait()
        summary = await taken(Database(database_url), file)
        assert not writing.done()
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        async with database.reading() as work:
            assert (
                summary.rows["cases"] < len(await work.cases_after("", 10_000)) or summary.rows["cases"] > 5
            )
    assert file.stat().st_mode & 0o777 == 0o600
    assert not any(name.endswith(".part") for name in os.listdir(tmp_path))

    await _restored(other_url, file)
    async with opened(other_url) as again:
        found = await audited(again, at_rest=True)
        assert found.findings == ()
        assert found.cases == summary.rows["cases"] == summary.rows["deliveries"]
        async with again.work() as work:
            await keep(work, raised_at(work.now, "after"))
            await work.deliver("after", "after", "helen", None, "{}")
        copy = tmp_path / "copy.braver"
        async with again.work() as work:
            await work._execute(text("DELETE FROM posted_cards WHERE case_id = 'after'"))
        await taken(Database(other_url), copy)
    before, after = _rows(file), _rows(copy)
    for table in AS_IT_WAS:
        assert set(before[table]) <= set(after[table]), table


@TO_SQLITE
async def test_the_command(sqlite_url: str, other_url: str, tmp_path: Path) -> None:
    """`braver backup` beside a running service, `braver restore` with the audit at its end; nothing that a
    person wrote on the screen; a second time it is refused, as there is something already."""
    async with opened(sqlite_url) as database, database.work() as work:
        await keep(work, raised_at(work.now))

    def braver(url: str, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [BRAVER, *arguments], cwd=tmp_path, env={**os.environ, "BRAVER_DATABASE_URL": url}, input=given,
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip

    async with opened(sqlite_url):
        done = braver(sqlite_url, "backup", "-")
    assert (done.returncode, "Cases: 1, rows: " in done.stderr.decode()) == (0, True)
    piped = done.stdout
    async with Database(sqlite_url).beside() as database, database.reading() as work:
        (event,) = await work.history("security")
        assert (event.kind, event.actor.startswith("command:")) == ("backed_up", True)

    cut = braver(other_url, "restore", "-", given=piped[:-9])
    assert (cut.returncode, cut.stdout) == (2, b"")
    assert "not whole" in cut.stderr.decode()
    assert not (tmp_path / "restored.db").exists()

    (tmp_path / "b.braver").write_bytes(piped)
    done = braver(other_url, "restore", "b.braver")
    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode()
    assert "Restored the backup of " in said
    assert "All is well. Looked at: cases 1," in said
    assert not any(word in said for word in WORDS)
    again = braver(other_url, "restore", "-", given=piped)
    assert again.returncode == 2
    assert "holds something already" in again.stderr.decode()
    missing = braver(other_url, "restore", "nowhere.braver")
    assert (missing.returncode, missing.stderr.decode().startswith("nowhere.braver can't be opened")) == (
        2,
        True,
    )


async def test_nothing_is_written_where_it_can_not_be(
    bare_sqlite_url: str, sqlite_url: str, tmp_path: Path
) -> None:
    """No folder; no database; a database of a newer Braver: in words, and no file is left."""
    with pytest.raises(CannotOpen, match="there is no database yet"):
        await taken(Database(bare_sqlite_url), tmp_path / "b.braver")
    async with opened(sqlite_url) as database:
        with pytest.raises(CannotOpen, match="can't be written"):
            await taken(Database(sqlite_url), tmp_path / "nowhere" / "b.braver")
        await meddle(database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(CannotOpen, match="newer Braver"):
        await taken(Database(sqlite_url), tmp_path / "b.braver")
    assert not any("b.braver" in name for name in os.listdir(tmp_path))


@pytest.fixture
async def small(sqlite_url: str, tmp_path: Path) -> bytes:
    """A backup with one case."""
    file = tmp_path / "small.braver"
    async with opened(sqlite_url) as database, database.work() as work:
        await keep(work, raised_at(work.now))
    await taken(Database(sqlite_url), file)
    return file.read_bytes()


def _rewritten(lines: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    return lambda whole: gzip.compress(b"".join(lines(gzip.decompress(whole).splitlines(keepends=True))))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda whole: b"", "no backup of Braver"),
        (lambda whole: b"SQLite format 3\x00" + bytes(100), "no backup of Braver"),
        (lambda whole: gzip.compress(b'{"somebody": "else"}\n'), "no backup of Braver"),
        (lambda whole: gzip.compress(b"\x00" * 100_000), "no backup of Braver"),
        (lambda whole: whole[: len(whole) // 2], "cut off"),
        (lambda whole: whole[:-1], "cut off"),
        (lambda whole: whole + b"more", "something in it was changed"),
        (lambda whole: whole + whole, "something in it was changed"),
        (_rewritten(lambda lines: lines[:-1]), "cut off"),
        (_rewritten(lambda lines: [line.replace(b"Weight loss", b"All well") for line in lines]), "changed"),
        (_rewritten(lambda lines: [line for line in lines if b'"events"' not in line]), "changed"),
        (_rewritten(lambda lines: [lines[0].replace(b":1,", b":2,"), *lines[1:]]), "newer"),
        (_rewritten(lambda lines: [re.sub(rb'"\d{4}"', b'"9999"', lines[0]), *lines[1:]]), "changed"),
    ],
)  # fmt: skip
async def test_a_file_that_is_not_as_it_was_written(
    small: bytes, spoil: Callable[[bytes], bytes], said: str, tmp_path: Path
) -> None:
    """Cut off, changed, or something else altogether: refused in words, before anything is touched."""
    target = tmp_path / "restored.db"
    with pytest.raises(BadBackup, match=said):
        await restored(Database(f"sqlite:///{target}"), io.BytesIO(spoil(small)))
    assert not target.exists()


async def test_any_byte_that_is_not_as_it_was(small: bytes) -> None:
    """Wherever it falls: nothing of it passes for a backup. (Ten bytes of the compression's own head say
    nothing.)"""
    for place in range(10, len(small), max(1, len(small) // 60)):
        spoilt = bytearray(small)
        spoilt[place] ^= 0x10
        with pytest.raises(BadBackup):
            for _ in read(io.BytesIO(bytes(spoilt))):
                pass


async def test_a_backup_that_is_no_backup_of_its_release(small: bytes, tmp_path: Path) -> None:
    """Whole by its checksums, but without some of the tables: refused, and the database stays as empty."""
    out = io.BytesIO()
    header = next(read(io.BytesIO(small)))
    assert isinstance(header, Header)
    writer = Writer(out, header)
    writer.begin(Table("acts", (("key", "text"),)))
    writer.finish()
    writer.end()
    target = tmp_path / "restored.db"
    with pytest.raises(BadBackup, match="does not fit the release"):
        await restored(Database(f"sqlite:///{target}"), out)
    assert not target.exists()


@BOTH
async def test_only_an_empty_database_is_filled(small: bytes, other_url: str) -> None:
    """One in which a service ever was is refused, with what to do."""
    async with opened(other_url) as database, database.work() as work:
        await work.once("an act")
    with pytest.raises(CannotOpen, match="already"):
        await restored(Database(other_url), io.BytesIO(small))
    async with opened(other_url) as database, database.work() as work:
        assert await work.once("an act") == ""


@pytest.mark.parametrize(("bare_database_url", "other_url"), WAYS, indirect=True)
async def test_a_backup_of_an_older_release(tmp_path: Path, other_url: str, bare_database_url: str) -> None:
    """It is put into the tables of its own release, which are then brought up to date."""
    async with into_empty(Database(bare_database_url)) as connection:
        await connection.run_sync(schema.migrate, "0005")
        await connection.execute(
            text(
                "INSERT INTO accounts VALUES ('slack', 't', 'u', 'jo', 'jo@x.example', '2026-01-01 00:00:00')"
            )
        )
    file = tmp_path / "old.braver"
    await taken(Database(bare_database_url), file)
    await _restored(other_url, file)
    async with opened(other_url) as database, database.reading() as work:
        assert [row[0] for row in await work._execute(text("SELECT state FROM accounts"))] == ["linked"]


@pytest.fixture
async def late(sqlite_url: str, tmp_path: Path) -> Path:
    """A backup of the middle of a working day: a message that was being sent, one that waited, one that waits
    for tomorrow; a clock that has run out since; a card; a code that was just sent by e-mail."""
    file = tmp_path / "late.braver"
    async with opened(sqlite_url) as database:
        async with database.work() as work:
            await keep(work, raised_at(work.now))
            for key in ("sending", "waiting"):
                await work.deliver(key, "c1", key, None, key)
            await work.deliver("tomorrow", None, "tomorrow", None, "tomorrow", work.now + 24 * HOUR)
            code = LetterCode(
                link="l", letter="l", code="c", made_at=work.real_now, ends_at=work.real_now + HOUR
            )
            await work._execute(work._insert(LetterCode).values(**code.model_dump(exclude={"id"})))
            await work.block("blue", work.real_now + HOUR)
        await meddle(
            database,
            f"UPDATE deliveries SET state = 'sending', free_at = '{PAST}' WHERE key = 'sending'",  # noqa: S608
        )
        await meddle(database, f"UPDATE deadlines SET due_at = '{PAST}' WHERE key LIKE '%acknowledge%'")  # noqa: S608
        first = "(SELECT MIN(id) FROM deadlines)"
        await meddle(database, f"UPDATE deadlines SET due_at = '{PAST}' WHERE id = {first}")  # noqa: S608
    await taken(Database(sqlite_url), file)
    return file


class FiringDesk(PlainDesk):
    """When a clock fires, somebody is told."""

    async def fire(self, work, deadline):  # type: ignore[no-untyped-def]
        await super().fire(work, deadline)
        await work.deliver(f"fired:{deadline.key}", deadline.case_id, "priya", None, "a clock ran out")


@TO_POSTGRES
@pytest.mark.parametrize("finds", [True, False])
async def test_what_may_have_happened_since(late: Path, other_url: str, finds: bool) -> None:
    """What was on its way, and what a clock sends that has run out since, may have been sent after the
    backup: where a platform can be asked it is looked up, elsewhere it says that it may have come before.
    What waits for tomorrow was not sent. Each clock fires once, and the coordinator hears of it, once."""
    await _restored(other_url, late)
    async with opened(other_url) as database:
        desk, blue = FiringDesk(), Recorder(finds_posts=finds)
        blue.homes = {f"{who}@blue.example": who for who in ("sending", "waiting", "priya", "tomorrow")}
        async with database.reading() as work:
            rows = {row.key: row for row in await work._all(DeliveryRow, select(DeliveryRow))}
            assert list(await work._execute(select(col(LetterCode.id)))) == []
            assert await work.blocks() == {}
            began = await work.next_due()
        assert {key: row.state for key, row in rows.items()} == {
            "sending": "uncertain", "waiting": "uncertain", "tomorrow": "ready",
        }  # fmt: skip
        assert rows["sending"].doubt_since is not None
        assert rows["waiting"].doubt_since is not None
        assert rows["sending"].doubt_since < rows["waiting"].doubt_since
        assert (rows["tomorrow"].doubt_since, rows["sending"].attempts) == (None, 0)
        assert began is not None

        # One of them did arrive, after the backup.
        await blue.post(
            Place(Address("blue", "t1", "app", "waiting"), "personal"), Card("waiting"), "waiting"
        )
        sweeper = Sweeper(database, desk)
        while await sweeper.step():
            pass
        assert await sweeper.step() == 0
        deliverer = Deliverer(database, {"blue": blue}, desk)
        while await deliverer.step():
            pass
        fired = [title for title in blue.words if "a clock ran out" in title]
        if finds:
            assert blue.words.count("waiting") == 1
            assert "sending" in blue.words
        else:
            assert "waiting (again)" in blue.words
            assert "sending (again)" in blue.words
            assert set(fired) == {"a clock ran out (again)"}
        assert fired
        assert not any("tomorrow" in title for title in blue.words)

        dog = Watchdog(database, desk, lambda *_: ())
        await dog.step()
        await dog.step()
        ((what, body),) = [one for one in await told(database, "alarms") if one[0] == "restored"]
        assert "UTC" in body["detail"]
        assert "restored from a backup" in fallback(alarm(what, body["detail"]))


@TO_POSTGRES
async def test_every_card_of_an_open_case_is_drawn_anew(late: Path, other_url: str) -> None:
    """What it shows now may be newer than what the database knows."""
    await _restored(other_url, late)
    async with opened(other_url) as database:
        await meddle(database, "DELETE FROM deliveries")
        blue = Recorder("slack")
        updater = Updater(database, {"slack": blue}, PlainDesk())
        while await updater.step():
            pass
        assert [message.id for message, _ in blue.updates] == ["1"]
        assert (await audited(database, at_rest=True)).findings == ()


@TO_POSTGRES
async def test_a_clock_that_is_set_anew_is_in_no_doubt(late: Path, other_url: str) -> None:
    """Only what ran out before the database was restored may have fired in another life."""
    await _restored(other_url, late)
    async with opened(other_url) as database:
        async with database.work() as work:
            await work.set_deadlines("c1", {"new": work.now - HOUR})
        desk = FiringDesk()
        await Sweeper(database, desk).step()
        async with database.reading() as work:
            (row,) = await work._all(
                DeliveryRow, select(DeliveryRow).where(col(DeliveryRow.key) == "fired:new")
            )
        assert (row.state, row.doubt_since) == ("ready", None)


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="only there a process can read how much it had")
@pytest.mark.parametrize(
    ("database_url", "other_url"), [("sqlite", "postgres"), ("postgres", "sqlite")], indirect=True
)
async def test_its_memory_does_not_grow(database_url: str, other_url: str, tmp_path: Path) -> None:
    """20,000 rows of 2.5 kB each, fifty megabytes, pass through a process that grows by a part of it."""
    engine = create_async_engine(database_url)
    async with opened(database_url):
        pass
    few = tmp_path / "few.braver"
    small = _most_memory(database_url, "backup", str(few))
    async with engine.begin() as connection:
        row = (
            "INSERT INTO acts (key, at, outcome) VALUES (:key, '2026-01-01 00:00:00', :outcome)"
            if "sqlite" in database_url
            else "INSERT INTO acts (key, at, outcome) VALUES (:key, now(), :outcome)"
        )
        for some in range(20):
            rows = [{"key": f"{some}:{n}", "outcome": os.urandom(1_250).hex()} for n in range(1_000)]
            await connection.execute(text(row), rows)
    await engine.dispose()
    many = tmp_path / "many.braver"
    assert _most_memory(database_url, "backup", str(many)) < small + 30_000_000
    assert many.stat().st_size > 20_000_000
    assert _most_memory(other_url, "restore", str(many)) < small + 40_000_000


COUNTED = """
import sys
from bot.__main__ import main
try:
    main()
finally:
    status = open("/proc/self/status").read()
    print(status.partition("VmHWM:")[2].split()[0], file=sys.stderr)
"""
"""The command, with what it had at its most: as its own process counts it, for the count of whoever began it
also holds what that one had."""


def _most_memory(url: str, *arguments: str) -> int:
    """Bytes that the command had at its most."""
    ended = subprocess.run(
        [sys.executable, "-c", COUNTED, *arguments], env={**os.environ, "BRAVER_DATABASE_URL": url},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(ended.stderr.splitlines()[-1]) * 1024
