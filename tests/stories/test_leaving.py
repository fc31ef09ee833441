"""Whoever is not on a case any more sees nothing of it at once, also on what stands in their chats."""

from collections.abc import Sequence

import pytest

from bot.people.records import Change, body, post_id
from playground.faults import Broken
from playground.house import House
from playground.people import Actor
from playground.screen import Button
from tests.faults.looking import UPDATE, faults_of, history
from tests.stories.absences import goes_away
from tests.stories.filing import filed
from tests.stories.people import BY_EMAIL, Pairing

CONTENT = ("lost weight", "HV-2231", "child and family assessment", "no further action")
OFF = "You are not on {} any more"


def _sees_nothing(person: Actor, reference: str) -> None:
    """Not one card with a word of the case, and no button of it."""
    said = [message.words for message in person.messages() if not message.mine]
    assert not any(word in words for words in said for word in CONTENT), person.screen()
    assert any(OFF.format(reference) in words for words in said), person.screen()
    offered = {label for message in person.messages() for label in person.buttons(message)}
    assert not offered & {"Answer", "Acknowledge", "Timeline", "Hand over", "Open the case"}


async def _is_refused(person: Actor, kept: dict[str, Button]) -> None:
    """Each button of the cards as they were is refused, in the same words."""
    for label, button in kept.items():
        await person.client.press(button, person.newest())
        refused = await person.expects_new("you are not on")
        assert not any(word in refused.words for word in CONTENT), label


def _buttons_of(person: Actor, reference: str) -> dict[str, Button]:
    """What stands on the cards of the case now, by label; but for what everybody may press."""
    cards = [message for message in person.messages() if reference in message.words]
    found = [button for card in cards for button in card.drawing.buttons]
    return {one.label: one for one in found if one.label != "Child at risk now?" and not one.url}


@pytest.fixture
def in_chat(pairing: Pairing) -> None:
    if pairing == BY_EMAIL:
        pytest.skip("a letter has no cards that stand in a chat; its page is drawn by the service itself")


@pytest.mark.usefixtures("in_chat")
async def test_who_hands_a_case_over_sees_nothing_of_it_any_more(house: House) -> None:
    """Her cards say so and nothing else, the timeline that she had opened too; Leo has it."""
    reference = await filed(house)
    helen, leo = house.world.person("helen"), house.world.person("leo")
    await helen.presses("Timeline")
    await helen.expects("Timeline")
    await house.quiet()
    kept = _buttons_of(helen, reference)
    assert {"Answer", "Acknowledge", "Hand over"} <= kept.keys()
    await helen.presses("Hand over")
    await helen.submits({"To whom": leo.name, "Why": "I change teams."})
    await house.quiet()
    _sees_nothing(helen, reference)
    await helen.says("cases")
    assert reference not in (await helen.expects_new("Your cases")).words
    kept.pop("Hand over", None)
    await _is_refused(helen, kept)
    await leo.expects(f"Escalation {reference} for you")
    log = [event.body for event in await history(house.service.database, "security")]
    assert {one["person"] for one in log} == {"helen"}
    assert len(log) == len(kept)


@pytest.mark.usefixtures("in_chat")
async def test_a_redrawing_that_fails_comes_later(house: House, pairing: Pairing) -> None:
    """The platform is away while the case is handed over: what stands there is taken away once it is back;
    meanwhile no button of it works."""
    reference = await filed(house)
    helen, leo = house.world.person("helen"), house.world.person("leo")
    faults = faults_of(house.world, pairing.receiving)
    faults.next(UPDATE[pairing.receiving], Broken(503), times=6)
    await helen.presses("Hand over")
    await helen.submits({"To whom": leo.name, "Why": "I change teams."})
    await house.quiet()
    # Hers, and in one workspace those of others too.
    assert await _late(house)
    assert "HV-2231" in helen.screen()
    await helen.presses("Answer")
    await helen.expects_new("you are not on")
    for _ in range(12):  # as time would do it, which waits longer each time
        if await _late(house):
            async with house.service.database.work() as work:
                await work.cards_anew("helen")
        await house.quiet()
    _sees_nothing(helen, reference)


async def _late(house: House) -> int:
    """How many cards show what is not so any more."""
    async with house.service.database.reading() as work:
        return await work.stale_cards()


@pytest.mark.usefixtures("in_chat")
async def test_who_stood_in_leaves_when_the_part_is_taken_back(house: House) -> None:
    """Leo hears that Helen has it again; what stood in his chat is gone."""
    helen = await goes_away(house, "helen")
    leo = house.world.person("leo")
    reference = await filed(house)
    await leo.expects(f"Escalation {reference} for you")
    await helen.says("back")
    await house.quiet()
    await helen.presses(f"Take back {reference}")
    await house.quiet()
    assert "The person you stood in for has it again." in (await leo.expects(OFF.format(reference))).words
    _sees_nothing(leo, reference)
    await helen.expects(f"Escalation {reference} for you")


