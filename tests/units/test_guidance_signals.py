"""Signals: what a challenge holds is heard in everyday words, and quoted as it was typed."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files import BadFile
from bot.guidance.signals import AGAINST, MOST_READ, Signal, _patterns, signals

HEARD = """
facts dates: I visited on 3 March and saw bruises on both his arms.
facts dates: He has missed four appointments since half term.
facts dates sources: Her GP told me that the centile has dropped twice this year.
facts dates: Police were called to the flat three times in May.
facts: Nobody collected the inhaler, and the cot was wet.
facts sources: The ward records show two admissions.
sources: It is all in the school log, with the times.
voice: She told her teacher, “I make my own tea because Mum is asleep.”
voice: He flinches when his stepdad comes to the gate.
voice: The baby doesn't smile, and she is very quiet.
voice: The child's views were not asked for.
agrees: I agree that early help has a place.
agrees listens: Thank you for looking at the referral so quickly.
agrees listens: I can see how stretched your team is.
asks_why: Why was the case closed before anybody had seen him?
asks_why request: Could you explain how you weighed the two reports?
asks_why threshold: Which part of the threshold document did you use?
asks_why dates: What has changed since the last visit?
risk: I'm worried that he will be hurt if he goes back.
risk: If nothing changes, she could become very ill.
risk: He may be at risk.
threshold: I scored it on the Graded Care Profile.
threshold: I read it as level 4, and as section 47.
request: Please could you look at the decision again?
request deadline: I would like a joint visit this week.
request threshold deadline: I am asking you to hold a strategy meeting by noon on Thursday.
request deadline: Can you let me know by Friday what you decided?
deadline dates: It can't wait until Monday.
listens: If I have understood you right, the visit was cancelled.
listens: That sounds hard, and I am sorry that I missed it.
listens request: You might be right, but I'd like another look.
escalates: We don't agree, so I'll raise it with my manager.
escalates threshold: Our managers could talk, as the escalation policy says.
escalates request: Please record my disagreement in the minutes.
gives_in: Oh, fine. Never mind.
gives_in: OK, I'll leave it with you.
gives_in: I'm sure that you know best.
gives_in: Sorry to have bothered you.
personal: You people never listen.
personal: You clearly don't care about this boy.
personal: You didn't even read my referral.
angry: This is a disgrace.
angry: How dare you close it!
angry: I'm sick and tired of ringing.
angry personal: It's on your head if he dies.
unsure: I don't know what you mean.
unsure: No idea, sorry.
"""

NOT_HEARD = """
personal: You said that the visit was cancelled, and you told me that you would ring back.
personal: You may have missed the last report.
personal: You are not rude, and this is not about you.
personal: He never listens to his mum, and Dad called her a liar.
gives_in: I will not leave it.
gives_in: I won't drop this, and we won't wait and see.
gives_in: We are not happy to leave it.
gives_in: That's fine, but I'd still like you to see him.
angry: She was angry when I arrived.
angry: Dad was furious and shouted at the midwife.
angry: I'm not angry with you.
angry: It is not ridiculous to ask.
asks_why: That is why I am ringing.
asks_why: That's why I rang the surgery.
agrees: I do not agree, and I can't accept it.
agrees: We don't agree.
dates: He may march off if I ask.
request: I am not asking you to change it.
facts: I didn't see him, and nobody else saw him.
voice: Mum said that she is fine.
deadline: Have a good weekend.
escalates: The rows at home got worse.
unsure: I know what he told the nurse.
"""

EVERY_SENTENCE = [
    line.split(": ", 1)[1] for line in (*HEARD.strip().splitlines(), *NOT_HEARD.strip().splitlines())
]


@pytest.mark.parametrize("line", HEARD.strip().splitlines())
def test_each_move_is_heard_in_plain_sentences(line: str) -> None:
    """What health visitors, teachers and police write is heard, and no harm is heard where there is none."""
    names, sentence = line.split(": ", 1)
    wanted, held = set(names.split()), signals(sentence).keys()
    assert wanted <= held
    assert held & AGAINST == wanted & AGAINST


@pytest.mark.parametrize("line", NOT_HEARD.strip().splitlines())
def test_a_word_alone_makes_no_signal(line: str) -> None:
    """A sentence that only looks like a move, or that denies it, is not taken for it."""
    name, sentence = line.split(": ", 1)
    assert name in get_args(Signal)
    assert name not in signals(sentence)


def test_there_is_nothing_that_cannot_be_heard() -> None:
    """Each signal that the code knows is heard in one of the sentences."""
    assert {signal for sentence in EVERY_SENTENCE for signal in signals(sentence)} == set(get_args(Signal))


def test_the_very_words_are_given_back() -> None:
    """Capitals, short forms and signs stand in the quote as they were typed."""
    held = signals("YOU PEOPLE! I'm   very worried; it can't wait until Monday.")
    assert held["personal"] == ("YOU PEOPLE",)
    assert held["risk"] == ("I'm   very worried",)
    assert held["deadline"] == ("can't wait until",)


def test_three_quotes_are_enough() -> None:
    """Of many the first three are given, in their order, and the same words once."""
    held = signals("I saw him. I saw him. We visited. I heard him. I weighed him.")
    assert held["facts"] == ("I saw", "We visited", "I heard")


@given(st.lists(st.sampled_from(EVERY_SENTENCE) | st.text(max_size=20), max_size=8).map(" ".join))
def test_whatever_is_typed_only_its_own_words_are_quoted(text: str) -> None:
    """Each signal that is heard has one to three different quotes, all of them out of the text."""
    for quotes in signals(text).values():
        assert 1 <= len(quotes) <= 3
        assert len(set(quotes)) == len(quotes)
        assert all(quote and quote in text for quote in quotes)


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "…", "😀", "12", "Hmm."])
def test_nothing_is_heard_where_nothing_is_said(text: str) -> None:
    """An empty text, a sign or a sound holds no signal."""
    assert signals(text) == {}


@pytest.mark.parametrize("text", ["مرحبا، أنا قلق على الطفل", "Я видел синяки", "我看见了淤青", "ਮੈਂ ਦੇਖਿਆ"])
def test_other_scripts_are_passed_over(text: str) -> None:
    """Nothing is guessed in another script, and English words beside it are heard all the same."""
    assert signals(text) == {}
    assert signals(f"{text} You people never listen. {text}") == {"personal": ("You people",)}


def test_a_very_long_text_is_heard_by_its_beginning() -> None:
    """Of ten thousand characters the first are read, and what comes far behind is not."""
    begins, ends = "I saw bruises on 3 March. ", "You people never listen."
    filled = begins + "lorem " * 2_000
    text = f"{filled[: 10_000 - len(ends) - 1]} {ends}"
    assert len(text) == 10_000
    assert signals(text) == signals(begins)
    assert "personal" in signals(f"{filled[: MOST_READ - len(ends) - 1]} {ends}")


@pytest.mark.parametrize("sentence", [one for one in EVERY_SENTENCE if "'" in one])
def test_curly_apostrophes_are_the_same(sentence: str) -> None:
    """A telephone's apostrophe is heard as a keyboard's is, and quoted as it was typed."""
    curly = {
        signal: tuple(quote.replace("'", "’") for quote in quotes)
        for signal, quotes in signals(sentence).items()
    }
    assert signals(sentence.replace("'", "’")) == curly


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("groups: {}\nsignals:\n  facts: ['{nobody} saw']\n", "There is no group “nobody”"),
        ("groups: {}\nsignals:\n  fakts: [i saw]\n", "signals.yaml:3: "),
        ("signals:\n  facts: [i saw]\n", "“groups” is missing"),
    ],
)
def test_a_broken_file_is_named(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever edits the lines learns what is wrong in them."""
    (tmp_path / "signals.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("BRAVER_CONTENT", str(tmp_path))
    with pytest.raises(BadFile) as refused:
        _patterns.__wrapped__()
    assert said in str(refused.value)
