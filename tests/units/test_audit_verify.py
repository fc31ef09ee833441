"""`braver audit verify` finds whatever is done to the rows of histories and anchors, on both databases."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.audit import verifying
from bot.audit.outside import Outside
from bot.audit.verifying import KINDS, Verified, verified
from bot.guidance.words import Words
from bot.signing import Signer, public_keys
from bot.store import merkle
from bot.store.anchors import digest_of, leaves_of
from bot.store.append_only import ACTS, APPEND_ONLY, trigger
from bot.store.chain import fingerprint
from bot.store.database import Database
from bot.store.rows import table_of
from bot.store.tables import AnchoredHead, AnchorRow, EventRow, StreamRow
from tests.units.kept import keep, raised_at
from tests.units.recorder import meddle, opened

SECRET = "a key of more than thirty-two characters"
OTHER = "another key of more than thirty-two characters"
KEYS = public_keys((SECRET,))
EVENTS, STREAMS = table_of(EventRow), table_of(StreamRow)
ANCHORS, HELD = table_of(AnchorRow), table_of(AnchoredHead)
TABLES = (EVENTS, STREAMS, ANCHORS, HELD)
Row = dict[str, Any]


async def anchor(database: Database) -> None:
    async with database.work() as work:
        newest = await work.newest_anchor()
        assert await work.anchor(Signer(SECRET), newest.number if newest else 0)


async def written(database: Database) -> None:
    """Two cases and two other histories, anchored three times; then both cases and a new one go on."""
    for round_about in range(3):
        async with database.work() as work:
            if round_about < 2:
                await keep(work, raised_at(work.now, f"c{round_about}"))
            for number in range(4):
                await work.append("security", "not_on_case", {"n": number}, "slack:T1:U1")
            if round_about != 1:
                await work.append("directory", "imported", {"n": round_about}, "")
        await anchor(database)
    async with database.work() as work:
        await keep(work, raised_at(work.now, "c9"))


@pytest.fixture
def stored(database_url: str) -> "Stored":
    async def made() -> dict[str, list[Row]]:
        async with opened(database_url, secrets=(SECRET,)) as database:
            await written(database)
        async with _engine(database_url) as engine, engine.connect() as connection:
            return {
                table.name: [dict(row._mapping) for row in await connection.execute(select(table))]
                for table in TABLES
            }

    return Stored(database_url, asyncio.run(made()))


@asynccontextmanager
async def _engine(url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        yield engine
    finally:
        await engine.dispose()


@dataclass(frozen=True, slots=True)
class Stored:
    """A database, and its rows as they were written."""

    url: str
    rows: dict[str, list[Row]]

    def of(self, stream: str) -> list[Row]:
        mine = [row for row in self.rows["events"] if row["stream"] == stream]
        return sorted(mine, key=lambda row: int(row["sequence"]))

    @property
    def streams(self) -> list[str]:
        return sorted(row["name"] for row in self.rows["streams"])

    def anchored(self, stream: str) -> int:
        """How far the anchors hold it."""
        return max((row["sequence"] for row in self.rows["anchored"] if row["stream"] == stream), default=0)

    @property
    def outside(self) -> Outside:
        return {row["number"]: frozenset((row["digest"],)) for row in self.rows["anchors"]}


async def _seen_after(stored: Stored, tamper: "Tampering", outside: Outside) -> Verified:
    """What is found after the rows were tampered with; then they are as before."""
    async with _engine(stored.url) as engine:
        async with engine.begin() as connection, _freed(connection):
            await tamper(connection, stored)
        try:
            async with Database(stored.url, (SECRET,)).beside() as database:
                return await verified(database, KEYS, outside)
        finally:
            async with engine.begin() as connection, _freed(connection):
                for table in TABLES:
                    await connection.execute(delete(table))
                    await connection.execute(insert(table), stored.rows[table.name])


@asynccontextmanager
async def _freed(connection: AsyncConnection) -> AsyncIterator[None]:
    """As somebody does it who leaves no trace: what guards the rows is back afterwards."""
    guards = [(table, act) for table in APPEND_ONLY for act in ACTS]
    for table, act in guards if connection.dialect.name == "sqlite" else ():
        await connection.execute(text(f"DROP TRIGGER {table}_no_{act.lower()}"))
    yield
    for table, act in guards if connection.dialect.name == "sqlite" else ():
        await connection.execute(text(trigger(table, act)))


Tampering = Callable[[AsyncConnection, Stored], Any]


def _at(table: Table, row: Row) -> Any:
    where = [table.c[column.name] == row[column.name] for column in table.primary_key.columns]
    return where[0] if len(where) == 1 else where[0] & where[1]


def _other(value: Any) -> Any:
    match value:
        case datetime():
            return value + timedelta(seconds=1)
        case int():
            return value + 1_000
        case str():
            return value + "0"


def altered(table: Table, row: Row, column: str) -> Tampering:
    async def tamper(connection: AsyncConnection, _: Stored) -> None:
        after = update(table).where(_at(table, row)).values({column: _other(row[column])})
        await connection.execute(after)

    return tamper


def removed(table: Table, row: Row) -> Tampering:
    async def tamper(connection: AsyncConnection, _: Stored) -> None:
        await connection.execute(delete(table).where(_at(table, row)))

    return tamper


def swapped(one: Row, two: Row) -> Tampering:
    """Each stands where the other was."""

    async def tamper(connection: AsyncConnection, _: Stored) -> None:
        for row, place in ((one, two), (two, one)):
            words = {name: value for name, value in row.items() if name not in ("stream", "sequence")}
            await connection.execute(update(EVENTS).where(_at(EVENTS, place)).values(words))

    return tamper


def renumbered(row: Row, sequence: int) -> Tampering:
    async def tamper(connection: AsyncConnection, _: Stored) -> None:
        await connection.execute(update(EVENTS).where(_at(EVENTS, row)).values(sequence=sequence))

    return tamper


def cut_off(stream: str, length: int) -> Tampering:
    """With a head that fits what is left; the head also says that it is anchored there."""

    async def tamper(connection: AsyncConnection, stored: Stored) -> None:
        kept = stored.of(stream)[:length]
        gone = (EVENTS.c.stream == stream) & (EVENTS.c.sequence > length)
        await connection.execute(delete(EVENTS).where(gone))
        fits = {
            "sequence": length,
            "hash": kept[-1]["hash"],
            "anchored": min(length, stored.anchored(stream)),
        }
        await connection.execute(update(STREAMS).where(STREAMS.c.name == stream).values(fits))

    return tamper


def dropped(stream: str) -> Tampering:
    async def tamper(connection: AsyncConnection, _: Stored) -> None:
        await connection.execute(delete(EVENTS).where(EVENTS.c.stream == stream))
        await connection.execute(delete(STREAMS).where(STREAMS.c.name == stream))

    return tamper


def rewritten(stream: str, begin: int, *, anchors_too: bool, secret: str = "") -> Tampering:
    """From the event `begin` on, each hash made anew, and the head. `anchors_too`: the anchors as well, with
    the signature of another key where `secret` is one."""

    async def tamper(connection: AsyncConnection, stored: Stored) -> None:
        hashes: dict[int, str] = {}
        previous = ""
        for row in stored.of(stream):
            made = EventRow(**{**row, "previous": previous})
            if made.sequence == begin:
                made.body = json.dumps({"made": "up"})
            made.at = made.at.astimezone(stored.of(stream)[0]["at"].tzinfo)
            previous = hashes[made.sequence] = fingerprint(made)
            words = {"body": made.body, "previous": made.previous, "hash": previous}
            await connection.execute(update(EVENTS).where(_at(EVENTS, row)).values(words))
        await connection.execute(update(STREAMS).where(STREAMS.c.name == stream).values(hash=previous))
        if anchors_too:
            await _anchors_anew(connection, stored, stream, hashes, secret)

    return tamper


async def _anchors_anew(
    connection: AsyncConnection, stored: Stored, stream: str, hashes: dict[int, str], secret: str
) -> None:
    previous = ""
    for row in sorted(stored.rows["anchors"], key=lambda row: int(row["number"])):
        held = [AnchoredHead(**one) for one in stored.rows["anchored"] if one["anchor"] == row["number"]]
        for one in held:
            if one.stream == stream:
                one.hash = hashes[one.sequence]
                after = update(HELD).where(_at(HELD, one.model_dump())).values(hash=one.hash)
                await connection.execute(after)
        root = merkle.root(leaves_of(held))
        digest = digest_of(previous, row["number"], row["at"], len(held), root)
        words = {"previous": previous, "root": root, "digest": digest}
        if secret:
            words |= {"key": Signer(secret).public, "signature": Signer(secret).sign(digest)}
        await connection.execute(update(ANCHORS).where(_at(ANCHORS, row)).values(words))
        previous = digest


def unanchored(after: int) -> Tampering:
    """The anchors after this number are gone without a trace, as if they had never been made."""

    async def tamper(connection: AsyncConnection, stored: Stored) -> None:
        await connection.execute(delete(ANCHORS).where(ANCHORS.c.number > after))
        await connection.execute(delete(HELD).where(HELD.c.anchor > after))
        left = [row for row in stored.rows["anchored"] if row["anchor"] <= after]
        for stream in stored.streams:
            until = max((row["sequence"] for row in left if row["stream"] == stream), default=0)
            await connection.execute(update(STREAMS).where(STREAMS.c.name == stream).values(anchored=until))

    return tamper


@st.composite
def tamperings(draw: st.DrawFn, stored: Stored) -> tuple[Tampering, bool]:
    """Anything that somebody may do who can write into the database, and whether it takes what was kept
    outside to see it."""
    how = draw(st.sampled_from(("alter", "remove", "swap", "renumber", "cut", "drop", "rewrite", "unanchor")))
    event(how)
    table = draw(st.sampled_from(TABLES))
    row = draw(st.sampled_from(stored.rows[table.name]))
    stream = draw(st.sampled_from(stored.streams))
    history = stored.of(stream)
    match how:
        case "alter":
            return altered(table, row, draw(st.sampled_from(sorted(row)))), False
        case "remove":
            return removed(table, row), False
        case "swap":
            events = st.sampled_from(stored.rows["events"])
            one, two = draw(events), draw(events)
            assume(one["hash"] != two["hash"])
            return swapped(one, two), False
        case "renumber":
            one = draw(st.sampled_from(stored.rows["events"]))
            sequence = draw(st.integers(-3, 30))
            assume(sequence not in {each["sequence"] for each in stored.of(one["stream"])})
            return renumbered(one, sequence), False
        case "cut":
            assume(len(history) > 1)
            return cut_off(stream, draw(st.integers(1, len(history) - 1))), False
        case "drop":
            return dropped(stream), False
        case "unanchor":
            return unanchored(draw(st.integers(0, 2))), True
    anchored = stored.anchored(stream)
    assume(anchored)
    begin = draw(st.integers(1, anchored))
    secret = draw(st.sampled_from(("", OTHER)))
    return rewritten(stream, begin, anchors_too=draw(st.booleans()), secret=secret), False


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_done_to_the_rows_is_found(stored: Stored, data: st.DataObject) -> None:
    """Any column of any row, rows that are taken away or stand elsewhere, a tail or a whole history, a chain
    that was made anew with right hashes, an anchor; nothing else is found once it is all as before."""
    tamper, by_what_is_outside = data.draw(tamperings(stored))

    async def found() -> list[verifying.Breach]:
        try:
            outside = stored.outside if by_what_is_outside else {}
            return (await _seen_after(stored, tamper, outside)).breaches
        except IntegrityError:
            # Where another row stands already the database itself refuses.
            return []

    async def untouched() -> list[verifying.Breach]:
        async with Database(stored.url, (SECRET,)).beside() as database:
            return (await verified(database, KEYS, stored.outside)).breaches

    breaches = asyncio.run(found())
    assert breaches or _refused(stored, tamper)
    assert asyncio.run(untouched()) == []


def _refused(stored: Stored, tamper: Tampering) -> bool:
    async def tried() -> None:
        async with _engine(stored.url) as engine, engine.connect() as connection, _freed(connection):
            await tamper(connection, stored)
            await connection.rollback()

    try:
        asyncio.run(tried())
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    ("tamper", "kinds"),
    [
        (cut_off("security", 10), {"anchored", "unmarked"}),
        (cut_off("case:c9", 1), {"behind_case"}),
        (dropped("directory"), {"gone"}),
        (rewritten("security", 2, anchors_too=False), {"anchored"}),
        (rewritten("security", 2, anchors_too=True), {"anchor_unsigned"}),
        (rewritten("security", 2, anchors_too=True, secret=OTHER), {"key_unknown"}),
    ],
)
def test_what_a_careful_hand_leaves(stored: Stored, tamper: Tampering, kinds: set[str]) -> None:
    """Who makes everything fit is found by exactly what they can't make."""
    seen = asyncio.run(_seen_after(stored, tamper, {}))
    assert {one.kind for one in seen.breaches} == kinds


