"""What a commit costs: (c) raise, acknowledge and answer, each one act that goes through the inbox.

The yardstick inserts and updates exactly the same rows, by SQLAlchemy alone, in the same number of
transactions: what ours left in the tables was read back before and after each act of one case. Both run in
this process, in turns.
"""

import asyncio
import itertools
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Table, delete, insert, make_url, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import SQLModel

from bench.measure import CLIENT_CORE, Figures, Round, Row, pinned
from bench.turns import people
from bench.turns.bare import engine as bare
from bench.turns.slack_side import APP, SECRET, TEAM, TOKEN, somebody
from bot.app import Service
from bot.chat.action import Action
from bot.chat.turn import Account, Address, Done, Incoming, Place, Pressed, Replies, Submitted, Turn
from bot.desk import Desk
from bot.settings import Settings
from flows import case_actions as a
from flows.raising_details import filing
from flows.raising_forms import Draft, SendFiling
from flows.recipients import shown_people
from playground.house import KEY

TARGET, AT_ONCE = 0.5, 8
Rows = dict[tuple[Any, ...], dict[str, Any]]
Change = tuple[Table, list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]
"""Of a table: the rows that are new, those that changed, and those that went."""
_BY = {"deliveries": ("key",), "deadlines": ("case_id", "key")}
"""By what a row is found whose number the database counts."""
_numbers = itertools.count(1)


class Ours:
    """Braver without its platforms: acts go into the inbox, and nothing is sent."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._database = service.database

    async def known(self) -> None:
        """Everybody has been here before."""
        async with self._database.work() as work:
            for entry in self._service.house.directory.people:
                await work.link(_account(entry.id), entry.id, entry.email)
                await work.seen(_account(entry.id), entry.id, _place(entry.id))

    async def written(self, who: str) -> Action:
        """The escalation is written, and only the last button is left: what that says."""
        draft = Draft(
            at=datetime.now(UTC), happened=True, who="Tom Reed", when="Yesterday", result="No change",
            agency="social_care", child_reference="HV-4821", decision="The referral was closed",
            risk="The home is not safe at night", request="A visit this week", phone="01632 960101",
        )  # fmt: skip
        async with self._database.work() as work:
            desk = Desk(self._service.house, work)
            turn = Turn("", desk.person(who), _account(who), _place(who), Pressed(SendFiling().payload()))
            await desk.keep(turn, draft)
            case = await desk.as_filed(turn, filing(desk, draft, ()))
        return SendFiling(shown=shown_people(case, ""), draft=draft.mark)

    async def raises(self, who: str, send: Action) -> str:
        """The id of the case, which a button of the answer carries."""
        (filed,) = await self._does(who, Submitted(send.payload(), secrets.token_hex(8), {}))
        assert isinstance(filed, Done)
        return str(json.loads(filed.card.buttons[0].payload.data)["case"])

    async def whose(self, case_id: str) -> str:
        """Who has the case at the other side."""
        async with self._database.reading() as work:
            case = await Desk(self._service.house, work).any_case(case_id)
        assert case is not None
        return case.now_with.receiving.person

    async def acknowledges(self, who: str, case: str) -> None:
        await self._does(who, Pressed(a.Acknowledge(case=case, stage=1).payload()))

    async def answers(self, who: str, case: str) -> None:
        sent = a.SendAnswer(case=case, stage=1).payload()
        await self._does(who, Submitted(sent, secrets.token_hex(8), {"text": "We shall visit on Friday."}))

    async def _does(self, who: str, act: Pressed | Submitted) -> Replies:
        key = f"bench:{next(_numbers)}"
        replies = await self._service.inbox.receive(Incoming(key, _account(who), _place(who), act))
        assert replies, act
        return replies

    async def cycle(self, who: str, manager: str, took: list[float], send: Action) -> None:
        began = perf_counter()
        case = await self.raises(who, send)
        await self.acknowledges(manager, case)
        await self.answers(manager, case)
        took.append(perf_counter() - began)


class Bare:
    """The same rows by SQLAlchemy alone, under other names."""

    def __init__(self, engine: AsyncEngine, acts: Sequence[Sequence[Change]], case: str, key: str) -> None:
        self._engine = engine
        self._acts = acts
        self._case, self._key = case, key
        # SQLite has one writer at a time.
        one = engine.dialect.name == "sqlite"
        self._turn: asyncio.Lock | asyncio.Semaphore = asyncio.Lock() if one else asyncio.Semaphore(10)

    async def cycle(self, took: list[float]) -> None:
        began, number = perf_counter(), f"{next(_numbers)}"
        for act in self._acts:
            async with self._turn, self._engine.begin() as connection:
                for change in act:
                    await self._repeat(connection, *(_renamed(change, self._case, self._key, number)))
        took.append(perf_counter() - began)

    async def _repeat(
        self, connection: AsyncConnection, table: Table, new: list[dict[str, Any]],
        other: list[dict[str, Any]], gone: list[dict[str, Any]],
    ) -> None:  # fmt: skip
        if new:
            _ = await connection.execute(insert(table), new)
        for row in other:
            _ = await connection.execute(update(table).where(*_is(table, row)).values(row))
        for row in gone:
            _ = await connection.execute(delete(table).where(*_is(table, row)))


def _account(who: str) -> Account:
    return Account("slack", TEAM, somebody(who).user)


def _place(who: str) -> Place:
    return Place(Address("slack", TEAM, APP, somebody(who).direct), "personal")


def _is(table: Table, row: Mapping[str, Any]) -> list[Any]:
    names = _BY.get(table.name) or [column.name for column in table.primary_key.columns]
    return [table.c[name] == row[name] for name in names]


def _renamed(change: Change, case: str, key: str, number: str) -> Change:
    """The same change of another case; numbers that the database counts are left to it."""
    table, *sorts = change

    def named(row: Mapping[str, Any]) -> dict[str, Any]:
        fresh = {
            name: _other(value, case, key, number) if isinstance(value, str) else value
            for name, value in row.items()
        }
        if table.name in _BY:
            fresh.pop("id")
        return fresh

    new, other, gone = ([named(row) for row in rows] for rows in sorts)
    return table, new, other, gone


def _other(text: str, case: str, key: str, number: str) -> str:
    mine = number.rjust(len(case), "0")
    return text.replace(case, mine).replace(key, f"B-{number.rjust(6, '0')}").replace("bench:", f"b{number}:")


async def _tables(engine: AsyncEngine) -> dict[Table, Rows]:
    """Everything that stands in the tables, by primary key."""
    found: dict[Table, Rows] = {}
    async with engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            keys = [column.name for column in table.primary_key.columns]
            rows = [dict(row._mapping) for row in await connection.execute(select(table))]
            found[table] = {tuple(row[key] for key in keys): row for row in rows}
    return found


def _changes(before: Mapping[Table, Rows], after: Mapping[Table, Rows]) -> list[Change]:
    found = list[Change]()
    for table, rows in after.items():
        was = before[table]
        new = [row for key, row in rows.items() if key not in was]
        other = [row for key, row in rows.items() if key in was and was[key] != row]
        gone = [row for key, row in was.items() if key not in rows]
        if new or other or gone:
            found.append((table, new, other, gone))
    return found


async def recorded(
    ours: Ours, engine: AsyncEngine, who: str, manager: str
) -> tuple[list[list[Change]], str, str]:
    """What each of the three acts does to the tables; the case's id and its reference."""
    await ours.cycle(who, manager, [], await ours.written(who))
    send = await ours.written(who)
    seen = [await _tables(engine)]
    case = await ours.raises(who, send)
    seen.append(await _tables(engine))
    for act in (ours.acknowledges, ours.answers):
        await act(manager, case)
        seen.append(await _tables(engine))
    changes = [_changes(*pair) for pair in itertools.pairwise(seen)]
    for one in changes:
        assert "events" in {table.name for table, *_ in one}, "an act had no effect"
    rows = (row for table, rows in seen[-1].items() if table.name == "cases" for row in rows.values())
    return changes, case, next(row["reference"] for row in rows if row["id"] == case)


