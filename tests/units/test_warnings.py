"""What is tried with links in e-mails: in the security log, and told to the coordinator, once."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, get_args

import pytest
from sqlalchemy import text

from bot.app import Service
from bot.chat.card import fallback
from bot.chat.port import NotSaved, Warned
from bot.chat.turn import Account
from bot.settings import Settings
from tests.units.recorder import meddle

HELEN = Account(
    "email", "social-care.little-wickering.example", "helen.castle@social-care.little-wickering.example"
)


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Service]:
    service = Service(Settings(teams_allow_anonymous=True, database_url=database_url))
    await service.database.open()
    yield service
    await service.database.close()


async def alarms(service: Service) -> list[dict[str, Any]]:
    """What is on its way to the coordinator."""
    async with service.database.reading() as work:
        rows = (await work._execute(text("SELECT recipient, notice FROM deliveries ORDER BY id"))).all()
    assert {row.recipient for row in rows} <= {service.house.directory.coordinator}
    return [json.loads(row.notice) for row in rows]


async def read(service: Service, told: dict[str, Any]) -> str:
    """What the coordinator reads of it."""
    async with service.database.reading() as work:
        drawn = await service.desk.draw(work, json.dumps(told), service.house.directory.coordinator, None)
    assert drawn is not None
    return fallback(drawn.card)


async def noted(service: Service) -> list[tuple[str, str, dict[str, Any]]]:
    """Kind, whose, and what, in the security log."""
    async with service.database.reading() as work:
        return [(event.kind, event.actor, event.body) for event in await work.history("security")]


@pytest.mark.parametrize("what", get_args(Warned))
async def test_the_coordinator_reads_what_was_tried(service: Service, what: Warned) -> None:
    """In words, with the name of whose link it was, and nothing of what it led to."""
    await service.inbox.warn("email", what, HELEN, "link-1")
    ((kind, whose, body),) = await noted(service)
    assert (kind, whose) == (what, f"email:{HELEN.tenant}:{HELEN.user}")
    assert body == {"what": what, "case": "", "person": "helen"}
    (told,) = await alarms(service)
    assert told["kind"] == "alarm"
    words = await read(service, told)
    assert "Nothing was shown." in words
    assert "link-1" not in words
    if what != "link_tampered":
        assert "Helen Castle" in words


async def test_one_link_is_told_once_for_each_kind(service: Service) -> None:
    """However often it is tried, one after the other or at once."""
    await asyncio.gather(*(service.inbox.warn("email", "link_used", HELEN, "link-1") for _ in range(3)))
    await service.inbox.warn("email", "link_used", HELEN, "link-1")
    await service.inbox.warn("email", "code_wrong", HELEN, "link-1")
    await service.inbox.warn("email", "link_used", HELEN, "link-2")
    assert [told["what"] for told in await alarms(service)] == ["link_used", "code_wrong", "link_used"]
    assert len(await noted(service)) == 3


async def test_another_process_knows_what_was_told(service: Service) -> None:
    """It is the database that remembers, not the process."""
    await service.inbox.warn("email", "link_used", HELEN, "link-1")
    service.inbox._warned.clear()
    await service.inbox.warn("email", "link_used", HELEN, "link-1")
    assert len(await alarms(service)) == 1


async def test_links_that_nobody_sent_are_told_once_in_an_hour(service: Service) -> None:
    """A flood of them is one alarm, and writes nothing more; an hour later it is told again."""
    async with service.database.reading() as work:
        minute = work.real_now.minute
    for _ in range(50):
        await service.inbox.warn("email", "link_tampered")
    told = len(await alarms(service))
    assert told == 1 or (told == 2 and minute == 59)
    await meddle(service.database, "UPDATE acts SET key = key || '-earlier' WHERE key LIKE 'warned:%'")
    service.inbox._warned.clear()
    await service.inbox.warn("email", "link_tampered")
    assert len(await alarms(service)) == told + 1


async def test_what_could_not_be_written_down_is_told_the_next_time(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the database away nobody is told, and nothing pretends that somebody was."""

    def away() -> None:
        raise NotSaved

    with monkeypatch.context() as patched:
        patched.setattr(service.database, "work", away)
        with pytest.raises(NotSaved):
            await service.inbox.warn("email", "link_used", HELEN, "link-1")
    await service.inbox.warn("email", "link_used", HELEN, "link-1")
    assert len(await alarms(service)) == 1


async def test_somebody_who_left_the_directory_is_named_by_the_address(service: Service) -> None:
    """So that the coordinator knows whose letters still go out."""
    gone = Account("email", "care.example", "gone@care.example")
    await service.inbox.warn("email", "link_over", gone, "link-1")
    (told,) = await alarms(service)
    assert "gone@care.example" in await read(service, told)


@pytest.mark.parametrize(
    ("account", "hidden"),
    [
        (HELEN, ("Helen", "Castle", HELEN.user)),
        (Account("email", "care.example", "gone@care.example"), ("gone@care.example",)),
    ],
    ids=["of the directory", "of nobody"],
)
async def test_no_name_and_no_address_is_kept_with_the_message(
    service: Service, account: Account, hidden: tuple[str, ...]
) -> None:
    """What is kept of a message holds ids alone, and so does what tells it from every other."""
    await service.inbox.warn("email", "link_used", account, "link-1")
    async with service.database.work() as work:
        await service.desk.alarm(work, "undeliverable", f"words about {account.user}")
        kept = (await work._execute(text("SELECT key, notice FROM deliveries ORDER BY id"))).all()
    assert not [name for name in hidden if name in f"{kept[0].key} {kept[0].notice}"]
    assert account.user not in kept[1].key
