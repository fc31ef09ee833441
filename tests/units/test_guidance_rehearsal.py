"""Rehearsals: nobody is left standing in the middle of one, and what is typed finds what it is most like."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from bot.files import BadFile
from bot.guidance.advice import topics
from bot.guidance.content import root
from bot.guidance.rehearsal import Exchange, Outcome, Rehearsal, nearest, rehearsals
from bot.guidance.signals import AGAINST, Signal, signals
from bot.guidance.skills import skills

IDS = sorted(rehearsals())
TURNS = [(id, name) for id in IDS for name in sorted(rehearsals()[id].turns)]
GOOD: set[Outcome] = {"settled", "raised"}
AGAINST_WORDS: dict[Signal, str] = {
    "gives_in": "I'm sure that you know best.",
    "personal": "You people never listen.",
    "angry": "This is a disgrace.",
}
BESIDE = (
    "I agree that you are busy. I saw bruises on 3 March and I'm worried. Could we meet by noon tomorrow?"
)


def exchange(id: str, name: str) -> Exchange:
    """A turn of a rehearsal."""
    return rehearsals()[id].turns[name]


def reached(one: Rehearsal, start: str) -> set[str]:
    """All turns and endings to which there is a way from this turn, with the turn itself."""
    found, ahead = {start}, [start]
    while ahead:
        turn = one.turns.get(ahead.pop())
        further = {choice.next for choice in turn.choices} - found if turn else set()
        found |= further
        ahead.extend(further)
    return found


def paths(one: Rehearsal, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every way on to an ending, or to a turn for the second time."""
    if path[-1] in one.endings or path[-1] in path[:-1]:
        yield path
        return
    for choice in one.turns[path[-1]].choices:
        yield from paths(one, (*path, choice.next))


def test_there_are_enough_of_them() -> None:
    """At least eight, each about another topic and with a title of its own."""
    assert len(IDS) >= 8
    assert len({rehearsals()[id].topic for id in IDS}) == len(IDS)
    assert len({rehearsals()[id].title for id in IDS}) == len(IDS)


@pytest.mark.parametrize("id", IDS)
def test_a_rehearsal_says_who_speaks_with_whom(id: str) -> None:
    """The situation, both roles and the source are there, and the topic is one of the advice's."""
    one = rehearsals()[id]
    assert one.id == id
    assert all(text.strip() for text in (one.title, one.about, one.you, one.they, one.source))
    assert one.you != one.they
    assert one.about.startswith("You ")
    assert one.topic in topics()


@pytest.mark.parametrize("id", IDS)
def test_every_turn_and_ending_is_reached(id: str) -> None:
    """Nothing was written that nobody can come to."""
    one = rehearsals()[id]
    assert reached(one, one.first) == one.turns.keys() | one.endings.keys()


@pytest.mark.parametrize("id", IDS)
def test_every_path_ends(id: str) -> None:
    """Whatever is chosen, no turn comes twice, and an ending comes after at most six."""
    one = rehearsals()[id]
    for path in paths(one, (one.first,)):
        assert path[-1] in one.endings
        assert 2 <= len(path) - 1 <= 6


@pytest.mark.parametrize(("id", "name"), TURNS)
def test_there_is_always_a_way_to_a_good_ending(id: str, name: str) -> None:
    """However badly it went so far, it can still be settled, or be raised."""
    one = rehearsals()[id]
    outcomes = {one.endings[end].outcome for end in reached(one, name) & one.endings.keys()}
    assert outcomes & GOOD


@pytest.mark.parametrize("id", IDS)
def test_it_can_end_in_each_way(id: str) -> None:
    """Settled, raised and stuck, each with a title and a text."""
    ends = rehearsals()[id].endings.values()
    assert {end.outcome for end in ends} == set(get_args(Outcome))
    assert all(end.title.strip() and end.text.strip() for end in ends)


@pytest.mark.parametrize(("id", "name"), TURNS)
def test_there_are_three_choices_that_differ(id: str, name: str) -> None:
    """One of them is strong and one weak, each has feedback of its own, and each names skills that exist."""
    choices = exchange(id, name).choices
    assert len(choices) == 3
    assert len({choice.say for choice in choices}) == 3
    assert len({choice.feedback for choice in choices}) == 3
    assert len({(choice.rating, choice.hears) for choice in choices}) == 3
    ratings = [choice.rating for choice in choices]
    assert ratings.count("strong") == 1
    assert "weak" in ratings
    for choice in choices:
        assert choice.skills
        assert {*choice.skills} <= {one.id for one in skills()}


@pytest.mark.parametrize(("id", "name"), TURNS)
def test_what_is_said_stands_in_curly_quotes(id: str, name: str) -> None:
    """What either side says is seen to be speech."""
    turn = exchange(id, name)
    for text in (turn.they_say, *(choice.say for choice in turn.choices)):
        assert text.startswith("“")
        assert text.endswith("”")
        assert '"' not in text