def test_anchors_that_were_kept_outside(stored: Stored) -> None:
    """Without them somebody can take the newest anchors away unseen, and all that they hold. With them each
    is missed, and one that was made anew is told."""
    gone = unanchored(1)
    assert asyncio.run(_seen_after(stored, gone, {})).breaches == []
    seen = asyncio.run(_seen_after(stored, gone, stored.outside)).breaches
    assert [(one.kind, one.subject) for one in seen] == [("outside_missing", "2"), ("outside_missing", "3")]
    anew = rewritten("security", 2, anchors_too=True, secret=SECRET)
    assert asyncio.run(_seen_after(stored, anew, {})).breaches == []
    seen = asyncio.run(_seen_after(stored, anew, stored.outside)).breaches
    assert {one.kind for one in seen} == {"outside_differs"}


def test_an_old_key_is_known_by_what_was_kept(stored: Stored) -> None:
    """After a change of the secret key: the public key that was noted, or the digests kept outside."""

    async def kinds(keys: tuple[str, ...], outside: Outside) -> set[str]:
        async with Database(stored.url, (SECRET,)).beside() as database:
            return {one.kind for one in (await verified(database, keys, outside)).breaches}

    new = public_keys((OTHER,))
    assert asyncio.run(kinds(new, {})) == {"key_unknown"}
    assert asyncio.run(kinds((*new, *KEYS), {})) == set()
    assert asyncio.run(kinds(new, stored.outside)) == set()


