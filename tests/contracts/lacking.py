"""What a platform may be without: its harness declares it, and the contract skips what needs it."""

from collections.abc import Mapping
from typing import Literal, Protocol

import pytest

Missing = Literal[
    "channels", "names", "waiting times", "updates that can fail", "lost posts that are found",
    "messages that can be recalled",
]  # fmt: skip


class Declared(Protocol):
    """`lacks`: what is missing, and why."""

    name: str
    lacks: Mapping[Missing, str]


def needs(harness: Declared, what: Missing) -> None:
    """Skip the test, saying why, on a platform that declares to be without."""
    if what in harness.lacks:
        pytest.skip(f"no {what} by {harness.name}: {harness.lacks[what]}")
