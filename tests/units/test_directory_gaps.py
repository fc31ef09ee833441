"""What `braver directory check` finds: each kind of gap, and nothing where there is none."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.people.circles import circles
from bot.people.directory import Directory
from bot.people.duty import Absence
from bot.people.entries import PLATFORMS
from bot.people.gaps import Looked, gaps
from tests.units.cases import POLICY

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LADDER = ("line_manager", "team_manager", "service_manager", "strategic_lead")


def person(id: str, agency: str = "a", **more: Any) -> dict[str, Any]:
    return {
        "id": id, "name": id.capitalize(), "email": f"{id}@{agency}.example", "ways": ["slack", "email"],
        "agency": agency, "role": "Role", "verified_on": "2026-11-01", "line_manager": "boss", **more,
    }  # fmt: skip


def whole(**more: Any) -> dict[str, Any]:
    """A directory of two agencies in which nothing is missing."""
    people = ("boss", "one", "two", "three", "four", "five")
    posts = [
        {"agency": "a", "post": post, "holder": holder, "deputies": ["four", "five"]}
        for post, holder in zip(LADDER, people, strict=False)
    ]
    posts.append(
        {"agency": "partnership", "post": "independent_chair", "holder": "chair", "deputies": ["four"]}
    )
    return {
        "agencies": [{"id": "a", "name": "Agency"}, {"id": "partnership", "name": "Partnership"}],
        "people": [
            *(person(id, line_manager="" if id == "boss" else "boss") for id in people),
            person("chair", "partnership"), person("sam", "partnership"),
        ],
        "posts": posts, "safeguarding_leads": {"a": "five", "partnership": "sam"}, "coordinator": "sam",
        **more,
    }  # fmt: skip


def looked(data: dict[str, Any], *away: Absence) -> Looked:
    directory = Directory.model_validate(data, context={"platforms": PLATFORMS})
    absences = {one.person: (one,) for one in away}
    return Looked(directory, POLICY, {"slack"}, absences, NOW)


def told(data: dict[str, Any], *away: Absence) -> list[str]:
    return [gap.text for gap in gaps(looked(data, *away)) if not gap.note]


def altered(id: str, **fields: Any) -> dict[str, Any]:
    """The whole with other fields of one person."""
    data = whole()
    data["people"] = [one | fields if one["id"] == id else one for one in data["people"]]
    return data


def with_post(post: str, **fields: Any) -> dict[str, Any]:
    data = whole()
    data["posts"] = [one | fields if one["post"] == post else one for one in data["posts"]]
    return data


def test_nothing_is_found_where_nothing_is_missing() -> None:
    """Neither a gap nor a note."""
    assert gaps(looked(whole())) == ()


def test_a_stage_without_a_holder_is_a_gap() -> None:
    """In an agency, or in all of them: what `braver policy check` says, for each."""
    data = whole()
    data["posts"] = [post for post in data["posts"] if post["post"] != "service_manager"]
    assert any(text.startswith("The policy names a post that nobody holds. ") for text in told(data))
    data["posts"].append({"agency": "partnership", "post": "service_manager", "holder": "sam"})
    assert any("Agency has nobody as service_manager" in text for text in told(data))


def test_somebody_without_a_line_manager_is_a_gap() -> None:
    """Where neither they have one, nor anybody holds the post."""
    data = altered("one", line_manager="")
    data["posts"] = [
        post | ({"agency": "partnership"} if post["post"] == "line_manager" else {}) for post in data["posts"]
    ]
    assert "Agency has nobody as line manager for Boss and One." in told(data)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"ways": ["teams"]},
            "Two (a/service_manager) can't be reached on any platform that is set up here. Ways: teams.",
        ),
        ({"verified_on": ""}, "Two (a/service_manager) was never verified. Ask Sam."),
        ({"verified_on": "", "owner": "one"}, "Two (a/service_manager) was never verified. Ask One."),
        (
            {"verified_on": "2026-08-24"},
            "Two (a/service_manager) was last verified on 24 August 2026, 91 days ago. Ask Sam.",
        ),
        (
            {"verified_on": "2026-11-24"},
            "Two (a/service_manager) was verified on 24 November 2026, which is still to come. Ask Sam.",
        ),
    ],
)  # fmt: skip
def test_an_entry_may_be_a_gap(fields: dict[str, Any], said: str) -> None:
    """Who can't be reached here, and what nobody has looked at, with who should."""
    assert told(altered("two", **fields)) == [said]


