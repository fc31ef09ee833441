"""A platform that has had too much, fails, or hangs up: nothing is lost, storms, or comes twice unsaid."""

import pytest

from playground.faults import Broken, DropAfter, DropBefore, TooMany
from playground.house import House
from playground.story import ABOUT
from tests.contracts.adaptive_validity import assert_valid
from tests.contracts.slack_validity import assert_message
from tests.faults.elapsing import elapse
from tests.faults.filing import answered, filed_and_not_sent, to_the_preview
from tests.faults.looking import POST, UPDATE, calls, faults_of, happened, standing, the_case
from tests.faults.passing import MINUTE, all_has_gone_out
from tests.stories.filing import filed

FAILURES = [412, 500, *(pytest.param(status, marks=pytest.mark.full) for status in (502, 503, 504))]
"""What a platform with a fault answers."""
MARK = "This message may have reached you before"
LONGEST = {
    "The decision you do not agree with": 1_000,
    "Why it matters for the child": 1_500,
    "What you ask for": 1_000,
}
"""What the form takes at most, in characters."""


async def _has_changed(house: House, *texts: str) -> None:
    """Jo says that the risk has changed; nothing of it has gone out."""
    jo = house.world.person("jo")
    for text in texts:
        await jo.presses("The risk has changed")
        await jo.submits({"What has changed": text})
    await answered(house)


async def test_too_many_requests_for_ten_minutes(house: House, platform: str) -> None:
    """Whoever asks to be left alone for a minute is left alone for that minute; what waited then arrives once
    each, in its order."""
    await filed(house)
    database, faults = house.service.database, faults_of(house.world, platform)
    await _has_changed(house, "First: the fridge is empty.", "Second: they slept in their coats.")
    faults.next(POST[platform], TooMany(after=60), times=10_000)
    for minute in range(1, 11):
        await house.quiet()
        # Jo, Priya and Helen wait for a message: at most one try a minute for each of them.
        assert len(faults.struck) <= 3 * minute
        await elapse(database, MINUTE)
    faults.stop()
    await house.quiet()
    for name in ("helen", "priya"):
        cards = standing(house.world.person(name), "Please look at it again now")
        assert [card.words.count("First:") for card in cards] == [1, 0]
        assert [card.words.count("Second:") for card in cards] == [0, 1]
    assert len(standing(house.world.person("jo"), "Your change of risk is saved")) == 2
    async with database.reading() as work:
        assert await work.under_way() == {}


async def test_too_many_redrawings(house: House, platform: str) -> None:
    """A platform that wants no more redrawings still gets the messages; later each card is redrawn once, to
    what is true then."""
    reference = await filed(house)
    database, faults = house.service.database, faults_of(house.world, platform)
    helen, priya = house.world.person("helen"), house.world.person("priya")
    faults.next(UPDATE[platform], TooMany(after=60), times=10_000)
    await _has_changed(house, "First: the fridge is empty.", "Second: they slept in their coats.")
    await house.quiet()
    await helen.expects("Second: they slept in their coats.")
    assert "coats" not in priya.message(f"has escalated · {reference}").words
    faults.stop()
    before = len(calls(house.world, platform))
    await elapse(database, MINUTE)
    await house.quiet()
    assert "coats" in priya.message(f"has escalated · {reference}").words
    redrawn = [
        str(call.get("ts") or call.get("path"))
        for method, call in calls(house.world, platform)[before:]
        if method == UPDATE[platform]
    ]
    assert len(redrawn) == len(set(redrawn)) > 1
    async with database.reading() as work:
        assert await work.stale_cards() == 0


@pytest.mark.parametrize("status", FAILURES)
async def test_a_platform_that_fails(house: House, platform: str, status: int) -> None:
    """What a platform failed to take for ten minutes arrives when it is well again, once to each; nobody is
    given up."""
    reference = await filed_and_not_sent(house)
    helen, priya = house.world.person("helen"), house.world.person("priya")
    faults = faults_of(house.world, platform)
    faults.next(POST[platform], Broken(status), times=10_000)
    for _ in range(10):
        await house.quiet()
        await elapse(house.service.database, MINUTE)
    assert faults.struck
    faults.stop()
    await all_has_gone_out(house)
    assert not house.world.person("jo").sees("could not be reached")
    assert len(standing(helen, f"Escalation {reference} for you")) == 1
    assert len(standing(priya, f"has escalated · {reference}")) == 1


