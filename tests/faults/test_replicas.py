"""Three processes on one PostgreSQL: one dies for good, one freezes and thaws, all lose their database. The
others take over without anybody's help, and nothing is done or told twice but what was in flight."""

import asyncio
from datetime import timedelta
from functools import partial
from time import monotonic

import pytest

from playground.faults import HoldAnswer
from playground.people import Actor
from tests.faults.door import PostgresDoor
from tests.faults.elapsing import elapse
from tests.faults.filing import to_the_preview
from tests.faults.looking import POST, faults_of, happened, history, standing, the_case
from tests.faults.site import Site
from tests.faults.together import (
    all_arrived,
    all_is_well,
    fired,
    is_ready,
    more_fired,
    nobody_writes,
    soon,
    status,
    to_the_next_clock,
)
from tests.postgres import Postgres

LEASE = timedelta(seconds=31)
AWAY = 60.0
"""Seconds without a database."""
POLLED = 20.0
"""Seconds that a replica may need to notice that a lease is over, on a busy machine."""
AGAIN = "This message may have reached you before"
NOT_SAVED = "I could not save this just now"
ONE = [pytest.param("slack", "postgres"), pytest.param("teams", "postgres", marks=pytest.mark.full)]


def seen_once(person: Actor, words: str, *, repeated: bool) -> None:
    """The message stands there once; or, `repeated`, once more where the platform can't be asked, and then
    that one says so."""
    found = standing(person, words)
    marked = [message for message in found if AGAIN in message.words]
    assert len(found) == 1 + repeated, person.screen()
    assert len(marked) == repeated, person.screen()


@pytest.mark.parametrize(("platform", "database"), ONE)
async def test_one_freezes_and_one_dies_with_messages_in_flight(site: Site) -> None:
    """What they had leased is sent by the others, once more at most and marked where the platform can't be
    asked. The thawed one changes nothing; any of them takes the next press, and the next part of a form."""
    world, faults, url = site.world, faults_of(site.world, site.platform), site.database_url
    helen, priya, jo = (world.person(name) for name in ("helen", "priya", "jo"))
    repeated = site.platform == "teams"
    async with site.replicas(url, url, url) as replicas, site.beside() as database:
        first, second, third = replicas.all

        replicas.only(first)
        await world.install()
        await to_the_preview(world)
        held = faults.next(POST[site.platform], HoldAnswer(), times=100)
        await jo.submits({})
        await helen.expects("for you")
        await priya.expects("has escalated")
        first.freeze()
        faults.stop()
        replicas.but(first)
        await elapse(database, LEASE)
        await all_arrived(database)
        reference = (await the_case(database)).reference
        seen_once(helen, f"Escalation {reference} for you", repeated=repeated)
        seen_once(priya, f"has escalated · {reference}", repeated=repeated)
        held.release()
        first.thaw()
        # What came of its messages it has tried to write down by then.
        await soon(partial(is_ready, first))
        await nobody_writes(database)

        replicas.only(second)
        faults.next(POST[site.platform], HoldAnswer(), times=100)
        await helen.presses("Acknowledge")
        await jo.expects("Helen Castle has seen this")
        await second.kill()
        faults.stop()
        replicas.together()
        await elapse(database, LEASE)
        await all_arrived(database)
        seen_once(jo, "Helen Castle has seen this", repeated=repeated)

        # The answer's form is opened by one of them and taken by another.
        before = replicas.balancer.passed.copy()
        await helen.presses("Answer")
        await helen.submits({"Your answer": "A visit tomorrow."})
        await jo.expects("A visit tomorrow.")
        asked = replicas.balancer.passed - before
        assert asked[first.address]
        assert asked[third.address]
        # Words that arrive at two of them at once are said once.
        faults.twice()
        await priya.replies(f"has escalated · {reference}", "ack")
        await all_arrived(database)
        events = await history(database, f"case:{(await the_case(database)).id}")
        done = [(event.kind, event.actor) for event in events]
        assert done.count(("acknowledged", "helen")) == done.count(("acknowledged", "priya")) == 1
        assert [kind for kind, _ in done if kind in ("case_raised", "answered")] == [
            "case_raised",
            "answered",
        ]
        seen_once(jo, "A visit tomorrow.", repeated=False)
        await all_is_well(replicas.all, database)


