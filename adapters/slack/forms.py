"""Form ↔ modal: drawn from a form, read from a submission, given back with everything that was typed."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.slack import limits
from adapters.slack.render import (
    Json,
    bold,
    characters_of,
    clean,
    ellipsis,
    length,
    page,
    plain,
    plain_context,
    plain_section,
    running_text,
    shortened,
    split,
    visible,
)
from bot.chat.action import Payload
from bot.chat.card import Card
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
    Values,
    YesNoField,
)
from bot.chat.outside import Malformed, identifier, optional, part, parts, read_json
from bot.chat.phrases import Phrases
from bot.chat.turn import Place, PlaceKind

CALLBACK = "form"
PROBLEM = "problem"
"""The block that says what is wrong with the whole form."""
NOBODY = "braver:nobody"
"""The value of an option that is no person; read as nothing chosen."""
_YES, _NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Began:
    """Where the form was opened, so that its answer goes there: it travels in the modal itself."""

    conversation: str
    kind: PlaceKind
    thread: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A submission as read. `labels`: what the chosen people are called, by option value."""

    payload: Payload
    instance: str
    began: Began
    values: Values
    labels: Mapping[str, str]


def modal(
    form: Form, place: Place, zone: ZoneInfo, phrases: Phrases, labels: Mapping[str, str] | None = None
) -> Json:
    """The form as a modal. A form too long for one is shortened and says so."""
    blocks = _head(form, phrases)
    characters = limits.VIEW.characters - characters_of(blocks)
    scopes: dict[str, str] = {}
    whole = True
    for number, item in enumerate(form.fields):
        error = form.errors.get(item.id, "")
        drawn = _field(item, block_id(form, number), error, zone, phrases, labels or {})
        characters -= characters_of(drawn)
        if len(blocks) + len(drawn) >= limits.VIEW.blocks or characters < limits.INPUT_TEXT:
            whole = False
            break
        blocks += drawn
        if isinstance(item, PersonField) and item.scope:
            scopes[item.id] = item.scope
    blocks += [] if whole else plain_context(phrases.shortened, phrases)
    return {
        **_frame(form.title, phrases.cancel),
        "callback_id": CALLBACK,
        "submit": plain(ellipsis(visible(clean(form.submit)) or "…", limits.VIEW_BUTTON)),
        "blocks": blocks or [plain_section("…")],
        "private_metadata": _metadata(form, place, scopes),
    }


def notice(card: Card, phrases: Phrases) -> Json:
    """A modal that is only read: one moment, please; or what came instead of a form."""
    blocks = [block for block in page(card, limits.VIEW, phrases) if block["type"] != "actions"]
    return {**_frame(card.title, phrases.close), "blocks": blocks or [plain_section("…")]}


def errors(form: Form) -> dict[str, str]:
    """The errors by block, as the answer to a submission that leaves the modal as it is."""
    return {
        block_id(form, number): ellipsis(clean(form.errors[item.id]), limits.ERROR)
        for number, item in enumerate(form.fields)
        if form.errors.get(item.id)
    }


def given_back(view: Json, problem: str) -> Json:
    """The submitted modal once more: every word still in it, the same instance, the problem on top."""
    typed = dict(_states(view))
    blocks = [
        _refilled(block, typed) for block in parts(view.get("blocks")) if block.get("block_id") != PROBLEM
    ]
    kept = {name: view.get(name) for name in ("type", "callback_id", "title", "private_metadata")}
    buttons = {name: view[name] for name in ("submit", "close") if view.get(name)}
    top = _problem(problem) if len(blocks) < limits.VIEW.blocks else []
    return {**kept, **buttons, "blocks": [*top, *blocks]}


def read(view: Json, zone: ZoneInfo) -> Sent | None:
    """The submission; None where the modal is none of ours."""
    try:
        kept = read_json(view["private_metadata"])
        payload = Payload.decode(json.dumps(kept["action"]))
        began = Began(optional(kept["conversation"]), kept["kind"], optional(kept["thread"]))
        instance = identifier(kept["instance"])
    except (Malformed, TypeError, KeyError):
        return None
    if payload is None or began.kind not in ("personal", "channel", "home"):
        return None
    values: dict[str, Value] = {}
    labels: dict[str, str] = {}
    for action_id, state in _states(view):
        kind, _, field_id = action_id.partition(":")
        values[field_id] = _value(kind, state, zone)
        chosen = _option(state.get("selected_option"))
        if kind == "person" and chosen is not None:
            labels[chosen.value] = chosen.label
    return Sent(payload, instance, began, values, labels)


