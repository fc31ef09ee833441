"""What all parts of a policy are made of: names, posts, people's parts in a case."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.escalation.clock import Duration, Unit
from bot.escalation.mistake import Mistake, wrong

Side = Literal["raising", "receiving"]
Role = Literal["raiser", "raising_manager", "receiving_manager", "safeguarding_lead"]
"""Somebody of a case, as a policy speaks of them: `raising_manager` and `receiving_manager` are whoever is,
or was, messaged for that side, `safeguarding_lead` the lead of the raiser's agency once the case has reached
them."""

RAISER = "raiser"
"""As a post: the person who raised it, who is then the only one on the raising side at that stage."""
PRACTITIONER = "practitioner"
"""As a post of the receiving side: the person who decided, as the raiser names them."""
NO_RUNG = "none"
"""Instead of a post: this agency has nobody at that stage."""

Name = Annotated[str, Field(min_length=1, max_length=150)]
Text = Annotated[str, Field(min_length=1, max_length=600)]
Key = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9_-]{0,39}$",
        description="Write small letters, digits, “_” and “-”, beginning with a letter: “agreed_plan”.",
    ),
]
Ref = Annotated[
    str,
    Field(
        pattern=r"^([a-z][a-z0-9_-]{0,39}/)?[a-z][a-z0-9_-]{0,39}$",
        description="Write the post's short name (“team_manager”), with the agency before it where it is "
        "another's (“partnership/independent_chair”).",
    ),
]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Refs = Annotated[tuple[Ref, ...], BeforeValidator(_listed), Field(min_length=1, max_length=6)]
"""One post, or several in a list: the first of them has the stage, the others are messaged with them."""
Roles = Annotated[tuple[Role, ...], BeforeValidator(_listed), Field(min_length=1)]


class Part(BaseModel):
    """Base of all parts of a policy: frozen, and an unknown key is an error, never a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def _some_time(duration: Duration) -> Duration:
    if duration.unit is Unit.IMMEDIATELY:
        raise wrong(
            Mistake("Nobody can do this at once.", "Write a length of time, such as “2 working hours”.")
        )
    return duration


SomeTime = Annotated[Duration, AfterValidator(_some_time)]

_YES_NO = {"yes": True, "no": False, "true": True, "false": False}


def _yes_or_no(value: Any) -> Any:
    known: Callable[[str], Any] = lambda text: _YES_NO.get(text.strip().lower(), text)  # noqa: E731
    return known(value) if isinstance(value, str) else value


YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]
