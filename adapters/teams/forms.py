"""Form ↔ inputs of an Adaptive Card: how a field is drawn, and how what was typed is read again.

A submission carries the kinds of its fields and, packed, the form itself: so the form can be given back
with every word in it by any process at any time, also when the database can't be reached.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from adapters.teams import limits
from bot.chat.action import Payload
from bot.chat.form import (
    ChoiceField,
    ChoicesField,
    DateTimeField,
    Field,
    Form,
    LongTextField,
    Option,
    PersonField,
    TextField,
    Value,
    YesNoField,
)
from bot.chat.phrases import Phrases
from bot.chat.text import leading

Json = dict[str, Any]

YES, NO = "yes", "no"
DATE, TIME = ".date", ".time"
_NAMED = "|"
"""Parts the value of a person from the name that goes with it; no value of the directory has it."""
_KINDS: dict[str, type[Field]] = {
    "text": TextField,
    "long_text": LongTextField,
    "choice": ChoiceField,
    "choices": ChoicesField,
    "person": PersonField,
    "datetime": DateTimeField,
    "yes_no": YesNoField,
}


def searches(field: Field) -> bool:
    """Whether more options of this field are found by typing."""
    return isinstance(field, PersonField) and bool(field.scope)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Draws fields with the pen of a card: `text` cuts words to be read, `value` cuts typed words and
    `note` draws a line beside the field. `labels` are the names of people who were chosen before."""

    text: Callable[[str], str]
    value: Callable[[str], str]
    note: Callable[..., list[Json]]
    phrases: Phrases
    labels: Mapping[str, str]

    def draw(self, field: Field, error: str) -> Json:
        """What is wrong, the input with its label, and the hint, as one group apart from other fields."""
        drawn: list[Json] = []
        if error:
            said = f"{leading(field.label)} {error}".strip()
            drawn += self.note(said, color="Attention", weight="Bolder")
        drawn += self._inputs(field)
        if field.hint:
            drawn += self.note(field.hint, isSubtle=True, size="Small")
        return {"type": "Container", "items": drawn, "spacing": "Large"}

    def _inputs(self, field: Field) -> list[Json]:
        match field:
            case TextField(value=value):
                return [self._input(field, "Input.Text", value=self.value(value))]
            case LongTextField(value=value):
                return [self._input(field, "Input.Text", isMultiline=True, value=self.value(value))]
            case ChoiceField(options=options, value=value):
                return [self._choice(field, options, value, style="compact", placeholder=self.phrases.choose)]
            case ChoicesField(options=options, value=chosen):
                escaped = tuple(Option(_escape(option.value), option.label) for option in options)
                value = ",".join(map(_escape, chosen))
                return [self._choice(field, escaped, value, style="expanded", isMultiSelect=True)]
            case PersonField():
                return [self._person(field)]
            case DateTimeField(value=at):
                day, hour = (at.date().isoformat(), at.isoformat()[11:16]) if at else ("", "")
                return [
                    self._input(field, "Input.Date", DATE, value=day, part=self.phrases.date),
                    self._input(field, "Input.Time", TIME, value=hour, part=self.phrases.time),
                ]
            case YesNoField(value=answer):
                options = (Option(YES, self.phrases.yes), Option(NO, self.phrases.no))
                value = "" if answer is None else YES if answer else NO
                return [self._choice(field, options, value, style="expanded")]

    def _person(self, field: PersonField) -> Json:
        options, value = field.options, field.value
        if value and value not in {option.value for option in options}:
            # Somebody found by typing: the choice is kept when the form is shown again.
            options = (*options, Option(value, self.labels.get(value, "")))
        chosen = next((found(option) for option in options if value and option.value == value), "")
        options = tuple(Option(found(option), option.label or option.value) for option in options)
        style = "filtered" if searches(field) or options else "compact"
        drawn = self._choice(field, options, chosen, style=style, placeholder=self.phrases.find_person)
        if searches(field):
            drawn["choices.data"] = {"type": "Data.Query", "dataset": field.scope}
        return drawn

    def _choice(self, field: Field, options: tuple[Option, ...], value: str, **more: Any) -> Json:
        choices = [
            {"title": self.text(option.label) or option.value, "value": option.value}
            for option in options
            if option.value
        ]
        # A list without a choice can't be drawn; this one is refused as no choice when it comes back.
        choices = choices or [{"title": self.phrases.choose, "value": "-"}]
        return self._input(field, "Input.ChoiceSet", choices=choices, wrap=True, value=value, **more)

    def _input(
        self, field: Field, kind: str, suffix: str = "", *, value: str, part: str = "", **more: Any
    ) -> Json:
        """`part` names one of several inputs of the field, whose ids end in `suffix`."""
        label = self.text(field.label) or field.id
        label = f"{label} ({part})" if part else label
        drawn: Json = {"type": kind, "id": field.id + suffix, "label": label, "spacing": "Small", **more}
        if field.required:
            drawn |= {"isRequired": True, "errorMessage": f"{leading(label)} {self.phrases.required}"}
        if value:
            drawn["value"] = value
        return drawn