def scope_of(view: Json, action_id: str) -> str:
    """Where a person field of this modal looks for people; empty where that is not known."""
    try:
        found = read_json(view["private_metadata"])["scopes"][action_id.partition(":")[2]]
    except (Malformed, TypeError, KeyError):
        return ""
    return str(found)


def choices(options: Sequence[Option]) -> list[Json]:
    """Options as Slack takes them: no value twice, labels within the limit (a long one goes on below)."""
    drawn: dict[str, Json] = {}
    for option in options:
        fits = visible(option.value) and length(option.value) <= limits.OPTION_VALUE
        if fits and option.value not in drawn:
            drawn[option.value] = _choice(option)
    return list(drawn.values())[: limits.SELECT_OPTIONS]


def block_id(form: Form, number: int) -> str:
    """The id of a field's block. It differs from form to form: Slack keeps what was typed where ids agree."""
    return f"{hashlib.sha256(form.instance.encode('utf-8', 'ignore')).hexdigest()[:12]}.{number}"


def _frame(title: str, close: str) -> Json:
    words = " ".join(clean(title).split())
    return {
        "type": "modal",
        "title": plain(ellipsis(visible(words) or "…", limits.VIEW_TITLE)),
        "close": plain(ellipsis(close, limits.VIEW_BUTTON)),
    }


def _head(form: Form, phrases: Phrases) -> list[Json]:
    """The problem, the title where the frame is too narrow for it, and the introduction."""
    strays = [form.errors[name] for name in form.errors if name not in {item.id for item in form.fields}]
    problem = "\n".join(words for words in (form.problem, *strays) if words)
    title = " ".join(clean(form.title).split())
    headed = page(Card(title), limits.MESSAGE, phrases) if length(title) > limits.VIEW_TITLE else []
    return [*_problem(problem), *headed, *running_text(form.intro, limits.MESSAGE, phrases)]


def _problem(words: str) -> list[Json]:
    told = ellipsis(clean(words), limits.RICH_TEXT)
    return [{**bold(f"! {told}"), "block_id": PROBLEM}] if visible(told) else []


def _metadata(form: Form, place: Place, scopes: Mapping[str, str]) -> str:
    kept: Json = {
        "action": json.loads(form.action.encode()),
        "instance": form.instance,
        "conversation": place.address.conversation,
        "kind": place.kind,
        "thread": place.thread,
    }
    text = _packed({**kept, "scopes": dict(scopes)})
    # Without its scope a person field offers only the people that it came with, and still works.
    return text if length(text) <= limits.PRIVATE_METADATA else _packed(kept)


def _packed(kept: Json) -> str:
    return json.dumps(kept, separators=(",", ":"), ensure_ascii=False)


def _field(
    item: Field, block: str, error: str, zone: ZoneInfo, phrases: Phrases, labels: Mapping[str, str]
) -> list[Json]:
    """The input, with its error above it; a choice of nothing is only its label."""
    label = ellipsis(visible(clean(item.label)) or "…", limits.LABEL)
    told = [bold(f"! {ellipsis(clean(error), limits.ERROR)}")] if visible(error) else []
    element = _element(item, zone, phrases, labels)
    if element is None:
        return [*told, plain_section(label)]
    drawn: Json = {
        "type": "input",
        "block_id": block,
        "label": plain(label),
        "optional": not item.required,
        "element": {"action_id": f"{item.kind}:{item.id}"[: limits.ACTION_ID], **element},
    }
    hint = visible(clean(item.hint))
    if hint:
        drawn["hint"] = plain(shortened(hint, limits.HINT, phrases))
    return [*told, drawn]


def _element(item: Field, zone: ZoneInfo, phrases: Phrases, labels: Mapping[str, str]) -> Json | None:
    match item:
        case TextField() | LongTextField():
            return _text_input(item)
        case ChoiceField():
            return _choice_input(item.options, item.value, phrases)
        case ChoicesField():
            return _choices_input(item, phrases)
        case PersonField():
            return _person_input(item, phrases, labels)
        case DateTimeField():
            return _time_input(item.value, zone)
        case YesNoField():
            options = (Option(_YES, phrases.yes), Option(_NO, phrases.no))
            chosen = "" if item.value is None else _YES if item.value else _NO
            return _choice_input(options, chosen, phrases)


def _text_input(item: TextField | LongTextField) -> Json:
    value = split(clean(item.value), limits.INPUT_TEXT)[0]
    # What is given back must fit, even where it is longer than what will be taken.
    most = min(max(item.max_length, length(value), 1), limits.INPUT_TEXT)
    multiline = isinstance(item, LongTextField)
    drawn: Json = {"type": "plain_text_input", "multiline": multiline, "max_length": most}
    return {**drawn, "initial_value": value} if value else drawn


