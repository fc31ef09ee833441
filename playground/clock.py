"""The time on the wall of the playground, which a story may wind forward."""

import time


class Clock:
    """Epoch seconds, plus what it was wound forward by.

    Message ids, trigger ids and the transcript follow it. Signatures do not: a service checks those
    against its own machine's time.
    """

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        return time.time() + self._ahead

    def wind(self, seconds: float) -> None:
        """Move forward; time never goes back."""
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self._ahead += seconds
