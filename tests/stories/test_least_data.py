"""Least data, on both platforms: what was found is said, the text is offered without it, and what the policy
lets somebody keep is on the case's timeline."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from playground.house import House
from tests.stories.filing import filed
from tests.stories.people import PLATFORMS, Pairing

NHS = "943 476 5919"


@pytest.fixture(params=sorted(PLATFORMS - {"email"}))
def pairing(request: pytest.FixtureRequest) -> Pairing:
    """What one person writes: one platform at a time is enough."""
    return Pairing(request.param, request.param)


async def kept_anywhere(house: House, *secrets: str) -> list[str]:
    """In which tables any of these words stand."""
    found = []
    async with house.service.database.work() as work:
        for table in ("states", "acts", "events", "deliveries", "posted_cards", "cases", "letters"):
            rows = str((await work._execute(text(f"SELECT * FROM {table}"))).all())  # noqa: S608 - our names
            found += [f"{table}: {secret}" for secret in secrets if secret in rows]
    return found


async def test_a_form_comes_back_without_what_was_found_and_can_be_sent_so(house: House) -> None:
    """It names the very words, replaces them, and says that nothing is saved; sent as offered, it is."""
    await filed(house)
    jo = house.world.person("jo")
    await jo.presses("The risk has changed")
    await jo.submits({"What has changed": f"The child, NHS {NHS}, was hit on Monday."})
    screen = jo.screen()
    assert f"“{NHS}” looks like an NHS number" in screen
    assert "nothing has been saved" in screen
    assert "The child, NHS [NHS number removed], was hit on Monday." in screen
    assert "Put back" not in screen
    await jo.submits({})
    await house.quiet()
    assert jo.sees("The child, NHS [NHS number removed], was hit on Monday.")
    assert await kept_anywhere(house, NHS, NHS.replace(" ", "")) == []


async def test_a_name_is_kept_where_its_writer_puts_it_back_and_the_timeline_says_so(house: House) -> None:
    """A likely name is a guess: whoever wrote it may know better. The event never holds the words, and those
    that are no guess stay out."""
    await filed(house)
    jo = house.world.person("jo")
    await jo.presses("The risk has changed")
    await jo.submits({"What has changed": f"Sally Walker of the nursery rang; NHS {NHS}."})
    assert "“Sally Walker” looks like somebody's full name" in jo.screen()
    assert "[name removed] of the nursery rang; NHS [NHS number removed]." in jo.screen()
    await jo.submits({"Put back": ["Put “Sally Walker” back in place of [name removed]"]})
    await house.quiet()
    await jo.expects("Sally Walker of the nursery rang; NHS [NHS number removed].")
    await jo.presses("Timeline")
    await house.quiet()
    await jo.expects("Jo Marsh kept in these words what looks like somebody's full name")
    async with house.service.database.work() as work:
        (kept,) = (await work._execute(text("SELECT body FROM events WHERE kind='identifiers_kept'"))).all()
    assert "Walker" not in str(kept)
    assert await kept_anywhere(house, NHS) == []


async def test_what_was_put_back_stays_so_while_something_else_is_put_right(house: House) -> None:
    """A form that comes back for another reason still knows what was put back."""
    await filed(house)
    helen = house.world.person("helen")
    await helen.presses("We spoke")
    past = ((await house.now()) - timedelta(minutes=5)).replace(tzinfo=None)
    ahead = past + timedelta(hours=1)
    agreed = "Sally Walker of the court will ring."
    await helen.submits({"Who spoke": "Dr Lowe, Ann Tully", "When": ahead, "What was agreed": agreed})
    assert "[name removed] of the court will ring." in helen.screen()
    assert "Ann Tully” looks" not in helen.screen()
    await helen.submits({"Put back": ["Put “Sally Walker” back in place of [name removed]"]})
    assert "[name removed] of the court will ring." in helen.screen()
    await helen.submits({"When": past})
    await house.quiet()
    await house.world.person("jo").expects(agreed)


async def test_words_in_a_thread_are_offered_without_what_was_found(house: House) -> None:
    """They still stand in the chat: it says so and how to delete them there. The offered words can be used
    with a press; the others are kept nowhere, not even in what is answered to a repetition."""
    reference = await filed(house)
    priya = house.world.person("priya")
    if priya.platform != "slack":
        pytest.skip("a private chat without threads has no thread of a case")
    await priya.replies(f"has escalated · {reference}", "Mia Carter, born 03/04/2019, was hit.")
    card = await priya.expects_new("Not saved: it may identify the child")
    assert "Your message holds a date of birth, somebody's full name." in card.words
    assert "Mia Carter" not in card.words
    assert "Delete message" in card.words
    assert "[name removed], born [date of birth removed], was hit." in card.words
    assert await kept_anywhere(house, "Mia Carter", "03/04/2019") == []
    await priya.presses("Use these words")
    await priya.presses("Keep in our thread")
    await house.quiet()
    await priya.expects("[name removed], born [date of birth removed], was hit.")
    assert await kept_anywhere(house, "Mia Carter", "03/04/2019") == []


async def test_an_answer_typed_for_the_plan_is_offered_without_it(house: House) -> None:
    """One question at a time: the next question comes after the offered words were taken."""
    jo = house.world.person("jo")
    await jo.says("plan")
    await jo.presses("Ask me one by one")
    await jo.expects_new("Question 1 of 7")
    await jo.says("Zoe Carter, born 03/04/2019, came without lunch.")
    card = await jo.expects_new("I have not kept them")
    assert "Delete" in card.words
    assert "[name removed], born [date of birth removed], came without lunch." in card.words
    await jo.presses("Use these words")
    await jo.expects_new("Question 2 of 7")
    await jo.presses("That is enough")
    await jo.expects_new("[name removed], born [date of birth removed], came without lunch.")
    assert await kept_anywhere(house, "Zoe Carter", "03/04/2019") == []