@pytest.mark.parametrize(("id", "name"), TURNS)
def test_only_weak_choices_hold_words_against_the_person(id: str, name: str) -> None:
    """No choice that is praised gives in, gets personal or is angry."""
    for choice in exchange(id, name).choices:
        assert choice.rating == "weak" or not AGAINST & {*choice.hears}


def test_the_scripted_words_find_their_own_choice() -> None:
    """Whoever types what stands on a button is taken for that button, nine times out of ten at least."""
    found = [
        nearest(exchange(id, name), choice.say) == at
        for id, name in TURNS
        for at, choice in enumerate(exchange(id, name).choices)
    ]
    assert len(found) >= 8 * 6 * 3
    assert sum(found) >= 0.9 * len(found)


def test_scripted_words_are_never_taken_for_the_contrary() -> None:
    """What is strong is never taken for weak, and what is weak never for strong."""
    for id, name in TURNS:
        choices = exchange(id, name).choices
        for choice in choices:
            at = nearest(exchange(id, name), choice.say)
            if at is not None:
                assert {choice.rating, choices[at].rating} != {"strong", "weak"}


@pytest.mark.parametrize("signal", sorted(AGAINST))
def test_words_against_the_person_outweigh_good_ones(signal: Signal) -> None:
    """At every turn they are taken for a weak choice, by themselves and beside the best facts."""
    words = AGAINST_WORDS[signal]
    for id, name in TURNS:
        turn = exchange(id, name)
        for typed in (words, f"{words} {BESIDE}", f"{BESIDE} {words}"):
            at = nearest(turn, typed)
            assert at is not None, (id, name, typed)
            assert turn.choices[at].rating == "weak", (id, name, typed)


def test_the_good_words_alone_are_not_taken_for_a_weak_choice() -> None:
    """It is the words against the person that made them weak."""
    for id, name in TURNS:
        at = nearest(exchange(id, name), BESIDE)
        assert at is None or exchange(id, name).choices[at].rating != "weak", (id, name)


@pytest.mark.parametrize("typed", ["", " \n", "Hmm.", "The sky is blue.", "😀", "مرحبا", "asdf"])
def test_words_that_hold_nothing_are_not_guessed_at(typed: str) -> None:
    """At no turn is a choice made up."""
    assert [turn for turn in TURNS if nearest(exchange(*turn), typed) is not None] == []


@pytest.mark.parametrize("typed", ["I saw bruises.", "I will escalate it.", "I don't know what to say."])
def test_words_that_hold_too_little_are_not_guessed_at(typed: str) -> None:
    """Where no choice listens for it, or the one that does wants twice as much and more, none is found."""
    turn = exchange("no-threshold", "last")
    assert [choice.hears for choice in turn.choices if choice.rating == "strong"] == [
        ("listens", "escalates", "deadline")
    ]
    assert signals(typed)
    assert nearest(turn, typed) is None


@pytest.mark.parametrize(
    ("id", "name", "typed", "rating"),
    [
        ("no-threshold", "opening", "Thanks for reading it. Which part of the threshold is it?", "strong"),
        ("no-threshold", "opening", "Can you please reconsider?", "fair"),
        ("no-threshold", "opening", "Oh, never mind, I'll leave it.", "weak"),
        ("no-threshold", "last", "We disagree, so I will escalate it to my manager today.", "strong"),
        ("no-threshold", "last", "You lot are useless.", "weak"),
        ("closing", "opening", "I agree that things are better. What has changed for him?", "strong"),
        ("receiving", "opening", "I can hear that you're upset. What have you seen?", "strong"),
        ("receiving", "want", "You are right. I'll ring you by 5pm today with my decision.", "strong"),
    ],
)
def test_own_words_find_the_choice_that_they_are_like(id: str, name: str, typed: str, rating: str) -> None:
    """Nobody has to say what stands on a button."""
    at = nearest(exchange(id, name), typed)
    assert at is not None
    assert exchange(id, name).choices[at].rating == rating


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "next: hard",
            "next: nowhere",
            "“opening” goes on to “nowhere”, which is neither a turn nor an ending",
        ),
        ("first: opening", "first: begin", "There is no turn “begin” to begin with"),
        ("  raised:\n", "  hard:\n", "“last” goes on to “raised”, which is neither a turn nor an ending"),
        (
            "  raised:\n",
            "  opening:\n    {title: a, text: b, outcome: stuck}\n  raised:\n",
            "a turn and an ending",
        ),
        ("rating: weak", "rating: bad", ":13: "),
        ("hears: [gives_in]", "hears: [gives_up]", ":14: "),
    ],
)
def test_a_broken_rehearsal_is_named(
    old: str, new: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in which somebody would be left standing is refused, with its name and the turn."""
    whole = (root() / "rehearsals" / "no-threshold.yaml").read_text(encoding="utf-8")
    (tmp_path / "rehearsals").mkdir()
    (tmp_path / "rehearsals" / "mine.yaml").write_text(whole.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setenv("BRAVER_CONTENT", str(tmp_path))
    with pytest.raises(BadFile) as refused:
        rehearsals.__wrapped__()
    assert "mine.yaml" in str(refused.value)
    assert said in str(refused.value)
