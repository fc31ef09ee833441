"""The challenge plan: every part is said in every tone, nothing is left hanging, and the check is fair."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files import BadFile
from bot.guidance.content import root
from bot.guidance.plan import (
    PARTS,
    TONES,
    ChallengePlan,
    Finding,
    Part,
    Tone,
    _file,
    check,
    message,
    part_words,
    script,
    tone_words,
)
from bot.guidance.signals import AGAINST, Signal
from flows.coaching.plan import LENGTHS

FULL = ChallengePlan(
    known="I saw bruises on both arms on Monday 3 March, and it is in the school log.",
    think="I think that this is more than a fall.",
    voice="He told me that he does not sleep.",
    agree="I agree that his mother works hard.",
    disagree="The threshold for a visit is met, and I am worried that he will be hurt again.",
    ask="Please could you look at the decision again.",
    by_when="By noon tomorrow.",
)
EMPTY = ChallengePlan()
LEFT_OUT_OF_MESSAGES: set[Part] = {"think"}
"""A message is short."""


def only(part: Part, text: str) -> ChallengePlan:
    """A plan of one part."""
    return EMPTY.model_copy(update={part: text})


def finding(plan: ChallengePlan, signal: Signal) -> Finding | None:
    """What the check says of this signal, if it says anything."""
    return next((one for one in check(plan) if one.signal == signal), None)


@pytest.mark.parametrize("tone", TONES)
def test_a_full_plan_says_every_part(tone: Tone) -> None:
    """Each part stands once in the script and in the message, in its own line, with the role."""
    said, sent = script(FULL, tone, "school nurse"), message(FULL, tone, "school nurse")
    for part in PARTS:
        assert sum(FULL.part(part) in line for line in said) == 1
        assert sum(FULL.part(part) in line for line in sent) == (part not in LEFT_OUT_OF_MESSAGES)
    for lines in (said, sent):
        assert sum("school nurse" in line for line in lines) == 1


def test_the_tones_differ() -> None:
    """Calm, firm and formal are three texts, and each has its name."""
    assert len({script(FULL, tone, "teacher") for tone in TONES}) == 3
    assert len({message(FULL, tone, "teacher") for tone in TONES}) == 3
    assert len({tone_words(tone).name for tone in TONES}) == 3


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("nothing", ["", " \n "])
def test_an_empty_part_leaves_its_line_out(nothing: str, part: Part, tone: Tone) -> None:
    """All other lines stay as they are."""
    without = FULL.model_copy(update={part: nothing})
    for lines in (script, message):
        kept = tuple(line for line in lines(FULL, tone, "teacher") if FULL.part(part) not in line)
        assert lines(without, tone, "teacher") == kept


@pytest.mark.parametrize("tone", TONES)
def test_without_a_role_its_line_is_left_out(tone: Tone) -> None:
    """Nobody rings as nothing."""
    for lines in (script, message):
        kept = tuple(line for line in lines(FULL, tone, "school nurse") if "school nurse" not in line)
        assert lines(FULL, tone, "") == kept


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("part", PARTS)
def test_a_plan_of_one_part_still_reads(part: Part, tone: Tone) -> None:
    """There are a greeting, the one part and the way on, each a line that ends as a sentence does."""
    for text in (script, message):
        lines, around = text(only(part, "Two bruises"), tone, "teacher"), text(EMPTY, tone, "teacher")
        said = [line for line in lines if line not in around]
        assert len(said) == (text is script or part not in LEFT_OUT_OF_MESSAGES)
        assert all(line.endswith(": Two bruises.") for line in said)
        assert not {lines[0], lines[-1]} & set(said)
        assert len(around) >= 2
        assert all(line.endswith((".", "?", "!")) for line in lines)


@given(
    st.sets(st.sampled_from(PARTS)),
    st.sampled_from(TONES),
    st.sampled_from(["", "teacher"]),
    st.sampled_from(["Two words", "A\nB", "Why?", "  x  "]),
)
def test_no_hole_is_ever_left(parts: set[Part], tone: Tone, role: str, text: str) -> None:
    """Whatever is filled in, no brace and no line break is left, and no line is empty or half said."""
    plan = EMPTY.model_copy(update=dict.fromkeys(parts, text))
    for line in (*script(plan, tone, role), *message(plan, tone, role)):
        assert not re.search(r"[{}\n]", line)
        assert line.endswith((".", "?", "!"))
        assert ".." not in line


def test_braces_that_somebody_typed_are_words_like_any_other() -> None:
    """Nothing is put into what was written."""
    lines = script(FULL.model_copy(update={"known": "See {ask} and {role}"}), "calm", "teacher")
    assert any(line.endswith(": See {ask} and {role}.") for line in lines)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Two bruises\n\n  on the left arm \n", "Two bruises on the left arm."),
        ("On Monday.\r\nOn Tuesday.", "On Monday. On Tuesday."),
        ("Can you see him?", "Can you see him?"),
        ("Please do!", "Please do!"),
        ("And so on…", "And so on…"),
        ("She said, “I am scared.”", "She said, “I am scared.”"),
        ("fine", "fine."),
    ],
)
def test_what_was_written_becomes_one_line(written: str, said: str) -> None:
    """Line breaks become spaces, and a full stop is put where no sign ends it."""
    lines = message(only("known", written), "calm", "teacher")
    assert [line for line in lines if line.endswith(f": {said}")]


def test_a_good_plan_is_found_good() -> None:
    """All that a plan needs is found in it, each with its own words in quotes."""
    found = check(FULL)
    assert all(one.good for one in found)
    assert [one.signal for one in found] == [
        "facts", "dates", "sources", "voice", "agrees", "risk", "threshold", "request", "deadline",
    ]  # fmt: skip
    written = " ".join(FULL.part(part) for part in PARTS)
    for one in found:
        quotes = re.findall("“([^”]+)”", one.says)
        assert quotes
        assert all(quote in written for quote in quotes)


def test_the_check_quotes_what_is_there() -> None:
    """A date is quoted as it was typed, and so is a place where something is written."""
    dates, sources = finding(FULL, "dates"), finding(FULL, "sources")
    assert dates is not None
    assert sources is not None
    assert "“on Monday”" in dates.says
    assert "“in the school log”" in sources.says


def test_an_empty_plan_is_told_all_that_is_missing() -> None:
    """Each thing is said to be missing, in different words, and nothing is held against the writer."""
    found = check(EMPTY)
    assert len(found) == 9
    assert not any(one.good for one in found)
    assert len({one.says for one in found}) == 9
    assert not any(one.signal in AGAINST for one in found)
    assert not any("{" in one.says for one in found)


@pytest.mark.parametrize("part", PARTS)
def test_only_what_is_missing_is_missed(part: Part) -> None:
    """Taking a part away turns what stood in it alone into something missing, and nothing else."""
    gone = {one.signal for one in check(FULL.model_copy(update={part: ""})) if not one.good}
    alone: dict[Part, set[Signal]] = {
        "known": {"facts", "dates", "sources"}, "think": set(), "voice": {"voice"}, "agree": {"agrees"},
        "disagree": {"risk", "threshold"}, "ask": {"request"}, "by_when": {"deadline"},
    }  # fmt: skip
    assert gone == alone[part]


@pytest.mark.parametrize(
    ("signal", "words", "quoted"),
    [
        ("personal", "You people never listen.", "“You people”"),
        ("personal", "You clearly don’t care.", "“You clearly don’t care”"),
        ("angry", "This decision is a disgrace.", "“disgrace”"),
        ("gives_in", "I am sure that you know best.", "“I am sure that you know best”"),
    ],
)
@pytest.mark.parametrize("part", PARTS)
def test_what_weakens_a_plan_is_found_in_any_part(
    part: Part, signal: Signal, words: str, quoted: str
) -> None:
    """Words about the person, angry words and giving in are quoted and are not good."""
    found = finding(FULL.model_copy(update={part: f"{FULL.part(part)} {words}"}), signal)
    assert found is not None
    assert not found.good
    assert quoted in found.says


@pytest.mark.parametrize(
    ("part", "signal", "words", "quoted"),
    [
        ("voice", "voice", "He flinches when Dad comes in.", "“flinches”"),
        ("agree", "agrees", "I agree with the plan.", "“I agree”"),
        ("ask", "request", "I would like a visit.", "“I would like”"),
        ("by_when", "deadline", "By noon tomorrow.", "“By noon”"),
    ],
)
def test_what_has_a_field_of_its_own_is_read_there_alone(
    part: Part, signal: Signal, words: str, quoted: str
) -> None:
    """In its field it is quoted; in another it is missing; and other words in its field are no finding."""
    other: Part = "known"
    there, elsewhere = finding(only(part, words), signal), finding(only(other, words), signal)
    assert there is not None
    assert elsewhere is not None
    assert (there.good, elsewhere.good) == (True, False)
    assert quoted in there.says
    assert finding(only(part, "Zebra crossing"), signal) is None
    blank = finding(only(part, " \n "), signal)
    assert blank is not None
    assert not blank.good


def test_a_plan_as_long_as_the_form_allows_is_read_to_its_end() -> None:
    """What stands in the last words of the last parts is found even where all the others are full."""
    longest = ChallengePlan(**{part: ("lorem " * most)[: most - 1] for part, most in LENGTHS.items()})
    words = "You people never listen."
    for part in ("disagree", "ask", "by_when"):
        ending = f"{longest.part(part)[: -len(words) - 1]} {words}"
        found = finding(longest.model_copy(update={part: ending}), "personal")
        assert found is not None, part
        assert "“You people”" in found.says


def test_the_examples_pass_their_own_check() -> None:
    """Whoever writes as the examples do is told that all is there."""
    plan = ChallengePlan(**{part: part_words(part).example for part in PARTS})
    assert [one for one in check(plan) if not one.good] == []


def test_each_part_is_asked_for() -> None:
    """As a field with a hint, and as a question of its own."""
    asked = [part_words(part) for part in PARTS]
    assert all("?" in one.question for one in asked)
    assert len({text for one in asked for text in (one.label, one.hint, one.question, one.example)}) == 28


def test_what_is_missing_is_known() -> None:
    """Parts without words are missing, in their order."""
    assert FULL.missing == ()
    assert EMPTY.missing == PARTS
    assert FULL.model_copy(update={"agree": "", "known": "\n"}).missing == ("known", "agree")


@pytest.mark.parametrize(
    ("pattern", "becomes", "said"),
    [
        (r"\{ask\}", "{wish}", "plan.yaml: There is nothing to put into “{wish}”."),
        (r"\{role\}", "{job}", "plan.yaml: There is nothing to put into “{job}”."),
        (r"(?ms)^  formal:.*?(?=^checks:)", "", "plan.yaml: Under `tones` something is missing. Write calm,"),
        (
            r"(?ms)^  by_when:.*?(?=^tones:)",
            "",
            "plan.yaml: Under `fields` something is missing. Write known",
        ),
        (r"(?m)^  firm:$", "  stern:", ": “stern”"),
        (r"(?m)^    there: You ask.*$", "    their: x", "their"),
    ],
)
def test_a_broken_file_is_refused(
    pattern: str, becomes: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hole that nothing fills, a tone or field that is missing or a wrong key is told plainly."""
    whole = (root() / "plan.yaml").read_text(encoding="utf-8")
    (tmp_path / "plan.yaml").write_text(re.sub(pattern, becomes, whole, count=1), encoding="utf-8")
    monkeypatch.setenv("BRAVER_CONTENT", str(tmp_path))
    with pytest.raises(BadFile) as refused:
        _file.__wrapped__()
    assert said in str(refused.value)
