"""Installations in the database, on both databases: stamps, tokens, removals, states."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.chat.port import Installation, NotSaved
from bot.files import BadFile
from bot.installations import StoredInstallations
from bot.sealing import Seal
from bot.store.database import Database
from bot.store.installations import MOST_BEGUN
from tests.units.recorder import opened

OLD = "the old key of more than thirty-two characters"
NEW = "the new key of more than thirty-two characters"
HEALTH = Installation("T0HEALTH", "", "A1", "U1", "xoxb-health", ("chat:write", "im:write"), "U9")
COUNCIL = Installation("T0COUNCIL", "E1", "A1", "U2", "xoxb-council", ("chat:write",), "U8")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as database:
        yield database


@pytest.fixture
async def kept(database: Database) -> StoredInstallations:
    return StoredInstallations(database, Seal((OLD,)), "slack")


async def run(url: str, statement: str) -> list[str]:
    """A statement by somebody with the database's password; the rows as text."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        result = await connection.execute(text(statement))
        rows = [str(row) for row in result] if result.returns_rows else []
    await engine.dispose()
    return rows


async def test_what_was_saved_is_found(kept: StoredInstallations) -> None:
    """Each workspace has its own token, and one that is not there has none."""
    assert await kept.stamps() == {}
    for one in (HEALTH, COUNCIL):
        await kept.save(one)
        found = await kept.find(one.tenant)
        assert found is not None
        assert found.stamp == 1
        assert found.token == one.token
        assert (found.enterprise, found.app, found.bot) == (one.enterprise, one.app, one.bot)
        assert (found.scopes, found.by) == (one.scopes, one.by)
    assert await kept.find("T0ELSEWHERE") is None
    assert await kept.stamps() == {"T0HEALTH": 1, "T0COUNCIL": 1}


async def test_platforms_are_kept_apart(kept: StoredInstallations, database: Database) -> None:
    """What another platform keeps under the same id is another installation."""
    await kept.save(HEALTH)
    assert await StoredInstallations(database, Seal((OLD,)), "other").stamps() == {}


async def test_every_change_has_another_stamp(kept: StoredInstallations) -> None:
    """Installing anew, removing and installing again each change the stamp: nobody takes one for another."""
    seen = []
    for _ in range(2):
        await kept.save(HEALTH)
        seen.append((await kept.stamps())["T0HEALTH"])
    await kept.revoke("T0HEALTH", time.time() + 1)
    assert "T0HEALTH" not in await kept.stamps()
    await kept.save(HEALTH)
    seen.append((await kept.stamps())["T0HEALTH"])
    assert len(set(seen)) == 3


async def test_a_removal_forgets_the_token(kept: StoredInstallations, database_url: str) -> None:
    """Once removed, the token is gone from the table, and the removal told again changes nothing."""
    await kept.save(HEALTH)
    for _ in range(2):
        assert await kept.revoke("T0HEALTH", time.time() + 1)
        assert await kept.find("T0HEALTH") is None
    [row] = await run(database_url, "SELECT token, stamp FROM installations")
    assert row == "('', 2)"


async def test_a_removal_from_before_the_installation(kept: StoredInstallations) -> None:
    """A removal that is older than the installation is none of it."""
    await kept.save(HEALTH)
    assert not await kept.revoke("T0HEALTH", time.time() - 60)
    assert await kept.find("T0HEALTH") is not None


async def test_a_removal_where_nothing_was(kept: StoredInstallations) -> None:
    """A removal of what was never there is true, and leaves no trace in the security log."""
    assert await kept.revoke("T0HEALTH", time.time())


async def test_the_security_log_has_every_change(kept: StoredInstallations, database: Database) -> None:
    """Installed, removed and turned away: each once, with the workspace and the person, without a token."""
    await kept.save(COUNCIL)
    for _ in range(2):
        await kept.revoke("T0COUNCIL", time.time() + 1)
    await kept.turned_away("T0ELSEWHERE", "E2", "U7", "workspace not allowed")
    async with database.reading() as work:
        log = [(event.kind, event.body, event.actor) for event in await work.history("security")]
        assert await work.verify("security") == []
    assert log == [
        ("installed", {"what": "installed", "enterprise": "E1"}, "slack:T0COUNCIL:U8"),
        ("installation_revoked", {"what": "installation_revoked"}, "slack:T0COUNCIL:"),
        (
            "installation_turned_away",
            {"what": "workspace not allowed", "enterprise": "E2"},
            "slack:T0ELSEWHERE:U7",
        ),
    ]


