"""An entry of the directory from within chat: seen, said to be right, corrected, by whom it concerns."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from playground.house import House
from playground.people import Actor
from tests.faults.looking import history
from tests.stories.absences import entry_is, opens
from tests.stories.filing import filed
from tests.stories.people import PLATFORMS


@pytest.fixture(params=sorted(PLATFORMS))
async def house(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """Everybody of these stories on one platform, then on the other."""
    people = dict.fromkeys(("helen", "leo", "marek", "sam", "jo", "priya"), request.param)
    async with House.open(tmp_path, platforms=people) as opened:
        await opened.to_working_time()
        yield opened


async def corrections(house: House) -> list[tuple[str, str]]:
    """Who changed an entry, and how it is called."""
    events = await history(house.service.database, "directory")
    return [(event.kind, event.actor) for event in events if event.kind != "imported"]


async def test_a_manager_sees_and_corrects_their_own_entry(house: House) -> None:
    """Everything that decides whether a message arrives; what was corrected counts for the next message."""
    helen = house.world.person("helen")
    await helen.says("my entry")
    seen = (await helen.expects("Your entry")).words
    for words in (
        "Team manager", "Little Wickering Children's Social Care", "07700 900109", "Tom Wetherell",
        "whenever the partnership works", "Deputies: Leo Ashby",
    ):  # fmt: skip
        assert words in seen
    await helen.presses("Correct it")
    await helen.submits({"Work phone": "01632 960999", "Works on": "Mon-Thu 9-16"})
    saved = (await helen.expects("The entry is saved")).words
    assert "01632 960999" in saved
    assert "Mon-Thu 9-16" in saved
    now = await house.now()
    assert f"{now.day} {now:%b %Y}" in saved
    assert await corrections(house) == [("corrected", "helen")]


async def test_the_order_of_ways_is_chosen(house: House) -> None:
    """What goes first and what then; the next message comes by the first of them."""
    helen = house.world.person("helen")
    first, then = ("Slack", "Microsoft Teams")
    await helen.says("my entry")
    await helen.presses("Correct it")
    await helen.submits(
        {"Messages go first by": first, "Then by (way 2)": then, "Then by (way 3)": "no further way"}
    )
    assert f"{first}, then {then}" in (await helen.expects("The entry is saved")).words
    async with house.service.database.reading():
        entry = house.service.house.directory.person("helen")
    assert entry is not None
    assert entry.ways == ("slack", "teams")


async def test_what_is_wrong_is_said_at_its_field_and_all_that_was_typed_is_kept(house: House) -> None:
    """In the words that the directory has for it; nothing is saved before all is right."""
    helen = house.world.person("helen")
    await helen.says("my entry")
    await helen.presses("Correct it")
    await helen.submits({"Role": "Head of the front door", "Work phone": "ring me", "Works on": "most days"})
    await helen.expects("“ring me” is not a phone number.")
    assert helen.sees("“most days” is not a working pattern.")
    assert helen.sees("Head of the front door")
    await helen.submits({"Work phone": "01632 960999", "Works on": "Mon-Wed"})
    assert "Head of the front door" in (await helen.expects("The entry is saved")).words
    assert await corrections(house) == [("corrected", "helen")]


async def test_an_entry_that_changed_meanwhile_is_not_overwritten(house: House) -> None:
    """The form was open while somebody else corrected it: it comes back, with what was typed."""
    helen = house.world.person("helen")
    await helen.says("my entry")
    await helen.presses("Correct it")
    await entry_is(house, "helen", role="Team manager, front door")
    await helen.submits({"Work phone": "01632 960999"})
    await helen.expects("Somebody has changed this entry since you opened the form.")
    await helen.submits({"Work phone": "01632 960999", "Role": "Team manager, front door"})
    await helen.expects("The entry is saved")


async def test_the_monthly_question_is_answered_with_one_press(house: House) -> None:
    """After the press the card says so; a second press, and an old card, do no harm."""
    helen = house.world.person("helen")
    await asked(house)
    await helen.expects("Is this still right?")
    await helen.presses("It is right")
    await helen.expects("It is noted today that your entry is right.")
    assert await corrections(house) == [("verified", "helen")]
    await house.service.engine.rounds.ask_whether_right()
    await house.quiet()
    assert not helen.sees("Is this still right?")


async def test_an_old_card_shows_the_entry_as_it_is_now(house: House) -> None:
    """Nobody says that something is right which they have not seen."""
    helen = house.world.person("helen")
    await asked(house)
    await helen.expects("Is this still right?")
    await entry_is(house, "helen", phone="01632 960888")
    await helen.presses("It is right")
    assert "01632 960888" in (await helen.expects_new("This has changed since that card was made.")).words
    assert await corrections(house) == []
    await helen.presses("It is right")
    await helen.expects_new("It is noted today")
    await helen.says("my entry")
    await helen.presses("It is right")
    await helen.expects_new("It is noted today")
    assert await corrections(house) == [("verified", "helen")]


async def asked(house: House) -> None:
    """A month has gone by, and everybody on the ladder is asked on a working day."""
    await house.service.database.shift(timedelta(days=31))
    await house.to_working_time()
    while (await house.now()).day < 28:
        await house.to_working_time()
    await house.service.engine.rounds.ask_whether_right()
    await house.quiet()


async def test_the_coordinator_corrects_everybodys_entry_and_the_address(house: House) -> None:
    """By a name that is typed, or by choosing; only the coordinator is asked for the address."""
    sam, helen = house.world.person("sam"), house.world.person("helen")
    await helen.says("my entry")
    await sam.says("entry helen castle")
    await sam.expects("Entry of Helen Castle")
    await sam.presses("Correct it")
    await sam.submits({"Work e-mail": "helen at home"})
    await sam.expects("“helen at home” is not an e-mail address.")
    await sam.submits({"Work e-mail": "h.castle@social-care.little-wickering.example"})
    await sam.expects("The entry is saved")
    await helen.says("my entry")
    await helen.expects_new("h.castle@social-care.little-wickering.example")
    await helen.presses("Correct it")
    await helen.expects_new("Correct an entry")
    form = helen.form()
    assert form is not None
    assert "Work e-mail" not in [field.label for field in form.drawing.fields]
    await sam.says("entry")
    await sam.presses("Somebody’s entry")
    await sam.submits({"Who": "Marek Tull"})
    await sam.expects("Entry of Marek Tull")


async def test_names_that_are_not_clear_are_asked_about(house: House) -> None:
    """Several fit: the coordinator chooses; nobody fits: it says so; a sentence is no name."""
    sam = house.world.person("sam")
    await sam.says("entry an")
    await sam.expects("Several people fit “an”")
    await sam.says("entry zebedee")
    await sam.expects_new("Nobody is called “zebedee”")
    await sam.says("entry into the home was refused and the mother would not let us see him")
    assert not sam.sees("Nobody is called “into")


async def test_an_owner_sees_to_the_entries_that_they_look_after(house: House) -> None:
    """As somebody in the office of a team does for its members."""
    await entry_is(house, "marek", owner="leo")
    leo = house.world.person("leo")
    await leo.says("entry marek")
    await leo.expects("Entry of Marek Tull")
    await leo.presses("Correct it")
    await leo.submits({"Work phone": "01632 960777"})
    await leo.expects("The entry is saved")
    assert await corrections(house) == [("corrected", "leo")]


async def test_the_entries_of_others_are_not_theirs(house: House) -> None:
    """A private explanation, and a line in the security log; a button of another's card does nothing."""
    helen, marek, leo = (house.world.person(name) for name in ("helen", "marek", "leo"))
    await marek.says("entry helen castle")
    await marek.expects("That is for somebody else")
    assert not marek.sees("07700 900109")
    await leo.says("posts")
    await leo.expects("That is for somebody else")
    await helen.says("my entry")
    for label in ("It is right", "Correct it"):
        await steals(marek, helen, "Your entry", label)
        await marek.expects_new("That is for somebody else")
    assert await corrections(house) == []
    attempts = [event.body["what"] for event in await history(house.service.database, "security")]
    assert attempts == ["entry_not_theirs", "posts_not_theirs", "entry_not_theirs", "entry_not_theirs"]


