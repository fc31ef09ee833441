"""What of a form is listened to: words, and not what was chosen from a list."""

import pytest

from bot.chat.action import Payload
from bot.chat.router import texts_of
from bot.chat.turn import Submitted


@pytest.mark.parametrize(("value", "heard"), [("6", False), ("112", False), ("We visit on Monday.", True)])
def test_a_number_that_was_chosen_says_nothing(value: str, heard: bool) -> None:
    """An entry of the history is chosen by its number: that is no call for help."""
    act = Submitted(Payload("case.correct.send", 1), "instance", {"entry": value, "text": "He is in danger."})
    assert texts_of(act) == ((value, "He is in danger.") if heard else ("He is in danger.",))