async def _all_at_once(cycles: int, one: Callable[[list[float]], Awaitable[None]], took: list[float]) -> None:
    left = itertools.count()

    async def on_and_on() -> None:
        while next(left) < cycles:
            await one(took)

    async with asyncio.TaskGroup() as together:
        for _ in range(AT_ONCE):
            together.create_task(on_and_on())


async def _round(cycles: int, one: Callable[[list[float]], Awaitable[None]]) -> Round:
    took: list[float] = []
    began, cpu = perf_counter(), time.process_time()
    await _all_at_once(cycles, one, took)
    return Round(perf_counter() - began, time.process_time() - cpu, took)


async def row(folder: Path, name: str, url: str, rounds: int, cycles: int) -> Row:
    """The row of (c) for this database, which is empty."""
    settings = Settings(
        database_url=url, directory=people.written(folder, "slack"), policy=people.POLICY, port=0,
        host="127.0.0.1", slack_bot_token=SecretStr(TOKEN), slack_signing_secret=SecretStr(SECRET),
        slack_api_url="http://127.0.0.1:1/api/", secret_key=SecretStr(KEY),
    )  # fmt: skip
    service = Service(settings, limited=False)
    async with AsyncExitStack() as opened:
        opened.enter_context(pinned(CLIENT_CORE))
        await opened.enter_async_context(service.serving(moving=False))
        engine = bare(make_url(url))
        opened.push_async_callback(engine.dispose)
        ours, crowd = Ours(service), itertools.cycle(people.crowd())
        await ours.known()
        first = next(crowd)
        manager = await ours.whose(await ours.raises(first, await ours.written(first)))
        other = Bare(engine, *await recorded(ours, engine, first, manager))
        measured: dict[str, list[Round]] = {"ours": [], "bare": []}
        for number in range(rounds + 1):
            ready = [(who, await ours.written(who)) for who in itertools.islice(crowd, cycles)]
            waiting = iter(ready)

            async def mine(took: list[float], waiting: Any = waiting) -> None:
                who, send = next(waiting)
                await ours.cycle(who, manager, took, send)

            found = {"ours": await _round(len(ready), mine), "bare": await _round(len(ready), other.cycle)}
            if number:
                for which, one in found.items():
                    measured[which].append(one)
    figures = {which: Figures.of(which, each) for which, each in measured.items()}
    what = f"(c) raise, acknowledge, answer: three commits, {name}"
    return Row(what, figures["ours"], figures["bare"], TARGET)
