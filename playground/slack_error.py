"""An error of Slack's Web API."""


class SlackError(Exception):
    """The call is answered `ok: false` with this error code, and whatever else Slack adds to it."""

    def __init__(self, error: str, **more: object) -> None:
        super().__init__(error)
        self.more = more