@pytest.mark.usefixtures("in_chat")
async def test_who_answered_for_the_raiser_leaves_when_that_ends(house: House) -> None:
    reference = await filed(house)
    jo, kit = house.world.person("jo"), house.world.person("kit")
    await jo.presses("Let a colleague answer for me")
    await jo.submits({"Who answers for you": kit.name})
    await house.quiet()
    await kit.expects("HV-2231")
    await jo.presses("I answer myself")
    await house.quiet()
    _sees_nothing(kit, reference)


@pytest.mark.usefixtures("in_chat")
async def test_a_post_that_goes_to_somebody_else_takes_the_case_along(house: House) -> None:
    """The coordinator says who holds it now: the case goes there, and whoever held it is off."""
    reference = await filed(house)
    sam, helen, leo = (house.world.person(name) for name in ("sam", "helen", "leo"))
    for one in house.service.house.directory.posts_of("helen"):
        after = one.model_copy(update={"holder": "leo", "deputies": ()})
        await _changed(house, Change("post", post_id(one), body(one), body(after)))
    await sam.says("help")
    await house.quiet()
    await leo.expects(f"Escalation {reference} for you")
    _sees_nothing(helen, reference)
    assert "Somebody else now has the post" in helen.message(OFF.format(reference)).words


@pytest.mark.usefixtures("in_chat")
async def test_who_is_gone_from_the_directory_sees_nothing_of_any_case(house: House) -> None:
    """Not even which case it was: nobody knows who reads that chat now. The case goes to a deputy."""
    reference = await filed(house)
    helen, leo = house.world.person("helen"), house.world.person("leo")
    await helen.expects("HV-2231")
    for one in house.service.house.directory.posts_of("helen"):
        after = one.model_copy(update={"holder": "leo", "deputies": ()})
        await _changed(house, Change("post", post_id(one), body(one), body(after)))
    for entry in house.service.house.directory.people:
        if entry.line_manager == "helen":
            after_entry = entry.model_copy(update={"line_manager": "tom"})
            await _changed(house, Change("person", entry.id, body(entry), body(after_entry)))
    entry_of_hers = house.service.house.directory.person("helen")
    assert entry_of_hers is not None
    await _changed(house, Change("person", "helen", body(entry_of_hers), None))
    await house.quiet()
    said = [message.words for message in helen.messages() if not message.mine]
    assert not any(word in words for words in said for word in (*CONTENT, reference)), helen.screen()
    assert any("Nothing is shown here any more" in words for words in said)
    await leo.expects(f"Escalation {reference} for you")


async def _changed(house: House, change: Change) -> None:
    async with house.service.database.work() as work:
        await work.change_directory((change,), "imported", "")


@pytest.mark.usefixtures("in_chat")
async def test_an_account_that_is_shut_out_sees_nothing_at_once(house: House) -> None:
    """Helen's phone is stolen: the coordinator shuts its account out, which is a stranger's from then on; let
    in again, it is hers."""
    reference = await filed(house)
    sam, helen = house.world.person("sam"), house.world.person("helen")
    await helen.presses("Timeline")
    await helen.expects("Timeline")
    await house.quiet()
    await _shuts(house, sam, "Shut out")
    await sam.expects("That account is shut out")
    await house.quiet()
    said = [message.words for message in helen.messages() if not message.mine]
    assert not any(word in words for words in said for word in (*CONTENT, reference)), helen.screen()
    assert any("This account is not linked" in words for words in said)
    await helen.says("cases")
    await helen.expects_new("I can't let you in here")
    assert reference not in helen.screen()
    what = [event.body["what"] for event in await history(house.service.database, "security")]
    assert what == ["account_unlinked"]
    await _shuts(house, sam, "Let in again")
    await sam.expects("The account is linked")
    await helen.says("cases")
    assert reference in (await helen.expects_new("Your cases")).words


@pytest.mark.usefixtures("in_chat")
async def test_nobody_shuts_out_the_account_that_they_use_nor_that_of_others(house: House) -> None:
    """A stolen phone can't lock its owner out; a colleague's button is refused, and in the security log."""
    await filed(house)
    helen, tom = house.world.person("helen"), house.world.person("tom")
    await helen.says("my entry")
    await helen.presses("Accounts")
    shown = await helen.expects("The accounts of Helen Castle")
    assert "you are using it now" in shown.words
    assert not [label for label in helen.buttons(shown) if label.startswith("Shut out")]
    sam = house.world.person("sam")
    await sam.says("entry Helen Castle")
    await sam.presses("Accounts")
    card = await sam.expects("The accounts of Helen Castle")
    await tom.says("help")
    if tom.platform == sam.platform:
        await tom.client.press(_labelled(card.drawing.buttons, "Shut out"), tom.newest())
        await tom.expects_new("That account is not yours")
        what = [event.body["what"] for event in await history(house.service.database, "security")]
        assert what == ["linking_not_yours"]


async def _shuts(house: House, sam: Actor, label: str) -> None:
    await sam.says("entry Helen Castle")
    await sam.presses("Accounts")
    card = await sam.expects_new("The accounts of Helen Castle")
    await sam.presses(_labelled(card.drawing.buttons, label).label)
    await house.quiet()


def _labelled(buttons: Sequence[Button], label: str) -> Button:
    return next(one for one in buttons if one.label.startswith(label))
