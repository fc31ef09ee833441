"""A platform that says no: not in the roster, not with this token, not with this trigger any more."""

import aiohttp

from playground.faults import Refuse
from playground.house import House
from tests.faults.filing import filed_and_not_sent
from tests.faults.looking import UPDATE, expel, faults_of, standing
from tests.faults.passing import all_has_gone_out
from tests.faults.wire import Wire
from tests.stories.filing import filed

SHUT_OUT = {"slack": Refuse("invalid_auth"), "teams": Refuse("Unauthorized", 401)}
NOT_IN_ROSTER = {"slack": Refuse("channel_not_found"), "teams": Refuse("BotNotInConversationRoster", 403)}
NOT_OURS = {"slack": Refuse("cant_update_message"), "teams": Refuse("Forbidden", 403)}


async def _readiness(house: House) -> object:
    async with aiohttp.ClientSession() as session, session.get(f"{house.address}/readyz") as answer:
        return await answer.json()


async def test_a_token_that_is_not_taken(house: House, platform: str) -> None:
    """While our token is refused, nobody is given up and the service says who shuts it out; once it is taken
    again everything arrives, once to each."""
    reference = await filed_and_not_sent(house)
    helen, priya = house.world.person("helen"), house.world.person("priya")
    faults = faults_of(house.world, platform)
    faults.next("*", SHUT_OUT[platform], times=10_000)
    await house.quiet()
    assert faults.struck
    assert not helen.sees("for you")
    readiness = await _readiness(house)
    assert isinstance(readiness, dict)
    assert readiness["failing"] == [platform]
    faults.stop()
    await all_has_gone_out(house)
    assert len(standing(helen, f"Escalation {reference} for you")) == 1
    assert len(standing(priya, f"has escalated · {reference}")) == 1
    assert not house.world.person("jo").sees("could not be reached")
    assert await _readiness(house) == {"ready": True}


async def test_not_in_the_roster_when_a_message_is_posted(house: House, platform: str) -> None:
    """Nobody said that the manager can't be written to any more; the first message that is refused shows it:
    whoever covers gets the case, and the raiser is told."""
    reference = await filed(house)
    helen, leo, jo = (house.world.person(name) for name in ("helen", "leo", "jo"))
    await expel(house.world, "helen")
    await jo.presses("The risk has changed")
    await jo.submits({"What has changed": "The fridge was empty again today."})
    await house.quiet()
    assert not helen.sees("The fridge was empty again today.")
    await leo.expects(f"Escalation {reference} for you")
    assert jo.sees("Helen Castle (07700 900109) could not be reached")


async def test_not_in_the_roster_when_a_card_is_redrawn(house: House, platform: str) -> None:
    """One card that can't be reached any more stops no other: those are redrawn, and the case goes on."""
    await filed(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    faults = faults_of(house.world, platform)
    faults.next(UPDATE[platform], NOT_IN_ROSTER[platform])
    await helen.presses("Acknowledge")
    await house.quiet()
    assert len(faults.struck) == 1
    await jo.expects("Helen Castle has seen this")
    async with house.service.database.reading() as work:
        assert await work.stale_cards() == 0


async def test_a_card_that_can_not_be_redrawn(house: House, platform: str) -> None:
    """Whoever holds it gets a new one that shows how things stand, once."""
    reference = await filed(house)
    helen = house.world.person("helen")
    faults = faults_of(house.world, platform)
    faults.next(UPDATE[platform], NOT_OURS[platform], times=10)
    await helen.presses("Acknowledge")
    await house.quiet()
    faults.stop()
    await all_has_gone_out(house)
    assert len(standing(helen, f"Escalation {reference} for you")) == 2
    newest = standing(helen, f"Escalation {reference} for you")[-1]
    assert "Helen Castle has seen it" in newest.words
    assert "Acknowledge" not in [button.label for button in newest.drawing.buttons]


async def test_a_form_that_could_not_be_opened_in_time(house: House, platform: str) -> None:
    """Slack's trigger is over, the answer to Teams is lost: the form reaches the person all the same."""
    await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    if platform == "slack":
        struck = house.world.slack.faults
        struck.next("views.open", Refuse("expired_trigger_id"))
        await jo.presses("The risk has changed")
        await house.quiet()
        assert struck.struck
        await jo.presses("Open the form")
    else:
        async with Wire.before(house) as wire:
            wire.lose_answer()
            await jo.presses("The risk has changed")
        assert len(wire.statuses) > 1
    await jo.submits({"What has changed": "The fridge was empty again today."})
    await house.quiet()
    await helen.expects("The fridge was empty again today.")
