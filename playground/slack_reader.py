"""Reads blocks as a person does: lines from top to bottom, buttons and fields where they stand."""

import html
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from playground.screen import Button, Choice, Drawing, Field, FieldKind, Json

_LINK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_KINDS: dict[str, FieldKind] = {
    "static_select": "choice",
    "external_select": "choice",
    "radio_buttons": "choice",
    "multi_static_select": "choices",
    "multi_external_select": "choices",
    "checkboxes": "choices",
    "datepicker": "date",
    "timepicker": "time",
    "datetimepicker": "datetime",
}
ALERT = "! "
ZONE = "Europe/London"
"""Of everybody's Slack: dates with a time are shown, and picked, in it."""
State = Mapping[str, Mapping[str, Json]]
"""`state.values` of a view: block id → action id → what is filled in."""


def draw(
    blocks: Iterable[Json], state: State | None = None, errors: Mapping[str, str] | None = None
) -> Drawing:
    """The blocks as seen, with what is filled in and what Slack shows against it (by block id).

    Words above an input that begin with `ALERT` are that input's error: a view that is shown anew has no
    other place for them.
    """
    lines: list[str] = []
    buttons: list[Button] = []
    fields: list[Field] = []
    said = ""
    for block in blocks:
        before, said = said, ""
        match block["type"]:
            case "divider":
                lines.append("———")
            case "rich_text":
                prose = _rich(block)
                lines += prose
                said = _alert(prose)
            case "input":
                item = read_field(block, state or {}, errors or {}, before)
                fields.append(item)
                lines += [
                    field_line(item),
                    *(f"  ! {error}" for error in (errors or {}).get(item.id, "").splitlines()),
                ]
            case "actions":
                found = [
                    _button(element, block) for element in block["elements"] if element["type"] == "button"
                ]
                buttons += found
                lines.append(" ".join(f"[{button.label}]" for button in found))
            case "image":
                lines.append(f"({block.get('alt_text', '')})")
            case _:
                prose = _prose(block)
                lines += prose
                said = _alert(prose)
                accessory = block.get("accessory")
                if accessory and accessory["type"] == "button":
                    buttons.append(_button(accessory, block))
                    lines.append(f"[{buttons[-1].label}]")
    return Drawing(tuple(line for line in lines if line), tuple(buttons), tuple(fields))


def _alert(prose: list[str]) -> str:
    """What the lines say against the input below them, if that is what they are for."""
    return " ".join(prose).removeprefix(ALERT) if prose and prose[0].startswith(ALERT) else ""


def read_field(block: Json, state: State, errors: Mapping[str, str], said: str = "") -> Field:
    """An input block; its id is the block's. `said` stands right above it and counts as its error."""
    element = block["element"]
    filled = state.get(block["block_id"], {}).get(element["action_id"]) or initial(element)
    long = element["type"] == "plain_text_input" and element.get("multiline")
    return Field(
        id=block["block_id"],
        label=block["label"]["text"],
        kind=_KINDS.get(element["type"], "long_text" if long else "text"),
        raw=block,
        required=not block.get("optional", False),
        choices=tuple(
            Choice(option["value"], option["text"]["text"]) for option in element.get("options", [])
        ),
        searches="external" in element["type"],
        shown=shown(filled),
        hint=(block.get("hint") or {}).get("text", ""),
        error=errors.get(block["block_id"], "") or said,
        max_length=element.get("max_length"),
    )


def initial(element: Json) -> Json:
    """What an element holds before anybody touched it, in the shape of `state.values`."""
    kind = element["type"]
    match kind:
        case "static_select" | "external_select" | "radio_buttons":
            return {"type": kind, "selected_option": element.get("initial_option")}
        case "multi_static_select" | "multi_external_select" | "checkboxes":
            return {"type": kind, "selected_options": element.get("initial_options", [])}
        case "datepicker":
            return {"type": kind, "selected_date": element.get("initial_date")}
        case "timepicker":
            return {"type": kind, "selected_time": element.get("initial_time")}
        case "datetimepicker":
            return {"type": kind, "selected_date_time": element.get("initial_date_time")}
        case _:
            return {"type": kind, "value": element.get("initial_value") or None}


def shown(filled: Json) -> str:
    """A filled element as it reads on the screen; empty where nothing is chosen."""
    if filled.get("selected_option"):
        return str(filled["selected_option"]["text"]["text"])
    if filled.get("selected_options"):
        return ", ".join(str(option["text"]["text"]) for option in filled["selected_options"])
    if filled.get("selected_date_time"):
        return datetime.fromtimestamp(filled["selected_date_time"], ZoneInfo(ZONE)).strftime("%Y-%m-%d %H:%M")
    return str(filled.get("selected_date") or filled.get("selected_time") or filled.get("value") or "")


def field_line(item: Field) -> str:
    """A field as a line of a transcript."""
    hint = f" ({item.hint})" if item.hint else ""
    return f"{item.label}{'' if item.required else ' (optional)'}: [{item.shown}]{hint}"


def mrkdwn(text: str) -> str:
    """Slack's text as it reads: links as their labels with the address, entities decoded."""

    def link(match: re.Match[str]) -> str:
        target, label = match[1], match[2]
        if target.startswith(("@", "#", "!")):
            return label or target
        if target.startswith(("tel:", "mailto:")) and label:
            return label
        return f"{label} ({target})" if label else target

    return html.unescape(_LINK.sub(link, text))


def _text(part: Json) -> str:
    return mrkdwn(part["text"]) if part["type"] == "mrkdwn" else str(part["text"])


def _prose(block: Json) -> list[str]:
    if block["type"] == "markdown":
        return [str(block["text"])]
    texts = [block["text"]] if "text" in block else []
    texts += block.get("fields", []) + [item for item in block.get("elements", []) if "text" in item]
    return [line for text in texts for line in _text(text).splitlines()]


def _button(element: Json, block: Json) -> Button:
    raw = {**element, "block_id": block["block_id"]}
    return Button(element["text"]["text"], raw, element.get("style", ""), element.get("url", ""))


def _rich(block: Json) -> list[str]:
    lines: list[str] = []
    for part in block["elements"]:
        match part["type"]:
            case "rich_text_list":
                ordered = part.get("style") == "ordered"
                start = int(part.get("offset", 0)) + 1
                for number, item in enumerate(part["elements"], start):
                    lines.append(f"{f'{number}.' if ordered else '•'} {_inline(item)}")
            case "rich_text_quote":
                lines += [f"> {line}" for line in _inline(part).splitlines()]
            case _:
                lines += _inline(part).splitlines()
    return lines


def _inline(part: Json) -> str:
    return "".join(_span(item) for item in part["elements"])


def _span(item: Json) -> str:
    match item["type"]:
        case "link":
            label, url = item.get("text", ""), item["url"]
            if label and url.startswith(("tel:", "mailto:")):
                return str(label)
            return f"{label} ({url})" if label and label != url else str(url)
        case "user":
            return f"@{item['user_id']}"
        case "emoji":
            return f":{item['name']}:"
        case _:
            return str(item.get("text", ""))
