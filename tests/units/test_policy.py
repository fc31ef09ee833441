"""The policy: the example ladder runs, and a ladder that could stand still or mislead is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.escalation.clock import Duration, due, in_words
from bot.escalation.policy import Clock, Policy
from bot.files import BadFile, load

EXAMPLE = Path(__file__).parents[2] / "content" / "policies" / "example.yaml"
TEXT = EXAMPLE.read_text(encoding="utf-8")


@pytest.fixture
def example() -> Policy:
    return load(EXAMPLE, Policy)


def test_the_example_belongs_to_nobody(example: Policy) -> None:
    """It names no partnership and says in its title that it is an example."""
    assert (example.status, example.partnership) == ("example", "")
    assert example.title == "Example ladder"


def test_the_example_has_no_number_that_could_be_somebody_else_s(example: Policy) -> None:
    """Besides 999, its numbers are of a range kept free for fiction and are marked as examples."""
    first, *others = example.urgent
    assert first.number == "999"
    assert others
    assert all(each.number.startswith("01632 960") and "EXAMPLE" in each.name for each in others)


def test_the_example_ladder_has_four_rungs(example: Policy) -> None:
    """From the line managers it goes up to the partnership, and no further."""
    names, stage = [], example.stage(1)
    while True:
        names.append(stage.name)
        above = example.next_stage(stage.number)
        if above is None:
            break
        stage = above
    assert names == ["Line managers", "Service managers", "Strategic leads", "The partnership"]


def test_only_the_first_answer_takes_the_example_up_by_itself(example: Policy) -> None:
    """At every other end of time a person decides what happens next."""
    going_up = [
        (stage.number, clock.name)
        for stage in example.stages
        for clock in stage.clocks
        if clock.when_due == "go_up"
    ]
    assert going_up == [(1, "respond")]


def _time(clock: Clock) -> Duration:
    assert clock.within.one is not None
    return clock.within.one


def test_a_wednesday_before_christmas_on_the_example(example: Policy) -> None:
    """Raised at four, the first clocks end that afternoon and on Christmas Eve."""
    raised = datetime(2026, 12, 23, 16, 0, tzinfo=UTC)
    stage = example.stage(1)
    acknowledge, respond = stage.clock("acknowledge", "receiving"), stage.clock("respond", "receiving")
    assert acknowledge is not None
    assert respond is not None
    assert (
        in_words(due(raised, _time(acknowledge), example.calendar), example.calendar, raised)
        == "today, 16.30"
    )
    assert (
        in_words(due(raised, _time(respond), example.calendar), example.calendar, raised) == "tomorrow, 10.00"
    )


def test_higher_rungs_of_the_example_have_no_less_time(example: Policy) -> None:
    """From one Monday morning, each stage's answer is due no earlier than that of the stage below."""
    monday = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    clocks = [stage.clock("respond", "receiving") for stage in example.stages]
    ends = [due(monday, _time(clock), example.calendar) for clock in clocks if clock]
    assert len(ends) == 4
    assert ends == sorted(ends)
    assert ends[0] - monday == timedelta(hours=2)


def test_a_case_keeps_the_very_ladder_that_it_began_with(example: Policy) -> None:
    """Stored as JSON and read back, the policy is the same to the last clock."""
    assert Policy.model_validate_json(example.model_dump_json()) == example


ACKNOWLEDGE = """\
      - name: acknowledge
        starts: messaged
        within: 30 working minutes
"""
RESPOND_1 = """\
      - name: respond
        starts: messaged
        within: 2 working hours
        when_due: go_up
"""
RESPOND_4 = """\
      - name: respond
        starts: messaged
        within: 2 working days
"""


