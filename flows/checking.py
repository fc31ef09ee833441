"""What every submission goes through: who sent it, the form's checks, the guard against identifiers."""

from collections.abc import Collection, Mapping

from bot.chat.form import Form, LongTextField, TextField, Values, problems, refused
from bot.chat.router import OutdatedButton
from bot.chat.turn import Invalid, Submitted, Turn
from bot.desk import Desk
from bot.guidance.identifiers import identifiers
from bot.guidance.words import Words

words = Words("identifiers")


def submitted(turn: Turn) -> Values:
    """The values of a form that came back."""
    if not isinstance(turn.act, Submitted):
        # A form's action comes back with a form, unless somebody made up a button.
        raise OutdatedButton("a form without its fields")
    return turn.act.values


def me(turn: Turn) -> str:
    """The id of the person whose turn it is."""
    assert turn.person is not None, "the router lets nobody through who is not in the directory"
    return turn.person.id


def text(values: Values, field: str) -> str:
    """A text of the form, trimmed; empty where it was left out."""
    value = values.get(field)
    return value.strip() if isinstance(value, str) else ""


def ticked(values: Values, field: str, desk: Desk) -> tuple[str, ...]:
    """The people chosen in a field of many; whoever is not in the directory was never offered."""
    chosen = values.get(field)
    people = chosen if isinstance(chosen, tuple) else ()
    return tuple(person for person in dict.fromkeys(people) if desk.directory.person(person) is not None)


def invalid(shown: Form, values: Values, desk: Desk, exempt: Collection[str] = ()) -> Invalid | None:
    """The form again with what is wrong, or None where all is well.

    `exempt` fields are not searched for identifiers: a work phone number is meant to be one.
    """
    errors = problems(shown, values, words.form_words)
    for item in shown.fields:
        if isinstance(item, TextField | LongTextField) and item.id not in exempt and item.id not in errors:
            stopped = identifying(text(values, item.id), desk)
            if stopped:
                errors[item.id] = words("stop", what=stopped)
    return Invalid(refused(shown, values, errors)) if errors else None


def wrong(shown: Form, values: Values, errors: Mapping[str, str]) -> Invalid:
    """The form again, with these errors."""
    return Invalid(refused(shown, values, errors))


def identifying(typed: str, desk: Desk) -> str:
    """What in the words would say which child is meant, in words; empty where nothing does."""
    return ", ".join(words(kind) for kind in identifiers(typed, (p.name for p in desk.directory.people)))
