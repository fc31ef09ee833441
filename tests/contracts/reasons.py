"""What a reason must be to stand in "Helen could not be reached: …." on a practitioner's card."""

import re


def assert_plain(reason: str) -> None:
    """A short phrase in plain words: no code of a platform's, and no full stop of its own."""
    assert 10 < len(reason) < 100, reason
    assert re.fullmatch(r"[A-Za-z',-]+( [A-Za-z',-]+)+", reason), reason
    assert reason[0].islower() or reason.startswith(("Braver", "Slack", "Teams", "Microsoft")), reason
