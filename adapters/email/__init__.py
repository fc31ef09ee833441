"""E-mail: a letter says only that something awaits; behind its link stands a small web page, on which the
same conversations are had. A link opens nothing without a code that goes to the same address."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlsplit

from aiohttp import web

from adapters.email import forms, intake, limits
from adapters.email.auth import (
    Gate,
    Keys,
    Visit,
    code_digest,
    digest,
    held_session,
    new_code,
    new_name,
)
from adapters.email.examine import EmailExaminer
from adapters.email.forms import Typed
from adapters.email.intake import NotTaken, Page
from adapters.email.render import EmailWords, Kind, Renderer, View, given_back
from adapters.email.replies import NotOurs, Replier
from adapters.email.send import EmailPlatform, Post, Server, Tls, address_of
from bot.chat.allowance import Allowance
from bot.chat.machine import on_this_machine
from bot.chat.phrases import Phrases
from bot.chat.port import DeliveryError, Inbox, Mailbox, NotSaved, Platform, Warned
from bot.chat.turn import Account, Address

__all__ = ["Email", "EmailExaminer", "EmailSettings", "EmailWords"]

Handler = Callable[[Visit, web.Request, Typed], Awaitable[web.Response]]

_WARNED: dict[str, Warned] = {"used": "link_used", "over": "link_over", "dead": "code_wrong"}
_REASONS = {"used": "used link", "over": "expired link", "dead": "closed link"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """`public_url`: where people reach the pages, by https. `secret_keys`: the first signs, all are
    understood. `sender`: the address that letters come from. `tls`: "none" on this machine only."""

    public_url: str
    secret_keys: Sequence[str] = field(repr=False)
    host: str
    sender: str
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = "starttls"
    ca_file: str = ""

    def server(self) -> Server:
        return Server(
            self.host, self.port, self.sender, self.user, self.password, self.tls, self.ca_file
        )  # fmt: skip


class Email:
    """The adapter: mount `routes()`, call `start()` before serving and `close()` after."""

    def __init__(
        self, settings: EmailSettings, inbox: Inbox, mailbox: Mailbox, phrases: Phrases, words: EmailWords
    ) -> None:
        """Raises ValueError where letters, or the password, would cross a network in the open."""
        public = urlsplit(settings.public_url)
        if public.scheme != "https" and not on_this_machine(public.hostname or ""):
            raise ValueError("the public address must begin with https")
        if settings.tls == "none" and not on_this_machine(settings.host):
            raise ValueError("a mail server on another machine needs TLS")
        self._secure = public.scheme == "https"
        self._sender = settings.sender
        self._inbox = inbox
        self._mailbox = mailbox
        self._words = words
        self._keys = Keys(settings.secret_keys)
        self._gate = Gate(self._keys, mailbox)
        self._renderer = Renderer(words, phrases, self._keys)
        self._replier = Replier(inbox, mailbox, phrases, words, self._keys)
        self._visits = Allowance(limits.VISITS)
        self._strange = Allowance(limits.STRANGE)
        self._post = Post(settings.server())
        self.admission = self._post.admission
        self._platform = EmailPlatform(
            self._post, mailbox, self._keys, self._renderer, settings.sender, settings.public_url
        )

    @property
    def platform(self) -> Platform:
        return self._platform

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/mail/{token}", self._answered(self._open), allow_head=False),
            web.post("/mail/{token}/code", self._answered(self._send_code)),
            web.post("/mail/{token}/open", self._answered(self._enter)),
            web.post("/mail/{token}/again", self._answered(self._send_link)),
            web.post("/mail/{token}/act", self._answered(self._act, counted=False)),
            web.post("/mail/{token}/out", self._answered(self._leave)),
            web.get("/mail/{token}/{act}", self._back, allow_head=False),
        ]

    async def start(self) -> None:
        """Read the certificates. The bot starts also while the mail server is away."""
        await self._post.open()

    async def settled(self) -> None:
        """Wait until all that was begun is done."""
        await self._replier.settled()

    async def close(self) -> None:
        await self.settled()

    # Opening

    async def _back(self, request: web.Request) -> web.Response:
        """Somebody goes to the address of an act, which stands in their browser after it."""
        there = f"/mail/{quote(request.match_info['token'], safe='')}"
        return self._headed(web.Response(status=303, headers={"Location": there}))

    async def _open(self, visit: Visit, request: web.Request, typed: Typed) -> web.Response:
        if visit.session:
            return self._view(visit, await self._replier.letter(self._page_of(visit)))
        if visit.state == "open":
            return self._bare("link", self._words.title_link, visit.text, problem="")
        if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
            # From the page of a mailbox a strict cookie does not come along, from our own page it does: this
            # page opens itself once more before anybody is refused.
            return self._bare("link", self._words.title_moment, visit.text, moment=True)
        return await self._refuse(visit)

    async def _send_code(self, visit: Visit, request: web.Request, typed: Typed) -> web.Response:
        if visit.session or visit.state != "open":
            return await self._open(visit, request, typed)
        code, link = new_code(), visit.token.link
        kept = code_digest(link, code)
        if not await self._mailbox.code(digest(link), kept, limits.CODE_LASTS, limits.CODES_AN_HOUR):
            self._inbox.refused(self._platform.name, "too many codes")
            return self._code(visit, 429, self._words.codes_many)
        try:
            await self._platform.send_code(visit.link.address, code)
        except DeliveryError as error:
            _log.warning("a code could not be sent: %s", error.reason)
            title, problem = self._words.title_link, self._words.not_sent
            return self._bare("link", title, visit.text, status=503, problem=problem)
        return self._code(visit)

    async def _enter(self, visit: Visit, request: web.Request, typed: Typed) -> web.Response:
        code = "".join(forms.first(typed, "code").split())
        nonce = forms.first(typed, "nonce")[: limits.NONCE]
        if visit.session or visit.token.over:
            return await self._open(visit, request, typed)
        if not (code.isascii() and code.isdecimal() and len(code) == limits.CODE_DIGITS):
            return self._code(visit, 422, self._words.code_format)
        link, lasts = visit.token.link, limits.SESSION_LASTS
        held = self._keys.session(link, nonce, code)
        kept = code_digest(link, code)
        entered = await self._mailbox.enter(digest(link), kept, digest(held), lasts, limits.TRIES)
        if entered.how == "right":
            answer = web.Response(status=303, headers={"Location": f"/mail/{visit.text}"})
            answer.set_cookie(
                visit.cookie, held, max_age=int(lasts.total_seconds()), path="/mail",
                secure=self._secure, httponly=True, samesite="Strict",
            )  # fmt: skip
            return answer
        if entered.how == "closed":
            return await self._refuse(visit)
        if entered.how == "late":
            return self._code(visit, 422, self._words.code_late)
        self._inbox.refused(self._platform.name, "wrong code")
        if entered.how == "dead":
            return await self._refuse(replace(visit, link=replace(visit.link, state="dead")))
        many = self._words.code_wrong.format(left=entered.left)
        return self._code(visit, 422, many if entered.left > 1 else self._words.code_wrong_last)

    async def _send_link(self, visit: Visit, request: web.Request, typed: Typed) -> web.Response:
        """A fresh link to the same address: whoever asks for it learns nothing."""
        if visit.session or visit.state == "open":
            return await self._open(visit, request, typed)
        token = await self._platform.asked_link(visit.token.letter)
        if not token:
            self._inbox.refused(self._platform.name, "too many links")
            return self._told(self._words.title_refused, self._words.links_many, visit.text, status=429)
        try:
            await self._platform.send_letter(visit.link.address, token)
        except DeliveryError as error:
            _log.warning("a link could not be sent: %s", error.reason)
            title, words = self._words.title_refused, self._words.not_sent
            return self._told(title, words, visit.text, status=503, ask=True)
        return self._told(self._words.title_sent, self._words.link_sent, visit.text)

    async def _leave(self, visit: Visit, request: web.Request, typed: Typed) -> web.Response:
        if visit.session:
            await self._mailbox.leave(visit.session)
        answer = self._told(self._words.title_out, self._words.signed_out, visit.text)
        answer.del_cookie(visit.cookie, path="/mail", secure=self._secure, httponly=True, samesite="Strict")
        return answer

    # Acting

    async def _act(self, visit: Visit, request: web.Request, typed: Typed) -> web.Response:
        if not visit.session:
            self._inbox.refused(self._platform.name, "no session")
            title, words = self._words.title_out, self._words.refused_signed_out
            back = given_back(typed)
            return self._told(title, words, visit.text, status=403, ask=visit.state != "open", back=back)
        try:
            answer = await self._replier.act(self._page_of(visit), typed)
        except NotOurs:
            self._inbox.refused(self._platform.name, "not of this page")
            title, words = self._words.title_refused, self._words.refused_page
            return self._told(title, words, visit.text, status=403, back=given_back(typed))
        return self._view(visit, answer.view, answer.status)

    def _not_saved(self, text: str, cookies: Mapping[str, str], typed: Typed) -> web.Response:
        """With the database away nobody can be let in; but what this browser sent is given back to it."""
        token = self._keys.read(text)
        held = held_session(token.letter, cookies) if token else ""
        if token and held:
            nobody = Address(self._platform.name, "", self._sender, "")
            answer = self._replier.given_back(Page(token.letter, held, nobody), typed)
            if answer is not None:
                return self._answer(self._renderer.view(answer.view, text, held), answer.status)
        back = given_back(typed)
        return self._told(self._words.title_away, self._words.away, text, status=503, back=back)

    # Answering

    def _answered(
        self, handler: Handler, *, counted: bool = True
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """`counted`: only so often in a minute. What somebody says is heard anyhow: it may tell of danger."""

        async def handle(request: web.Request) -> web.Response:
            text = request.match_info["token"]
            typed: Typed = {}
            try:
                if request.method == "POST":
                    typed = await intake.fields(request)
                if counted and self._too_often(text):
                    self._inbox.refused(self._platform.name, "too many visits")
                    title, words = self._words.title_refused, self._words.visits_many
                    return self._told(title, words, "", status=429, back=given_back(typed))
                visit = await self._gate.visit(text, request.cookies)
                if visit is None:
                    return await self._tampered()
                return self._headed(await handler(visit, request, typed))
            except NotTaken as error:
                self._inbox.refused(self._platform.name, error.reason)
                words = self._words.words_many if error.status == 413 else self._words.refused_page
                return self._told(self._words.title_refused, words, "", status=error.status)
            except NotSaved:
                return self._not_saved(text, request.cookies, typed)

        return handle

    def _too_often(self, text: str) -> bool:
        token = self._keys.read(text)
        wait = self._visits.take(token.letter) if token else self._strange.take("")
        return wait > 0

    async def _refuse(self, visit: Visit) -> web.Response:
        """The link does not open the page any more: nothing is shown but the way to a new one."""
        self._inbox.refused(self._platform.name, _REASONS[visit.state])
        address = address_of(visit.link.address, self._sender)
        account = Account(self._platform.name, address.tenant, address.conversation)
        await self._warn(_WARNED[visit.state], account, digest(visit.token.link))
        words = {
            "used": self._words.refused_used,
            "over": self._words.refused_over,
            "dead": self._words.refused_dead,
        }[visit.state]
        return self._told(self._words.title_refused, words, visit.text, status=410, ask=True)

    async def _tampered(self) -> web.Response:
        self._inbox.refused(self._platform.name, "tampered link")
        await self._warn("link_tampered")
        return self._told(self._words.title_refused, self._words.refused_tampered, "", status=403)

    async def _warn(self, what: Warned, account: Account | None = None, link: str = "") -> None:
        try:
            await self._inbox.warn(self._platform.name, what, account, link)
        except NotSaved:
            _log.error("nobody could be told of a refused link: %s", what)

    def _page_of(self, visit: Visit) -> Page:
        return Page(visit.token.letter, visit.session, address_of(visit.link.address, self._sender))

    def _view(self, visit: Visit, view: View, status: int = 200) -> web.Response:
        return self._answer(self._renderer.view(view, visit.text, visit.session), status)

    def _code(self, visit: Visit, status: int = 200, error: str = "") -> web.Response:
        more = {"error": error, "sent": status == 200, "nonce": new_name()}
        return self._bare("code", self._words.title_code, visit.text, status=status, **more)

    def _told(
        self,
        title: str,
        words: str,
        text: str,
        *,
        status: int = 200,
        ask: bool = False,
        back: Sequence[str] = (),
    ) -> web.Response:
        return self._bare("refused", title, text, status=status, words=words, ask=ask, back=back)

    def _bare(self, kind: Kind, title: str, text: str, *, status: int = 200, **more: Any) -> web.Response:
        return self._answer(self._renderer.page(kind, title, text, **more), status)

    def _answer(self, text: str, status: int) -> web.Response:
        return self._headed(web.Response(text=text, status=status, content_type="text/html", charset="utf-8"))

    def _headed(self, answer: web.Response) -> web.Response:
        answer.headers.update({"Content-Security-Policy": self._renderer.policy, "X-Robots-Tag": "noindex"})
        return answer
