"""Every card that tells of a case, for every reader, is taken by every platform and says what it must."""

import html
from collections.abc import Iterator
from datetime import timedelta

import pytest

from adapters.email.render import Stood, View
from adapters.slack import render as slack
from adapters.teams.render import Renderer
from bot.chat.card import Card, fallback
from bot.desk import CaseView
from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.changes import replay
from bot.escalation.notices import Notice
from bot.people.duty import Absence
from flows import cards
from tests.contracts.adaptive_validity import assert_valid
from tests.contracts.html_validity import assert_page
from tests.contracts.inbox import PHRASES
from tests.contracts.slack_validity import assert_message
from tests.contracts.test_email_render import drawn as page_of
from tests.units.cases import DIRECTORY, MONDAY, Played, raised, standing_in
from tests.units.rich_policy import RICH

NOBODY: frozenset[str] = frozenset()


def _talked() -> Played:
    """Recorded, put right, confirmed, chased for an end, and closed."""
    played = raised()
    while played.open_case.stage_number == 1:
        played.wait()
    receiver = played.open_case.now_with.receiving.person
    talk = c.RecordTalk(receiver, "Tom, Jo", MONDAY, "Visit.", "Tom", MONDAY + timedelta(days=1))
    played.do(talk)
    while not any(isinstance(event, e.TalkChased) for event in played.history):
        played.wait()
    played.do(c.RecordTalk("jo", "Tom, Jo", MONDAY, "Visit on Friday.", "", None))
    played.do(c.ConfirmTalk(receiver, played.history[-1].at))
    while not any(isinstance(event, e.ReplyChased) for event in played.history):
        played.wait()
    played.do(c.Accept("jo", played.open_case.stage_number, 1, "agreed_plan", "Visit."))
    return played


def _fought() -> Played:
    """More time asked, agreed and refused, handed over, not reached, shared, up to the last stage."""
    played = raised()
    played.do(c.Acknowledge("priya", 1))
    played.do(c.Acknowledge("helen", 1))
    for agreed in (False, True):
        until = MONDAY + timedelta(days=1)
        played.do(c.AskMoreTime("helen", 1, until, "The file is in the archive."))
        played.do(c.AgreeMoreTime("jo", 1, until, agreed))
    played.do(c.HandOver("helen", 1, "leo", "Leave."))
    played.do(c.Undeliverable("leo", 1, "the app is not installed"))
    played.do(c.Share("jo", "For us.", with_both=False))
    played.do(c.Share("jo", "For all.", with_both=True))
    played.do(c.ChangeRisk("jo", "The fridge was empty again."))
    played.do(c.ShowUrgent("jo"))
    for stage in (1, 2, 3):
        receiver = played.open_case.now_with.receiving.person
        played.do(c.Answer(receiver, stage, "The decision stands."))
        played.do(c.NotAccept("jo", stage, 1, "The children are hungry.", NOBODY))
    receiver = played.open_case.now_with.receiving.person
    played.do(c.Answer(receiver, 4, "The decision stands."))
    played.do(c.NotAccept("jo", 4, 1, "The children are hungry.", NOBODY))
    played.do(c.Identify(receiver, "CSC-5107"))
    return played


def _silent() -> Played:
    """Nobody does anything: up a stage by itself, prompts, chases, the coordinator."""
    played = raised()
    while played.open_case.prompts < 4:
        played.wait()
    played.do(c.GoUp("jo", played.open_case.stage_number, "Nobody answers.", NOBODY))
    return played


def _nobody_left() -> Played:
    """The coordinator stands in for the receiving side; then the raiser withdraws."""
    played = raised()
    for person in ("helen", "leo", "noor"):
        played.do(c.Undeliverable(person, 1, "blocked"))
    played.do(c.Withdraw("jo", "Settled in a call."))
    return played


def _by_policy() -> Played:
    """All that a policy can say, from practitioners to the questions after closing, and open again."""
    played = raised(policy=RICH, priority="high", decided_by="marek")
    form = c.Entry(form=(e.Written(question="What was tried?", text="Two calls."),))
    while not played.open_case.ran_out:
        played.wait()
    played.do(c.GoUp("jo", 1, "Nothing heard.", NOBODY))
    played.do(c.Pause("jo", played.now + timedelta(hours=3), "A holiday."))
    played.do(c.Resume("jo"))
    played.do(c.RefuseBacking("priya", 2, "Not for us."))
    played.do(c.Acknowledge(played.open_case.now_with.receiving.person, 2))
    while not any(isinstance(event, e.ClockRanOut) and event.told for event in played.history):
        played.wait()
    played.do(c.GoUp("jo", 2, "Nothing heard.", NOBODY, form))
    played.do(c.GoUp("jo", 3, "Now.", NOBODY))
    convener = played.open_case.now_with.receiving.person
    played.do(c.CallMeeting(convener, 4, played.now + timedelta(hours=1), "Room 2", ("owen",)))
    played.do(c.CallMeeting(convener, 4, played.now + timedelta(hours=2), "Room 3"))
    for there in (2, 9):
        played.now += timedelta(hours=3)
        invited = played.open_case.meeting.invited if played.open_case.meeting else ()
        played.do(c.HoldMeeting(convener, 4, invited[:there], "We propose a visit."))
        if there == 2:
            played.do(c.CallMeeting(convener, 4, played.now + timedelta(hours=1), "Room 3"))
    played.do(c.Accept("jo", 4, 1, "agreed_plan", "A visit."))
    proposed = played.history[-1].at
    while not any(isinstance(event, e.ClosureChased) for event in played.history):
        played.wait()
    played.do(c.AgreeClosure(convener, proposed, agreed=False, reason="Not yet."))
    played.do(c.Accept("jo", 4, 1, "agreed_plan", "A visit."))
    assert played.open_case.closure is not None
    played.do(c.AgreeClosure(convener, played.open_case.closure.at, agreed=True))
    while "actions" not in played.open_case.checks:
        played.wait()
    played.do(c.AnswerCheck("jo", "actions", done=False, text="No visit yet."))
    played.do(c.Reopen("jo", "No visit yet."))
    return played


