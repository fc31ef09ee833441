"""What a directory is made of: agencies, teams, people with their ways of being reached, posts."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.escalation.mistake import Mistake, brief, wrong
from bot.people.addresses import address, number
from bot.people.pattern import Pattern

PLATFORMS = frozenset({"email", "slack", "teams"})
"""Those that a way may name, whichever of them are set up."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")
WAY = re.compile(r"[a-z][a-z0-9_-]{0,39}(:\S{1,500})?")
_UK_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise wrong(
            Mistake(
                f"{brief(text)} can't be used as a short name.",
                "Write small letters, digits, “_” and “-” only, beginning with a letter: “team_manager”.",
            )
        )
    return text


def person_id(text: str) -> str:
    """The id as it is. Raises a ValueError for what can't be one, with what to write."""
    if not _ID.fullmatch(text):
        raise wrong(
            Mistake(
                f"{brief(text)} can't be used as an id.",
                "Write letters, digits, “.”, “_” and “-” only, without spaces: “jo.marsh”.",
            )
        )
    return text


def _name(text: str) -> str:
    if text[:1] in "=+@-" or any(ord(letter) < 32 for letter in text):
        remedy = (
            "Write letters; a spreadsheet would take “=”, “+”, “-” or “@” for the beginning of a formula."
        )
        raise wrong(Mistake(f"{brief(text)} can't be used as a name.", remedy))
    return text


def _way(text: str) -> str:
    if not WAY.fullmatch(text):
        remedy = "Write “slack”, “teams” or “email”; for a channel its id after a colon: “slack:C0123456”."
        raise wrong(Mistake(f"{brief(text)} is no way to reach somebody.", remedy))
    return text


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _day(value: Any) -> Any:
    """A day as it is written in files (2026-11-26), or as a spreadsheet in the UK writes it (26/11/2026)."""
    if value is None or value == "" or isinstance(value, date):
        return value or None
    written = str(value).strip()
    british = _UK_DAY.fullmatch(written)
    try:
        if british:
            return date(int(british[3]), int(british[2]), int(british[1]))
        if _DAY.fullmatch(written):
            return date.fromisoformat(written)
    except ValueError:
        pass
    remedy = "Write it as in “2026-11-26” or “26/11/2026”, or leave it out."
    raise wrong(Mistake(f"{brief(written)} is not a day.", remedy))


Key = Annotated[str, AfterValidator(_key)]
PersonId = Annotated[str, AfterValidator(person_id)]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_name)]
Way = Annotated[str, AfterValidator(_way)]
"""A platform on which a person is found by the e-mail address ("slack", "teams", "email"), or with a colon a
channel there ("slack:C0123456"), in which it is said that a message awaits them, and no more."""


class Part(BaseModel):
    """Base of all parts of a directory: frozen, and an unknown key is an error, never a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with these fields, without what was worked out from the old ones and kept. Raises TypeError
        for a field that there is not."""
        unknown = (update or {}).keys() - type(self).model_fields.keys()
        if unknown:
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(unknown))}")
        fresh = super().model_copy(update=update, deep=deep)
        for name in vars(fresh).keys() - type(self).model_fields.keys():
            del vars(fresh)[name]
        return fresh


class Agency(Part):
    id: Key
    name: Name


class Team(Part):
    """A part of an agency with posts of its own."""

    id: Key
    name: Name
    agency: Key


class Entry(Part):
    """A person. `email` is how a platform's account is matched, `ways` how to reach them, the best first;
    `line_manager` another person's id, empty where there is none or it is not known; `works` on which days;
    `verified_on` when somebody last said that the entry is right; `owner` who looks after it (a person's id,
    the coordinator where it is empty)."""

    id: PersonId
    name: Name
    email: Annotated[str, AfterValidator(address)]
    ways: Annotated[tuple[Way, ...], BeforeValidator(_listed), Field(min_length=1, max_length=8)]
    agency: Key
    role: Name
    team: Annotated[str, Field(max_length=40)] = ""
    phone: Annotated[str, AfterValidator(number)] = ""
    line_manager: Annotated[str, Field(max_length=64)] = ""
    works: Pattern = Pattern()
    verified_on: Annotated[date | None, BeforeValidator(_day)] = None
    owner: Annotated[str, Field(max_length=64)] = ""

    @cached_property
    def platforms(self) -> tuple[str, ...]:
        """The platforms on which the person themselves is reached, the best first."""
        return tuple(way for way in self.ways if ":" not in way)

    @property
    def platform(self) -> str:
        """The one that they prefer."""
        return self.platforms[0]

    @cached_property
    def channels(self) -> tuple["Channel", ...]:
        """The channels in which it may be said that a message awaits them."""
        named = (way.partition(":") for way in self.ways if ":" in way)
        return tuple(Channel(platform=platform, id=channel) for platform, _, channel in named)


class Channel(Part):
    """A channel to nudge in. `id` is the platform's own and opaque."""

    platform: Key
    id: Annotated[str, Field(min_length=1, max_length=500)]


class Post(Part):
    """Who stands at one rung for an agency, or for one of its teams: the holder, then the deputies in their
    order."""

    agency: Key
    post: Key
    team: Annotated[str, Field(max_length=40)] = ""
    holder: PersonId
    deputies: tuple[PersonId, ...] = ()
    channel: Channel | None = None

    @cached_property
    def order(self) -> tuple[str, ...]:
        return (self.holder, *self.deputies)