@pytest.mark.parametrize("status", [502, pytest.param(504, marks=pytest.mark.full)])
async def test_a_gateway_that_gives_up_after_the_message_was_taken(
    house: House, platform: str, status: int
) -> None:
    """What was taken is found by its key and not sent again; where a platform has no looking up, it comes
    once more, and says so."""
    reference = await filed_and_not_sent(house)
    faults_of(house.world, platform).next(POST[platform], Broken(status, after=True), times=3)
    await all_has_gone_out(house)
    cards = standing(house.world.person("helen"), f"Escalation {reference} for you")
    assert [MARK in card.words for card in cards] == ([False] if platform == "slack" else [False, True])


@pytest.mark.parametrize("status", [502, pytest.param(504, marks=pytest.mark.full)])
async def test_a_gateway_that_gives_up_after_a_reply_was_taken(
    house: House, platform: str, status: int
) -> None:
    """A direct reply bears no key and no mark: it is not repeated where it may have been taken."""
    jo = house.world.person("jo")
    await jo.says("help")
    await house.quiet()
    before = [message.words for message in standing(jo, "")]
    faults = faults_of(house.world, platform)
    faults.next(POST[platform], Broken(status, after=True))
    await jo.says("help")
    await house.quiet()
    assert len(faults.struck) == 1
    assert [message.words for message in standing(jo, "")] == [*before, before[-1]]


async def test_a_connection_that_breaks_before_the_message_was_taken(house: House, platform: str) -> None:
    """Nobody can tell that it was not taken: it is looked for, or sent again with a mark. It arrives once."""
    reference = await filed_and_not_sent(house)
    helen = house.world.person("helen")
    faults_of(house.world, platform).next(POST[platform], DropBefore(), times=3)
    await house.quiet()
    assert not helen.sees("for you")
    await all_has_gone_out(house)
    (card,) = standing(helen, f"Escalation {reference} for you")
    assert (MARK in card.words) is (platform == "teams")


async def test_a_connection_that_breaks_after_the_message_was_taken(house: House, platform: str) -> None:
    """What was taken is found by its key and not sent again; where a platform has no looking up, it comes
    once more, and says so for good. The card that is known follows its case."""
    reference = await filed_and_not_sent(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    faults_of(house.world, platform).next(POST[platform], DropAfter(), times=3)
    await all_has_gone_out(house)
    cards = standing(helen, f"Escalation {reference} for you")
    assert [MARK in card.words for card in cards] == ([False] if platform == "slack" else [False, True])
    await helen.presses("Acknowledge", on=cards[-1])
    await house.quiet()
    await jo.expects("Helen Castle has seen this")
    assert helen.sees("Helen Castle has seen it. Nothing is decided.")
    assert len(await happened(house.service.database, "acknowledged")) == 1


async def test_a_concern_that_is_larger_than_a_card(house: House, platform: str) -> None:
    """Texts of emoji as long as the form takes them: the card is valid for its platform, shows every word or
    says that it does not, and keeps its buttons; the record of the case has all of them."""
    texts = {label: "😢" * length for label, length in LONGEST.items()}
    await to_the_preview(house.world, {**ABOUT, **texts})
    await house.world.person("jo").submits({})
    await house.quiet()
    helen = house.world.person("helen")
    reference = (await the_case(house.service.database)).reference
    (card,) = standing(helen, f"Escalation {reference} for you")
    if platform == "slack":
        assert isinstance(card.card, list)
        assert_message(card.card, card.text)
    else:
        assert isinstance(card.card, dict)
        assert_valid([card.card])
    whole = card.words.count("😢") == sum(LONGEST.values())
    assert whole is not ("shortened to fit this chat" in card.words)
    assert "Acknowledge" in [button.label for button in card.drawing.buttons]
    (raised,) = await happened(house.service.database, "case_raised")
    kept = raised.body["concern"]
    assert [kept["decision"], kept["risk"], kept["request"]] == list(texts.values())
