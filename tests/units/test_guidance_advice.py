"""Advice: each topic is complete and careful, and a described situation finds its topic."""

import re
from pathlib import Path

import pytest

from bot.files import BadFile
from bot.guidance.advice import advise, topic, topics
from bot.guidance.skills import skills

IDS = {
    "immediate-danger", "referral-not-accepted", "more-information-first", "no-reply-or-feedback",
    "section-47-or-strategy", "conference-decision", "assessment-quality", "plan-not-progressing",
    "case-closed-or-stepped-down", "information-sharing", "partner-not-engaging",
    "roles-and-responsibilities", "resources-or-service", "voice-of-child",
    "professional-curiosity", "confidence-and-status",
    "being-challenged", "own-manager-or-agency", "new-information", "allegation-about-professional",
    "complaint-or-whistleblowing", "what-to-say", "recording", "how-escalation-works",
}  # fmt: skip

SAID = """
referral-not-accepted: We sent a referral about neglect last week and were told it doesn't reach the threshold
more-information-first: They returned my referral because they want the parents to consent first
no-reply-or-feedback: I have left four messages for the social worker and had no reply
section-47-or-strategy: They refused to hold a strategy meeting although it looks like significant harm
conference-decision: The review conference ended the plan and I was outvoted
assessment-quality: The assessment is full of mistakes and leaves out our report
plan-not-progressing: There is so much drift, core groups are cancelled and no actions are done
case-closed-or-stepped-down: They are closing the case and it is far too soon
information-sharing: The surgery refuses to share information because of confidentiality
partner-not-engaging: Probation do not attend and never send a report
roles-and-responsibilities: There is no allocated social worker and nobody takes the lead
resources-or-service: She is on a waiting list for a year as there is no capacity
voice-of-child: Nobody asked for the child's wishes and feelings
professional-curiosity: I have a gut feeling, the explanation does not add up
confidence-and-status: I am afraid to speak up because the consultant is so senior
being-challenged: A school has challenged my decision, how do I respond
own-manager-or-agency: My own manager will not back me
new-information: I have new information and it has got worse since the decision
allegation-about-professional: There is an allegation against a teacher, do I ring the LADO
complaint-or-whistleblowing: How do I make a formal complaint
what-to-say: How do I word the e-mail politely
recording: What should I write down in the child's record
how-escalation-works: What are the stages and timescales of the escalation policy
immediate-danger: What counts as immediate risk to a child
"""


def test_every_topic_of_the_list_has_its_advice() -> None:
    """Nothing that practitioners ask about is left without an answer."""
    assert set(topics()) == IDS


@pytest.mark.parametrize("id", sorted(IDS))
def test_an_answer_is_complete_and_short(id: str) -> None:
    """Steps, words, skills and records are there, short enough for a phone, and every skill exists."""
    one = topic(id)
    assert 3 <= len(one.next_steps) <= 5
    assert all(len(step) <= 170 for step in one.next_steps)
    assert one.say
    assert all(said.startswith("“") and said.endswith("”") for said in one.say)
    assert set(one.skills) <= {skill.id for skill in skills()}
    assert all((one.write_down, one.escalate, one.source, one.question))
    assert len(one.title) <= 45


@pytest.mark.parametrize(
    "id",
    [
        "conference-decision",
        "own-manager-or-agency",
        "allegation-about-professional",
        "complaint-or-whistleblowing",
        "resources-or-service",
    ],
)
def test_what_has_a_route_of_its_own_is_sent_there(id: str) -> None:
    """Exclusions of published policies are redirected before anything else is said."""
    assert topic(id).redirect


def test_what_is_no_escalation_can_not_be_raised_from_its_answer() -> None:
    """An allegation or a complaint is not offered as an escalation."""
    assert {id for id, one in topics().items() if not one.escalates} == {
        "allegation-about-professional",
        "complaint-or-whistleblowing",
    }


def test_missing_consent_never_stands_in_the_way() -> None:
    """Where consent is spoken of, the answer says that sharing to protect a child is lawful."""
    for one in topics().values():
        text = " ".join((*one.next_steps, *one.say, one.write_down, one.escalate, one.redirect))
        if re.search(r"consent|data protection", text):
            assert "to protect a child is lawful" in text


@pytest.mark.parametrize("line", SAID.strip().splitlines())
def test_a_plain_description_finds_its_topic(line: str) -> None:
    """What practitioners would plainly say leads to the topic, with confidence, and says why."""
    id, words = line.split(": ", 1)
    advised = advise(words)
    assert (advised.topic, advised.sure) == (id, True)
    assert advised.because
    assert all(heard in words for heard in advised.because)
    assert advised.topic not in advised.alternatives
    assert len(advised.alternatives) <= 2


def test_spelling_does_not_matter() -> None:
    """Mistyped words are read as what they were meant to be."""
    assert advise("my refferal was not acepted, they say the treshold is not met").topic == (
        "referral-not-accepted"
    )


def test_danger_goes_before_every_topic() -> None:
    """Whatever else the words say, somebody at risk now is the topic."""
    advised = advise("My referral was not accepted and he is hitting her now")
    assert (advised.topic, advised.urgent) == ("immediate-danger", True)
    assert "referral-not-accepted" in advised.alternatives


@pytest.mark.parametrize("words", ["", "  ", "😀", "asdf qwer zxcv", "مرحبا"])
def test_words_that_fit_nothing_are_not_guessed_at(words: str) -> None:
    """No topic is made up."""
    advised = advise(words)
    assert (advised.topic, advised.confidence, advised.sure) == ("", 0.0, False)


def test_vague_words_are_not_answered_as_if_they_were_clear() -> None:
    """A description that could be many things is unsure, with the nearest topics to choose from."""
    advised = advise("hmm not sure about them")
    assert not advised.sure
    assert len(advised.alternatives) == 2


def test_an_earlier_description_weighs_in() -> None:
    """What was leaned to before makes the first topic less sure, or takes its place."""
    words = "they never sent the report to the conference"
    first = advise(words)
    second = advise(words, (first.alternatives[0],))
    assert second.topic != first.topic or second.confidence < first.confidence


def test_the_same_words_always_give_the_same_answer() -> None:
    """Nothing is left to chance."""
    words = "they want to close it and nobody told us"
    assert advise(words) == advise(words)


def test_a_text_of_any_length_is_answered() -> None:
    """Somebody who pastes a whole report gets advice on how it begins."""
    begins = "They closed the case and it is far too soon. "
    assert advise(begins * 4_000).topic == "case-closed-or-stepped-down"


def test_a_broken_topic_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever edits a topic learns which file and line is wrong, and what to write."""
    (tmp_path / "advice").mkdir()
    (tmp_path / "advice" / "mine.yaml").write_text("title: Mine\nstepps: []\n", encoding="utf-8")
    monkeypatch.setenv("BRAVER_CONTENT", str(tmp_path))
    with pytest.raises(BadFile, match=r"mine\.yaml:2: .*stepps"):
        topics.__wrapped__()
