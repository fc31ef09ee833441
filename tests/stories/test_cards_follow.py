"""Posted cards follow their case: redrawn in place, and put up anew where the platform lost them."""

import pytest

from playground.faults import Refuse
from playground.house import House
from tests.stories.filing import filed
from tests.stories.people import BY_EMAIL, Pairing


async def test_a_lost_card_is_put_up_anew(house: House, pairing: Pairing) -> None:
    """The platforms have the cards no more; when the case moves on, new ones take their place and say so."""
    if pairing == BY_EMAIL:
        pytest.skip("by e-mail no platform can lose a card: the page is drawn by the service itself")
    await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    house.world.slack.faults.next("chat.update", Refuse("message_not_found"), times=20)
    house.world.teams.faults.next("update_activity", Refuse("MessageNotFound", 404), times=20)
    await jo.presses("The risk has changed")
    await jo.submits({"What has changed": "The fridge was empty again."})
    await house.quiet()
    anew = await helen.expects("This one takes its place")
    assert "The fridge was empty again." in anew.words
    assert "Acknowledge" in helen.buttons(anew)
