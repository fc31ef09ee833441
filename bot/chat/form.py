"""The form: labelled fields, sent as one. Pure data; checked here, once, for every platform."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.chat.action import Action, Payload
from bot.chat.text import Blocks

Value = str | bool | datetime | tuple[str, ...] | None
"""text and long text, choice and person: str · yes/no: bool · date-time: naive wall time of the
partnership's zone · many choices: tuple of option values · None: left empty."""
Values = Mapping[str, Value]

MAX_TEXT = 150
MAX_LONG_TEXT = 3_000
MAX_OPTIONS = 25


@dataclass(frozen=True, slots=True)
class Option:
    """A choice; `value` is opaque and at most 75 characters, `label` is what people read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class TextField:
    id: str
    label: str
    hint: str = ""
    required: bool = True
    max_length: int = MAX_TEXT
    value: str = ""
    kind: str = field(default="text", init=False)


@dataclass(frozen=True, slots=True)
class LongTextField:
    id: str
    label: str
    hint: str = ""
    required: bool = True
    max_length: int = MAX_LONG_TEXT
    value: str = ""
    kind: str = field(default="long_text", init=False)


@dataclass(frozen=True, slots=True)
class ChoiceField:
    id: str
    label: str
    options: tuple[Option, ...]
    hint: str = ""
    required: bool = True
    value: str = ""
    kind: str = field(default="choice", init=False)


@dataclass(frozen=True, slots=True)
class ChoicesField:
    id: str
    label: str
    options: tuple[Option, ...]
    hint: str = ""
    required: bool = False
    value: tuple[str, ...] = ()
    kind: str = field(default="choices", init=False)


@dataclass(frozen=True, slots=True)
class PersonField:
    """A person of the directory, found by typing. `scope` says where to look (e.g. "colleagues:<id>").

    `options` are the first at most 25; a platform that can search asks the inbox for more by `scope`.
    """

    id: str
    label: str
    scope: str
    options: tuple[Option, ...] = ()
    hint: str = ""
    required: bool = True
    value: str = ""
    kind: str = field(default="person", init=False)


@dataclass(frozen=True, slots=True)
class DateTimeField:
    id: str
    label: str
    hint: str = ""
    required: bool = True
    value: datetime | None = None
    kind: str = field(default="datetime", init=False)


@dataclass(frozen=True, slots=True)
class YesNoField:
    id: str
    label: str
    hint: str = ""
    required: bool = True
    value: bool | None = None
    kind: str = field(default="yes_no", init=False)


Field = TextField | LongTextField | ChoiceField | ChoicesField | PersonField | DateTimeField | YesNoField


@dataclass(frozen=True, slots=True)
class Form:
    """`action` is what the submission comes back as; `instance` is unique in the act that it causes.

    `errors` (field id → words) and `problem` (about the whole form) are set when it is shown again;
    the fields then hold what was typed.
    """

    title: str
    fields: tuple[Field, ...]
    action: Payload
    instance: str
    submit: str
    intro: Blocks = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FormWords:
    """The error texts of the checks below, from the content files. `{limit}` and `{length}` are filled in."""

    required: str
    too_long: str
    not_a_choice: str


def form(title: str, fields: tuple[Field, ...], action: Action, submit: str, intro: Blocks = ()) -> Form:
    """A form to be shown for the first time, with an instance of its own."""
    return Form(title, fields, action.payload(), secrets.token_hex(8), submit, intro)


def filled(shown: Form, values: Values) -> Form:
    """The same form holding `values`: what was typed is given back, even where it is too long."""
    return replace(shown, fields=tuple(_with(item, values.get(item.id)) for item in shown.fields))


def refused(shown: Form, values: Values, errors: Mapping[str, str], problem: str = "") -> Form:
    """The form given back with what was typed and why it was not taken."""
    return replace(filled(shown, values), errors=dict(errors), problem=problem)


def problems(shown: Form, values: Values, words: FormWords) -> dict[str, str]:
    """What stands against the values: field id → error text. Empty when all is well."""
    found: dict[str, str] = {}
    for item in shown.fields:
        problem = _problem(item, values.get(item.id), words)
        if problem:
            found[item.id] = problem
    return found


def _problem(item: Field, value: Value, words: FormWords) -> str:
    if value is None or value == () or (isinstance(value, str) and not value.strip()):
        return words.required if item.required else ""
    if (
        isinstance(item, TextField | LongTextField)
        and isinstance(value, str)
        and len(value) > item.max_length
    ):
        return words.too_long.format(limit=f"{item.max_length:,}", length=f"{len(value):,}")
    if isinstance(item, ChoiceField) and value not in {option.value for option in item.options}:
        return words.not_a_choice
    if isinstance(item, ChoicesField):
        known = {option.value for option in item.options}
        if not isinstance(value, tuple) or not set(value) <= known:
            return words.not_a_choice
    if isinstance(item, PersonField) and not (
        isinstance(value, str) and re.fullmatch(r"[\w.@+-]{1,75}", value)
    ):
        return words.not_a_choice
    if isinstance(item, DateTimeField) and not isinstance(value, datetime):
        return words.not_a_choice
    if isinstance(item, YesNoField) and not isinstance(value, bool):
        return words.not_a_choice
    if isinstance(item, TextField | LongTextField) and not isinstance(value, str):
        return words.required if item.required else ""
    return ""


def _with(item: Field, value: Value) -> Field:
    match item, value:
        case ((TextField() | LongTextField() | ChoiceField() | PersonField()), str()):
            return replace(item, value=value)
        case ChoicesField(), tuple():
            return replace(item, value=value)
        case DateTimeField(), datetime():
            return replace(item, value=value)
        case YesNoField(), bool():
            return replace(item, value=value)
        case _:
            return item
