"""What Slack refuses in blocks and views: strict where its rules are known, rough elsewhere.

Source of the numbers: Slack's Block Kit reference, as kept by the limits that its SDK checks.
"""

from collections.abc import Iterator, Sequence

from playground.screen import Json

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_CHARACTERS = 13_200
"""Undocumented: above about this many characters in all, a message is refused as too long."""
MESSAGE_TEXT = 40_000

_TEXT_LIMITS = {"header": 150, "section": 3_000, "input": 2_000}
_INPUTS = {
    "plain_text_input", "static_select", "multi_static_select", "external_select", "multi_external_select",
    "radio_buttons", "checkboxes", "datepicker", "timepicker", "datetimepicker", "email_text_input",
    "url_text_input", "number_input", "users_select",
}  # fmt: skip
_BLOCKS = {"header", "section", "context", "divider", "actions", "input", "rich_text", "image", "markdown"}
_RICH = {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"}
_CHOOSERS = {"static_select", "multi_static_select", "radio_buttons", "checkboxes"}


def message_problems(blocks: object) -> list[str]:
    """What stands against these blocks of a message; empty when they are fine."""
    return _blocks_problems(blocks, MESSAGE_BLOCKS)


def view_problems(view: object) -> list[str]:
    """What stands against this modal or home view."""
    if not isinstance(view, dict):
        return ["view: must be an object"]
    kind = view.get("type")
    if kind not in ("modal", "home"):
        return ["view.type: must be modal or home"]
    found = _blocks_problems(view.get("blocks"), VIEW_BLOCKS)
    found += _length("callback_id", view.get("callback_id", ""), 255)
    found += _length("private_metadata", view.get("private_metadata", ""), 3_000)
    if kind == "modal":
        found += _text("title", view.get("title"), 24, plain=True)
        for part in ("submit", "close"):
            if view.get(part) is not None:
                found += _text(part, view[part], 24, plain=True)
        blocks = view.get("blocks")
        has_input = isinstance(blocks, list) and any(_kind(block) == "input" for block in blocks)
        if has_input and not view.get("submit"):
            found.append("submit: a view with inputs must have one")
    return found


def characters(blocks: Sequence[Json]) -> int:
    """The characters of all texts in the blocks, which a message may not have too many of."""
    return sum(len(text) for text in _texts(list(blocks)))


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if isinstance(value, str) and key in ("text", "value", "url", "alt_text"):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(part, list):
        for item in part:
            yield from _texts(item)


def _kind(part: object) -> str:
    return str(part.get("type", "")) if isinstance(part, dict) else ""


def _blocks_problems(blocks: object, most: int) -> list[str]:
    if not isinstance(blocks, list):
        return ["blocks: must be a list"]
    found = [f"blocks: no more than {most} items allowed"] if len(blocks) > most else []
    ids: set[str] = set()
    for number, block in enumerate(blocks):
        where = f"blocks/{number}"
        if _kind(block) not in _BLOCKS:
            found.append(f"{where}: unsupported type: {_kind(block)!r}")
            continue
        block_id = block.get("block_id", "")
        found += _length(f"{where}/block_id", block_id, 255)
        if block_id and block_id in ids:
            found.append(f"{where}/block_id: {block_id!r} already exists")
        ids.add(block_id)
        found += [f"{where}{problem}" for problem in _block(block)]
    return found


def _block(block: Json) -> list[str]:
    kind = _kind(block)
    match kind:
        case "header":
            return _text("/text", block.get("text"), _TEXT_LIMITS[kind], plain=True)
        case "section":
            return _section(block)
        case "context":
            return _list("/elements", block.get("elements"), 10)
        case "actions":
            return _actions(block)
        case "input":
            return _input(block)
        case "rich_text":
            return _rich(block)
        case "image":
            return [f"/{key}: missing" for key in ("alt_text",) if not block.get(key)]
        case "markdown":
            return _length("/text", block.get("text", ""), 12_000)
        case _:
            return []


def _section(block: Json) -> list[str]:
    found: list[str] = []
    if "text" not in block and "fields" not in block:
        found.append(": a section needs text or fields")
    if "text" in block:
        found += _text("/text", block["text"], _TEXT_LIMITS["section"])
    if "fields" in block:
        found += _list("/fields", block["fields"], 10)
        for number, item in enumerate(block["fields"] if isinstance(block["fields"], list) else []):
            found += _text(f"/fields/{number}", item, 2_000)
    if "accessory" in block:
        found += _element("/accessory", block["accessory"])
    return found


def _actions(block: Json) -> list[str]:
    found = _list("/elements", block.get("elements"), 25)
    elements = block.get("elements")
    ids: set[str] = set()
    for number, element in enumerate(elements if isinstance(elements, list) else []):
        found += _element(f"/elements/{number}", element)
        action_id = element.get("action_id", "") if isinstance(element, dict) else ""
        if action_id and action_id in ids:
            found.append(f"/elements/{number}/action_id: {action_id!r} already exists")
        ids.add(action_id)
    return found


def _input(block: Json) -> list[str]:
    found = _text("/label", block.get("label"), _TEXT_LIMITS["input"], plain=True)
    if block.get("hint") is not None:
        found += _text("/hint", block["hint"], 2_000, plain=True)
    element = block.get("element")
    if _kind(element) not in _INPUTS:
        return [*found, f"/element: unsupported type: {_kind(element)!r}"]
    return found + _element("/element", element)


def _rich(block: Json) -> list[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not elements:
        return ["/elements: missing or empty"]
    found = []
    for number, element in enumerate(elements):
        if _kind(element) not in _RICH:
            found.append(f"/elements/{number}: unsupported type: {_kind(element)!r}")
        found += _rich_parts(f"/elements/{number}", element)
    return found


def _rich_parts(where: str, part: Json) -> list[str]:
    found = []
    for number, item in enumerate(part.get("elements", [])):
        here = f"{where}/elements/{number}"
        match _kind(item):
            case "rich_text_section":
                found += _rich_parts(here, item)
            case "text":
                if not isinstance(item.get("text"), str) or not item["text"]:
                    found.append(f"{here}/text: must be at least 1 character")
            case "link":
                if not item.get("url"):
                    found.append(f"{here}/url: missing")
            case "user" | "channel" | "emoji" | "broadcast" | "date" | "usergroup" | "color":
                pass
            case other:
                found.append(f"{here}: unsupported type: {other!r}")
    return found


def _element(where: str, element: object) -> list[str]:
    kind = _kind(element)
    if not isinstance(element, dict) or kind not in _INPUTS | {"button", "overflow", "image"}:
        return [f"{where}: unsupported type: {kind!r}"]
    found = _length(f"{where}/action_id", element.get("action_id", ""), 255)
    if "placeholder" in element:
        found += _text(f"{where}/placeholder", element["placeholder"], 150, plain=True)
    if kind == "button":
        found += _text(f"{where}/text", element.get("text"), 75, plain=True)
        found += _length(f"{where}/value", element.get("value", ""), 2_000)
        found += _length(f"{where}/url", element.get("url", ""), 3_000)
        if element.get("style", "primary") not in ("primary", "danger"):
            found.append(f"{where}/style: must be primary or danger")
    if kind in _CHOOSERS:
        found += _options(where, element, 10 if kind in ("radio_buttons", "checkboxes") else 100)
    if kind == "plain_text_input":
        found += _length(f"{where}/initial_value", element.get("initial_value", ""), 3_000)
        if not 1 <= int(element.get("max_length", 3_000)) <= 3_000:
            found.append(f"{where}/max_length: must be 1 to 3000")
    return found


def _options(where: str, element: Json, most: int) -> list[str]:
    options = element.get("options")
    found = _list(f"{where}/options", options, most)
    values: set[str] = set()
    for number, option in enumerate(options if isinstance(options, list) else []):
        here = f"{where}/options/{number}"
        found += _text(f"{here}/text", option.get("text"), 75)
        value = option.get("value")
        if not isinstance(value, str) or not value:
            found.append(f"{here}/value: missing")
        else:
            found += _length(f"{here}/value", value, 150)
            if value in values:
                found.append(f"{here}/value: {value!r} already exists")
            values.add(value)
    initial = element.get("initial_options") or [element["initial_option"]] if _has_initial(element) else []
    if not all(item in (options or []) for item in initial):
        found.append(f"{where}/initial_option: is not one of the options")
    return found


def _has_initial(element: Json) -> bool:
    return bool(element.get("initial_option") or element.get("initial_options"))


def _list(where: str, items: object, most: int) -> list[str]:
    if not isinstance(items, list) or not items:
        return [f"{where}: must be a list with at least one item"]
    return [f"{where}: no more than {most} items allowed"] if len(items) > most else []


def _text(where: str, text: object, most: int, *, plain: bool = False) -> list[str]:
    if not isinstance(text, dict) or not isinstance(text.get("text"), str):
        return [f"{where}: missing text object"]
    if _kind(text) not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
        return [f"{where}: unsupported type: {_kind(text)!r}"]
    if not text["text"].strip():
        return [f"{where}: must be at least 1 character"]
    return _length(where, text["text"], most)


def _length(where: str, text: object, most: int) -> list[str]:
    if not isinstance(text, str):
        return [f"{where}: must be a string"]
    return [f"{where}: must be at most {most} characters"] if len(text) > most else []
