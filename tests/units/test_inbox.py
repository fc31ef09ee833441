"""The inbox: what only shows something writes nothing, and everything else is written once."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.app import Service
from bot.chat.card import fallback
from bot.chat.memory import Question
from bot.chat.port import NotSaved
from bot.chat.turn import (
    Account,
    Act,
    Address,
    Commanded,
    Incoming,
    Place,
    Pressed,
    Replies,
    Said,
    Turn,
    Whisper,
)
from bot.desk import Desk
from bot.guidance import danger
from bot.guidance.matching import meaning
from bot.guidance.remembering import known
from bot.limits import Limits
from bot.settings import Settings
from bot.store.database import PATIENCE
from bot.store.work import Conflict, Work
from flows.coaching.advice import WhichTopic
from flows.coaching.checklist_state import StartRound
from flows.entries import OpenAccounts, OpenHelp
from playground.house import EXAMPLE
from tests.units.moving import Moving

JO = Account("slack", "T1", "U1")
HERE = Place(Address("slack", "T1", "A1", "D1"), "personal")


@asynccontextmanager
async def served(url: str, patience: float = PATIENCE) -> AsyncIterator[Service]:
    """Braver, to whom Jo is known, without a platform that anything is sent to."""
    nowhere = "http://127.0.0.1:1/"
    service = Service(
        Settings(
            database_url=url, policy=EXAMPLE, host="127.0.0.1", port=0, slack_api_url=nowhere,
            slack_bot_token=SecretStr("t"), slack_signing_secret=SecretStr("s"),
        ),
        patience=patience,
    )  # fmt: skip
    async with service.serving(moving=False):
        async with service.database.work() as work:
            await work.link(JO, "jo", "jo.marsh@health.little-wickering.example")
            await work.seen(JO, "jo", HERE)
        yield service


async def does(service: Service, act: Act, key: str = "act") -> Replies:
    return await service.inbox.receive(Incoming(key, JO, HERE, act))


async def keys(service: Service) -> list[str]:
    """The acts that were carried out."""
    async with service.database.reading() as work:
        return list((await work._execute(text("SELECT key FROM acts WHERE key = 'act'"))).scalars())


async def test_what_only_shows_something_writes_nothing(database_url: str) -> None:
    """Help is shown as often as it is asked for, and the database holds nothing of it."""
    async with served(database_url) as service:
        pressed = Pressed(OpenHelp().payload())
        first, again = await does(service, pressed), await does(service, pressed)
        typed = await does(service, Commanded("help"))
        assert first == again == typed != ()
        assert await keys(service) == []


async def test_what_must_write_after_all_is_written(database_url: str) -> None:
    """The menu ends the question that was waiting, so it is an act like any other."""
    async with served(database_url) as service:
        async with service.database.work() as work:
            desk = Desk(service.house, work)
            me = Turn("", desk.person("jo"), JO, HERE, Commanded(""))
            question: Question = WhichTopic()
            await desk.keep(me, question)
        shown = await does(service, Commanded("menu"))
        assert shown
        assert await keys(service) == ["act"]
        async with service.database.reading() as work:
            assert await Desk(service.house, work).pending(me) is None
        assert await does(service, Commanded("menu")) == shown


async def test_somewhere_new_is_kept_even_where_something_is_only_shown(database_url: str) -> None:
    """Whoever asks for help in a place that was not known can be reached there from now on."""
    async with served(database_url) as service:
        there = Place(Address("slack", "T1", "A1", "D2"), "personal")
        assert await service.inbox.receive(Incoming("act", JO, there, Commanded("help")))
        async with service.database.reading() as work:
            assert there in await work.places_of("jo", "slack")


async def test_an_act_that_comes_several_times_at_once(database_url: str) -> None:
    """It is carried out once, and all of them are answered alike."""
    async with served(database_url) as service:
        act = Pressed(StartRound().payload())
        replies = await asyncio.gather(*(does(service, act) for _ in range(4)))
        assert replies[0]
        assert all(each == replies[0] for each in replies)
        async with service.database.reading() as work:
            (counted,) = await work.counted()
        assert counted.times == 1


async def test_many_at_once_are_carried_out_in_the_order_in_which_they_came(sqlite_url: str) -> None:
    """Nobody passes those who wait for the database, not even who only looks."""
    async with served(sqlite_url) as service:
        done: list[str] = []

        async def one(key: str, act: Act) -> None:
            assert await does(service, act, key)
            done.append(key)

        async with service.database.work():
            acts = [(f"round {number}", Pressed(StartRound().payload())) for number in range(8)]
            acts.append(("help", Pressed(OpenHelp().payload())))
            going = [asyncio.create_task(one(key, act)) for key, act in acts]
            await asyncio.sleep(0.2)
            assert done == []
        await asyncio.gather(*going)
        assert done.index("help") >= 3, "those before it had to make room"
        assert sorted(done) == sorted(key for key, _ in acts)


async def test_many_at_once_are_told_in_time_that_nothing_is_saved(sqlite_url: str) -> None:
    """Who waits behind others waits no longer than for the database itself, and may come again."""
    async with served(sqlite_url, patience=0.3) as service:
        act = Pressed(StartRound().payload())
        async with service.database.work(patience=10):
            going = [asyncio.create_task(does(service, act, f"round {number}")) for number in range(8)]
            told = await asyncio.wait_for(asyncio.gather(*going, return_exceptions=True), 10)
            assert all(isinstance(one, NotSaved) for one in told), told
        assert await does(service, act, "round 7")


async def test_words_are_listened_to_once_and_then_forgotten(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the turn begins; neither the router nor the advice begins anew, and nothing is kept beyond."""
    listened: list[str] = []
    learned = danger._learned

    def counted(text: str) -> bool:
        if text != "ready":
            listened.append(text)
        return learned(text)

    monkeypatch.setattr(danger, "_learned", counted)
    text = "they closed my referral and nobody answers the phone"
    async with served(sqlite_url) as service:
        assert await does(service, Said(text, addressed=True))
        assert listened == [text]
        assert known("danger", text) is None
        assert await does(service, Commanded(text), "again")
        assert listened == [text, text]