async def test_long_histories_are_followed_in_portions(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of any length, beside others: each portion size finds the same."""
    async with opened(database_url, secrets=(SECRET,)) as database:
        await written(database)
        for portion in (1, 2, 3, 5, 1_000):
            monkeypatch.setattr(verifying, "EVENTS", portion)
            monkeypatch.setattr(verifying, "STREAMS", portion)
            monkeypatch.setattr(verifying, "ANCHORS", portion)
            seen = await verified(database, KEYS, {})
            assert (seen.breaches, seen.streams, seen.anchors) == ([], 5, 3)
            assert seen.events == 12 + 2 + 3 * len(raised_at(datetime.now().astimezone()).history)
            assert seen.newest is not None
            assert seen.newest[0] == 3
        await meddle(database, "UPDATE events SET actor = 'x' WHERE stream = 'security' AND sequence = 7")
        for portion in (1, 3, 1_000):
            monkeypatch.setattr(verifying, "EVENTS", portion)
            (found,) = (await verified(database, KEYS, {})).breaches
            assert (found.kind, found.subject) == ("chain", "security")


async def test_beside_a_service_that_writes_and_anchors_nothing_is_found(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every step in between sees a moment as a whole."""
    monkeypatch.setattr(verifying, "EVENTS", 10)
    async with opened(database_url, secrets=(SECRET,)) as database:
        await written(database)
        busy = True

        async def service() -> None:
            while busy:
                async with database.work() as work:
                    for stream in ("security", "case:new", "zz"):
                        await work.append(stream, "told", {}, "jo")
                await anchor(database)
                await asyncio.sleep(0.02)

        writing = asyncio.create_task(service())
        for _ in range(4):
            assert (await verified(database, KEYS, {})).breaches == []
        busy = False
        await writing
        assert (await verified(database, KEYS, {})).streams == 7


async def test_on_sqlite_a_guard_that_was_taken_away_is_seen(sqlite_url: str) -> None:
    """Events, anchors and what they hold can only be added to; who drops what refuses the rest is found."""
    async with opened(sqlite_url, secrets=(SECRET,)) as database:
        await written(database)
        for table in APPEND_ONLY:
            column = "digest" if table == "anchors" else "hash"
            for statement in (f"UPDATE {table} SET {column} = ''", f"DELETE FROM {table}"):  # noqa: S608
                with pytest.raises(IntegrityError, match=f"{table} is kept"):
                    async with database.work() as work:
                        await work._execute(text(statement))
        async with database.work() as work:
            await work._execute(text("DROP TRIGGER events_no_update"))
        (found,) = (await verified(database, KEYS, {})).breaches
        assert (found.kind, found.subject) == ("open", "events")


def test_every_kind_has_words() -> None:
    words = Words("verify")
    for kind in KINDS:
        assert f"{kind}.what" in words


def test_a_fingerprint_is_what_the_documents_say() -> None:
    """Whoever checks a history with a program of their own needs to know: docs/audit.md."""
    at = datetime.fromisoformat("2026-11-02T10:00:00+00:00")
    row = EventRow(
        stream="security", sequence=2, at=at, kind="told", actor="jo", body="{}", previous="ab", hash=""
    )
    said = '["ab", "security", 2, "2026-11-02T10:00:00+00:00", "told", "jo", "{}"]'
    assert fingerprint(row) == hashlib.sha256(said.encode()).hexdigest()


def test_each_column_of_each_table_counts(stored: Stored) -> None:
    """One by one, in the first row and in the last of each table."""
    for table in TABLES:
        rows = stored.rows[table.name]
        for row in (rows[0], rows[-1]):
            for column in row:
                seen = asyncio.run(_seen_after(stored, altered(table, row, column), {}))
                assert seen.breaches, (table.name, column)
