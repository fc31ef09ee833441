"""Where two acts cross, or danger comes up in the middle of something, in every pairing of platforms."""

from playground.house import House
from tests.faults.looking import happened
from tests.stories.filing import filed


async def test_danger_in_a_form_of_a_case_is_on_that_case_s_timeline(house: House) -> None:
    """The urgent contacts come first, the words are taken all the same, and the case remembers both."""
    await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    before = await happened(house.service.database, "urgent_shown")
    await jo.presses("The risk has changed")
    await jo.submits({"What has changed": "He is strangling her right now."})
    await house.quiet()
    await jo.expects("999")
    await helen.expects("He is strangling her right now.")
    assert len(await happened(house.service.database, "urgent_shown")) == len(before) + 1
