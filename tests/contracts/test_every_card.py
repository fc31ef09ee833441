"""Every card that tells of a case, for every reader, is taken by both platforms and says what it must."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from adapters.slack import render as slack
from adapters.teams.render import Renderer
from bot.chat.card import Card, fallback
from bot.desk import CaseView
from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.notices import Notice
from flows import cards
from tests.contracts.adaptive_validity import assert_valid
from tests.contracts.inbox import PHRASES
from tests.contracts.slack_validity import assert_message
from tests.units.cases import DIRECTORY, MONDAY, Played, raised

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


def _drawn(played: Played) -> Iterator[tuple[Notice, Card]]:
    """Each notice as it was drawn when it was sent, and again as it looks at the end."""
    for notice in played.told:
        for upto in (notice.sequence, len(played.history)):
            history = tuple(played.history[:upto])
            case = type(played.open_case).replay(history)
            event = played.history[notice.sequence - 1]
            now = history[-1].at
            if notice.recipient in case.members:
                view = CaseView(notice.kind, case, history, event, notice.recipient, now, DIRECTORY)
                yield notice, cards.draw(view)


PLAYED = {"talked": _talked, "fought": _fought, "silent": _silent, "nobody_left": _nobody_left}


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


def test_whoever_only_stands_in_never_reads_what_a_case_is_about(drawn: list[tuple[Notice, Card]]) -> None:
    """The coordinator's cards hold none of the raiser's words, nor the child's reference."""
    for notice, card in drawn:
        if notice.recipient == "sam":
            words = fallback(card)
            assert not any(secret in words for secret in ("No further action", "Weight loss", "HV-2231"))


def test_every_kind_of_notice_was_drawn() -> None:
    """The courses of events above leave no card out."""
    kinds = {notice.kind for play in PLAYED.values() for notice in play().told}
    assert kinds | {"case", "awaits"} == cards.KINDS
