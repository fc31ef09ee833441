"""Where two acts cross, or danger comes up in the middle of something, in every pairing of platforms."""

from flows.raising_forms import Draft
from playground.house import House
from playground.story import ABOUT, SPOKEN
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


async def test_words_that_come_too_late_are_given_back(house: House) -> None:
    """The case went up while the answer was being written: nothing of it is lost, nobody else reads it."""
    await filed(house)
    helen, tom, jo = (house.world.person(name) for name in ("helen", "tom", "jo"))
    await helen.presses("Answer")
    while not tom.sees("for you"):
        await house.to_next_deadline()
    await helen.submits({"Your answer": "We visit them tomorrow at nine."})
    await house.quiet()
    await helen.expects("What you wrote")
    assert helen.sees("We visit them tomorrow at nine.")
    assert not jo.sees("We visit them tomorrow")


async def test_the_reason_is_given_back_where_the_preview_came_too_late(house: House) -> None:
    """The answer crossed the press: going up has no effect, and the reason written for it is not lost."""
    await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    while "Go up a stage" not in jo.buttons():
        await house.to_next_deadline()
    await jo.presses("Go up a stage")
    await jo.submits({"Why it is not settled": "Nobody has seen it at all."})
    await helen.presses("Answer")
    await helen.submits({"Your answer": "We assess tomorrow."})
    await house.quiet()
    await jo.submits({})
    await house.quiet()
    await jo.expects("had answered already")
    assert jo.sees("Nobody has seen it at all.")
    assert not jo.sees("Stage 2, Service managers")


async def test_words_reach_nobody_whom_the_preview_did_not_name(house: House) -> None:
    """Somebody came onto the case since the preview: it is shown again, with the new name."""
    reference = await filed(house)
    jo, helen, leo = (house.world.person(name) for name in ("jo", "helen", "leo"))
    await jo.presses("Write", on=f"Escalation {reference} · ")
    await jo.submits({"What you want to say": "We weighed them again."})
    await jo.presses("Share with both sides…")
    await jo.expects("It can't be taken back")
    await helen.presses("Hand over")
    await helen.submits({"To whom": leo.name, "Why": "On leave from noon."})
    await house.quiet()
    await jo.presses("Share it now")
    await house.quiet()
    await jo.expects_new(leo.name)
    assert not leo.sees("We weighed them again.")
    await jo.presses("Share it now")
    await house.quiet()
    await leo.expects("We weighed them again.")


async def test_more_words_than_one_message_takes_are_not_kept(house: House) -> None:
    """They stand in the thread where they were typed; the author is told how many are too many."""
    reference = await filed(house)
    priya = house.world.person("priya")
    await priya.replies(f"has escalated · {reference}", "We weighed them again. " * 140)
    if priya.platform == "slack":
        await priya.expects("It has 3,219 characters")
    assert not priya.sees("Who should read this?")


async def test_only_what_was_previewed_is_filed(house: House) -> None:
    """An older preview, still on another screen, files nothing written since: that is shown first."""
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits(ABOUT)
    await jo.expects(helen.name)
    async with house.service.database.work() as work:
        kept = await work.state("jo", "", Draft.name)
        assert kept is not None
        written = Draft.model_validate_json(kept[1]).model_copy(update={"request": "Close nothing yet."})
        later = work.now + Draft.keep_for
        await work.keep_state("jo", "", Draft.name, kept[0], written.model_dump_json(), later)
    await jo.submits({})
    await house.quiet()
    await jo.expects("Close nothing yet.")
    assert not helen.sees("Escalation BR-")
    await jo.submits({})
    await house.quiet()
    await helen.expects("Close nothing yet.")
