"""A rolling upgrade: the release before and this one serve from one database, while the schema changes. What
one has made the other takes, and nobody hears of it."""

from functools import partial
from pathlib import Path

import pytest

from bot.keys.closing import closed
from playground.story import ABOUT, SPOKEN
from tests.faults.filing import to_the_preview
from tests.faults.looking import the_case
from tests.faults.releases import program
from tests.faults.site import Site
from tests.faults.together import (
    all_arrived,
    all_is_well,
    fired,
    more_fired,
    soon,
    status,
    to_the_next_clock,
)


@pytest.fixture
def url(bare_postgres_url: str) -> str:
    """The earlier release makes its own tables."""
    return bare_postgres_url


@pytest.mark.full
@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_both_releases_serve_side_by_side(site: Site, tmp_path: Path) -> None:
    """Buttons, forms, messages and clocks made by the one are taken by the other; the earlier one goes on
    working after the schema has changed under it, and no alarm is raised."""
    world = site.world
    jo, helen, priya = (world.person(name) for name in ("jo", "helen", "priya"))
    earlier = program(tmp_path / "earlier")
    async with site.running(earlier) as old:
        await world.install()
        await to_the_preview(world)
        await jo.submits({})
        await helen.expects("for you")
        await priya.expects("has escalated")
        # A second one is begun at the earlier release, and goes on at this one.
        await jo.says("raise")
        await jo.presses("No, go on")
        async with site.running() as new, site.beside() as database:
            reference = (await the_case(database)).reference
            await jo.submits(SPOKEN)
            await jo.submits(ABOUT)
            await jo.expects("Helen Castle")
            await helen.presses("Acknowledge", on=f"Escalation {reference} for you")
            await jo.expects("Helen Castle has seen this")
            world.serve(old.address)
            await priya.replies(f"has escalated · {reference}", "ack")
            await helen.presses("Answer", on=f"Escalation {reference} for you")
            world.serve(new.address)
            await helen.submits({"Your answer": "A visit tomorrow."})
            await jo.expects("A visit tomorrow.")
            await all_arrived(database)
            # What jo had begun is filed at the earlier one, whose schema is another's by now.
            world.serve(old.address)
            await jo.submits({})
            await helen.expects_new("for you")
            await all_arrived(database)

            # A clock runs out where this release sweeps alone, and then one where the earlier one does.
            for sweeping, frozen in ((new, old), (old, new)):
                frozen.freeze()
                before = await fired(database)
                await to_the_next_clock(site, database)
                world.serve(sweeping.address)
                await soon(partial(more_fired, database, before))
                await all_arrived(database)
                frozen.thaw()
            await all_is_well((old, new), database)
            assert old.failures() == new.failures() == []

            # The earlier one is gone: what both have written is sealed, while this one serves.
            await old.stop()
            world.serve(new.address)
            assert await closed(database)
            await jo.says("my cases")
            await jo.expects(reference)
            await helen.presses("Acknowledge", on="for you")
            await all_arrived(database)
            async with database.reading() as work:
                assert not await work.lies_open()
            assert (await status(new, "/healthz"))[0] == 200
            assert new.failures() == []
