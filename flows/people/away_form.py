"""The form in which somebody says that they are away, and what was sent with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from bot.chat.action import Action
from bot.chat.form import DateTimeField, Field, Form, Option, PersonField, Values, YesNoField, form
from bot.chat.text import Blocks, Bullets, Span
from bot.desk import Absence, Away, Desk
from bot.guidance.words import Words
from flows.checking import text
from flows.people.entry_card import post_line

words = Words("away")

LONGEST = timedelta(days=366)
"""Nobody is away for longer, or plans it further ahead: then the directory is to be corrected."""


class SendAway(Action):
    """`absence` is the id of the one that is changed, empty for a new one."""

    name: ClassVar[str] = "away.send"
    absence: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """`answers` may answer for the person in the escalations that they raised; empty for nobody."""

    away: Away
    answers: str = ""


async def away_form(desk: Desk, person: str, absence: Absence | None) -> Form:
    """What is known of the absence stands in it; of a new one, from now to the next working day."""
    since = desk.wall(absence.since if absence else desk.now).replace(second=0, microsecond=0)
    until = desk.wall(absence.until) if absence else desk.offered_return()
    cover, options = absence.cover if absence else "", _colleagues(desk, person)
    scope = f"colleagues:{person}"
    fields: list[Field] = [
        DateTimeField("since", words("form.since"), value=since),
        DateTimeField("until", words("form.until"), words("form.until_hint"), value=until),
        PersonField(
            "cover", words("form.cover"), scope, options, words("form.cover_hint"), required=False,
            value=cover,
        ),
        YesNoField(
            "hand_over", words("form.hand_over"), words("form.hand_over_hint"),
            value=absence.hand_over if absence else True,
        ),
    ]  # fmt: skip
    if await desk.raised_by(person):
        hint = words("form.answers_hint")
        fields.append(PersonField("answers", words("form.answers"), scope, options, hint, required=False))
    action = SendAway(absence=absence.id if absence else "")
    return form(words("form.title"), tuple(fields), action, words("form.submit"), _intro(desk, person))


def _intro(desk: Desk, person: str) -> Blocks:
    """Who covers where nobody is named."""
    posts = [post for post in desk.directory.posts_of(person) if post.holder == person]
    if not posts:
        return words.blocks("form.intro")
    lines = tuple((Span(post_line(desk, post)),) for post in posts)
    return (*words.blocks("form.intro_posts"), Bullets(lines))


def _colleagues(desk: Desk, person: str) -> tuple[Option, ...]:
    found = desk.directory.colleagues(person)[:25]
    return tuple(Option(entry.id, f"{entry.name}, {entry.role}") for entry in found)


def sent(desk: Desk, values: Values, before: Absence | None) -> Sent:
    """What was sent. What should have begun before now begins now, or goes on as it was."""
    since, until = values["since"], values["until"]
    assert isinstance(since, datetime)
    assert isinstance(until, datetime)
    running = before.since if before is not None and before.since <= desk.now else desk.now
    begins = desk.instant(since)
    away = Away(
        begins if begins > desk.now else running, desk.instant(until), text(values, "cover"),
        values["hand_over"] is True,
    )  # fmt: skip
    return Sent(away, text(values, "answers"))


def too_far(desk: Desk, values: Values) -> dict[str, str]:
    """What can't be meant: times that lie further ahead than anybody plans."""
    latest = desk.wall(desk.now) + LONGEST
    return {
        name: words("form.too_far")
        for name in ("since", "until")
        for at in (values[name],)
        if isinstance(at, datetime) and at > latest
    }
