"""A service of a few lines behind the links of letters: its pages are of the contract's shape, no more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

import aiosmtplib
from aiohttp import web

from playground.mail_browser import PUBLIC
from playground.mail_office import SENDER, MailOffice

HELEN = "helen@care.example"
CODE = "042137"
FORM = """
<main data-page="form"><h1>Answer</h1>
<div role="alert" class="problem"><p>Something is missing.</p></div>
<form method="post" action="/mail/t/form" data-form="f-1" novalidate>
<input type="hidden" name="state" value="s">
<p class="error" id="e.ref">Please give it.</p>
<label for="ref">Reference</label><p class="hint" id="h.ref">No names</p>
<input id="ref" name="f.ref" maxlength="20" required aria-describedby="e.ref h.ref" value="A">
<label for="why">Why?</label><textarea id="why" name="f.why">
One
two &amp; three</textarea>
<label for="when">When?</label><input type="datetime-local" id="when" name="f.when">
<fieldset aria-describedby="h.stage"><legend>Which stage?</legend><p id="h.stage">One of them</p>
<input type="radio" id="s1" name="f.stage" value="1"><label for="s1">First</label>
<input type="radio" id="s2" name="f.stage" value="2" checked><label for="s2">Second</label></fieldset>
<fieldset><legend>Who has seen it?</legend>
<label><input type="checkbox" name="f.seen" value="s" checked> School</label>
<label><input type="checkbox" name="f.seen" value="h"> Health</label></fieldset>
<fieldset><legend>Who decided?</legend><label for="q">Name</label>
<input type="text" id="q" name="q.who"><button name="find" value="who">Find</button>{people}</fieldset>
<button name="send" value="1">Send</button></form></main>
"""
PERSON = '<input type="radio" id="p" name="f.who" value="p1"><label for="p">Priya Okafor</label>'
LETTER = """
<main data-page="letter"><h1>For you</h1>{top}
<article class="card" data-message="m1"><h2>Case WIC-7</h2><p>{state}</p><p>In
<b>bold</b>, and <a href="https://x.example/a">a link</a>.</p><dl><dt>Raised by</dt><dd>Jo Marsh</dd></dl>
<form method="post" action="/mail/t/press">
<button name="press" value="ack" class="primary">Acknowledge</button>
<button name="press" value="answer">Answer</button></form></article>
<form method="post" action="/mail/t/say" data-say><label for="w">Write to Braver</label>
<textarea id="w" name="words"></textarea><button>Send</button></form></main>
"""
MOMENT = '<article class="card" data-message=""><h2>{words}</h2></article>'
LINK = (
    '<main data-page="link"><h1>Braver</h1><form method="post"><button>Send me a code</button></form></main>'
)
ASK = (
    '<main data-page="code"><h1>Your code</h1><form method="post" action="/mail/t/code">'
    '<label for="c">Code</label><input id="c" name="code" required><button>Go on</button></form></main>'
)
REFUSED = (
    '<main data-page="refused"><h1>Not this one</h1><form method="post" action="/mail/t/again">'
    "<button>Send me a new link</button></form></main>"
)


@dataclass
class Pages:
    """What the service was sent (`bodies`: path and pairs), and the state that its page shows."""

    office: MailOffice
    state: str = "Open"
    samesite: str = "Lax"
    leads_on: bool = False
    used: bool = False
    bodies: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    url: str = ""

    async def write(self, to: str, subject: str, text: str, key: str = "k1") -> None:
        """Send a letter. Raises aiosmtplib's errors."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = SENDER, to, subject
        letter["Message-ID"] = f"<{key}@braver.example>"
        letter.set_content(text)
        letter.add_alternative(f"<p>{text}</p>", subtype="html")
        await aiosmtplib.send(letter, hostname="127.0.0.1", port=self.office.port, start_tls=False)

    async def invite(self, to: str = HELEN) -> None:
        await self.write(to, "Something awaits you", f"Open {PUBLIC}/mail/t within 7 days.")

    def posted(self, path: str) -> list[list[tuple[str, str]]]:
        return [pairs for where, pairs in self.bodies if where == path]

    async def get(self, request: web.Request) -> web.Response:
        if self.leads_on and request.headers["Sec-Fetch-Site"] == "cross-site":
            return self._page(
                '<meta http-equiv="refresh" content="0; url=/mail/t"><main data-page="link"></main>'
            )
        if not self._known(request):
            return self._page(REFUSED if self.used else LINK)
        return self._page(LETTER.format(top="", state=self.state))

    async def ask(self, request: web.Request) -> web.Response:
        await self.write(HELEN, "Your code", f"Your code is {CODE}.", "code")
        return self._page(ASK)

    async def post(self, request: web.Request) -> web.Response:
        pairs = [(name, str(value)) for name, value in (await request.post()).items()]
        path = request.path.removeprefix("/mail/t/")
        self.bodies.append((path, pairs))
        if path == "code":
            if dict(pairs)["code"] != CODE:
                return self._page(REFUSED)
            found = web.HTTPSeeOther("/mail/t")
            found.set_cookie("s", "1", path="/mail", secure=True, httponly=True, samesite=self.samesite)
            raise found
        if path == "again":
            self.used = False
            await self.invite()
        if not self._known(request):
            return self._page(REFUSED)
        if ("press", "answer") in pairs or ("find", "who") in pairs:
            return self._page(FORM.format(people=PERSON if ("find", "who") in pairs else ""))
        if ("press", "ack") in pairs:
            self.state = "Acknowledged"
        return self._page(LETTER.format(top=MOMENT.format(words=f"Heard: {path}"), state=self.state))

    def _known(self, request: web.Request) -> bool:
        return request.cookies.get("s") == "1"

    def _page(self, body: str) -> web.Response:
        page = f"<!doctype html><html lang=en><head><title>Braver</title></head><body>{body}</body></html>"
        return web.Response(text=page, content_type="text/html")


@asynccontextmanager
async def pages() -> AsyncIterator[Pages]:
    """The service and a mail office with Helen in it, both on free ports of loopback."""
    office = MailOffice()
    office.add_person("Helen Castle", HELEN)
    served = Pages(office)
    app = web.Application()
    app.router.add_get("/mail/t", served.get)
    app.router.add_post("/mail/t", served.ask)
    app.router.add_post("/mail/t/{what}", served.post)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with office:
        office.service = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield served
        finally:
            await runner.cleanup()
