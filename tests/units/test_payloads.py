"""What comes back from outside: a payload that is not ours is nothing, whatever it holds."""

import json

import pytest

from bot.chat.action import Payload
from flows import case_actions as a

MOMENT = "2026-11-23T10:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        '{"n":"case.acknowledge"}',
        '{"n":"case.acknowledge","v":Infinity,"d":{}}',
        '{"n":"case.acknowledge","v":1,"d":' + "[" * 50_000 + "]" * 50_000 + "}",
    ],
)
def test_what_is_no_payload_is_not_read(text: str) -> None:
    """Forged, cut or nested beyond all measure: there is no action in it."""
    assert Payload.decode(text) is None


@pytest.mark.parametrize("moment", ["", "never", "2026-11-23T10:00:00", "9" * 40])
def test_a_moment_that_is_none_fits_no_action(moment: str) -> None:
    """A forged moment, or one without a zone, is answered like a button of another release."""
    forged = Payload("case.talk.confirm", 1, json.dumps({"case": "c", "recorded_at": moment}))
    assert a.ConfirmTalk.parse(forged) is None


def test_a_moment_comes_back_as_it_was_sent() -> None:
    """To the microsecond: it tells one record from the next."""
    sent = a.ConfirmTalk.parse(
        Payload("case.talk.confirm", 1, json.dumps({"case": "c", "recorded_at": MOMENT}))
    )
    assert sent is not None
    again = Payload.decode(sent.payload().encode())
    assert again is not None
    assert a.ConfirmTalk.parse(again) == sent
