"""The process is killed as a machine kills it, at the two worst moments of a message that must arrive.

The service runs as a process of its own; a platform that does not answer gives the moment.
"""

from datetime import timedelta

from playground.faults import HoldAnswer, Stall
from tests.faults.elapsing import elapse
from tests.faults.filing import to_the_preview
from tests.faults.looking import POST, faults_of, standing, the_case
from tests.faults.site import Site

DOWN = timedelta(minutes=1)
"""How long nobody starts the service again."""


async def test_killed_between_the_commit_and_the_sending(site: Site) -> None:
    """What was committed and not sent is sent by the process that comes after, once to each."""
    world, faults = site.world, faults_of(site.world, site.platform)
    helen, priya, jo = (world.person(name) for name in ("helen", "priya", "jo"))
    async with site.running() as service:
        await world.install()
        await to_the_preview(world)
        lost = faults.next(POST[site.platform], Stall(), times=100)
        await jo.submits({})
        await lost.met.wait()
        await service.kill()
    faults.stop()
    assert not helen.sees("for you")
    async with site.database() as database:
        reference = (await the_case(database)).reference
        await elapse(database, DOWN)
    async with site.running():
        await helen.expects(f"Escalation {reference} for you")
        await priya.expects(f"has escalated · {reference}")
        await jo.expects(f"Escalation {reference}")
        await helen.presses("Acknowledge")
        await jo.expects("Helen Castle has seen this")
        assert len(standing(helen, f"Escalation {reference} for you")) == 1
        assert len(standing(priya, f"has escalated · {reference}")) == 1


async def test_killed_between_the_sending_and_the_noting(site: Site) -> None:
    """What was sent and not noted is found again, or, where a platform has no looking up, comes at most once
    more and says so. Either way its buttons work, and it follows its case."""
    world, faults = site.world, faults_of(site.world, site.platform)
    helen, jo = world.person("helen"), world.person("jo")
    async with site.running() as service:
        await world.install()
        await to_the_preview(world)
        faults.next(POST[site.platform], HoldAnswer(), times=100)
        await jo.submits({})
        card = await helen.expects("for you")
        await service.kill()
    faults.stop()
    async with site.database() as database:
        reference = (await the_case(database)).reference
        await elapse(database, DOWN)
    async with site.running():
        if site.platform == "teams":
            await helen.expects("This message may have reached you before")
        await helen.presses("Acknowledge", on=card)
        await jo.expects("Helen Castle has seen this")
        # The card that is known follows its case: no button is left on it that would change nothing.
        await helen.expects("Helen Castle has seen it. Nothing is decided.")
        assert helen.sees("may have reached you before") is (site.platform == "teams")
        most = 1 if site.platform == "slack" else 2
        assert len(standing(helen, f"Escalation {reference} for you")) == most
