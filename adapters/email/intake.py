"""Request → Incoming: what a person did on their page, in the words of `bot.chat`.

The key of an act is drawn into the page: a reload, a double click or a second try after "not saved" is the
same act. For a form it is the form's own instance. Other words typed into the same page are another act.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from adapters.email import forms, limits
from adapters.email.auth import Keys
from adapters.email.forms import Typed
from bot.chat.action import Payload
from bot.chat.form import Form
from bot.chat.outside import bounded, kept
from bot.chat.outside import key as short
from bot.chat.turn import Account, Act, Address, Incoming, Message, Place, Pressed, Said, Submitted

PLATFORM = "email"

_FORM = "application/x-www-form-urlencoded"


class NotTaken(Exception):
    """A request that no page of ours sends. `reason` is for a counter, `status` the answer."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


@dataclass(frozen=True, slots=True)
class Page:
    """Whose page it is: the letter's, in this session (a digest), for this address."""

    letter: str
    session: str
    address: Address

    @property
    def account(self) -> Account:
        return Account(PLATFORM, self.address.tenant, self.address.conversation)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An act with the way back. `nonce` is that of the page it was done on, `message` the kept card that was
    pressed, `form` the form that was sent, with what was `typed`."""

    incoming: Incoming
    nonce: str
    message: str = ""
    form: Form | None = None
    typed: Typed | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """Somebody looks for a person, for this field of the form."""

    form: Form
    typed: Typed
    fields: tuple[str, ...]


async def fields(request: web.Request) -> Typed:
    """What the browser sent, bounded, without what can't be stored, line ends as we write them."""
    if request.content_type != _FORM:
        raise NotTaken("not a form", 415)
    try:
        async with asyncio.timeout(limits.BODY_WITHIN):
            body = await bounded(request.content.iter_chunked(65_536), limits.REQUEST_BODY)
    except (TimeoutError, ConnectionError, web.RequestPayloadError) as error:
        raise NotTaken("not a form", 400) from error
    if body is None:
        raise NotTaken("too large", 413)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=limits.FIELDS)
    except ValueError as error:
        raise NotTaken("not a form", 400) from error
    typed: dict[str, list[str]] = {}
    for name, value in pairs:
        typed.setdefault(name, []).append(kept(value.replace("\r\n", "\n")))
    return typed


def read(page: Page, typed: Typed, keys: Keys) -> Arrival | Search | None:
    """What was done; None for what this page did not carry."""
    if "press" in typed:
        return _pressed(page, _unsealed(page, typed, "press", keys))
    if "form" in typed:
        return _sent(page, typed, _unsealed(page, typed, "form", keys))
    return _said(page, typed, _unsealed(page, typed, "say", keys))


def _unsealed(page: Page, typed: Typed, name: str, keys: Keys) -> Mapping[str, Any]:
    return keys.unseal(page.session, forms.first(typed, name)) or {}


def _pressed(page: Page, carried: Mapping[str, Any]) -> Arrival | None:
    payload = Payload.decode(str(carried.get("p")))
    if payload is None:
        return None
    nonce, message = str(carried.get("n")), str(carried.get("m") or "")
    stood = Message(page.address, message) if message else None
    mark = hashlib.sha256(f"{message}:{payload.encode()}".encode()).hexdigest()[:16]
    return Arrival(
        _incoming(page, Pressed(payload, stood), f"{PLATFORM}:press:{nonce}:{mark}"), nonce, message
    )


def _sent(page: Page, typed: Typed, carried: Mapping[str, Any]) -> Arrival | Search | None:
    form = forms.unpack(carried.get("f"))
    if form is None:
        return None
    wanted = forms.first(typed, "find")
    if any(item.id == wanted and forms.searches(item) for item in form.fields):
        return Search(form, typed, (wanted,))
    act = Submitted(form.action, form.instance, forms.values(form, typed))
    nonce = str(carried.get("n"))
    return Arrival(_incoming(page, act, f"form:{form.instance}"), nonce, form=form, typed=typed)


def _said(page: Page, typed: Typed, carried: Mapping[str, Any]) -> Arrival | None:
    nonce = carried.get("n")
    if nonce is None or carried.get("w") != "say":
        return None
    text = forms.first(typed, "words").strip()
    mark = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Arrival(_incoming(page, Said(text), f"{PLATFORM}:say:{nonce}:{mark}"), str(nonce))


def _incoming(page: Page, act: Act, key: str) -> Incoming:
    return Incoming(short(key), page.account, Place(page.address, "personal"), act)
