"""A command that has no effect, and why."""


class Refusal(Exception):
    """The command has no effect. `why` is a key of the words in `content/flows/refusals.yaml`; `case` is
    the id of the case, set by the desk."""

    case: str = ""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotTheirs(Refusal):
    """This person may not do this on this case."""


class Stale(Refusal):
    """The stage or the step is over. `since` is the kind of the event that ended it."""

    def __init__(self, since: str) -> None:
        super().__init__("stale")
        self.since = since


class Already(Refusal):
    """It is so already: nothing happens, and nobody is told off."""

    def __init__(self) -> None:
        super().__init__("already")
