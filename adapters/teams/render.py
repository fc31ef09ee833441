"""Card and form → Adaptive Card. Total: any card of the vocabulary, of any length, in any script.

Words are drawn as text runs, which are literal: nothing that a person typed can become markup, a mention
or a link. Where not all fits, texts are shortened, then left out from the end, and the card says so.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.teams import forms, limits
from bot.chat.action import Payload
from bot.chat.card import Button, Card, Divider, Element, Facts, Link, Progress, Status, Text, Tone, fallback
from bot.chat.form import Form
from bot.chat.phrases import Phrases
from bot.chat.text import Block, Blocks, Bullets, Line, Paragraph, Quote, Span, as_plain, leading

Json = dict[str, Any]

OURS = "braver"
"""The key of our own data beside what was typed, in all that comes back from a card."""

_GROUNDS: dict[Tone, str] = {"good": "good", "attention": "warning", "urgent": "attention"}
"""Coloured ground under words in the usual colour: coloured words would be too pale for many eyes."""
_STYLES = {"primary": "positive", "danger": "destructive"}
_MARKUP = re.compile(r"[*_`~\[\]<>\\&{}|]|^\s*(?:[#+-]|\d+[.)])|https?:|www\.")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufeff]")
_ADDRESS = re.compile(r"(?:https?://|tel:|mailto:)[^\s\\\"<>{}|^`]+")


@dataclass(frozen=True, slots=True)
class Drawn:
    """An Adaptive Card, `wire` as it is sent, with the words of its notification. `whole`: no typed words had
    to be cut. `forms`: the buttons on it that open a form."""

    content: Json
    wire: str
    summary: str
    whole: bool = True
    forms: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fit:
    """How much room there is: characters of a text, of a typed value and of the fallback text. `twins`:
    buttons for old clients too. `part`: leave out what does not fit."""

    text: int = limits.CARD
    value: int = limits.CARD
    fallback: int = limits.FALLBACK
    twins: bool = True
    part: bool = False


class Renderer:
    """Draws for one setting: `dialogs` says whether buttons that open a form ask for a dialog."""

    def __init__(self, phrases: Phrases, *, dialogs: bool) -> None:
        self.phrases = phrases
        self._dialogs = dialogs

    def cards(self, *cards: Card, in_dialog: bool = False) -> Drawn:
        """The cards under one another as one. In a dialog every button is a plain submit, and the first
        title stands on the frame."""
        nonce = secrets.token_urlsafe(9)
        words = "\n\n".join(_clean(fallback(card)) for card in cards)
        title = next((card.title for card in cards if card.title.strip()), words)

        def build(fit: _Fit) -> tuple[Json, bool]:
            pen = _Pen(fit, self.phrases)
            body: list[Json] = []
            for number, card in enumerate(cards):
                buttons = [self._button(pen, button, nonce, in_dialog) for button in card.buttons]
                framed = in_dialog and not number and on_frame(card.title)
                drawn = pen.card(card, _sets(pen.kept(buttons, limits.ACTIONS // len(cards))), framed)
                if number and drawn:
                    drawn[0] = {**drawn[0], "separator": True, "spacing": "Large"}
                body += drawn
            return pen.finish(body, title, words), True

        content, wire, _ = _fitted(build)
        opening = tuple(button for card in cards for button in card.buttons if button.opens_form)
        return Drawn(content, wire, _cut(words, limits.SUMMARY, self.phrases), forms=opening)

    def form(self, form: Form, names: Mapping[str, str] | None = None, *, in_dialog: bool = False) -> Drawn:
        """The form with what it holds. What comes back carries all that is needed to read and redraw it.
        `names`: what people are called who are chosen in it and not among its options, by value."""
        nonce = secrets.token_urlsafe(9)
        intro = "\n".join(_clean(text) for text in (form.title, form.problem, as_plain(form.intro)) if text)

        def build(fit: _Fit) -> tuple[Json, bool]:
            pen = _Pen(fit, self.phrases)
            data = forms.submission(form, nonce, packed=fit.twins)
            submit = self._submit(pen, form.submit, form.action, {OURS: data}, "primary", in_dialog)
            head = [] if in_dialog and on_frame(form.title) else pen.heading(form.title)
            if form.problem:
                head += _on("attention", pen.lines((Span(form.problem, bold=True),)))
            head += pen.blocks(form.intro)
            inputs = forms.Inputs(pen.text, pen.value, pen.note, self.phrases, names or {})
            asked = form.fields[: limits.FIELDS]
            drawn = [inputs.draw(item, form.errors.get(item.id, "")) for item in asked]
            body = [*head, *drawn, {"type": "ActionSet", "actions": [submit], "spacing": "Large"}]
            searches = any(forms.searches(item) for item in asked)
            return pen.finish(body, form.title, intro, searches=searches), pen.whole

        content, wire, whole = _fitted(build, values=True)
        whole = whole and len(form.fields) <= limits.FIELDS
        return Drawn(content, wire, _cut(intro, limits.SUMMARY, self.phrases), whole)

    def _button(self, pen: "_Pen", button: Button, nonce: str, in_dialog: bool) -> Json:
        data: Json = {OURS: {"p": button.payload.encode(), "n": nonce}}
        fetches = button.opens_form and self._dialogs and not in_dialog
        if fetches:
            data["msteams"] = {"type": "task/fetch"}
        return self._submit(pen, button.label, button.payload, data, button.style, in_dialog or fetches)

    def _submit(
        self, pen: "_Pen", label: str, payload: Payload, data: Json, style: str, only_submit: bool
    ) -> Json:
        plain: Json = {"type": "Action.Submit", "title": pen.label(label, payload.name), "data": data}
        if style in _STYLES:
            plain["style"] = _STYLES[style]
        if only_submit:
            return plain
        action = {**plain, "type": "Action.Execute", "verb": payload.name}
        return {**action, "fallback": plain} if pen.fit.twins else action


class _Pen:
    """Draws the pieces within one `_Fit`; `whole` turns false when typed words had to be cut."""

    def __init__(self, fit: _Fit, phrases: Phrases) -> None:
        self.fit = fit
        self.phrases = phrases
        self.whole = True

    def text(self, text: str) -> str:
        return _cut(_clean(text), self.fit.text, self.phrases)

    def value(self, text: str) -> str:
        if len(text) > self.fit.value:
            self.whole = False
        return text[: self.fit.value]

    def label(self, text: str, instead: str) -> str:
        return _cut(" ".join(_clean(text).split()), limits.BUTTON, self.phrases) or instead

    def note(self, text: str, **style: Any) -> list[Json]:
        return self.lines((Span(text),), spacing="Small", **style)

    def heading(self, title: str) -> list[Json]:
        """A heading for screen readers, unless it could be read as markup: then the same words, literal."""
        text = _cut(" ".join(_clean(title).split()), min(limits.TITLE, self.fit.text), self.phrases)
        if not text:
            return []
        if _MARKUP.search(text):
            return self.lines((Span(text, bold=True),), size="Large")
        heading: Json = {"type": "TextBlock", "text": text, "style": "heading", "wrap": True}
        return [{**heading, "size": "Large", "weight": "Bolder"}]

    def card(self, card: Card, actions: list[Json], framed: bool = False) -> list[Json]:
        """`framed`: the title stands on the frame already."""
        body: list[Json] = []
        divide = False
        for element in card.body:
            if isinstance(element, Divider):
                divide = True
                continue
            drawn = self.element(element)
            if drawn and divide:
                drawn[0] = {**drawn[0], "separator": True, "spacing": "Medium"}
                divide = False
            body += drawn
        footnote = self.blocks(card.footnote, size="Small", isSubtle=True)
        return [*([] if framed else self.heading(card.title)), *body, *actions, *footnote]

    def element(self, element: Element) -> list[Json]:
        match element:
            case Text(blocks):
                return self.blocks(blocks)
            case Facts(facts):
                pairs = ((Span(f"{leading(fact.label)} ", bold=True), Span(fact.value)) for fact in facts)
                return [block for pair in pairs for block in self.lines(pair, spacing="Small")]
            case Progress(done, of, label):
                count = f"({done} of {of})"
                words = label if re.search(rf"\b{done} of {of}\b", label) else f"{label} {count}"
                return self.lines((Span(words),))
            case Status(words, tone):
                return _on(_GROUNDS.get(tone), self.lines((Span(words, bold=True),)))
            case Link(label, href):
                return self.lines((Span(_with_number(label, href), href=href),))
            case Divider():
                return []

    def blocks(self, blocks: Blocks, **style: Any) -> list[Json]:
        return [drawn for block in blocks for drawn in self._block(block, style)]

    def _block(self, block: Block, style: Json) -> list[Json]:
        match block:
            case Paragraph(spans):
                return self.lines(spans, **style)
            case Bullets(items, ordered):
                marks = (f"{n}. " if ordered else "• " for n in range(1, len(items) + 1))
                listed = zip(marks, items, strict=True)
                return [
                    drawn
                    for mark, item in listed
                    for drawn in self.lines((Span(mark), *item), spacing="Small", **style)
                ]
            case Quote(spans):
                return _on("emphasis", self.lines(spans, **style))

    def lines(self, spans: Line, **style: Any) -> list[Json]:
        """One rich text for each line of the words: not every client keeps line breaks within one."""
        drawn: list[Json] = []
        room = self.fit.text
        line: list[Json] = []

        def end() -> None:
            if any(run["text"].strip() for run in line):
                tight = {"spacing": "None"} if drawn else {}
                drawn.append({"type": "RichTextBlock", "inlines": list(line), **tight})
            line.clear()

        for span in spans:
            words = _clean(span.text)
            text = _cut(words, room, self.phrases)
            room -= len(text)
            for number, part in enumerate(text.split("\n")):
                if number:
                    end()
                if part:
                    line.append(_run(part, span, style))
            if text != words:
                break
        end()
        if drawn and "spacing" in style:
            drawn[0] = {**drawn[0], "spacing": style["spacing"]}
        return drawn

    def kept(self, items: Sequence[Json], room: int) -> list[Json]:
        """As many of the items as there is room for, where not all fit."""
        return _first(items, room) if self.fit.part else list(items)

    def finish(self, body: list[Json], title: str, words: str, *, searches: bool = False) -> Json:
        card: Json = {
            "type": "AdaptiveCard",
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "version": limits.VERSION_WITH_SEARCH if searches else limits.VERSION,
            "fallbackText": _cut(words, self.fit.fallback, self.phrases) or self.phrases.one_moment_title,
            # A name for the whole card: screen readers announce it before they read what is in it.
            "speak": _cut(" ".join(_clean(title).split()), limits.TITLE, self.phrases),
            "msteams": {"width": "Full"},
        }
        if self.fit.part:
            body = self._part(body, limits.CARD - size(card))
        return {**card, "body": body or [{"type": "TextBlock", "text": " "}]}

    def _part(self, body: list[Json], room: int) -> list[Json]:
        """All buttons and the first of the rest, with a word that this is not all."""
        notice = self.lines((Span(self.phrases.shortened, italic=True),))
        actions = [item for item in body if item["type"] == "ActionSet"]
        rest = [item for item in body if item["type"] != "ActionSet"]
        kept = _first(rest, room - sum(map(size, [*actions, *notice])) - len(body) - 20)
        if len(kept) == len(rest):
            return body
        self.whole = False
        return [*kept, *notice, *actions]


def on_frame(title: str) -> bool:
    """Whether the frame of a dialog has room for the title."""
    return 0 < len(title.strip()) <= limits.DIALOG_TITLE


def _on(ground: str | None, items: list[Json]) -> list[Json]:
    """The items on a coloured ground, if there are any."""
    return [{"type": "Container", "style": ground, "items": items}] if ground and items else items


def as_json(part: Json) -> str:
    """As it is sent, but for the encoding."""
    return json.dumps(part, ensure_ascii=False, separators=(",", ":"))


def size(part: Json) -> int:
    """Bytes of a card, or of a part of it, as it is sent."""
    return len(as_json(part).encode())


_Fitted = tuple[Json, str, bool]
"""A card, the same as JSON, and whether no typed words had to be cut."""


def _fitted(build: Callable[[_Fit], tuple[Json, bool]], *, values: bool = False) -> _Fitted:
    """The fullest card that fits: first what only old clients need goes, then texts are cut, then typed
    values, and at last the end is left out."""
    short = limits.SHORT_FALLBACK
    for fit in (_Fit(), _Fit(fallback=short), _Fit(fallback=short, twins=False)):
        content, whole = build(fit)
        wire = as_json(content)
        weight = len(wire.encode())
        if weight <= limits.CARD:
            return content, wire, whole
        if weight > 3 * limits.CARD:
            break
    found = _longest(build, lambda n: _Fit(text=n, fallback=short, twins=False))
    if found is None and values:
        found = _longest(build, lambda n: _Fit(text=limits.SHORTEST, value=n, fallback=short, twins=False))
    if found is not None:
        return found
    content, _ = build(_Fit(limits.SHORTEST, limits.SHORTEST, short, False, True))
    return content, as_json(content), False


def _longest(build: Callable[[_Fit], tuple[Json, bool]], fit: Callable[[int], _Fit]) -> _Fitted | None:
    """The card with the longest texts that fits, or None where even the shortest do not."""
    low, high, found = limits.SHORTEST, limits.CARD, None
    while low <= high:
        middle = (low + high) // 2
        content, whole = build(fit(middle))
        wire = as_json(content)
        if len(wire.encode()) <= limits.CARD:
            low, found = middle + 1, (content, wire, whole)
        else:
            high = middle - 1
    return found


def _first(items: Sequence[Json], room: int) -> list[Json]:
    """The first items whose JSON fits into `room` bytes."""
    kept: list[Json] = []
    for item in items:
        room -= size(item) + 1
        if room < 0:
            break
        kept.append(item)
    return kept


def _sets(actions: list[Json]) -> list[Json]:
    row = limits.ACTIONS_IN_A_ROW
    return [{"type": "ActionSet", "actions": actions[at : at + row]} for at in range(0, len(actions), row)]


def _run(text: str, span: Span, style: Json) -> Json:
    run: Json = {"type": "TextRun", "text": text}
    if span.bold:
        run["weight"] = "Bolder"
    if span.italic:
        run["italic"] = True
    if len(span.href) <= limits.URL and _ADDRESS.fullmatch(span.href):
        run["selectAction"] = {"type": "Action.OpenUrl", "url": span.href}
    return {**run, **{key: value for key, value in style.items() if key != "spacing"}}


def _with_number(label: str, href: str) -> str:
    """The label with the number or e-mail address in it, since not every client opens such a link."""
    scheme, _, number = href.partition(":")
    if scheme not in ("tel", "mailto"):
        return label or href
    digits = re.sub(r"\W", "", number)
    return label if digits and digits in re.sub(r"\W", "", label) else f"{leading(label)} {number}"


def _clean(text: str) -> str:
    """The words without what no client can draw; date macros of Adaptive Cards are broken up."""
    # A text beyond the size of a card is cut in any case.
    text = text[: limits.CARD + 1].replace("\r\n", "\n")
    return _UNPRINTABLE.sub("", text).replace("{{", "{\u200b{")


def _cut(text: str, room: int, phrases: Phrases) -> str:
    if len(text) <= room:
        return text
    end = phrases.shortened
    return text[: max(room - len(end) - 1, 0)].rstrip() + " " + end if room > len(end) else end
