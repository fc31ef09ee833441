"""Raising and going up where a policy file says more than the example: asked, shown and done in chat."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from playground.story import ABOUT, SPOKEN
from tests.faults.looking import happened
from tests.stories.people import Pairing
from tests.stories.policies import confirmed, house_by, written

CONFERENCE: dict[str, Any] = {
    "id": "conference", "label": "A decision of a child protection conference",
    "goes_to": "Dissent from a conference goes to its chair.", "to": "partnership/independent_chair",
    "number": "01632 960155", "within": "72 hours",
}  # fmt: skip
ANSWER: dict[str, Any] = {"name": "respond", "starts": "messaged", "within": "2 working hours"}
SUBJECT = "What is it about?"
BY_WHEN = "By when does the child need an answer?"


async def test_what_belongs_elsewhere_keeps_the_words_and_holds_nobody_up(
    tmp_path: Path, pairing: Pairing
) -> None:
    """Nobody is messaged, the card says where it belongs and gives the words back, and one press goes on."""
    async with house_by(tmp_path, pairing, exclusions=[CONFERENCE]) as house:
        jo, helen = house.world.person("jo"), house.world.person("helen")
        await jo.says("raise")
        await jo.presses("No, go on")
        await jo.submits({**SPOKEN, SUBJECT: "A decision of a child protection conference"})
        card = await jo.expects("Dissent from a conference goes to its chair.")
        for words in (
            "72 hours",
            "Viv Sandiford",
            "01632 960122",
            "01632 960155",
            "He kept to the decision.",
        ):
            assert words in card.words
        assert "Your words are kept for seven days" in card.words
        assert "Child at risk now?" in jo.buttons()
        await jo.presses("Back")
        await jo.submits({})
        await house.quiet()
        assert not helen.sees("Escalation BR-")
        await jo.presses("Raise it all the same: the child may not be safe")
        await jo.submits(ABOUT)
        await jo.expects(helen.name)
        await confirmed(house, jo)
        await helen.expects("Escalation BR-")


async def test_who_has_no_backing_raises_it_with_the_safeguarding_lead(
    tmp_path: Path, pairing: Pairing
) -> None:
    """The own manager is not messaged; the lead stands beside the raiser, as the preview says."""
    async with house_by(tmp_path, pairing, exclusions=[CONFERENCE]) as house:
        jo, ruth, priya = (house.world.person(name) for name in ("jo", "ruth", "priya"))
        await jo.says("raise")
        await jo.presses("No, go on")
        await jo.submits({**SPOKEN, SUBJECT: "My own manager does not back me"})
        await jo.expects("01632 960106")
        await jo.presses("Raise it with Ruth Fennimore beside me instead")
        await jo.submits(ABOUT)
        await jo.expects("Ruth Fennimore, Named nurse")
        assert not jo.sees("Priya Okafor, Community")
        reference = await confirmed(house, jo)
        await ruth.expects(reference)
        assert not priya.sees(reference)


async def test_the_time_depends_on_the_priority_and_is_asked_for_where_there_is_none(
    tmp_path: Path, pairing: Pairing
) -> None:
    """High has a time by the policy; for normal the raiser names one, shown as the raiser's own request."""
    policy: dict[str, Any] = {
        "priorities": [
            {"id": "high", "label": "High", "hint": "The child is not safe tonight"},
            {"id": "normal", "label": "Normal"},
        ],
        "stages": {1: {"clocks": [ANSWER | {"within": {"high": "1 working hour", "normal": "not set"}}]}},
    }
    async with house_by(tmp_path, pairing, **policy) as house:
        jo = await written(house)
        await jo.submits({"Which priority does it have?": "High"})
        await jo.expects("Other side answers: by today, 11.00")
        await confirmed(house, jo)
        await written(house)
        await jo.submits({"Which priority does it have?": "Normal"})
        assert "please say by when the child needs an answer" in jo.screen()
        now = (await house.now()).replace(tzinfo=None)
        await jo.submits({BY_WHEN: now - timedelta(hours=1)})
        assert "still to come" in jo.screen()
        await jo.submits({BY_WHEN: now + timedelta(days=31)})
        assert "more than 30 days away" in jo.screen()
        await jo.submits({BY_WHEN: now.replace(hour=15, minute=0)})
        await jo.expects("your request: by today, 15.00, since the partnership's time is not set")
        reference = await confirmed(house, jo)
        await jo.expects("today, 15.00 is Jo Marsh’s own request")
        while not jo.sees(f"Nothing heard in time · {reference}"):
            await house.to_next_deadline()
        assert (await house.now()).hour == 15