async def steals(thief: Actor, owner: Actor, card: str, label: str) -> None:
    """A button comes back from another account, as a forwarded card or a forged one would send it."""
    button = next(found for found in owner.message(card).drawing.buttons if found.label == label)
    await thief.says("help")
    await thief.client.press(button, thief.newest())


async def test_the_coordinator_says_who_holds_a_post(house: House) -> None:
    """Holder and deputies in their order; nobody twice; it counts for the next message."""
    sam, leo = house.world.person("sam"), house.world.person("leo")
    await sam.says("posts social care team manager")
    await sam.expects(
        "team manager, Little Wickering Children's Social Care: Helen Castle. Deputies: Leo Ashby"
    )
    await sam.presses("Change: team manager, Little Wickering Children's Social Care")
    await sam.submits({"Who holds it": "Leo Ashby"})
    await sam.expects("already stands at this post")
    await sam.submits({"Deputy 1": "Marek Tull", "Deputy 2": "Helen Castle"})
    await sam.expects("Leo Ashby. Deputies: Marek Tull, Helen Castle.")
    reference = await filed(house)
    card = await leo.expects(f"Escalation {reference} for you")
    assert "You have this for" not in card.words


async def test_the_menu_leads_to_the_entry(house: House) -> None:
    """One button for the entry and the absence."""
    leo = house.world.person("leo")
    await leo.says("menu")
    await leo.presses("My entry and absence")
    await leo.expects("Your entry")
    await leo.presses("I am away")
    await leo.submits({})
    await leo.expects("Your absence is saved")
    await leo.says("my entry")
    await leo.expects_new("covered by the deputies of the posts")
    await opens(leo, "back")
    await leo.expects("Welcome back")
