"""The state of the skills checklist: rounds, what was answered before, and states of older releases."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.guidance.skills import Group, Sure, groups, skills
from flows.coaching.checklist_state import ALL, THREE, Checklist

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
IDS = tuple(one.id for one in skills())
GROUPS = {group.id: group for group in groups()}
FIRST_GROUP = groups()[0]


def of(group: Group) -> tuple[str, ...]:
    """The ids of a group, in the checklist's order."""
    return tuple(one.id for one in skills() if one.group == group.id)


def filled(state: Checklist, now: datetime = NOW, sure: Sure = "sure", **others: Sure) -> Checklist:
    """The round of the state, answered to its end; `others` are answers by id, with _ for -."""
    for one in state.skills:
        state = state.answered(one.id, others.get(one.id.replace("-", "_"), sure), now)
    return state


def three(state: Checklist) -> list[str]:
    return [one.id for one in state.three()]


# Rounds


def test_a_round_of_all_has_every_skill_in_order() -> None:
    """It begins at the first one, with no answer."""
    state = Checklist().started(ALL)
    assert tuple(one.id for one in state.skills) == IDS
    assert (state.at, state.done, state.open) == (0, 0, True)


@pytest.mark.parametrize("id", sorted(GROUPS))
def test_a_round_of_a_group_has_its_skills_alone(id: str) -> None:
    """In the checklist's order."""
    state = Checklist().started(id)
    assert state.round == of(GROUPS[id])
    assert 0 < len(state.round) < len(IDS)


def test_the_groups_have_every_skill_once() -> None:
    """Whoever works through all groups has worked through all skills."""
    assert sorted(id for group in groups() for id in of(group)) == sorted(IDS)


def test_a_round_of_the_three_has_these() -> None:
    """Those to work on, the least sure first."""
    state = filled(
        Checklist().started(ALL), facts="partly", polite="not_yet", records="not_yet", clear="partly"
    )
    again = state.started(THREE)
    assert again.round == ("polite", "records", "clear")
    assert (again.at, again.open) == (0, True)


@pytest.mark.parametrize("what", [THREE, "a-group-that-is-gone", ""])
def test_a_round_of_nothing_is_one_of_all(what: str) -> None:
    """Where all is sure, or the content has such a group no more, there is still something to do."""
    assert filled(Checklist().started(ALL)).started(what).round == IDS


def test_each_answer_leads_to_the_next_skill_until_the_round_is_done() -> None:
    """It is open until the last one has its answer."""
    state = Checklist().started(FIRST_GROUP.id)
    for number, id in enumerate(state.round, start=1):
        assert state.open
        assert state.skills[state.at].id == id
        state = state.answered(id, "partly", NOW)
        assert (state.at, state.done) == (number, number)
    assert not state.open
    assert state.answered_at == NOW


def test_an_answer_can_be_changed() -> None:
    """Whoever goes back and answers anew goes on after that skill; what was said a moment ago is gone."""
    state = Checklist().started(ALL)
    state = state.answered(IDS[0], "sure", NOW).answered(IDS[1], "sure", NOW)
    state = state.answered(IDS[0], "not_yet", LATER)
    assert state.answers == {IDS[0]: "not_yet", IDS[1]: "sure"}
    assert (state.at, state.before, state.answered_at) == (1, {}, LATER)


# Before and now


def test_the_answers_of_the_round_become_those_of_before() -> None:
    """When all begins again all of them move, with their time, and the new ones stand beside them."""
    once = filled(Checklist().started(ALL), sure="partly")
    again = once.started(ALL)
    assert (again.answers, again.before, again.before_at) == ({}, once.answers, NOW)
    twice = filled(again, LATER)
    assert (twice.before, twice.before_at, twice.answered_at) == (once.answers, NOW, LATER)
    assert set(twice.answers.values()) == {"sure"}


def test_only_what_is_worked_through_again_becomes_before() -> None:
    """With a group, the answers of the other groups stay as they are."""
    once = filled(Checklist().started(ALL), sure="partly")
    again = once.started(FIRST_GROUP.id)
    assert set(again.before) == set(of(FIRST_GROUP))
    assert set(again.answers) == set(IDS) - set(of(FIRST_GROUP))


def test_before_is_the_last_time_and_not_the_first() -> None:
    """With the third time the first one is forgotten."""
    state = filled(Checklist().started(ALL), sure="not_yet")
    state = filled(state.started(ALL), LATER, sure="partly")
    state = filled(state.started(ALL), LATER + timedelta(days=30), sure="sure")
    assert set(state.before.values()) == {"partly"}
    assert state.before_at == LATER


def test_begun_again_without_an_answer_loses_nothing() -> None:
    """Whoever starts twice still has the time before to compare with."""
    once = filled(Checklist().started(ALL), sure="partly")
    again = once.started(ALL).started(FIRST_GROUP.id).started(ALL)
    assert (again.answers, again.before, again.before_at) == ({}, once.answers, NOW)


def test_a_state_is_not_changed_by_what_is_made_of_it() -> None:
    """A card that is drawn late shows what was so."""
    state = filled(Checklist().started(ALL))
    kept = state.model_dump_json()
    state.started(ALL).answered(IDS[0], "not_yet", LATER)
    assert state.model_dump_json() == kept


# How one stands


