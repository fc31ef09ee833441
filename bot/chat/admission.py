"""Whether a platform lets us in, as its answers to our own calls said last."""

import time
from typing import Protocol

KNOWN_FOR = 600.0
"""Seconds after which a refusal counts for nothing unless it came again. A service that is not asked to work,
because it can't, would never find out that it can."""


class Admitting(Protocol):
    """Whoever knows whether a platform lets us in."""

    @property
    def shut_out(self) -> bool: ...


class Admission:
    """Kept by an adapter, for whoever asks whether the service can work."""

    def __init__(self) -> None:
        self._refused_at: float | None = None

    def answered(self, admitted: bool) -> None:
        """The platform answered a call: with our credentials it let us in, or it did not."""
        self._refused_at = None if admitted else time.monotonic()

    @property
    def shut_out(self) -> bool:
        return self._refused_at is not None and time.monotonic() - self._refused_at < KNOWN_FOR
