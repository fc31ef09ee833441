"""What was understood of somebody's words, for as long as one turn takes.

Whether they tell of danger is asked before the turn begins, then by the router, and then by the advice; what
they mean, by the last two. It is found once, and nothing of it is kept beyond the turn.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
_known: ContextVar[dict[tuple[str, str], Any] | None] = ContextVar("known", default=None)


@contextmanager
def for_a_turn() -> Iterator[None]:
    """What is found within this block, also in its threads, need not be found again there."""
    before = _known.set({})
    try:
        yield
    finally:
        _known.reset(before)


def known(what: str, text: str) -> Any | None:
    """What was found of this text in this turn, under this name."""
    found = _known.get()
    return None if found is None else found.get((what, text))


def keep(what: str, text: str, value: T) -> T:
    """`value`, which is known for the rest of the turn."""
    found = _known.get()
    if found is not None:
        found[what, text] = value
    return value
