"""What no client sends by itself: a form's action without its form, and values of another kind than asked."""

import pytest

from bot.chat.action import Payload
from bot.chat.form import Form, FormWords, LongTextField, TextField, Value, YesNoField, problems
from bot.chat.router import OutdatedButton
from bot.chat.turn import Account, Address, Place, Pressed, Turn
from flows.checking import submitted

ACTION = Payload("raise.spoken", 1)
WORDS = FormWords(required="required", too_long="too long", not_a_choice="no choice")


def test_a_forms_action_as_a_button_is_an_outdated_one() -> None:
    """Whoever made it up is told kindly, and nothing is logged as a mistake."""
    place = Place(Address("teams", "t", "28:x", "c"), "personal")
    turn = Turn("key", None, Account("teams", "t", "u"), place, Pressed(ACTION))
    with pytest.raises(OutdatedButton):
        submitted(turn)


@pytest.mark.parametrize("value", ["yes", ("yes",), "true"])
def test_yes_or_no_is_nothing_else(value: Value) -> None:
    form = Form("Raise", (YesNoField("spoke", "Spoken?"),), ACTION, "i", "Send")
    assert problems(form, {"spoke": value}, WORDS) == {"spoke": "no choice"}
    assert problems(form, {"spoke": False}, WORDS) == {}


@pytest.mark.parametrize("value", [True, ("words",)])
def test_a_text_is_a_text(value: Value) -> None:
    """What is none counts as left out: a required one is asked for again."""
    fields = (TextField("a", "A"), LongTextField("b", "B"), TextField("c", "C", required=False))
    form = Form("Raise", fields, ACTION, "i", "Send")
    found = problems(form, dict.fromkeys("abc", value), WORDS)
    assert found == {"a": "required", "b": "required"}
