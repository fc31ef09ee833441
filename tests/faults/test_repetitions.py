"""What comes again, comes at once, or was lost on the way: each act has its effect exactly once."""

from playground.house import House
from playground.story import ABOUT, SPOKEN
from tests.faults.looking import counted, happened, standing, the_case
from tests.faults.wire import Wire
from tests.stories.filing import filed


async def test_the_same_act_twice(house: House, platform: str) -> None:
    """An acknowledgement that is delivered in two copies is one acknowledgement, told once."""
    reference = await filed(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    sender = house.world.slack if platform == "slack" else house.world.teams
    sender.faults.twice()
    await helen.replies(f"Escalation {reference} for you", "ack")
    await house.quiet()
    assert len(await happened(house.service.database, "acknowledged")) == 1
    assert len(standing(jo, "Helen Castle has seen this")) == 1
    assert counted(house, "braver_turns_repeated") == 1


async def test_the_same_submission_three_times_at_once(house: House) -> None:
    """Three copies of one form file one case, and everybody is told once."""
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits(ABOUT)
    async with Wire.before(house) as wire:
        wire.three_at_once()
        await jo.submits({})
    await house.quiet()
    assert wire.statuses[:3] == [200, 200, 200]
    reference = (await the_case(house.service.database)).reference
    assert len(standing(helen, f"Escalation {reference} for you")) == 1
    assert len(standing(jo, "is filed")) == 1


async def test_a_repetition_whose_original_was_lost(house: House) -> None:
    """What never arrived the first time is carried out when the platform sends it again."""
    reference = await filed(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    async with Wire.before(house) as wire:
        wire.lose_request()
        await helen.replies(f"Escalation {reference} for you", "ack")
    await house.quiet()
    await jo.expects("Helen Castle has seen this")
    assert counted(house, "braver_turns_repeated") == 0


async def test_a_repetition_whose_answer_was_lost(house: House) -> None:
    """What was carried out, but not answered, has no second effect when the platform sends it again."""
    reference = await filed(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    async with Wire.before(house) as wire:
        wire.lose_answer()
        await helen.replies(f"Escalation {reference} for you", "ack")
    await house.quiet()
    assert counted(house, "braver_turns_repeated") == 1
    assert len(await happened(house.service.database, "acknowledged")) == 1
    assert len(standing(jo, "Helen Castle has seen this")) == 1


async def test_one_mention_that_comes_as_two_events(house: House) -> None:
    """A mention in a channel is answered once, and in private."""
    jo, kit = house.world.person("jo"), house.world.person("kit")
    await jo.mentions("raise", channel="safeguarding")
    await house.quiet()
    assert len(standing(jo, "No, go on")) == 1
    assert not kit.sees("No, go on")
