"""Any card and any form of the vocabulary, drawn for each platform: laws of the contracts, for the fuzzer."""

from collections.abc import Callable
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.email.forms import Shown
from adapters.email.render import Stood, View
from adapters.slack import forms as slack_forms
from adapters.slack import render as slack
from adapters.teams import limits
from adapters.teams.render import Renderer, size
from bot.chat import codec
from bot.chat.card import Card
from bot.chat.form import Form
from bot.chat.turn import Ask, Say
from tests.contracts import vocabulary
from tests.contracts.html_validity import assert_page
from tests.contracts.inbox import PHRASES
from tests.contracts.slack_validity import assert_home, assert_message, assert_modal
from tests.contracts.test_email_render import drawn
from tests.contracts.test_slack_render import PLACE, ZONE

_RENDERERS = (Renderer(PHRASES, dialogs=False), Renderer(PHRASES, dialogs=True))


@settings(database=None)
@given(vocabulary.cards())
def card_for_slack(card: Card) -> None:
    made = slack.message(card, PHRASES)
    assert_message(made.blocks, made.text)
    assert_home(slack.home(card, PHRASES))


@settings(database=None)
@given(vocabulary.forms())
def form_for_slack(form: Form) -> None:
    assert_modal(slack_forms.modal(form, PLACE, ZONE, PHRASES))


@settings(database=None)
@given(vocabulary.cards())
def card_for_teams(card: Card) -> None:
    assert all(size(renderer.cards(card).content) <= limits.CARD for renderer in _RENDERERS)


@settings(database=None)
@given(vocabulary.forms())
def form_for_teams(form: Form) -> None:
    assert all(size(renderer.form(form).content) <= limits.CARD for renderer in _RENDERERS)


@settings(database=None)
@given(vocabulary.cards(), vocabulary.forms())
def page_for_email(card: Card, form: Form) -> None:
    assert_page(drawn(View((Stood(card, "m1"),), "nonce", Shown(form))))


@settings(database=None)
@given(st.one_of(vocabulary.cards().map(Say), vocabulary.forms().map(Ask)))
def replies_kept(reply: Say | Ask) -> None:
    """What an act is answered is kept, and repeated as it was."""
    assert codec.decode(codec.encode((reply,))) == (reply,)


def targets() -> dict[str, Callable[[bytes], None]]:
    """Each law as something that takes a fuzzer's bytes: hypothesis makes its examples of them."""
    laws = (card_for_slack, form_for_slack, card_for_teams, form_for_teams, page_for_email, replies_kept)
    return {law.__name__: cast(Any, law).hypothesis.fuzz_one_input for law in laws}
