"""The tools for whoever writes a policy: check, explain, draw, print, compare, and the schema for editors."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin
from xml.etree import ElementTree

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from bot import files
from bot.__main__ import app
from bot.escalation import clock as clock_module
from bot.escalation.clock import Duration, Hours
from bot.escalation.policy import Clock, Policy, Span, Within, clocks, retention, rules, stages
from bot.escalation.policy import policy as policy_module
from bot.files import BadFile
from bot.guidance.content import root
from bot.guidance.words import Words
from bot.policies.diff import changes
from bot.policies.draw import drawn
from bot.policies.explain import asked, explained, in_words
from bot.policies.held import held
from bot.policies.schema import schema, text
from bot.policies.sheet import sheet
from bot.policies.source import load, shipped
from tests.units.cases import DIRECTORY, POLICY
from tests.units.rich_policy import ANSWER, RICH, policy_with

SHIPPED = shipped()
EXAMPLE = root() / "policies" / "example.yaml"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CHRISTMAS = "2026-12-23T16:00"
AnyPart = TypeVar("AnyPart", bound=BaseModel)


def _braver(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["policy", *map(str, arguments)])


def _refused(*arguments: str | Path) -> list[str]:
    """What the tool has against it, a line each."""
    ended = _braver(*arguments)
    assert isinstance(ended.exception, BadFile), (ended.output, ended.exception)
    return [str(problem) for problem in ended.exception.problems]


def _written(folder: Path, *edits: tuple[str, str]) -> Path:
    """The example with these words put in place of others."""
    written = EXAMPLE.read_text(encoding="utf-8")
    for right, wrong in edits:
        assert right in written
        written = written.replace(right, wrong)
    file = folder / "policy.yaml"
    file.write_text(written, encoding="utf-8")
    return file


def _saved(folder: Path, policy: Policy, name: str = "rich.yaml") -> Path:
    file = folder / name
    file.write_text(policy.model_dump_json(exclude_none=True), encoding="utf-8")
    return file


# check


def test_a_sound_file_is_said_to_be_sound() -> None:
    """One line says what was read."""
    ended = _braver("check", EXAMPLE)
    assert (ended.exit_code, ended.output) == (
        0, f"{EXAMPLE}: Example ladder, version 1, 4 stages. Sound.\n"
    )  # fmt: skip


def test_a_post_that_nobody_holds_is_refused_at_its_line(tmp_path: Path) -> None:
    """So is an agency that the directory does not have: with the nearest that there are."""
    file = _written(
        tmp_path, ("receiving: service_manager", "receiving: servce_manager"),
        ("partnership/independent_chair", "partnershp/independent_chair"),
    )  # fmt: skip
    lines = file.read_text(encoding="utf-8").splitlines()
    post, agency = _refused("check", file)
    line = next(n for n, each in enumerate(lines, 1) if "receiving: servce_manager" in each)
    assert post.startswith(f"{file}:{line}: receiving: Nobody of the directory holds the post")
    assert "Write “service_manager”" in post
    assert "no agency “partnershp”" in agency
    assert "“partnership”" in agency


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ({"agencies": {"gp_surgery": ["none"]}}, "agencies: The directory has no agency “gp_surgery”"),
        ({"clocks": [ANSWER | {"tell": ["head_of_quality"]}]}, "tell: Nobody of the directory holds"),
        (
            {"receiving": ["partnership/chief"]},
            "receiving: At “partnership” nobody holds the post “chief”",
        ),
    ],
)
def test_every_place_that_names_a_post_is_looked_at(tmp_path: Path, stage: dict[str, Any], said: str) -> None:
    """Agencies that differ, posts that are told, posts of a named agency."""
    [problem] = _refused("check", _saved(tmp_path, policy_with(stages={2: stage})))
    assert said in problem


def test_copies_exclusions_and_meetings_name_posts_too(tmp_path: Path) -> None:
    """Each is refused where nobody holds what it names."""
    policy = policy_with(
        copies=[{"to": "nobodys_lead", "side": "raising", "on": ["stage"], "sees": "notice"}],
        exclusions=[{"id": "lado", "label": "About a person", "goes_to": "The LADO.", "to": "lado"}],
        stages={4: {"meeting": {
            "convener": "partnership/independent_chair", "chair": "scrutineer", "invite": ["minute_taker"],
            "quorum": 2, "decides": False,
        }}},
    )  # fmt: skip
    found = "\n".join(_refused("check", _saved(tmp_path, policy)))
    for post in ("nobodys_lead", "lado", "scrutineer", "minute_taker"):
        assert f"holds the post “{post}”" in found


def test_an_agency_with_nobody_at_a_stage_is_worth_a_note() -> None:
    """It is no mistake: the note says who has the stage there instead."""
    policy = policy_with(stages={2: {"receiving": ["duty_manager"], "raising": ["duty_manager"]}})
    posts = [post.model_dump() for post in DIRECTORY.posts]
    posts.append({"agency": "police", "post": "duty_manager", "holder": "ravi"})
    people = type(DIRECTORY).model_validate(DIRECTORY.model_dump() | {"posts": posts})
    notes = held(policy, lambda where: ("policy.yaml", 1), people)
    said = "Note: at stage 2, Little Wickering Primary School has nobody as duty_manager: its safeguarding"
    assert [note for note in notes if "Primary School" in note] == [f"{said} lead is asked instead."]
    assert not [note for note in notes if "Police" in note]


def test_a_post_of_an_extended_file_is_told_there(tmp_path: Path) -> None:
    """The problem names the file in which the post stands, and not the one that extends it."""
    base = _written(tmp_path, ("receiving: service_manager", "receiving: servce_manager"))
    ours = tmp_path / "ours.yaml"
    ours.write_text('extends: policy\nid: ours\nversion: "2"\n', encoding="utf-8")
    [problem] = _refused("check", ours)
    assert problem.startswith(f"{base}:")


def test_a_malformed_file_is_told_with_its_line(tmp_path: Path) -> None:
    """Field, what is wrong, what to write."""
    [problem] = _refused("check", _written(tmp_path, ("within: 2 working days", "within: -3 days")))
    assert re.match(
        rf"{re.escape(str(tmp_path))}/policy.yaml:\d+: within: “-3 days” is not a length", problem
    )


def test_the_exit_code_is_2_for_a_wrong_file(tmp_path: Path) -> None:
    """As a real process: nothing on the screen but the problem, and no trace of the inside."""
    braver = Path(sys.executable).parent / "braver"
    file = _written(tmp_path, ("receiving: team_manager", "receiving: teem_manager"))
    ended = subprocess.run([braver, "policy", "check", file], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    [line] = ended.stderr.splitlines()
    assert line.startswith(f"{file}:")
    assert "“team_manager”" in line


# explain


def test_the_example_explained_over_christmas() -> None:
    """Golden facts: who, by when with the zone, and what follows."""
    said = _braver("explain", EXAMPLE, "--from", CHRISTMAS).output
    assert "raised on Wed 23 Dec 2026, 16.00 GMT" in said
    assert "Other side answers: by Thu 24 Dec 2026, 10.00 GMT (within 2 working hours of the message)" in said
    assert "If it is late: It goes up to the next stage by itself." in said
    assert "Other side answers: by Wed 30 Dec 2026, 16.00 GMT (within 2 working days of the message)" in said
    assert "This is an example, and no partnership's rule." in said


def test_the_zone_is_that_of_the_policy() -> None:
    """Wall time is the policy's; an offset says otherwise, and summer time has its own name."""
    said = _braver("explain", EXAMPLE, "--from", "2026-07-01T16:00").output
    same = _braver("explain", EXAMPLE, "--from", "2026-07-01T17:00+02:00").output
    assert "Wed 1 Jul 2026, 16.00 BST" in said
    assert said == same


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "2026-13-01"), "--from: “2026-13-01” is not a time. Write day and time as in"),
        (("--from", "9999-12-31T23:00"), "--from: “9999-12-31T23:00” is not a time."),
        (
            ("--priority", "hihg"),
            "--priority: There is no priority “hihg” in this file. Did you mean “high”?",
        ),
    ],
)
def test_what_can_not_be_explained_is_refused(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """The option, what is wrong with it, and what to write."""
    [problem] = _refused("explain", _saved(tmp_path, RICH), *arguments)
    assert problem.startswith(said)


def test_an_urgent_track_that_there_is_not_is_refused() -> None:
    """Nothing else is explained in its place."""
    assert _refused("explain", EXAMPLE, "--urgent") == [
        "--urgent: There is no urgent track in this file. Leave this out."
    ]


def test_a_time_that_is_not_set_is_never_shown_as_a_rule(tmp_path: Path) -> None:
    """It is the raiser's request, with what is offered."""
    said = _braver("explain", _saved(tmp_path, RICH), "--from", CHRISTMAS).output
    assert "not set by the partnership: the raiser asks for a reply by" in said
    assert "(offered: end of the next working day)" in said


def test_priority_and_track_change_the_times(tmp_path: Path) -> None:
    """Each has a timetable of its own; where none is named, the first priority is, and that is said."""
    file = _saved(tmp_path, RICH)
    first, normal = (_braver("explain", file, "--from", CHRISTMAS, *more).output
                     for more in ((), ("--priority", "normal")))  # fmt: skip
    assert "Priority: High, the first in the file." in first
    assert "by Thu 24 Dec 2026, 12.00 GMT (within 4 working hours of the message)" in first
    assert "by Tue 29 Dec 2026, 16.00 GMT (within 2 working days of the message)" in normal
    urgent = _braver("explain", file, "--from", CHRISTMAS, "--urgent").output
    assert "(within 90 minutes of the message)" in urgent
    assert "Stages 1 to 3 together, on the urgent track: by Thu 24 Dec 2026, 16.00 GMT" in urgent


def test_all_that_a_rich_policy_says_is_explained(tmp_path: Path) -> None:
    """Forms, meeting, copies, moves, closing, and what is asked afterwards."""
    said = _braver("explain", _saved(tmp_path, RICH), "--from", CHRISTMAS).output
    for fact in (
        "School has no such stage", "Form “Record of challenge”", "What was tried?",
        "3 people must be there", "Service manager of the other side: at each stage, when there is an answer",
        "Learns that it happened, and no more",
        "Pause it: the person who raised it or the other side's manager",
        "Open it again: the person who raised it, within 10 working days of its end",
        "Who must agree to the outcome: the person who raised it and the other side's manager",
        "Is it in writing? Asked of the other side's manager at closing",
        "There is an urgent track, 24 hours",
    ):  # fmt: skip
        assert fact in said


def test_explained_as_data_the_keys_are_stable(tmp_path: Path) -> None:
    """The same facts for a program: instants in ISO with their offset."""
    data = json.loads(_braver("explain", _saved(tmp_path, RICH), "--from", CHRISTMAS, "--json").output)
    assert data["from"] == "2026-12-23T16:00:00+00:00"
    assert data["policy"]["status"] == "example"
    assert (data["priority"], data["urgent"]) == ("high", False)
    review = data["stages"][0]["clocks"][0]
    assert review["name"] == "review"
    assert review["due"] == "2026-12-24T12:00:00+00:00"
    assert (review["owner"], review["binding"], review["when_due"]) == ("receiving", "mandatory", "remind")
    unset = data["stages"][2]["clocks"][0]
    assert (unset["within"], unset["asked_by_the_raiser"]) == ("not set", True)
    assert data["moves"]["skip"]["allowed"] is True
    assert set(data) == {
        "policy", "from", "from_words", "priority", "priority_is_first_of_the_file", "urgent", "calendar",
        "urgent_contacts", "priorities", "urgent_track", "before", "exclusions", "stages", "passed_by",
        "caps", "copies", "moves", "reach", "least_data", "outcomes", "closing", "after_closing", "retention",
        "reminders",
    }  # fmt: skip


# draw


@pytest.mark.parametrize("policy", [POLICY, RICH], ids=["example", "rich"])
def test_the_ladder_as_a_picture(tmp_path: Path, policy: Policy) -> None:
    """An SVG with a title and a description; the first stage is the lowest."""
    out = tmp_path / "ladder.svg"
    ended = _braver("draw", _saved(tmp_path, policy), "--out", out)
    assert ended.output == f"Wrote {out}\n"
    picture = ElementTree.fromstring(out.read_text(encoding="utf-8"))  # noqa: S314 - our own file
    names = {part.tag.rpartition("}")[2] for part in picture.iter()}
    assert picture.get("role") == "img"
    assert {"title", "desc", "rect", "text"} <= names
    assert "script" not in names
    heights = {part.text: float(part.get("y", "0")) for part in picture.iter() if part.text}
    stages = [heights[f"{stage.label}: {stage.name}"] for stage in policy.stages]
    assert stages == sorted(stages, reverse=True)


@given(st.text(min_size=1, max_size=150).filter(lambda text: text.strip()))
def test_a_picture_of_any_words_is_well_formed(name: str) -> None:
    """Markup, quotes, emoji and very long words are words like others."""
    try:
        policy = policy_with(title=name)
    except ValidationError:
        return
    ElementTree.fromstring(drawn(policy))  # noqa: S314 - our own text


# print


def test_the_sheet_begins_with_the_numbers() -> None:
    """Who has confirmed each and when, and a line to sign for those that nobody has; then the ladder."""
    page = sheet(RICH, date(2026, 11, 23), DIRECTORY, {"01632 960100": ("Sam Ellery", date(2026, 11, 2))})
    assert page.index("01632 960199") < page.index("Record of challenge")
    assert "Confirmed by Sam Ellery on 2 Nov 2026." in page
    assert page.count("Not confirmed yet: ring it and sign here") == 1
    assert "This sheet is not the record" in page
    assert "Printed on 23 Nov 2026" in page
    assert "Helen Castle<br>07700 900109" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=|url\(|@import", page)


def test_words_of_the_file_are_no_markup_on_the_sheet() -> None:
    """What somebody wrote stays words."""
    page = sheet(policy_with(title="<b>Ladder</b> & co"), date(2026, 11, 23))
    assert "&lt;b&gt;Ladder&lt;/b&gt; &amp; co" in page


# diff


def test_a_changed_time_is_said_as_people_would() -> None:
    """Stage, whose time, from what to what."""
    clocks = [clock.model_dump(mode="json") for clock in POLICY.stages[1].clocks]
    clocks[2]["within"] = "1 working hour"
    [change] = changes(POLICY, policy_with(stages={2: {"clocks": clocks}}))
    assert change.group == "clocks"
    assert change.line == (
        "Stage 2, Service managers: the other side's time to answer changes from 2 working hours to "
        "1 working hour."
    )


def test_a_stage_between_is_new_and_the_others_move() -> None:
    """They are the same stages in other places, and not all of them new."""
    stages = POLICY.model_dump(mode="json", exclude_none=True)["stages"]
    stages.insert(2, {**stages[2], "label": "Stage 2a", "name": "Heads"})
    new = policy_with()
    data = new.model_dump(mode="json", exclude_none=True)
    data["stages"] = [{**stage, "number": place} for place, stage in enumerate(stages, 1)]
    lines = [change.line for change in changes(POLICY, Policy.model_validate(data))]
    assert lines[0].startswith("New: Stage 2a, Heads: who is messaged on your side: strategic lead;")
    assert lines[1:] == [
        "Stage 3, Strategic leads: its place on the ladder changes from 3 to 4.",
        "Stage 4, The partnership: its place on the ladder changes from 4 to 5.",
    ]


def test_what_is_gone_and_new_is_named(tmp_path: Path) -> None:
    """In groups, by what people know it as."""
    said = _braver("diff", EXAMPLE, _saved(tmp_path, RICH)).output
    assert "Times\n  - New: priority “High”." in said
    assert "  - Gone: Stage 1, Line managers: Other side answers: 2 working hours." in said
    assert "New: pausing: who may: the person who raised it or the other side's manager" in said


def test_two_equal_files_change_nothing() -> None:
    """Exit 0, and one sentence."""
    ended = _braver("diff", EXAMPLE, EXAMPLE)
    assert (ended.exit_code, ended.output) == (0, "Nothing changes for anybody.\n")


def _other(value: Any) -> Any:
    """Another value than this one, of a kind that could stand there."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case Duration():
            return (
                Duration(value.amount % 900 + 1, value.unit) if value.amount > 1 else Duration.parse("7 days")
            )
        case Within():
            return Within.parse("77 working days")
        case Span():
            return Span(value.amount + 1, value.unit)
        case Hours():
            return Hours(value.opens, value.closes - 1)
        case str():
            return f"{value}x"
        case tuple() | dict():
            return type(value)()
        case _:
            return None


def test_every_part_of_a_policy_has_a_name_for_people() -> None:
    """A new field of the model needs its words, or comparing two files would fail on it."""
    modules = (clock_module, clocks, retention, rules, stages, policy_module)
    kinds = [
        kind for module in modules for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__module__ == module.__name__
    ]  # fmt: skip
    known = Words("policy").keys()
    wanted = {f"diff.field.{kind.__name__}.{field}" for kind in kinds for field in kind.model_fields}
    assert wanted == {key for key in known if key.startswith("diff.field.")}


def _options(annotation: Any) -> list[Any]:
    """The words that may stand there, where the annotation says which."""
    inner = get_args(annotation)
    if get_origin(annotation) is Literal:
        return list(inner)
    return [option for one in inner for option in _options(one)]


def _mutated(part: AnyPart, at: str = "") -> Iterator[tuple[str, AnyPart]]:
    """The part with each single value changed, however deep; with the way to it."""
    for name in type(part).model_fields:
        value = getattr(part, name)
        options = _options(type(part).model_fields[name].annotation)
        if isinstance(part, Clock) and name in ("name", "owner"):
            continue  # by these a clock is known again: another one is a new clock
        if isinstance(value, str) and value in options:
            changed: list[tuple[str, Any]] = [("", next(one for one in options if one != value))]
        else:
            changed = [("", _other(value))]
        if isinstance(value, BaseModel):
            changed += list(_mutated(value))
        elif isinstance(value, tuple) and value:
            changed.append((".reversed", value[::-1]))
            for place, one in enumerate(value):
                rest = value[:place], value[place + 1 :]
                changed.append((f"[{place}] gone", (*rest[0], *rest[1])))
                if isinstance(one, BaseModel):
                    changed += [(f"[{place}]{way}", (*rest[0], new, *rest[1])) for way, new in _mutated(one)]
        for way, new in changed:
            if new != value:
                yield f"{at}.{name}{way}", part.model_copy(update={name: new})


def test_no_difference_is_passed_over() -> None:
    """Every value of a rich policy, changed alone, is at least one line; and so is every part that goes."""
    ways = dict(_mutated(RICH))
    assert len(ways) > 250
    assert [way for way, changed in ways.items() if not changes(RICH, changed)] == []


@given(st.data())
def test_every_two_policies_that_differ_have_a_line(data: st.DataObject) -> None:
    """Whatever is changed in the files at once, in whatever order the parts stand."""
    written = RICH.model_dump(mode="json", exclude_none=True)
    other = json.loads(json.dumps(written))
    for _ in range(data.draw(st.integers(1, 3))):
        part: Any = other
        while True:
            key = data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
            if isinstance(part[key], dict | list) and part[key] and data.draw(st.booleans()):
                part = part[key]
                continue
            break
        if data.draw(st.booleans()):
            del part[key]
        elif isinstance(part, list):
            part.append(part[key])
        else:
            part[key] = data.draw(st.sampled_from(["3 working days", "yes", "raiser", 2, "none", "Other"]))
        if not part:
            break
    try:
        new = Policy.model_validate(other)
    except ValidationError:
        return
    assert bool(changes(RICH, new)) == (new != RICH)
    assert bool(changes(new, RICH)) == (new != RICH)


# schema


def _as_editors_read(file: Path) -> Any:
    """YAML as an editor's language server reads it: dates are texts."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return value.isoformat() if isinstance(value, date) else value

    return plain(YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8")))


def test_the_shipped_schema_is_the_schema() -> None:
    """`braver policy schema > content/policies/policy.schema.json` changes nothing."""
    shipped = (root() / "policies" / "policy.schema.json").read_text(encoding="utf-8")
    assert shipped == text() == _braver("schema").output


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_file_is_right_by_the_schema(file: Path) -> None:
    """An editor marks nothing in them."""
    jsonschema.validate(_as_editors_read(file), schema())


def test_a_rich_policy_is_right_by_the_schema() -> None:
    """Everything that a policy can say can be written with the editor's help."""
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(RICH.model_dump(mode="json", exclude_none=True), schema())


@pytest.mark.parametrize(
    "wrong", [{"statsu": "example"}, {"prompt_again": "soon"}, {"stages": []}, {"status": "agreed"}]
)
def test_the_schema_marks_what_braver_refuses(wrong: dict[str, Any]) -> None:
    """Unknown keys, times that are none, and values that are not possible."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(_as_editors_read(EXAMPLE) | wrong, schema())


def test_an_extending_file_may_leave_out_what_stays() -> None:
    """Only what differs is written, parts can be left out, and a slip is still marked."""
    ours: dict[str, Any] = {
        "extends": "example", "id": "ours", "version": "2",
        "calendar": {"hours": {"friday": "09:00-16:00"}},
        "stages": [{"number": 2, "clocks": [{"name": "respond", "within": "1 working day"}]},
                   {"number": 4, "leave_out": "yes"}],
    }  # fmt: skip
    jsonschema.validate(ours, schema())
    slips: tuple[dict[str, Any], ...] = (
        {"id": None},
        {"stages": [{"clocks": []}]},
        {"stages": [{"number": 2, "nmae": "x"}]},
    )
    for wrong in slips:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(ours | wrong, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({key: one for key, one in ours.items() if key != "extends"}, schema())


# all of them


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_file_can_be_explained_drawn_and_printed(file: Path) -> None:
    """For each of its priorities and tracks; what is not confirmed is said in each."""
    policy = load(file)
    for priority in [one.id for one in policy.priorities] or [""]:
        for urgent in (False, True) if policy.urgent_track else (False,):
            said = in_words(explained(policy, asked(policy, CHRISTMAS, priority, urgent, NOW)))
            assert all(line in said for line in policy.unconfirmed)
    page = sheet(policy, NOW.date(), DIRECTORY)
    ElementTree.fromstring(drawn(policy))  # noqa: S314 - our own text
    for one in policy.urgent:
        assert one.number in page
    assert files.read(file).file == str(file)