def test_a_group_is_compared_by_what_was_answered_twice() -> None:
    """How many were sure then and are now, of those skills alone; None while there is none."""
    first, second, third, *_ = of(FIRST_GROUP)
    state = Checklist().started(FIRST_GROUP.id)
    assert state.compared(FIRST_GROUP) is None
    state = state.answered(first, "sure", NOW).answered(second, "not_yet", NOW).answered(third, "partly", NOW)
    assert state.compared(FIRST_GROUP) is None
    state = state.started(FIRST_GROUP.id)
    assert state.compared(FIRST_GROUP) is None
    state = state.answered(first, "sure", LATER).answered(second, "sure", LATER)
    assert state.compared(FIRST_GROUP) == (1, 2, 2)
    assert [state.compared(group) for group in groups()[1:]] == [None, None]


def test_a_group_stands_by_its_newest_answers() -> None:
    """How many are sure, how many were answered, and how many there are."""
    first, second, third, *_ = of(FIRST_GROUP)
    size = len(of(FIRST_GROUP))
    state = Checklist().started(FIRST_GROUP.id)
    assert state.standing(FIRST_GROUP) == (0, 0, size)
    state = state.answered(first, "sure", NOW).answered(second, "partly", NOW).answered(third, "sure", NOW)
    assert state.standing(FIRST_GROUP) == (2, 3, size)
    assert state.started(FIRST_GROUP.id).standing(FIRST_GROUP) == (0, 0, size)


def test_the_three_are_the_least_sure_in_the_order_of_the_checklist() -> None:
    """“Not yet” before “partly”, whatever was answered first; what is sure is not among them."""
    state = Checklist().started(ALL)
    assert three(state) == []
    for at, sure in ((8, "partly"), (2, "partly"), (5, "sure"), (1, "partly")):
        state = state.answered(IDS[at], sure, NOW)  # type: ignore[arg-type]
    assert three(state) == [IDS[1], IDS[2], IDS[8]]
    state = state.answered(IDS[20], "not_yet", NOW).answered(IDS[9], "not_yet", NOW)
    assert three(state) == [IDS[9], IDS[20], IDS[1]]


def test_the_three_are_fewer_where_fewer_are_to_be_worked_on() -> None:
    """Nothing is made up to fill them."""
    assert three(filled(Checklist().started(ALL), facts="partly")) == ["facts"]
    assert three(filled(Checklist().started(ALL))) == []


def test_what_was_said_before_counts_until_it_is_answered_anew() -> None:
    """While a round runs, the three are of the newest answer to each skill."""
    state = filled(Checklist().started(ALL), facts="not_yet", clear="partly").started(ALL)
    assert three(state) == ["facts", "clear"]
    assert three(state.answered("facts", "sure", LATER)) == ["clear"]


# What was kept


def test_a_state_of_the_first_release_is_brought_up_to_date() -> None:
    """It was in a round of all skills: place and answers are kept, and it can go on or begin again."""
    answers: dict[str, Sure] = {"calm": "sure", "confident": "partly", "local-tools": "not_yet"}
    state = Checklist.restore(1, {"at": 3, "answers": answers})
    assert state is not None
    assert (state.round, state.at, state.answers, state.done) == (IDS, 3, answers, 3)
    assert state.open
    assert three(state) == ["local-tools", "confident"]
    on = state.answered(IDS[3], "sure", NOW)
    assert (on.at, on.answered_at) == (4, NOW)
    again = state.started(ALL)
    assert (again.before, again.answers, again.before_at) == (answers, {}, None)


def test_a_finished_state_of_the_first_release_is_finished() -> None:
    """Nobody is asked to carry on with what is done."""
    answers = dict.fromkeys(IDS, "sure")
    state = Checklist.restore(1, {"at": len(IDS), "answers": answers})
    assert state is not None
    assert (state.open, state.done) == (False, len(IDS))


def test_a_state_comes_back_as_it_was_kept() -> None:
    """Through the text that the database holds."""
    state = filled(filled(Checklist().started(ALL), sure="partly").started(THREE), LATER)
    assert Checklist.restore(Checklist.version, json.loads(state.model_dump_json())) == state


def test_what_can_not_be_read_any_more_is_none() -> None:
    """An answer that there is not does not stop anybody from beginning anew."""
    assert Checklist.restore(2, {"round": ["calm"], "answers": {"calm": "maybe"}}) is None


def test_a_skill_that_the_content_has_no_more_does_not_break_it() -> None:
    """It is left out of the round and of every figure; its answer is kept, should it come back."""
    kept = {
        "round": ["gone", "calm", "confident"], "at": 0, "answered_at": NOW.isoformat(),
        "answers": {"gone": "not_yet", "calm": "partly"}, "before": {"gone": "sure", "calm": "sure"},
    }  # fmt: skip
    state = Checklist.restore(2, kept)
    assert state is not None
    assert [one.id for one in state.skills] == ["calm", "confident"]
    assert (state.done, state.open) == (1, True)
    assert three(state) == ["calm"]
    calm = next(group for group in groups() if "calm" in of(group))
    assert state.compared(calm) == (1, 0, 1)
    assert state.standing(calm) == (0, 1, len(of(calm)))
    assert state.answered("gone", "sure", LATER).at == 0
    assert state.started(THREE).round == ("calm",)
    assert state.started(ALL).answers == {"gone": "not_yet"}


def test_a_round_whose_skills_are_all_gone_is_over() -> None:
    """There is nothing to carry on with, and a new round can be begun."""
    state = Checklist(round=("gone", "gone-too"), at=1)
    assert (state.skills, state.open, state.done) == ((), False, 0)
    assert state.started(ALL).round == IDS
