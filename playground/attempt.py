"""One request of a platform to the service, kept for tests to look at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to the service. `status` is 0 where there was no answer, `reason` then says why."""

    kind: str
    retry: int
    status: int
    seconds: float
    reason: str
    body: str
