"""Why something had no effect is always said in words: every reason that the heart gives has a text."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot.escalation import events
from bot.guidance.words import Words

HEART = Path(bot.__file__).parent / "escalation"
SOURCES = (HEART / "seeing.py", HEART / "refusal.py", *sorted((HEART / "decide").glob("*.py")))
REASONS = {"Refusal": 0, "NotTheirs": 0, "_unless": 1, "_of_side": 2, "_messaged": 2}
"""What refuses, and the place of the reason among its arguments."""


def _texts(argument: ast.expr) -> Iterator[str]:
    """The reasons that the argument can stand for; none where it is handed on."""
    match argument:
        case ast.Constant(str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body)
            yield from _texts(orelse)


def _kinds(argument: ast.expr) -> Iterator[str]:
    """The kinds of event that end a step, written as `e.Closed.kind`."""
    for node in ast.walk(argument):
        match node:
            case ast.Attribute(ast.Attribute(ast.Name("e"), event), "kind"):
                yield getattr(events, event).kind


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield node.func.id, node


CALLS = list(_calls())
WHY = sorted({why for name, call in CALLS if name in REASONS for why in _texts(call.args[REASONS[name]])})
SINCE = sorted({kind for name, call in CALLS if name == "Stale" for kind in _kinds(call.args[0])})


def test_the_reasons_are_found() -> None:
    """The source is read as it is written today: reasons given in each of the ways are among those found."""
    assert {"no_answer_yet", "only_told", "withdraw_somebody_else"} <= set(WHY)
    assert {"closed", "withdrawn", "more_time_refused", "check_answered"} <= set(SINCE)
    assert all(call.args for name, call in CALLS if name in (*REASONS, "Stale"))


@pytest.mark.parametrize("why", WHY)
def test_a_refusal_is_said_in_words(why: str) -> None:
    """The text needs nothing filled in, since a refusal knows no more than its reason."""
    assert Words("refusals")(why)


@pytest.mark.parametrize("since", SINCE)
def test_a_late_press_hears_what_happened_meanwhile(since: str) -> None:
    """The text names at most who did it and when."""
    assert Words("refusals")(f"stale.{since}", name="Helen Castle", at="today, 10.30")
