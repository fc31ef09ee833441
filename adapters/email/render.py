"""Card and form → a page that works without JavaScript; and the words of the letters. Total: any card of the
vocabulary, of any length, in any script. Everything that is put in is escaped: nothing that a person typed
can become markup or a link.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from adapters.email import forms
from adapters.email.auth import Keys
from adapters.email.forms import Shown
from bot.chat.card import Card, Progress
from bot.chat.phrases import Phrases
from bot.chat.text import leading

Kind = Literal["link", "code", "letter", "form", "refused"]

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
_ADDRESS = re.compile(r"(?:https?://|tel:|mailto:)[^\s\\\"<>{}|^`]+")
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class EmailWords:
    """What people read in e-mails and on the page, from `content/email.yaml`."""

    letter_subject: str
    letter_intro: str
    letter_how: str
    letter_link: str
    letter_then: str
    letter_ends: str
    letter_note: str
    code_subject: str
    code_intro: str
    code_then: str
    code_note: str
    brand: str
    title_link: str
    about: str
    about_code: str
    send_code: str
    again_code: str
    title_code: str
    code_sent: str
    code_label: str
    code_hint: str
    open: str
    code_wrong: str
    code_wrong_last: str
    code_format: str
    code_late: str
    codes_many: str
    not_sent: str
    title_refused: str
    refused_tampered: str
    refused_used: str
    refused_over: str
    refused_dead: str
    refused_signed_out: str
    refused_page: str
    refused_ask: str
    ask_link: str
    title_sent: str
    link_sent: str
    stays: str
    links_many: str
    visits_many: str
    given_back: str
    title_away: str
    away: str
    title_out: str
    signed_out: str
    title_moment: str
    moment: str
    title_letter: str
    title_form: str
    untitled: str
    say_label: str
    say_hint: str
    say_send: str
    words_many: str
    sign_out: str
    back: str
    problem: str
    form_again: str
    needed: str
    at_choice: str
    no_answer: str
    moment_hint: str
    moment_wrong: str
    find_label: str
    find: str
    found_none: str
    found_some: str


@dataclass(frozen=True, slots=True)
class Stood:
    """A card on a page; `message` is empty where it is not kept. `fresh`: it answers what was just done."""

    card: Card
    message: str = ""
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """The page of a letter: cards under one another, or a form below what is said with it. `nonce` names this
    drawing of it; `words` were typed and not taken, and `problem` says why."""

    cards: Sequence[Stood]
    nonce: str
    form: Shown | None = None
    problem: str = ""
    words: str = ""


class Renderer:
    """Draws all pages and letters. `policy` is the Content-Security-Policy that fits them."""

    def __init__(self, words: EmailWords, phrases: Phrases, keys: Keys) -> None:
        self.words = words
        self._keys = keys
        style = (_TEMPLATES / "style.css").read_text(encoding="utf-8").strip()
        hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{hashed}'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'"
        )
        self._drawing = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            auto_reload=False,
            finalize=_printed,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._drawing.filters["address"] = address
        self._drawing.filters["leading"] = leading
        self._drawing.filters["name"] = _name
        self._drawing.filters["held"] = _held
        self._drawing.filters["progress"] = _progress
        self._drawing.globals |= {"w": words, "p": phrases, "style": Markup(style), "forms": forms}  # noqa: S704

    def page(self, kind: Kind, title: str, token: str, **more: Any) -> str:
        """A page that shows nothing of any message: `link`, `code` or `refused`."""
        return self._draw(f"{kind}.html", kind=kind, title=title, token=token, **more)

    def view(self, view: View, token: str, session: str) -> str:
        """The page of a letter, for this session (a digest) alone."""

        def press(stood: Stood, payload: str) -> str:
            return self._keys.seal(session, {"m": stood.message, "p": payload, "n": view.nonce})

        title = self.words.title_letter
        more: dict[str, Any] = {"view": view, "press": press}
        if view.form is not None:
            title = view.form.form.title.strip() or self.words.title_form
            more["sealed"] = self._keys.seal(session, {"f": forms.pack(view.form.form), "n": view.nonce})
        else:
            more["sealed"] = self._keys.seal(session, {"w": "say", "n": view.nonce})
        kind = "form" if view.form else "letter"
        return self._draw(f"{kind}.html", kind=kind, title=title, token=token, **more)

    def letter(self, address: str) -> tuple[str, str]:
        """Text and HTML of a letter; `address` is the link."""
        return self._draw("mail.txt", address=address), self._draw("mail.html", address=address)

    def code(self, code: str) -> tuple[str, str]:
        """Text and HTML of the e-mail with a code."""
        return self._draw("mail_code.txt", code=code), self._draw("mail_code.html", code=code)

    def _draw(self, template: str, **values: Any) -> str:
        return self._drawing.get_template(template).render(**values)


def address(href: str) -> str:
    """The address of a link that may be followed; empty for any other."""
    return href if _ADDRESS.fullmatch(href) else ""


def given_back(typed: Mapping[str, Sequence[str]]) -> list[str]:
    """The words of a request that was not taken, to be shown to whoever sent it."""
    return [
        text
        for name, texts in typed.items()
        if name == "words" or name.startswith(forms.FIELD)
        for text in texts
        if text.strip()
    ]


def _printed(value: Any) -> Any:
    """Signs that no page may hold are left out; markup that we made stays as it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _UNPRINTABLE.sub("", value)
    return value


def _held(text: str) -> str:
    """Words for a large field: browsers leave out a line end that they begin with."""
    return f"\n{text}" if text.startswith("\n") else text


def _progress(element: Progress) -> str:
    done, of, label = element.done, element.of, element.label
    return label if re.search(rf"\b{done} of {of}\b", label) else f"{label} ({done} of {of})"


def _name(text: str, instead: str) -> str:
    """Words that name a thing, on one line; never empty."""
    return " ".join(_UNPRINTABLE.sub("", text).split()) or instead
