"""Adaptive Cards: what Teams refuses, and how a card reads to a person.

Validation is rough (known elements and actions, ids, labels of choices, size); the vendor's own renderer
judges the rest in the contract tests.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from playground.screen import Button, Choice, Drawing, Field, FieldKind, Json

MAX_BYTES = 28_000
"""Of a message with its cards, as Teams documents."""
VERSIONS = {"1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"}

_ELEMENTS = {
    "TextBlock", "RichTextBlock", "FactSet", "Container", "ColumnSet", "ActionSet", "Image", "Table",
}  # fmt: skip
_INPUTS: dict[str, FieldKind] = {
    "Input.Text": "text",
    "Input.Number": "text",
    "Input.Date": "date",
    "Input.Time": "time",
    "Input.Toggle": "choice",
    "Input.ChoiceSet": "choice",
}
_ACTIONS = {"Action.Execute", "Action.Submit", "Action.OpenUrl", "Action.ShowCard", "Action.ToggleVisibility"}
_MARKDOWN = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_EMPHASIS = re.compile(r"(\*\*|\*|__|_)(?=\S)(.+?)(?<=\S)\1")


def card_problems(card: object) -> list[str]:
    """What stands against the card; empty when it is fine."""
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        return ["not an AdaptiveCard"]
    found = [] if card.get("version") in VERSIONS else [f"version {card.get('version')!r}"]
    ids: set[str] = set()
    for part in [*_parts(card.get("body", [])), *_parts(card.get("actions", []))]:
        kind = part.get("type", "")
        if kind in _INPUTS:
            found += _input_problems(part, ids)
        elif kind.startswith("Action."):
            found += [] if kind in _ACTIONS else [f"unknown action {kind!r}"]
            found += [] if kind == "Action.ShowCard" or part.get("title") else [f"{kind} without a title"]
        elif kind == "TextBlock":
            found += [] if isinstance(part.get("text"), str) else ["TextBlock without text"]
        elif kind not in _ELEMENTS:
            found.append(f"unknown element {kind!r}")
    return found


def _input_problems(part: Json, ids: set[str]) -> list[str]:
    name = part.get("id")
    found = [f"{part['type']} without an id"] if not name else []
    if name in ids:
        found.append(f"id {name!r} stands twice")
    ids.add(str(name))
    if part["type"] == "Input.ChoiceSet":
        for choice in part.get("choices", []):
            if "title" not in choice or "value" not in choice:
                found.append(f"choice of {name!r} without a title or a value")
    return found


def _parts(items: object) -> Iterator[Json]:
    """Every element and action, outermost first."""
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        yield item
        for key in ("items", "actions"):
            yield from _parts(item.get(key, []))
        for column in item.get("columns", []) if item.get("type") == "ColumnSet" else []:
            yield from _parts(column.get("items", []))


def size(message: Json) -> int:
    """Bytes of a message as sent."""
    return len(json.dumps(message, ensure_ascii=False).encode())


@dataclass(slots=True)
class _Reader:
    """Collects what a card shows; `alerts` are the attention-coloured lines since the last input."""

    typed: Mapping[str, str]
    refused: Mapping[str, str]
    lines: list[str] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)

    def read(self, items: list[Json]) -> None:
        for item in items:
            if item.get("isVisible", True):
                self._element(item)

    def _element(self, item: Json) -> None:
        kind = item["type"]
        match kind:
            case "TextBlock":
                self._text(_markdown(item["text"]), item.get("color", ""))
            case "RichTextBlock":
                runs = [run if isinstance(run, dict) else {"text": run} for run in item["inlines"]]
                self._text("".join(map(_run, runs)), runs[0].get("color", "") if runs else "")
            case "FactSet":
                self.lines += [f"{_markdown(f['title'])}: {_markdown(f['value'])}" for f in item["facts"]]
            case "ColumnSet":
                for column in item["columns"]:
                    self.read(column.get("items", []))
            case "Container":
                self.read(item.get("items", []))
            case "ActionSet":
                self.actions(item["actions"])
            case "Image":
                self.lines.append(f"({item.get('altText', '')})")
            case _ if kind in _INPUTS:
                self._input(item)

    def _text(self, text: str, colour: str) -> None:
        self.lines += text.splitlines()
        if colour.casefold() == "attention":
            self.alerts.append(text)

    def _input(self, item: Json) -> None:
        found = read_input(item, self.typed.get(item["id"]))
        said = [_against(found.label, text) for text in self.alerts]
        error = self.refused.get(found.id) or next(filter(None, reversed(said)), "")
        self.alerts.clear()
        self.fields.append(replace(found, error=error))
        optional = "" if found.required else " (optional)"
        refused = f" ! {self.refused[found.id]}" if found.id in self.refused else ""
        self.lines.append(f"{found.label}{optional}: [{found.shown}]{refused}")

    def actions(self, actions: list[Json]) -> None:
        found = [
            Button(
                label=action["title"],
                raw=action,
                style=action.get("style", ""),
                url=action.get("url", ""),
                enters=action["type"] != "Action.OpenUrl" and action.get("associatedInputs") != "none",
            )
            for action in actions
            if action["type"] in ("Action.Execute", "Action.Submit", "Action.OpenUrl")
        ]
        self.buttons += found
        if found:
            self.lines.append(" ".join(f"[{button.label}]" for button in found))


def _against(label: str, alert: str) -> str:
    """What the alert says about the input of this label; of a date or a time, that of both together."""
    for lead in (label, label.rpartition(" (")[0]):
        if lead and alert.startswith(lead):
            return alert.removeprefix(lead).lstrip(": ")
    return ""


def draw(
    text: str, cards: list[Json],
    typed: Mapping[str, str] | None = None, refused: Mapping[str, str] | None = None,
) -> Drawing:  # fmt: skip
    """A message as seen: its text, then its cards with what is typed into them and what Teams refuses."""
    reader = _Reader(typed or {}, refused or {})
    reader.lines += _markdown(text).splitlines()
    for card in cards:
        reader.read(card.get("body", []))
        reader.actions(card.get("actions", []))
    lines = tuple(line for line in reader.lines if line.strip())
    return Drawing(lines, tuple(reader.buttons), tuple(reader.fields))


def problem(cards: list[Json]) -> str:
    """What stands in containers of the attention style: about the whole card."""
    reader = _Reader({}, {})
    for card in cards:
        reader.read([part for part in _parts(card.get("body", [])) if part.get("style") == "attention"])
    return "\n".join(reader.lines)


def read_input(item: Json, typed: str | None) -> Field:
    """An input; `shown` is what was typed, else the card's own value."""
    kind = _INPUTS[item["type"]]
    value = initial(item) if typed is None else typed
    choices = tuple(Choice(choice["value"], choice["title"]) for choice in item.get("choices", []))
    if item["type"] == "Input.Toggle":
        choices = (Choice(item.get("valueOn", "true"), "Yes"), Choice(item.get("valueOff", "false"), "No"))
    if item.get("isMultiSelect"):
        kind = "choices"
    if item["type"] == "Input.Text" and item.get("isMultiline"):
        kind = "long_text"
    labels = {choice.value: choice.label for choice in choices}
    chosen = value.split(",") if kind == "choices" and value else [value]
    return Field(
        id=item["id"],
        label=item.get("label") or item.get("title") or item.get("placeholder") or item["id"],
        kind=kind,
        raw=item,
        required=bool(item.get("isRequired")),
        choices=choices,
        searches="choices.data" in item,
        shown=", ".join(labels.get(one, one) for one in chosen),
        max_length=item.get("maxLength"),
    )


def initial(item: Json) -> str:
    """What the input holds before anybody touched it."""
    if item["type"] == "Input.Toggle":
        return str(item.get("value", item.get("valueOff", "false")))
    return str(item.get("value", ""))


def _run(run: Json) -> str:
    action = run.get("selectAction") or {}
    url, text = action.get("url", ""), str(run.get("text", ""))
    return f"{text} ({url})" if url and url != text and not url.startswith(("tel:", "mailto:")) else text


def _markdown(text: str) -> str:
    """Teams' markdown as it reads: links as labels with the address, emphasis without its signs."""

    def link(match: re.Match[str]) -> str:
        return match[1] if match[2].startswith(("tel:", "mailto:")) else f"{match[1]} ({match[2]})"

    found = _EMPHASIS.sub(r"\2", _MARKDOWN.sub(link, text))
    return re.sub(r"\\([\\`*_{}\[\]()#+\-.!<>|~])", r"\1", found)
