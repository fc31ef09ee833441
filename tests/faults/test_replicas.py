"""Three processes on one PostgreSQL: one dies for good, one freezes and thaws, all lose their database. The
others take over without anybody's help, and nothing is done or told twice but what was in flight."""

from datetime import timedelta

import pytest

from playground.faults import HoldAnswer
from playground.people import Actor
from tests.faults.elapsing import elapse
from tests.faults.filing import to_the_preview
from tests.faults.looking import POST, faults_of, history, standing, the_case
from tests.faults.site import Site
from tests.faults.together import all_arrived, all_is_well, nobody_writes, soon

LEASE = timedelta(seconds=31)
POLLED = 10.0
"""Seconds that a replica may need to notice that a lease is over, on a busy machine."""
AGAIN = "This message may have reached you before"
NOT_SAVED = "I could not save this just now"
TOO_LATE = "a result came too late and was refused"
ONE = [pytest.param("teams", "postgres"), pytest.param("slack", "postgres", marks=pytest.mark.full)]


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
        # Those to Helen, to Priya and to Jo herself.
        await soon(lambda: sum(TOO_LATE in line for line in first.said) == 3)
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
        await all_arrived(database)
        events = await history(database, f"case:{(await the_case(database)).id}")
        kinds = [event.kind for event in events]
        assert [kinds.count(kind) for kind in ("case_raised", "acknowledged", "answered")] == [1, 1, 1]
        seen_once(jo, "A visit tomorrow.", repeated=False)
        await all_is_well(replicas.all, database)