def _covered() -> Played:
    """Helen is away and Leo has it for her; she takes it back; a colleague answers for the raiser, and no
    more; everybody else goes away."""
    away = Absence("1", "helen", MONDAY - timedelta(days=1), MONDAY + timedelta(days=9))
    played = raised(standing=standing_in(DIRECTORY, away))
    played.do(c.Acknowledge("leo", 1))
    played.do(c.TakeBack("helen", 1))
    played.do(c.LetAnswer("jo", "kit"))
    played.do(c.Answer("helen", 1, "A visit tomorrow."))
    played.do(c.LetAnswer("jo", "priya"))
    played.do(c.LetAnswer("jo", ""))
    played.do(c.Relieve("helen", 1))
    others = (Absence(name, name, away.since, away.until) for name in ("leo", "noor"))
    played.standing = standing_in(DIRECTORY, away, *others)
    played.do(c.Relieve("leo", 1))
    played.do(c.Relieve("noor", 1))
    return played


def _filed() -> Played:
    """Both sides put something right, one of it on its own side, before closing and after; held and filed."""
    played = raised()
    played.do(c.Correct("jo", 1, played.history[0], "The child is four."))
    played.do(c.Share("jo", "For us.", with_both=False))
    played.do(c.Correct("jo", len(played.history), played.history[-1], "For us: on Monday."))
    played.do(c.Answer("helen", 1, "A visit tomorrow."))
    played.do(c.Accept("jo", 1, 1, "agreed_plan", "A visit."))
    answered = next(at for at, one in enumerate(played.history, 1) if isinstance(one, e.Answered))
    played.do(c.PlaceHold("sam", "A court asks for it."))
    played.do(c.ConfirmFiled("jo"))
    played.do(c.Correct("helen", answered, played.history[answered - 1], "A visit on Friday."))
    played.do(c.ConfirmFiled("jo"))
    return played


def _drawn(played: Played) -> Iterator[tuple[Notice, Card]]:
    """Each notice as it was drawn when it was sent, and again as it looks at the end."""
    for notice in played.told:
        for upto in (notice.sequence, len(played.history)):
            history = tuple(played.history[:upto])
            case = replay(history)
            event = played.history[notice.sequence - 1]
            now = history[-1].at
            if notice.recipient in case.members:
                view = CaseView(notice.kind, case, history, event, notice.recipient, now, DIRECTORY)
                yield notice, cards.draw(view)


PLAYED = {
    "talked": _talked,
    "fought": _fought,
    "silent": _silent,
    "nobody_left": _nobody_left,
    "by_policy": _by_policy,
    "covered": _covered,
    "filed": _filed,
}


@pytest.fixture(params=PLAYED, scope="module")
def drawn(request: pytest.FixtureRequest) -> list[tuple[Notice, Card]]:
    """All cards of one course of events."""
    return list(_drawn(PLAYED[request.param]()))


def test_teams_takes_every_card(drawn: list[tuple[Notice, Card]]) -> None:
    """The vendor's own parser has nothing against any of them."""
    for dialogs in (False, True):
        renderer = Renderer(PHRASES, dialogs=dialogs)
        assert_valid([renderer.cards(card).content for _, card in drawn])


def test_slack_takes_every_card(drawn: list[tuple[Notice, Card]]) -> None:
    """The SDK's models and the checks that these lack have nothing against any of them."""
    for _, card in drawn:
        rendered = slack.message(card, PHRASES)
        assert_message(rendered.blocks, rendered.text)


def test_a_page_takes_every_card(drawn: list[tuple[Notice, Card]]) -> None:
    """As the letter's own card, with everything on it that it says."""
    for _, card in drawn:
        page = page_of(View((Stood(card, "m1"),), "nonce"))
        assert_page(page)
        assert (
            html.escape(card.title, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page
        )
        assert page.count('name="press"') == len(card.buttons)


def test_whoever_only_stands_in_never_reads_what_a_case_is_about(drawn: list[tuple[Notice, Card]]) -> None:
    """The coordinator's cards hold none of the raiser's words, nor the child's reference."""
    for notice, card in drawn:
        if notice.recipient == "sam":
            words = fallback(card)
            assert not any(secret in words for secret in ("No further action", "Weight loss", "HV-2231"))


def test_whoever_is_only_told_that_it_happened_never_reads_what_it_is_about() -> None:
    """A copy that is a notice says which case and stage, and nothing of the raiser's words."""
    played = raised(policy=RICH, priority="high", decided_by="marek")
    played.do(c.Answer("marek", 1, "A visit tomorrow."))
    told = [card for notice, card in _drawn(played) if notice.recipient == "tom"]
    assert len(told) == 4
    for card in told:
        words = fallback(card)
        assert "You are told because the ladder says so" in words
        for secret in ("No further action", "Weight loss", "HV-2231", "Nothing heard", "visit"):
            assert secret not in words


def test_every_kind_of_notice_was_drawn() -> None:
    """The courses of events above leave no card out."""
    kinds = {notice.kind for play in PLAYED.values() for notice in play().told}
    assert kinds | {"case", "awaits"} == cards.KINDS
