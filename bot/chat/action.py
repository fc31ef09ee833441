"""What a button or a form says when it comes back: a name, a version and a small typed payload."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.chat.outside import Malformed, read_json

MAX_PAYLOAD = 1_500
"""Characters of an encoded payload: below every platform's limit, so that a button can always be drawn."""


@dataclass(frozen=True, slots=True)
class Payload:
    """An action as it travels: `data` is a JSON object."""

    name: str
    version: int
    data: str = "{}"

    def encode(self) -> str:
        """One JSON text, for the value of a button or the private field of a form."""
        return _encoded(self.name, self.version, self.data)

    @classmethod
    def decode(cls, text: str) -> "Payload | None":
        """The payload of an encoded text, or None where it is not one of ours (forged, cut, foreign)."""
        try:
            raw = read_json(text)
            name, version, data = raw["n"], raw["v"], raw["d"]
        except (Malformed, TypeError, KeyError):
            return None
        fits = isinstance(name, str) and type(version) is int and version >= 0 and isinstance(data, dict)
        return cls(name, version, json.dumps(data, separators=(",", ":"), sort_keys=True)) if fits else None


@lru_cache(maxsize=2_048)
def _encoded(name: str, version: int, data: str) -> str:
    """Many cards show the same buttons, each of them twice: once to see that it is short enough."""
    return json.dumps({"n": name, "v": version, "d": json.loads(data)}, separators=(",", ":"))


class Action(BaseModel):
    """Base of all actions. A subclass names itself and its version, and brings older payloads up to date.

    `name` stays the same for ever: buttons of old releases come back with it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str]
    version: ClassVar[int] = 1

    @classmethod
    def upgrade(cls, version: int, data: dict[str, Any]) -> dict[str, Any]:
        """The data of an older `version` in today's shape. Override when `version` is raised."""
        return data

    def payload(self) -> Payload:
        payload = Payload(self.name, self.version, self.model_dump_json(exclude_defaults=True))
        if len(payload.encode()) > MAX_PAYLOAD:
            raise ValueError(f"the payload of action {self.name} is too long for a button")
        return payload

    @classmethod
    def parse(cls, payload: Payload) -> Self | None:
        """The typed action, or None where the payload does not fit (a newer release, or forged)."""
        if payload.version > cls.version:
            return None
        try:
            data = json.loads(payload.data)
            if payload.version < cls.version:
                data = cls.upgrade(payload.version, data)
            return cls.model_validate(data)
        except (ValidationError, ValueError, KeyError, TypeError, AttributeError):
            # An older shape is taken apart by `upgrade`, which trusts that it is one.
            return None
