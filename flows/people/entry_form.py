"""The form in which an entry is corrected, and what was sent with it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from bot.chat.action import Action
from bot.chat.form import ChoiceField, Field, Form, Option, PersonField, TextField, Values, form, refused
from bot.chat.turn import Invalid
from bot.desk import ELSEWHERE, Desk, Entry
from bot.guidance.words import Words
from flows.checking import text
from flows.people.entry_card import shown
from flows.reached import way

words = Words("entry")

UNGUARDED = ("phone", "works", "email", "line_manager")
"""Fields that are meant to hold what identifies somebody: whoever the entry is of."""
_MOST_WAYS = 3
_NONE = "none"
_FIRST_WAY = "way_1"


class SendCorrection(Action):
    """`shown` tells which state of the entry the form was opened with."""

    name: ClassVar[str] = "entry.correct.send"
    person: str
    shown: str


def correction(desk: Desk, entry: Entry, email: bool) -> Form:
    """`email`: the address can be changed too."""
    fields: tuple[Field, ...] = (
        TextField("role", words("form.role"), max_length=100, value=entry.role),
        TextField(
            "phone", words("form.phone"), words("form.phone_hint"), required=False, max_length=40,
            value=entry.phone,
        ),
        *_ways(desk, entry),
        TextField(
            "works", words("form.works"), words("form.works_hint"), required=False, value=entry.works.text
        ),
        _line_manager(desk, entry),
    )  # fmt: skip
    if email:
        hint = words("form.email_hint")
        fields += (TextField("email", words("form.email"), hint, max_length=254, value=entry.email),)
    action = SendCorrection(person=entry.id, shown=shown(entry))
    intro = words.blocks("form.intro", name=entry.name)
    return form(words("form.title"), fields, action, words("form.submit"), intro)


def _ways(desk: Desk, entry: Entry) -> tuple[Field, ...]:
    """One question for each place in the order; what stands there now is chosen."""
    known = dict.fromkeys((*desk.platforms, *entry.platforms))
    options = tuple(Option(name, way(name)) for name in known)
    fields: list[Field] = []
    for place in range(min(len(known), _MOST_WAYS)):
        now = entry.platforms[place] if place < len(entry.platforms) else _NONE
        offered = options if place == 0 else (Option(_NONE, words("form.no_way")), *options)
        label = words("form.then_way", place=place + 1) if place else words("form.first_way")
        hint = "" if place else words("form.way_hint")
        fields.append(ChoiceField(f"way_{place + 1}", label, offered, hint, value=now))
    return tuple(fields)


def _line_manager(desk: Desk, entry: Entry) -> PersonField:
    people = dict.fromkeys((entry.line_manager, *(one.id for one in desk.directory.colleagues(entry.id))))
    known = (desk.person(person) for person in list(people)[:25] if person)
    options = tuple(Option(person.id, f"{person.name}, {person.role}") for person in known)
    label, hint = words("form.line_manager"), words("form.line_manager_hint")
    return PersonField("line_manager", label, "all", options, hint, required=False, value=entry.line_manager)


def sent(entry: Entry, values: Values) -> dict[str, Any]:
    """The entry's fields as they were sent; channels stay as they are, after the ways."""
    chosen = (text(values, f"way_{place + 1}") for place in range(_MOST_WAYS))
    ways = dict.fromkeys(way for way in chosen if way not in ("", _NONE))
    channels = (way for way in entry.ways if ":" in way)
    fields: dict[str, Any] = {name: text(values, name) for name in ("role", "phone", "works", "line_manager")}
    if "email" in values:
        fields["email"] = text(values, "email")
    return fields | {"ways": (*ways, *channels)}


def given_back(shown: Form, values: Values, wrong: Mapping[str, str]) -> Invalid:
    """The form with what is wrong at its fields, and above them what is wrong elsewhere."""
    known = {field.id for field in shown.fields}
    at = {(_FIRST_WAY if field == "ways" else field): said for field, said in wrong.items()}
    errors = {field: said for field, said in at.items() if field in known}
    rest = " ".join(said for field, said in at.items() if field not in known or field == ELSEWHERE)
    return Invalid(refused(shown, values, errors, rest))
