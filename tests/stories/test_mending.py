"""A message reaches somebody by no way: the coordinator mends the entry, and never learns of which case."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from playground.house import House
from tests.faults.looking import happened, history, leave, standing
from tests.stories.filing import filed
from tests.stories.people import PLATFORMS, Pairing
from tests.stories.test_entry import asked, steals

CONTENT = ("lost weight", "threshold not met", "HV-2231", "child and family assessment", "BR-", "Jo Marsh")


@pytest.fixture(params=sorted(PLATFORMS))
async def house(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """The receiving side on each platform."""
    other = {"slack": "teams", "teams": "slack"}[request.param]
    async with House.open(
        tmp_path, platforms=Pairing(other, request.param).platforms() | {"sam": request.param}
    ) as opened:
        await opened.to_working_time()
        yield opened


async def returns(house: House, name: str) -> None:
    """The account is open again, and the bot is no longer blocked."""
    actor = house.world.person(name)
    if actor.platform == "slack":
        state = house.world.slack.state
        state.users[actor.client.user].deleted = False
    else:
        house.world.teams.state.members[actor.client.user].blocked = False


async def test_the_coordinator_mends_an_entry_and_has_it_sent_again(house: House) -> None:
    """Who, how it was tried and why it failed; sent again, it arrives, and the coordinator hears so."""
    helen, sam, jo, leo = (house.world.person(name) for name in ("helen", "sam", "jo", "leo"))
    await leave(house.world, "helen")
    reference = await filed(house)
    await jo.expects("Helen Castle (07700 900109) could not be reached")
    await leo.expects(f"Escalation {reference} for you")
    card = await sam.expects("Helen Castle can’t be reached")
    assert "helen.castle@social-care.little-wickering.example" in card.words
    assert "07700 900109" in card.words
    assert "How it was tried" in card.words
    assert not any(words in sam.screen() for words in CONTENT)
    await sam.presses("Correct the entry")
    await sam.submits({"Work phone": "01632 960555"})
    await sam.expects("The entry is saved")
    await returns(house, "helen")
    await sam.presses("Send it again", on="Helen Castle can’t be reached")
    await sam.expects("It is being sent again")
    await house.quiet()
    await sam.expects("Helen Castle is reached again")
    late = await helen.expects(f"Escalation {reference}")
    assert "This message could not reach you when it was first sent." in late.words
    assert "It is with Leo Ashby now" in late.words
    assert not any(words in sam.screen() for words in CONTENT)


async def test_sent_again_in_vain_the_coordinator_hears_so(house: House) -> None:
    """Each time that it is sent again has its answer; else there is one word a day about a person."""
    sam, jo = house.world.person("sam"), house.world.person("jo")
    await leave(house.world, "helen")
    await filed(house)
    await jo.presses("The risk has changed")
    await jo.submits({"What has changed": "The fridge was empty again."})
    await filed(house)
    assert len(standing(sam, "Helen Castle can’t be reached")) == 1
    await sam.presses("Send it again")
    await house.quiet()
    assert len(standing(sam, "Helen Castle can’t be reached")) == 1
    assert not sam.sees("Helen Castle is reached again")
    assert sam.sees("Helen Castle can’t be reached")


async def test_nothing_is_left_to_be_sent(house: House) -> None:
    """A second press does no harm; a press of somebody else is refused, and in the security log."""
    sam, marek = house.world.person("sam"), house.world.person("marek")
    await leave(house.world, "helen")
    await filed(house)
    await sam.expects("Helen Castle can’t be reached")
    await steals(marek, sam, "Helen Castle can’t be reached", "Send it again")
    await marek.expects("That is for somebody else")
    attempts = [event.body["what"] for event in await history(house.service.database, "security")]
    assert attempts == ["mending_not_theirs"]
    await returns(house, "helen")
    await sam.presses("Send it again")
    await house.quiet()
    await sam.expects("Helen Castle is reached again")
    await sam.says("entry helen castle")
    shown = await sam.expects_new("Entry of Helen Castle")
    assert not any(label.startswith("Send it again") for label in sam.buttons(shown))


async def test_a_monthly_question_that_does_not_arrive_shows_an_entry_to_mend(house: House) -> None:
    """No case is needed for it: whoever can't be asked can't be told either."""
    await leave(house.world, "helen")
    await asked(house)
    sam = house.world.person("sam")
    card = await sam.expects("Helen Castle can’t be reached")
    assert "Send it again" in sam.buttons(card)


async def test_where_the_coordinator_is_not_reached_there_is_only_the_alarm_outside(house: House) -> None:
    """Nobody is asked to mend the entry of the one who would mend it."""
    await leave(house.world, "sam")
    await leave(house.world, "helen")
    await filed(house)
    assert [e.body["person"] for e in await happened(house.service.database, "not_reached")] == ["helen"]
    async with house.service.database.reading() as work:
        assert await work.under_way() == {}
        lost = await work.not_arrived("sam", timedelta(days=1))
    assert [json.loads(row.notice)["kind"] for row in lost] == ["mend"]