@pytest.mark.parametrize(
    ("old", "new", "at", "told"),
    [
        (RESPOND_1, "", "clocks:", "clocks: Stage 1 has no clock for the other side's answer."),
        (
            RESPOND_1,
            RESPOND_1.replace("messaged", "messaged\n        owner: raising").replace("go_up", "prompt"),
            "owner: raising\n        within: 2 w",
            "owner: A clock to respond is not the raising side's.",
        ),
        (
            RESPOND_1,
            RESPOND_1 + RESPOND_1.replace("2 w", "7 w"),
            RESPOND_1.replace("2 w", "7 w"),
            "clocks: Stage 1 already has a clock for the receiving side to respond.",
        ),
        (
            ACKNOWLEDGE.replace("30 working minutes", "2 working hours") + RESPOND_4,
            RESPOND_4.replace("messaged", "acknowledged"),
            "starts: acknowledged",
            "starts: This clock starts when the receiving side acknowledges, but nothing asks them to.",
        ),
        (
            ACKNOWLEDGE,
            ACKNOWLEDGE.replace("messaged", "acknowledged"),
            "starts: acknowledged",
            "starts: The clock for acknowledging can't start with the acknowledgement, which ends it.",
        ),
        (
            RESPOND_1,
            RESPOND_1.replace("2 working hours", "immediately"),
            "within: immediately",
            "within: A case can't go up at once: nobody would have had the time to answer.",
        ),
        (
            ACKNOWLEDGE,
            ACKNOWLEDGE
            + ACKNOWLEDGE.replace("messaged", "messaged\n        owner: raising\n        when_due: go_up"),
            "when_due: go_up",
            "when_due: Only the other side's lateness takes a case up by itself.",
        ),
        (
            RESPOND_4,
            RESPOND_4 + "        when_due: go_up\n",
            "when_due: go_up\n\n# How",
            "when_due: The last stage has no stage above it to go up to.",
        ),
        (
            "within: 1 working hour",
            "within: -3 days",
            "within: -3",
            "within: “-3 days” is not a length of time.",
        ),
        (
            "number: 3",
            "number: 5",
            "number: 5",
            "number: This stage is numbered 5, but it is number 3 from the top.",
        ),
        (
            "label: Stage 2",
            "label: Stage 1",
            "label: Stage 1\n    name: Service",
            "label: “Stage 1” stands here twice.",
        ),
        (
            "code: decision_changed",
            "code: agreed_plan",
            "code: agreed_plan\n    label: The",
            "code: “agreed_plan” stands here twice.",
        ),
        (
            "label: The decision was changed",
            "label: We agreed a plan",
            "label: We agreed a plan\n  - code: decision_stands",
            "label: “We agreed a plan” stands here twice.",
        ),
        (
            "code: new_information",
            "code: withdrawn",
            "code: withdrawn",
            "code: “withdrawn” is recorded by itself and is not an outcome to choose.",
        ),
        (
            "prompt_again: 2 working hours",
            "prompt_again: immediately",
            "prompt_again: i",
            "prompt_again: Nobody can do this at once.",
        ),
        (
            "status: example",
            "status: example\npartnership: Ours",
            "partnership: O",
            "partnership: An example belongs to no partnership.",
        ),
        (
            "status: example",
            "status: confirmed",
            "status: c",
            "status: Whose policy this is has not been said.",
        ),
        (
            "status: example",
            "status: provisional\npartnership: Ours",
            "status: p",
            "status: A provisional policy says what in it awaits confirmation.",
        ),
        (
            "status: example",
            "status: confirmed\npartnership: Ours\nunconfirmed: [the times]",
            "unconfirmed: [",
            "unconfirmed: A confirmed policy has nothing that awaits confirmation.",
        ),
        ('number: "999"', "number: nine", "number: nine", "number: “nine” is not written as it should be."),
        (
            "receiving: team_manager",
            "receiving: Team manager",
            "receiving: Team",
            "receiving: “Team manager” is not written as it should be.",
        ),
    ],
)
def test_a_ladder_that_could_stand_still_or_mislead_is_refused(
    tmp_path: Path, old: str, new: str, at: str, told: str
) -> None:
    """The mistake is told at its line, with what to write instead."""
    text = TEXT.replace(old, new, 1)
    assert text != TEXT
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile) as caught:
        load(path, Policy)
    (problem,) = caught.value.problems
    assert (problem.line, problem.what) == (text[: text.index(at)].count("\n") + 1, told)
    assert problem.remedy


def test_a_provisional_policy_that_says_what_awaits_confirmation_is_read(tmp_path: Path) -> None:
    """A partnership can begin before everything is settled, and people can be told what is not."""
    path = tmp_path / "policy.yaml"
    open_points = (
        "status: provisional\npartnership: Little Wickering\nunconfirmed:\n  - the times of stage 2\n"
    )
    path.write_text(TEXT.replace("status: example", open_points), encoding="utf-8")
    policy = load(path, Policy)
    assert policy.unconfirmed == ("the times of stage 2",)
