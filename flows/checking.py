"""What every submission goes through: who sent it, the form's checks, the guard against identifiers."""

from collections.abc import Collection, Mapping

from bot.chat.form import Form, LongTextField, TextField, Values, problems, refused
from bot.chat.router import OutdatedButton
from bot.chat.turn import Invalid, Submitted, Turn
from bot.desk import Desk
from flows import guarding
from flows.guarding import words

__all__ = ["identifying", "invalid", "me", "submitted", "text", "ticked", "words", "wrong"]

identifying = guarding.identifying


def submitted(turn: Turn) -> Values:
    """The values of a form that came back; words that were taken out of a text stand in it again, where
    whoever wrote them put them back."""
    if not isinstance(turn.act, Submitted):
        # A form's action comes back with a form, unless somebody made up a button.
        raise OutdatedButton("a form without its fields")
    return guarding.put_back(turn.act.values)


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


def invalid(
    shown: Form, values: Values, desk: Desk, exempt: Collection[str] = (), staff: Collection[str] = ()
) -> Invalid | None:
    """The form again with what is wrong, or None where all is well. A text that would say who is meant comes
    back without that, and with the words to put back where the policy lets them be kept.

    `exempt` fields are not searched for identifiers: a work phone number is meant to be one. In `staff`
    fields professionals are named.
    """
    errors = problems(shown, values, words.form_words)
    guards = {
        item.id: guarding.guard(desk, values, item.id, named=item.id in staff)
        for item in shown.fields
        if isinstance(item, TextField | LongTextField) and item.id not in exempt and item.id not in errors
    }
    errors |= {field: guarding.says(one) for field, one in guards.items() if one.stopped}
    return _again(shown, values, errors, guards) if errors else None


def wrong(shown: Form, values: Values, errors: Mapping[str, str]) -> Invalid:
    """The form again, with these errors."""
    return _again(shown, values, errors, {})


def _again(
    shown: Form, values: Values, errors: Mapping[str, str], guards: Mapping[str, guarding.Guarded]
) -> Invalid:
    """The form given back: what was typed, but for what must not stand in it."""
    ready, given = guarding.offered(shown, values, guards)
    return Invalid(refused(ready, given, errors))