async def test_nothing_can_be_read_in_the_tables(kept: StoredInstallations, database_url: str) -> None:
    """Whoever has the database has no token and no state."""
    await kept.save(HEALTH)
    await kept.expect("made-up-state", 600)
    for table in ("installations", "install_states", "events"):
        rows = await run(database_url, f"SELECT * FROM {table}")  # noqa: S608
        assert rows
        assert "xoxb" not in str(rows)
        assert "made-up-state" not in str(rows)


async def test_a_row_under_another_name_gives_no_token(kept: StoredInstallations, database_url: str) -> None:
    """A token that somebody copied into another workspace's row is not used there."""
    await kept.save(HEALTH)
    await kept.save(COUNCIL)
    copied = "UPDATE installations SET token = (SELECT token FROM installations WHERE tenant = 'T0HEALTH')"
    await run(database_url, f"{copied} WHERE tenant = 'T0COUNCIL'")
    with pytest.raises(NotSaved):
        await kept.find("T0COUNCIL")
    assert await kept.find("T0HEALTH") is not None


async def test_a_wrong_key_stops_the_start(kept: StoredInstallations, database: Database) -> None:
    """The service does not start with a key that opens nothing; it names the setting and says what to do."""
    await kept.save(HEALTH)
    other = StoredInstallations(database, Seal((NEW,)), "slack")
    with pytest.raises(BadFile) as refused:
        await other.ready()
    [problem] = refused.value.problems
    assert problem.file == "BRAVER_SECRET_KEY"
    assert "T0HEALTH" in problem.what
    assert problem.remedy
    assert "xoxb" not in str(refused.value)
    with pytest.raises(NotSaved):
        await other.find("T0HEALTH")


async def test_a_removed_workspace_needs_no_key(kept: StoredInstallations, database: Database) -> None:
    """What is left of a workspace that removed the app does not keep anybody from starting with a new key."""
    await kept.save(HEALTH)
    await kept.revoke("T0HEALTH", time.time() + 1)
    await StoredInstallations(database, Seal((NEW,)), "slack").ready()


async def test_the_key_is_changed_at_a_start(kept: StoredInstallations, database: Database) -> None:
    """After a start with the new key in front the old one is not needed any more; no client is made anew."""
    await kept.save(HEALTH)
    before = await kept.stamps()
    both = StoredInstallations(database, Seal((NEW, OLD)), "slack")
    for _ in range(2):
        await both.ready()
    alone = StoredInstallations(database, Seal((NEW,)), "slack")
    await alone.ready()
    found = await alone.find("T0HEALTH")
    assert found is not None
    assert found.token == "xoxb-health"
    assert await alone.stamps() == before


async def test_a_state_is_good_once(kept: StoredInstallations) -> None:
    """Of many that come back with the same state at once, one is expected."""
    await kept.expect("state", 600)
    came = await asyncio.gather(*(kept.expected("state") for _ in range(5)))
    assert sorted(came) == [False, False, False, False, True]
    assert not await kept.expected("never given out")


async def test_a_state_does_not_last(kept: StoredInstallations, database_url: str) -> None:
    """After its time it is not expected, and with the next one it is thrown away."""
    await kept.expect("state", 0)
    assert not await kept.expected("state")
    await kept.expect("another", 600)
    assert len(await run(database_url, "SELECT hash FROM install_states")) == 1


async def test_states_fill_no_disk(
    kept: StoredInstallations, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more than a thousand that were begun the oldest are forgotten, and the newest still work."""
    assert MOST_BEGUN == 1_000
    monkeypatch.setattr("bot.store.installations.MOST_BEGUN", 3)
    for number in range(5):
        await kept.expect(f"state-{number}", 600 + number)
    assert len(await run(database_url, "SELECT hash FROM install_states")) == 3
    assert not await kept.expected("state-1")
    assert await kept.expected("state-4")
