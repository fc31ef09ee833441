"""Whether Slack would take it: the SDK's own models, and what these do not look at.

The models check lengths, counts, styles and unknown kinds. Here: ids missing or doubled, markup where none
may be, totals, options, and what each surface allows.
"""

import json
from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

Json = dict[str, Any]

IN_MESSAGES = {"header", "section", "context", "divider", "actions", "rich_text"}
IN_MODALS = {"header", "section", "context", "divider", "rich_text", "input"}
IN_HOME = IN_MESSAGES
TOTAL = 13_200
FALLBACK = 4_000
CHOOSERS = {"radio_buttons": 10, "checkboxes": 10, "static_select": 100, "multi_static_select": 100}
RICH = {"rich_text_section", "rich_text_quote", "rich_text_list"}


def assert_message(blocks: list[Json], text: str) -> None:
    """A message that `chat.postMessage` and `chat.update` take."""
    assert len(blocks) <= 50
    assert text.strip(), "nothing to announce or to read aloud"
    assert _units(text) <= FALLBACK
    assert "<" not in text, "the announced text would be parsed"
    assert ">" not in text, "the announced text would be parsed"
    assert sum(map(_units, _strings(blocks))) <= TOTAL
    _assert_blocks(blocks, IN_MESSAGES)


def assert_modal(view: Json) -> None:
    """A view that `views.open` takes."""
    _assert_view(view, IN_MODALS)
    assert view["type"] == "modal"
    has_input = any(block["type"] == "input" for block in view["blocks"])
    assert not has_input or view["submit"]["text"].strip()
    assert not has_input or len(view["private_metadata"]) <= 3_000


def assert_home(view: Json) -> None:
    """A view that `views.publish` takes."""
    _assert_view(view, IN_HOME)
    assert view["type"] == "home"


def _assert_view(view: Json, allowed: set[str]) -> None:
    assert 1 <= len(view["blocks"]) <= 100
    assert len(json.dumps(view)) <= 250_000
    _assert_blocks(view["blocks"], allowed)
    known = View(**view).to_dict()
    assert {name: known.get(name) for name in view if name != "blocks"} == {
        name: view[name] for name in view if name != "blocks"
    }


def _assert_blocks(blocks: list[Json], allowed: set[str]) -> None:
    json.dumps(blocks).encode()
    for block in blocks:
        assert block["type"] in allowed, f"{block['type']} has no place here"
        parsed = Block.parse(block)
        assert parsed is not None
        assert parsed.to_dict() == _filled(block), "the SDK's model does not know a part of this"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(ids) == len(set(ids)), "a block id stands twice"
    assert all("block_id" in block for block in blocks if block["type"] == "input")
    actions = [element["action_id"] for element in _elements(blocks)]
    assert len(actions) == len(set(actions)), "an action id stands twice"
    for part in _dicts(blocks):
        _assert_part(part)


def _assert_part(part: Json) -> None:
    assert part.get("type") != "mrkdwn", "what a person typed could become markup"
    match part.get("type"):
        case "plain_text":
            assert part["text"].strip()
            assert part["emoji"] is False, "what a person typed could become an emoji"
        case "rich_text":
            assert part["elements"]
            assert all(element["type"] in RICH for element in part["elements"])
        case "rich_text_section" | "rich_text_quote":
            assert part["elements"]
            assert all(element["type"] in ("text", "link") for element in part["elements"])
            assert all(element["text"] for element in part["elements"])
        case "rich_text_list":
            assert all(element["type"] == "rich_text_section" for element in part["elements"])
        case "link":
            assert part["url"].lower().startswith(("http://", "https://", "tel:", "mailto:"))
            assert len(part["url"]) <= 3_000
        case "context":
            assert all(len(element["text"]) <= 2_000 for element in part["elements"])
        case "button":
            assert 1 <= len(part["text"]["text"]) <= 75
            assert len(part["value"]) <= 2_000
        case "plain_text_input":
            assert 1 <= part["max_length"] <= 3_000
            assert _units(part.get("initial_value", "")) <= part["max_length"]
        case "datetimepicker" if "initial_date_time" in part:
            assert 1_000_000_000 <= part["initial_date_time"] <= 9_999_999_999
        case str(kind) if kind in CHOOSERS:
            _assert_choices(part, CHOOSERS[kind])


def _assert_choices(part: Json, most: int) -> None:
    values = [option["value"] for option in part["options"]]
    assert 1 <= len(values) <= most
    assert len(values) == len(set(values)), "an option stands twice"
    for option in part["options"]:
        assert 1 <= len(option["value"]) <= 150
        assert 1 <= _units(option["text"]["text"]) <= 75
        assert _units(option.get("description", {"text": ""})["text"]) <= 75
    chosen = [part["initial_option"]] if "initial_option" in part else part.get("initial_options", [])
    assert all(option in part["options"] for option in chosen)
    assert chosen or "initial_options" not in part


def _elements(blocks: list[Json]) -> Iterator[Json]:
    """What can be pressed or filled in: each must say what it is when it comes back."""
    for block in blocks:
        yield from block["elements"] if block["type"] == "actions" else ()
        yield from [block["element"]] if block["type"] == "input" else ()


def _dicts(part: object) -> Iterator[Json]:
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from _dicts(value)
    elif isinstance(part, list):
        for item in part:
            yield from _dicts(item)


def _strings(part: object) -> Iterator[str]:
    """All that is said, by anybody's count: texts, values, addresses, ids; not the names of kinds."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from () if name in ("type", "style") else _strings(value)
    elif isinstance(part, list):
        for item in part:
            yield from _strings(item)


def _filled(block: Json) -> Json:
    """The block as the models write it: without what is empty."""
    return {name: value for name, value in block.items() if value is not None}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
