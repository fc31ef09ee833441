"""A clock that a test moves."""

from dataclasses import dataclass


@dataclass(slots=True)
class Moving:
    """`at` is in seconds."""

    at: float = 1_000.0

    def __call__(self) -> float:
        return self.at