async def test_without_any_time_the_end_of_the_next_working_day_is_offered(
    tmp_path: Path, pairing: Pairing
) -> None:
    """The form is filled in already, so that no case is ever without a clock."""
    async with house_by(
        tmp_path, pairing, stages={1: {"clocks": [ANSWER | {"within": "none"}]}}
    ) as house:  # fmt: skip
        jo = await written(house)
        assert "The policy sets no limit here." in jo.screen()
        await jo.submits({})
        await jo.expects("since the policy sets no limit")


async def test_the_practitioner_is_named_and_the_urgent_track_is_faster(
    tmp_path: Path, pairing: Pairing
) -> None:
    """Who decided is messaged, the raiser alone on the other side; copies are named; nobody else is asked."""
    policy: dict[str, Any] = {
        "urgent_track": {"label": "Fast track", "when": "A child may come to significant harm."},
        "copies": [
            {"to": "partnership/independent_chair", "on": ["stage"], "sees": "case"},
            {"to": "service_manager", "side": "receiving", "on": ["stage"], "sees": "notice"},
        ],
        "stages": {
            1: {
                "raising": ["raiser"], "receiving": ["practitioner"],
                "clocks": [ANSWER | {"within": "2 working days", "or_sooner": True}],
                "urgent": {"clocks": [ANSWER | {"within": "90 minutes"}]},
            }
        },
    }  # fmt: skip
    async with house_by(tmp_path, pairing, **policy) as house:
        jo, marek = await written(house), house.world.person("marek")
        await jo.submits({"Who decided?": marek.name, "Does it need the urgent track": True})
        await jo.expects("Marek Tull, Social worker")
        for words in ("by today, 11.30", "A copy goes to: Viv Sandiford.", "about: Tom Wetherell."):
            assert jo.sees(words), jo.screen()
        assert not jo.sees("Jo Marsh, Health visitor")
        assert not jo.sees("Did any of them make the decision")
        reference = await confirmed(house, jo)
        await marek.expects(f"Escalation {reference} for you")
        raised = (await happened(house.service.database, "case_raised"))[0].body
        assert (raised["decided_by"], raised["urgent"]) == ("marek", True)


async def test_behind_a_practitioner_who_cant_be_reached_stands_their_manager(
    tmp_path: Path, pairing: Pairing
) -> None:
    """No message is lost with the one person to whom it went."""
    first = {"raising": ["raiser"], "receiving": ["practitioner"], "clocks": [ANSWER]}
    async with house_by(tmp_path, pairing, stages={1: first}) as house:
        jo, tom = await written(house), house.world.person("tom")
        await house.world.leaves("marek")
        await jo.submits({"Who decided?": "Marek Tull"})
        reference = await confirmed(house, jo)
        await tom.expects(f"Escalation {reference} for you")


async def test_a_policy_within_one_agency_asks_no_agency_and_is_kind_about_time(
    tmp_path: Path, pairing: Pairing
) -> None:
    """What was done before is kept with the case, and a late challenge is still right."""
    raise_by = {"name": "raise", "starts": "decision", "within": "2 working days"}
    policy: dict[str, Any] = {
        "within_one_agency": True,
        "before": [{"id": "talked", "label": "I talked it through with my manager"}],
        "stages": {1: {"clocks": [raise_by, ANSWER]}},
    }
    async with house_by(tmp_path, pairing, **policy) as house:
        jo = house.world.person("jo")
        now = (await house.now()).replace(tzinfo=None)
        about = {label: value for label, value in ABOUT.items() if label != "Which agency decided?"}
        await jo.says("raise")
        await jo.presses("No, go on")
        await jo.submits({**SPOKEN, "What have you done already?": ["I talked it through with my manager"]})
        await jo.submits({**about, "When was the decision made?": now + timedelta(days=1)})
        assert "That time is still to come" in jo.screen()
        await jo.submits({"When was the decision made?": now - timedelta(days=9)})
        await jo.expects("within 2 working days of the decision, and that time has passed")
        await jo.expects("Dana Birch")
        await confirmed(house, jo)
        raised = (await happened(house.service.database, "case_raised"))[0].body
        assert raised["receiving_agency"] == "health"
        assert raised["concern"]["done_before"] == ["talked"]


