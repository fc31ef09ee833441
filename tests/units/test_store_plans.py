"""What the engine and people ask again and again finds its rows by an index, however many there are."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, make_url

from bot.chat.turn import Account, Address
from bot.signing import Signer
from bot.store.database import Database
from bot.store.work import Work
from tests.units.recorder import opened

LEASE = timedelta(seconds=30)
HERE = Address("slack", "T1", "A1", "D1")
ASKED: dict[str, Callable[[Work], Awaitable[object]]] = {
    "clocks that ran out": lambda work: work.due(8, tried=False),
    "the next clock": lambda work: work.next_due(),
    "overdue": lambda work: work.overdue(LEASE),
    "quarantined": lambda work: work.quarantined(),
    "messages without a lane": lambda work: work.without_lane(500),
    "lanes": lambda work: work.lanes(),
    "messages to send": lambda work: work.claim_deliveries(16, [1], LEASE, "slack:T1", ["helen"]),
    "the next message": lambda work: work.next_free(),
    "what did not arrive": lambda work: work.not_arrived("helen", LEASE),
    "stuck": lambda work: work.stuck(LEASE),
    "under way": lambda work: work.under_way(),
    "cards to redraw": lambda work: work.claim_cards(8, LEASE, ["slack:T2"]),
    "the next card": lambda work: work.next_stale(),
    "stale cards": lambda work: work.stale_cards(),
    "a case by its reference": lambda work: work.case_by_reference("BR-1"),
    "the cases of a person": lambda work: work.cases_of("helen", False, 25),
    "the open cases of a person": lambda work: work.cases_of("helen", True, 25),
    "the case of a thread": lambda work: work.case_in_thread(HERE, "1.1"),
    "the case of a message": lambda work: work.case_of_message(HERE, "1.1"),
    "the thread of a case": lambda work: work.thread_of("c1", HERE),
    "the cards of a case": lambda work: work.cards_changed("c1", 2),
    "a role": lambda work: work.role("c1", "helen"),
    "an account": lambda work: work.account(Account("slack", "T1", "U1")),
    "somebody's chats": lambda work: work.places_of("helen", "slack"),
    "channels": lambda work: work.channels("slack"),
    "where people are": lambda work: work.tenants_of(["helen"]),
    "histories to check": lambda work: work.streams_after("", 5),
    "what is to be anchored": lambda work: work.moved(1_000),
    "an anchor": lambda work: _anchored(work),
    "a history": lambda work: work.history("case:c1"),
    "throwing away": lambda work: work.purge(500),
    "cards to take away": lambda work: work.claim_removals(8, LEASE),
    "the next card to take away": lambda work: work.next_removal(),
    "whether all cards are away": lambda work: work.removals_over("c1"),
    "closed long ago": lambda work: work.closed_before(work.now, 50),
    "closed, with copies": lambda work: work.closed_before(work.now, 50, minimised=False),
    "practice long ago": lambda work: work.training_before(work.now, 50),
}


async def _anchored(work: Work) -> object:
    """Where everything is sealed."""
    work.sealing = True
    return await work.anchor(Signer("a key of a test"), 0)


LARGE = frozenset({
    "acts", "cases", "case_members", "deadlines", "deliveries", "events", "places", "posted_cards", "streams",
})  # fmt: skip
"""Tables that grow with the cases."""


PARTIAL = (
    "ix_deliveries_free", "ix_deliveries_lane", "ix_deliveries_order", "ix_deliveries_lost", "ix_acts_told",
    "ix_deadlines_live", "ix_deadlines_ticking", "ix_deadlines_quarantined", "ix_posted_cards_stale",
    "ix_posted_cards_alone", "ix_posted_cards_removing", "ix_places_channels", "ix_streams_moved",
)  # fmt: skip
"""Indexes that hold no more than what is still to be done."""


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    async with opened(sqlite_url, secrets=("a made-up key of more than thirty-two characters",)) as database:
        yield database


async def asked(database: Database, ask: Callable[[Work], Awaitable[object]]) -> list[tuple[str, Any]]:
    """What is sent to the database for this question, each with its values."""
    sent: list[tuple[str, Any]] = []
    engine = database._writer.sync_engine

    def note(_1: object, _2: object, statement: str, values: Any, _3: object, _4: object) -> None:
        sent.append((statement, values))

    async with database.work() as work:
        event.listen(engine, "before_cursor_execute", note)
        try:
            await ask(work)
        finally:
            event.remove(engine, "before_cursor_execute", note)
    return sent


def goes_through(step: str) -> bool:
    """Whether this step of a plan reads all of what grows with the cases."""
    if step.endswith("conversation=?)"):
        # Somebody's chat has all their cards in it.
        return True
    if not step.startswith("SCAN") or any(index in step for index in PARTIAL):
        return False
    return step.split()[1].rstrip("_0123456789") in LARGE


@pytest.mark.parametrize("what", ASKED)
async def test_no_question_goes_through_a_whole_table(database: Database, sqlite_url: str, what: str) -> None:
    """Only an index that holds no more than what is wanted may be read from its beginning to its end."""
    sent = await asked(database, ASKED[what])
    assert sent
    with sqlite3.connect(str(make_url(sqlite_url).database)) as beside:
        for statement, values in sent:
            plan = [row[3] for row in beside.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            assert not [step for step in plan if goes_through(step)], (statement, plan)