@pytest.mark.parametrize("days", [0, 89, 90])
def test_an_entry_counts_as_verified_for_90_days(days: int) -> None:
    """The ninetieth day still counts."""
    assert told(altered("two", verified_on=str(date(2026, 11, 23) - timedelta(days=days)))) == []


def test_nobody_is_called_unreachable_where_nothing_is_set_up() -> None:
    """A check on another machine than the service's does not blame the directory."""
    data = altered("two", ways=["teams"])
    assert gaps(replace(looked(data), platforms=frozenset())) == ()


def test_deputies_in_a_loop_are_a_gap() -> None:
    """Each is covered by the other alone: nobody is left when both are away."""
    data = with_post("team_manager", deputies=["two"])
    data["posts"] = [
        one | {"deputies": ["one"]} if one["post"] == "service_manager" else one for one in data["posts"]
    ]
    said = "each of One and Two is covered only by another of them"
    assert [text for text in told(data) if said in text]


def test_line_managers_in_a_circle_are_a_gap() -> None:
    """However many there are."""
    data = whole()
    above = {"one": "two", "two": "three", "three": "one"}
    data["people"] = [
        one | {"line_manager": above.get(one["id"], one["line_manager"])} for one in data["people"]
    ]
    assert told(data) == ["One, Two and Three are line managers in a circle."]


def test_what_names_somebody_who_left_is_a_gap() -> None:
    """A file with it is refused; in the database it could have come about."""
    found = looked(whole())
    people = tuple(entry for entry in found.directory.people if entry.id not in ("boss", "five"))
    left = replace(found, directory=found.directory.model_copy(update={"people": people}))
    texts = [gap.text for gap in gaps(left)]
    assert "a/line_manager: there is no boss in the directory any more." in texts
    assert "line manager of One: there is no boss in the directory any more." in texts
    assert "safeguarding lead of Agency: there is no five in the directory any more." in texts


def test_an_absence_with_nobody_left_is_a_gap() -> None:
    """The holder and all deputies are away: nobody is left at that post while it lasts."""
    days = NOW - timedelta(days=1), NOW + timedelta(days=9)
    away = [Absence(id, id, *days) for id in ("two", "four", "five")]
    said = "Two is away from 22 November 2026 to 2 December 2026, and nobody is left for a/service_manager."
    assert said in told(whole(), *away)
    assert told(whole(), *away[:2]) == []
    assert told(whole(), Absence("x", "two", NOW - timedelta(days=9), NOW - timedelta(days=1))) == []


def test_posts_that_lean_on_one_person_are_noted() -> None:
    """No gap: but worth knowing."""
    data = with_post("team_manager", deputies=[])
    [note] = gaps(looked(data))
    assert note.note
    assert note.text == "a/team_manager has no deputies: when One is away, the next in the ladder is asked."
    [note] = gaps(looked(with_post("service_manager", deputies=["one"])))
    assert note.note
    assert note.text.startswith("One holds a/team_manager and is the only deputy at a/service_manager")


def test_circles_are_found_in_chains_of_any_length() -> None:
    """Once each, and none where a chain has an end; deep chains are no trouble."""
    chain = {str(n): [str(n + 1)] for n in range(5000)}
    assert list(circles(chain)) == []
    assert [len(circle) for circle in circles(chain | {"5000": ["4990", "x"], "x": ["y"]})] == [11]
    assert sorted(map(sorted, circles({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c", "a"]}))) == [
        ["a", "b"],
        ["c", "d"],
    ]