def submission(form: Form, nonce: str, *, packed: bool) -> Json:
    """Our data of the form's submit button. `packed`: with the form itself, to give it back."""
    kinds = {field.id: field.kind for field in form.fields[: limits.FIELDS]}
    data: Json = {"p": form.action.encode(), "n": nonce, "i": form.instance, "t": kinds}
    pack = _pack(form) if packed else ""
    return {**data, "x": pack} if pack else data


def values(typed: Mapping[str, Any], kinds: Mapping[str, Any]) -> dict[str, Value]:
    """What was typed, by field id. What does not fit its kind counts as left empty."""
    return {str(id_): _value(typed, str(id_), kind) for id_, kind in kinds.items()}


def found(option: Option) -> str:
    """The value of a person as Teams gets it. It carries the name along, since Teams sends back only the
    value, and a form that is shown again should not show an id in place of a name."""
    return f"{option.value}{_NAMED}{option.label[: limits.NAME]}" if option.label else option.value


def names(typed: Mapping[str, Any], kinds: Mapping[str, Any]) -> dict[str, str]:
    """The names of the people who were chosen, by their values."""
    chosen = (typed.get(id_) for id_, kind in kinds.items() if kind == "person")
    parts = (raw.partition(_NAMED) for raw in chosen if isinstance(raw, str))
    return {value: name[: limits.NAME] for value, _, name in parts if value and name}


def _value(typed: Mapping[str, Any], id_: str, kind: Any) -> Value:
    if kind == "datetime":
        return _wall_time(typed.get(id_ + DATE), typed.get(id_ + TIME))
    raw = typed.get(id_)
    if not isinstance(raw, str) or not raw:
        return None
    match kind:
        case "choices":
            return tuple(_unescape(part) for part in raw.split(",") if part)
        case "yes_no":
            return {YES: True, NO: False}.get(raw)
        case "person":
            return raw.partition(_NAMED)[0] or None
        case _:
            return raw


def _wall_time(day: Any, hour: Any) -> datetime | None:
    if not (isinstance(day, str) and isinstance(hour, str)):
        return None
    try:
        at = datetime.fromisoformat(f"{day[:10]}T{hour}")
    except ValueError:
        return None
    if not limits.EARLIEST <= at.year <= limits.LATEST:
        return None
    return at.replace(tzinfo=None, second=0, microsecond=0)


def _escape(value: str) -> str:
    """Teams joins the chosen values with commas."""
    return value.replace("%", "%25").replace(",", "%2C")


def _unescape(value: str) -> str:
    return value.replace("%2C", ",").replace("%25", "%")


def _pack(form: Form) -> str:
    """The form without what was typed, as text; nothing for a form beyond all measure. Its intro is left
    out: the problem stands in its place."""
    empty = {"value", "kind"}
    fields = [
        [item.kind, {key: value for key, value in asdict(item).items() if key not in empty}]
        for item in form.fields
    ]
    raw = json.dumps([form.title, form.submit, form.instance, form.action.encode(), fields])
    if len(raw) > limits.FORM_PACK:
        return ""
    return base64.b85encode(zlib.compress(raw.encode(), 9)).decode()


def unpack(packed: Any) -> Form | None:
    """The form of a submission, empty; None where it was not packed, or is not one of ours."""
    if not isinstance(packed, str):
        return None
    try:
        inflate = zlib.decompressobj()
        raw = inflate.decompress(base64.b85decode(packed), limits.FORM_PACK)
        title, submit, instance, action, fields = json.loads(raw)
        payload = Payload.decode(action)
        if payload is None or not all(isinstance(text, str) for text in (title, submit, instance)):
            return None
        return Form(title, tuple(_field(kind, data) for kind, data in fields), payload, instance, submit)
    except (ValueError, TypeError, KeyError, zlib.error, binascii.Error, RecursionError):
        return None


def _field(kind: str, data: Json) -> Field:
    made = dict(data)
    if "options" in made:
        made["options"] = tuple(Option(str(o["value"]), str(o["label"])) for o in made["options"])
    return _KINDS[kind](**made)