LONG = "We talked about the plan for the summer, and nothing else was said about it. " * 120


@pytest.mark.parametrize(
    "act",
    [
        Said("He is hitting her now.", addressed=True),
        Said(f"He is hitting her now. {LONG}", addressed=True),
        Said(f"{LONG} He is hitting her now.", addressed=True),
        Said("They closed my referral.\nNobody answers the phone.\n\nI am worried.", addressed=True),
        Commanded("they closed my referral and nobody answers the phone"),
    ],
    ids=["danger", "long, with danger", "long, danger at its end", "lines", "command"],
)
async def test_nobody_else_waits_while_words_are_understood(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, act: Act
) -> None:
    """All of it is done in a thread of its own; on the loop nothing is understood anew."""
    where: list[str] = []
    encoder = meaning._encoder()

    class Watched:
        def encode(self, texts: Sequence[str]) -> meaning.Points:
            if texts != ["ready"]:
                where.append(threading.current_thread().name)
            points: meaning.Points = encoder.encode(texts)
            return points

    async with served(sqlite_url) as service:
        monkeypatch.setattr(meaning, "_encoder", Watched)
        assert await does(service, act)
        assert where
        assert {name.partition("_")[0] for name in where} == {"listening"}


async def test_what_is_over_the_limit_is_refused_also_where_it_can_not_be_noted(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another transaction was faster at the security log: the act is not carried out for that."""
    tries = 0

    async def taken(self: Work, *told: object) -> int:
        nonlocal tries
        tries += 1
        raise Conflict("the next event of security is already there")

    async with served(sqlite_url) as service:
        service.inbox._limits = Limits(1, 1_000, clock=Moving())
        assert await does(service, Commanded("help"), "before")
        monkeypatch.setattr(Work, "append", taken)
        (told,) = await does(service, Pressed(StartRound().payload()))
        assert tries == 1
        assert isinstance(told, Whisper)
        assert told.card == service.house.too_many(60, ())
        assert await keys(service) == []


async def test_whoever_asks_for_the_accounts_of_somebody_else_is_noted(database_url: str) -> None:
    """Nobody is offered that button: they see nothing, and it is in the security log who tried what. Their
    own accounts are theirs to see."""
    async with served(database_url) as service:
        (told,) = await does(service, Pressed(OpenAccounts(person="helen").payload()))
        assert isinstance(told, Whisper)
        assert "not yours to look at" in fallback(told.card)
        (own,) = await does(service, Pressed(OpenAccounts(person="jo").payload()), "own")
        assert isinstance(own, Whisper)
        assert "U1" in fallback(own.card)
        async with service.database.reading() as work:
            noted = [event.body for event in await work.history("security")]
        tried = {"person": "jo", "tried": OpenAccounts.name, "case": ""}
        assert noted == [{"what": "linking_not_yours", **tried}]