@pytest.mark.full
@pytest.mark.parametrize(("platform", "database"), [("slack", "postgres"), ("teams", "postgres")])
async def test_one_freezes_for_longer_than_its_lease(site: Site, postgres: Postgres) -> None:
    """With a message in flight, and in the middle of acting on a clock, inside its transaction. In real time:
    the others have done both by when the lease is over, and the thawed one does neither again."""
    world, faults = site.world, faults_of(site.world, site.platform)
    helen, jo = world.person("helen"), world.person("jo")
    url = site.database_url
    async with (
        PostgresDoor.before(postgres, url) as door,
        site.replicas(door.url, url, url) as replicas,
        site.beside() as database,
    ):
        first = replicas.all[0]
        await world.install()
        await to_the_preview(world)
        await jo.submits({})
        await helen.expects("for you")
        await all_arrived(database)
        await nobody_writes(database)
        replicas.only(first)
        held = faults.next(POST[site.platform], HoldAnswer(), times=100)
        await helen.presses("Acknowledge")
        await jo.expects("Helen Castle has seen this")
        faults.stop()
        # The claim has been written; what it does about it has not.
        door.stick_at(b"UPDATE deadlines SET state=")
        await to_the_next_clock(site, database)
        await soon(door.stuck.is_set)
        first.freeze()
        began = monotonic()
        replicas.but(first)
        await soon(partial(more_fired, database, 0))
        await all_arrived(database)
        assert monotonic() - began < LEASE.total_seconds() + POLLED
        door.free()
        held.release()
        first.thaw()
        await soon(partial(is_ready, first))
        replicas.together()
        await helen.presses("Answer")
        await helen.submits({"Your answer": "A visit tomorrow."})
        await jo.expects("A visit tomorrow.")
        await all_arrived(database)
        assert await fired(database) == 1
        seen_once(jo, "Helen Castle has seen this", repeated=site.platform == "teams")
        await all_is_well(replicas.all, database)


@pytest.mark.full
@pytest.mark.parametrize(("platform", "database"), [("slack", "postgres"), ("teams", "postgres")])
async def test_all_lose_their_database(site: Site, postgres: Postgres) -> None:
    """For a minute, with messages on their way: nothing is confirmed that was not committed, a form comes
    back with its words, and once the database is there again everything arrives, once; what was in flight
    comes once more at most, in Teams, and says so."""
    world, faults = site.world, faults_of(site.world, site.platform)
    helen, priya, jo = (world.person(name) for name in ("helen", "priya", "jo"))
    async with (
        PostgresDoor.before(postgres, site.database_url) as door,
        site.replicas(door.url, door.url, door.url) as replicas,
        site.beside() as database,
    ):
        await world.install()
        await to_the_preview(world)
        # The messages have arrived, and only the process that sent them will know of it.
        held = faults.next(POST[site.platform], HoldAnswer(), times=100)
        await jo.submits({})
        await helen.expects("for you")
        await priya.expects("has escalated")
        faults.stop()
        await helen.presses("Answer")
        door.shut()
        away = monotonic()
        held.release()
        await helen.submits({"Your answer": "A visit tomorrow."})
        form = helen.form()
        assert form is not None
        assert NOT_SAVED in form.problem
        assert [field.shown for field in form.drawing.fields] == ["A visit tomorrow."]
        await priya.presses("Acknowledge", on="has escalated")
        await priya.expects("Nothing was saved and nobody was told")
        for process in replicas.all:
            assert (await status(process, "/readyz"))[0] == 503
        await asyncio.sleep(away + AWAY - monotonic())
        assert not jo.sees("has seen this")
        assert not jo.sees("A visit tomorrow.")
        door.free()
        await all_arrived(database)
        await helen.submits({})
        await priya.presses("Acknowledge", on="has escalated")
        await jo.expects("A visit tomorrow.")
        await all_arrived(database)
        reference = (await the_case(database)).reference
        # The leases were over before the database was back: whoever asks first may send once more in Teams.
        for person, words in (
            (helen, f"Escalation {reference} for you"),
            (priya, f"has escalated · {reference}"),
        ):
            again = site.platform == "teams" and len(standing(person, words)) > 1
            seen_once(person, words, repeated=again)
        seen_once(jo, "A visit tomorrow.", repeated=False)
        assert len(await happened(database, "answered")) == 1
        await all_is_well(replicas.all, database)
