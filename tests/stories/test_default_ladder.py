"""The ladder that runs if nobody names one: Cheshire East's, whose times await the partnership."""

from pathlib import Path

import pytest

from bot.escalation.clock import end_of_next_working_day, in_words
from bot.guidance.content import root
from bot.settings import Settings
from playground.house import House
from playground.story import ABOUT, SPOKEN
from tests.stories.people import PLATFORMS
from tests.stories.policies import confirmed, policy_file

CHESHIRE_EAST = root() / "policies" / "cheshire-east.yaml"


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
async def test_what_awaits_the_partnership_is_said_and_the_raiser_gives_a_time(
    tmp_path: Path, platform: str
) -> None:
    """The ladder says which times are not known; the reply-by is shown as the raiser's request; the case has
    that deadline; nobody answers, and it goes up by the raiser's hand."""
    assert Settings().policy == CHESHIRE_EAST
    people = {"jo": platform, "marek": platform}
    async with House.open(tmp_path, platforms=people, settings={"policy": CHESHIRE_EAST}) as house:
        await house.to_working_time()
        jo, marek = house.world.person("jo"), house.world.person("marek")
        await jo.says("how does escalation work")
        ladder = jo.newest().words
        assert "How long line managers have to answer at stage 2" in ladder
        assert "not set by the partnership" in ladder
        await jo.says("raise")
        await jo.presses("No, go on")
        await jo.submits(SPOKEN | {"What is it about?": "A decision or action of another agency"})
        await jo.submits(ABOUT)
        assert "This is your request, not the partnership's rule." in jo.screen()
        await jo.submits({"Who decided?": "Marek Tull"})
        preview = jo.screen()
        async with house.service.database.reading() as work:
            policy = house.service.house.policy
            offered = in_words(end_of_next_working_day(work.now, policy.calendar), policy.calendar, work.now)
        assert f"your request: by {offered}, since the partnership's time is not set" in preview
        await confirmed(house, jo)
        card = await jo.expects("Stage 1, Practitioners")
        assert f"by {offered} (Other side answers)" in card.words
        assert "It is not the partnership’s rule" in card.words
        assert "provisional" in card.words
        assert "own request" in (await marek.expects("for you")).words
        while not jo.sees("Nothing heard in time"):
            await house.to_next_deadline()
        assert "Go up a stage" in jo.buttons(jo.newest())


async def test_a_running_case_keeps_its_ladder_and_a_new_one_follows_the_changed_file(tmp_path: Path) -> None:
    """The service starts again with another edition: the case of before goes up by its own ladder and names
    it; what is raised now follows the new file."""
    first = policy_file(tmp_path, version="first edition")
    async with House.open(tmp_path, settings={"policy": first}) as house:
        await house.to_working_time()
        jo = house.world.person("jo")
        await jo.says("raise")
        await jo.presses("No, go on")
        await jo.submits(SPOKEN)
        await jo.submits(ABOUT)
        await confirmed(house, jo)
        await jo.expects("Example ladder, version first edition")
    second = policy_file(
        tmp_path, version="second edition", stages={1: {"label": "Rung A"}, 2: {"label": "Rung B"}}
    )
    async with House.open(tmp_path, settings={"policy": second}) as house:
        jo = house.world.person("jo")
        await house.to_next_deadline()
        while not jo.sees("has gone up to Stage 2"):
            await house.to_next_deadline()
        assert jo.sees("version first edition")
        await jo.says("raise")
        await jo.presses("No, go on")
        await jo.submits(SPOKEN)
        await jo.submits(ABOUT)
        await confirmed(house, jo)
        assert "Rung A" in (await jo.expects("version second edition")).words


async def test_copies_reach_whom_the_policy_names_and_say_no_more_than_it_says(tmp_path: Path) -> None:
    """From stage 2 on the chair reads the case; the other side's service manager learns that it happened."""
    copies = [
        {"to": "partnership/independent_chair", "on": ["stage"], "from_stage": 2, "sees": "case"},
        {"to": "strategic_lead", "side": "receiving", "on": ["stage"], "sees": "notice"},
    ]
    async with House.open(tmp_path, settings={"policy": policy_file(tmp_path, copies=copies)}) as house:
        await house.to_working_time()
        jo, viv, grace = (house.world.person(one) for one in ("jo", "viv", "grace"))
        await jo.says("raise")
        await jo.presses("No, go on")
        await jo.submits(SPOKEN)
        await jo.submits(ABOUT)
        assert "Grace Holloway" in jo.screen()
        await confirmed(house, jo)
        told = await grace.expects("For your information")
        assert "You are not shown what it is about." in told.words
        assert "lost weight" not in grace.screen()
        assert not viv.sees("For your information")
        while not viv.sees("For your information"):
            await house.to_next_deadline()
        await viv.presses("Open the case")
        assert "lost weight" in viv.screen()
        assert "Answer" not in viv.buttons(viv.newest())