async def test_straight_to_a_later_stage_with_what_it_asks_for(tmp_path: Path, pairing: Pairing) -> None:
    """The policy lets the raiser choose the stage before anything is late; its form and a time come first."""
    form = {"name": "Record of challenge", "questions": [{"id": "tried", "label": "What was tried?"}]}
    policy: dict[str, Any] = {
        "moves": {"bypass": {"by": "raiser"}},
        "stages": {3: {"form": form, "clocks": [ANSWER | {"within": "not set"}]}},
    }
    async with house_by(tmp_path, pairing, **policy) as house:
        jo = await written(house)
        reference = await confirmed(house, jo)
        grace, tom = house.world.person("grace"), house.world.person("tom")
        await jo.presses("Go up a stage now")
        await jo.expects("Nothing is late yet")
        await jo.submits({"Why it is not settled": "It can't wait.", "To which stage?": "Stage 3"})
        await jo.submits({"What was tried?": "DOB 03/04/2019."})
        assert "a date of birth" in jo.screen()
        await jo.submits({"What was tried?": "Two calls."})
        await jo.expects("Grace Holloway")
        assert jo.sees("your request: by "), jo.screen()
        assert jo.sees("Two calls.")
        assert not grace.sees(reference)
        await jo.submits({})
        await house.quiet()
        await grace.expects("Two calls.")
        await jo.expects("Stage 3")
        assert not tom.sees(reference)


async def test_a_case_goes_up_into_the_urgent_track(tmp_path: Path, pairing: Pairing) -> None:
    """Asked again before the next stage, whose time is shorter there; the time asked for is sooner still."""
    seconds = {"clocks": [ANSWER | {"within": "90 minutes", "or_sooner": True}]}
    policy: dict[str, Any] = {
        "urgent_track": {"label": "Fast track", "when": "A child may come to significant harm."},
        "stages": {2: {"urgent": seconds}},
    }
    async with house_by(tmp_path, pairing, **policy) as house:
        jo, helen, tom = await written(house), house.world.person("helen"), house.world.person("tom")
        await jo.submits({"Does it need the urgent track": False})
        await confirmed(house, jo)
        await helen.presses("Answer")
        await helen.submits({"Your answer": "The decision stands."})
        await house.quiet()
        await jo.presses("This does not settle it")
        await jo.submits({"Why it is not settled": "The children are still hungry."})
        now = (await house.now()).replace(second=0, microsecond=0, tzinfo=None)
        sooner = {"Does the child need it sooner?": now + timedelta(hours=1)}
        await jo.submits({"Does it need the urgent track": True, **sooner})
        await jo.expects("sooner than the policy's time")
        await jo.submits({})
        await house.quiet()
        await tom.expects("today, 11.00")
        await tom.expects("Fast track")


async def test_outside_hours_it_says_when_it_is_seen_and_whom_to_ring(
    tmp_path: Path, pairing: Pairing
) -> None:
    """Only the numbers that are answered at that moment are named."""
    urgent = [
        {"name": "Emergency", "number": "999", "open": "always"},
        {"name": "Front door", "number": "01632 960100", "open": {"monday": "09:00-17:00"}},
        {"name": "Duty team", "number": "01632 960199", "open": "out of hours"},
    ]
    async with house_by(tmp_path, pairing, hour=20, urgent=urgent) as house:
        jo = await written(house, {"Why it matters for the child": "Weight loss since September."})
        await jo.expects("Offices are closed now. The managers will probably see it")
        shown = jo.screen().partition("Whom to ring now")[2]
        assert "999" in shown
        assert "01632 960199" in shown
        assert "01632 960100" not in shown
