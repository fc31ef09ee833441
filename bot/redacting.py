"""What is secret is taken out of a line before anybody writes it: the secrets that are known, as they are and
as they are often written, and whatever looks like one."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"
SHORTEST = 6
"""Characters of a secret that is taken out as such: a shorter one would stand in many innocent words."""

_SHAPES = re.compile(
    "|".join((
        r"xox[a-z]-[\w-]{6,}", r"xapp-[\w-]{6,}", r"xoxe\.[\w.-]{6,}",  # Slack's tokens
        r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?",  # JSON web tokens
        r"(?<=://)[^\s/:@]*:[^\s/@]+(?=@)",  # user and password in an address
        r"(?<=/mail/)[^\s/\"'?#]{20,}",  # the link of a letter
        r"\bmail_[0-9a-f]{16}=[^\s;\"']+",  # the session of a letter's page
    ))
)  # fmt: skip
_AFTER = re.compile(
    r"(?P<before>\b(?:Bearer|Basic)\s+|"
    r"\b(?:access_token|client_secret|code|id_token|password|refresh_token|secret|sig|signature|state|token)"
    r"(?:\s*=\s*|[\"']\s*:\s*[\"'])[\"']?)(?P<secret>[^\s\"'&,;}]{4,})",
    re.IGNORECASE,
)


class Redactor:
    """Takes out what it knows. `know` may be called at any time."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def know(self, secrets: Iterable[str]) -> None:
        """These secrets, however they are written."""
        self._known |= {form for secret in secrets for form in _forms(secret) if len(form) >= SHORTEST}
        # The longest first: one may be part of another.
        longest = sorted(self._known, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest))) if longest else None

    def __call__(self, text: str) -> str:
        if self._pattern is not None:
            text = self._pattern.sub(HIDDEN, text)
        text = _SHAPES.sub(HIDDEN, text)
        return _AFTER.sub(lambda found: found["before"] + HIDDEN, text)

    def inside(self, value: Any) -> Any:
        """The same for everything that a value holds."""
        match value:
            case str():
                return self(value)
            case bytes():
                return self(value.decode("utf-8", "replace"))
            case None | bool() | int() | float():
                return value
            case dict():
                return {self.inside(key): self.inside(one) for key, one in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self.inside(one) for one in value]
            case _:
                return self(str(value))


def _forms(secret: str) -> Iterator[str]:
    """As it is, in an address, in JSON, in Python's own way, and in base64 from each of the three places that
    it can begin at."""
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret.encode()).decode()
        # What depends on its neighbours is left out at both ends.
        yield encoded[-(-before * 8 // 6) : len(encoded) - 4 or None]