def _choice_input(options: Sequence[Option], value: str, phrases: Phrases) -> Json | None:
    drawn = choices(options)
    if not drawn:
        return None
    found = [option for option in drawn if option["value"] == value]
    chosen = {"initial_option": found[0]} if found else {}
    if len(drawn) <= limits.RADIO_OPTIONS:
        return {"type": "radio_buttons", "options": drawn, **chosen}
    return {"type": "static_select", "placeholder": _placeholder(phrases.choose), "options": drawn, **chosen}


def _choices_input(item: ChoicesField, phrases: Phrases) -> Json | None:
    drawn = choices(item.options)
    if not drawn:
        return None
    chosen = [option for option in drawn if option["value"] in item.value]
    initial = {"initial_options": chosen} if chosen else {}
    if len(drawn) <= limits.RADIO_OPTIONS:
        return {"type": "checkboxes", "options": drawn, **initial}
    menu: Json = {"type": "multi_static_select", "placeholder": _placeholder(phrases.choose)}
    return {**menu, "options": drawn, **initial}


def _person_input(item: PersonField, phrases: Phrases, labels: Mapping[str, str]) -> Json | None:
    known = {option["value"]: option for option in choices(item.options)}
    if item.value in labels and item.value not in known:
        known |= {option["value"]: option for option in choices([Option(item.value, labels[item.value])])}
    chosen = {"initial_option": known[item.value]} if item.value in known else {}
    placeholder = _placeholder(phrases.find_person)
    if item.scope:
        return {"type": "external_select", "min_query_length": 0, "placeholder": placeholder, **chosen}
    if not known:
        return None
    return {"type": "static_select", "placeholder": placeholder, "options": list(known.values()), **chosen}


def _time_input(value: datetime | None, zone: ZoneInfo) -> Json:
    seconds = int(value.replace(tzinfo=zone).timestamp()) if value and 2002 <= value.year <= 2285 else 0
    fits = limits.EARLIEST <= seconds <= limits.LATEST
    return {"type": "datetimepicker", **({"initial_date_time": seconds} if fits else {})}


def _choice(option: Option) -> Json:
    label = " ".join(clean(option.label).split())
    head, rest = split(label if visible(label) else option.value, limits.OPTION_LABEL)
    more = {"description": plain(ellipsis(rest.strip(), limits.OPTION_LABEL))} if visible(rest) else {}
    return {"text": plain(head), "value": option.value, **more}


def _placeholder(words: str) -> Json:
    return plain(ellipsis(words, limits.PLACEHOLDER))


def _states(view: Json) -> Iterator[tuple[str, Json]]:
    """What stands in the inputs, by their action ids, which are those of their fields."""
    for elements in part(part(view.get("state")).get("values")).values():
        for action_id, state in part(elements).items():
            yield action_id, part(state)


def _value(kind: str, state: Json, zone: ZoneInfo) -> Value:
    """What does not fit its kind counts as left empty."""
    match kind:
        case "choice" | "person":
            return _selected(state)
        case "yes_no":
            chosen = _selected(state)
            return None if chosen is None else chosen == _YES
        case "choices":
            chosen_ones = map(_option, parts(state.get("selected_options")))
            return tuple(option.value for option in chosen_ones if option is not None)
        case "datetime":
            seconds = state.get("selected_date_time")
            if not isinstance(seconds, int) or not limits.EARLIEST <= seconds <= limits.LATEST:
                return None
            return datetime.fromtimestamp(seconds, zone).replace(tzinfo=None)
        case _:
            value = state.get("value")
            return value if isinstance(value, str) else None


def _selected(state: Json) -> str | None:
    option = _option(state.get("selected_option"))
    return None if option is None else option.value


def _option(raw: object) -> Option | None:
    """None where nothing was chosen, or what stands for nobody."""
    value, label = part(raw).get("value"), part(part(raw).get("text")).get("text")
    if value == NOBODY:
        return None
    return Option(value, label if isinstance(label, str) else value) if isinstance(value, str) else None


def _refilled(block: Json, typed: Json) -> Json:
    """An input block that starts with what was typed into it."""
    element = block.get("element")
    if block.get("type") != "input" or not isinstance(element, dict):
        return block
    state = typed.get(str(element.get("action_id")), {})
    empty = {name: value for name, value in element.items() if not name.startswith("initial_")}
    filled = {
        initial: state[name]
        for name, initial in (
            ("value", "initial_value"),
            ("selected_option", "initial_option"),
            ("selected_options", "initial_options"),
            ("selected_date_time", "initial_date_time"),
        )
        if state.get(name) and (name != "selected_option" or _option(state[name]))
    }
    return {**block, "element": {**empty, **filled}}
