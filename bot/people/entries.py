"""What a directory is made of: agencies, teams, people with their ways of being reached, posts."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.escalation.mistake import Mistake, brief, wrong
from bot.people.pattern import Pattern

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?[(0-9][0-9 ()-]{4,20}(?: ?(?:ext|x)\.? ?[0-9]{1,6})?")
_WAY = re.compile(r"[a-z][a-z0-9_-]{0,39}(:\S{1,500})?")


def _email(text: str) -> str:
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise wrong(
            Mistake(f"{brief(text)} is not an e-mail address.", "Write one such as “jo@health.example”.")
        )
    return text


def _phone(text: str) -> str:
    if text and not _PHONE.fullmatch(text):
        raise wrong(
            Mistake(
                f"{brief(text)} is not a phone number.",
                "Write digits and spaces, as in “01632 960123” or “01632 960123 ext 4”, or leave it out.",
            )
        )
    if re.fullmatch(r"[1-9][0-9]{8,9}", re.sub(r"[ ()-]", "", text)):  # as a spreadsheet leaves it
        remedy = "Write it with the 0 (in a spreadsheet, format the column as text)."
        raise wrong(Mistake(f"{brief(text)} has lost the 0 that it begins with.", remedy))
    return text


def _key(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", text):
        raise wrong(
            Mistake(
                f"{brief(text)} can't be used as a short name.",
                "Write small letters, digits, “_” and “-” only, beginning with a letter: “team_manager”.",
            )
        )
    return text


def _way(text: str) -> str:
    if not _WAY.fullmatch(text):
        remedy = "Write “slack”, “teams” or “email”; for a channel its id after a colon: “slack:C0123456”."
        raise wrong(Mistake(f"{brief(text)} is no way to reach somebody.", remedy))
    return text


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _nothing(value: Any) -> Any:
    return None if value == "" else value


Key = Annotated[str, AfterValidator(_key)]
PersonId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Way = Annotated[str, AfterValidator(_way)]
"""A platform on which a person is found by the e-mail address ("slack", "teams", "email"), or with a colon a
channel there ("slack:C0123456"), in which it is said that a message awaits them, and no more."""


class Part(BaseModel):
    """Base of all parts of a directory: frozen, and an unknown key is an error, never a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy that has not kept what was worked out of the old values."""
        copy = super().model_copy(update=update, deep=deep)
        for worked_out in copy.__dict__.keys() - type(self).model_fields.keys():
            del copy.__dict__[worked_out]
        return copy


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
    email: Annotated[str, AfterValidator(_email)]
    ways: Annotated[tuple[Way, ...], BeforeValidator(_listed), Field(min_length=1, max_length=8)]
    agency: Key
    role: Name
    team: Annotated[str, Field(max_length=40)] = ""
    phone: Annotated[str, AfterValidator(_phone)] = ""
    line_manager: Annotated[str, Field(max_length=64)] = ""
    works: Pattern = Pattern()
    verified_on: Annotated[date | None, BeforeValidator(_nothing)] = None
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
