"""The pages that stand behind something: a letter's behind its link, and, once it was opened, behind a
cookie; the end of an installation behind what Slack sent back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from yarl import URL

from adapters.slack.workspaces.install import BACK, COOKIE, PATH
from playground.house import House
from playground.mail_client import MailClient
from playground.world import World
from tests.fuzz.mutating import AWKWARD, Source, one_of
from tests.fuzz.shapes import FORM
from tests.stories.filing import filed

NO_TEXT = "\udcff"
"""Stands in a header for a byte that is no text: 0xff."""
Pairs = Sequence[tuple[str, str]]
_ACTS = ("", "", "/act", "/act", "/act", "/act", "/code", "/open", "/again", "/out", "/nothing", "/act/x")
_CODES: tuple[Pairs, ...] = (
    (),
    (("code", "000000"), ("nonce", "x")),
    (("code", "٣٣٣٣٣٣"),),
    (("words", "x"),),
)


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that somebody was sent. `cookie`: that of the browser which opened it, empty where none has.
    `sends`: what each button on its page sends."""

    path: str
    cookie: str = ""
    sends: tuple[Pairs, ...] = ()

    def asked(self, source: Source) -> Request:
        """A request for a page of this letter, with something wrong in it."""
        act = one_of(source, _ACTS)
        usual = "POST" if act else "GET"
        method = usual if source.below(8) else one_of(source, ("GET", "POST", "HEAD", "PUT"))
        pairs = one_of(source, self.sends) if self.sends and source.below(6) else one_of(source, _CODES)
        # Whoever signs out with the cookie ends the session, and all that comes later stays before the door.
        cookie = self.cookie if act != "/out" and source.below(5) else _spoilt_cookie(self.cookie, source)
        headers = {"Content-Type": FORM, "Cookie": cookie}
        if not source.below(4):
            headers["Sec-Fetch-Site"] = one_of(source, ("cross-site", "same-origin", "é", NO_TEXT))
        body = b"" if method in ("GET", "HEAD") else _encoded(_spoilt(pairs, source)).encode()
        return Request(method, self.path + act, headers, body)


@dataclass(frozen=True, slots=True)
class Begun:
    """An installation that somebody began, and Slack agreed to. `query`: what Slack sent back."""

    query: Pairs

    def asked(self, source: Source) -> Request:
        """A request for one of the two pages, with something wrong in it."""
        states = [value for name, value in self.query if name == "state"]
        cookie = f"{COOKIE}={states[0]}"
        headers = {"Cookie": cookie if source.below(5) else _spoilt_cookie(cookie, source)}
        method = "GET" if source.below(8) else one_of(source, ("HEAD", "POST", "PUT"))
        query = _encoded(_spoilt(self.query, source))
        path = f"{PATH if not source.below(5) else BACK}?{query[:6_000]}"
        return Request(method, path, headers, b"")


async def correspond(house: House) -> None:
    """Helen, who has e-mail alone, gets two letters: one with a form open behind it, one not opened."""
    await house.to_working_time()
    helen = house.world.person("helen")
    assert isinstance(helen.client, MailClient)
    await filed(house)
    await helen.presses("Answer")
    helen.client.opens = False
    await filed(house)


def letters_of(world: World) -> tuple[Letter, ...]:
    """Every letter with a link that somebody in this world has."""
    clients = [actor.client for actor in world.people if isinstance(actor.client, MailClient)]
    return tuple(found for client in clients for found in _letters(client))


def _letters(client: MailClient) -> list[Letter]:
    tabs = {tab.letter.id: tab for tab in client._tabs}
    found = []
    for letter in client.letters:
        if letter.link:
            tab = tabs.get(letter.id)
            cookie = client.browser._sent(URL(letter.link), "same-origin") if tab else ""
            # A form stands before the letter's own page.
            pages = {id(page): page for page in (tab.page, tab._behind) if page} if tab else {}
            sends = [
                (*form.holds, (button.raw["name"], button.raw["value"]))
                for page in pages.values()
                for form in page.forms
                for button in form.buttons
            ]
            found.append(Letter(urlsplit(letter.link).path, cookie, tuple(sends)))
    return found


def begun(back: str) -> Begun:
    """That of the address to which Slack sends whoever agreed."""
    return Begun(tuple(parse_qsl(urlsplit(back).query)))


def _spoilt(pairs: Pairs, source: Source) -> Pairs:
    """With up to two of them dropped, doubled or changed."""
    changed = list(pairs)
    for _ in range(source.below(3)):
        if not changed:
            break
        at = source.below(len(changed))
        name, value = changed[at]
        match source.below(5):
            case 0:
                del changed[at]
            case 1:
                changed.append((name, str(one_of(source, AWKWARD))))
            case 2:
                changed[at] = (str(one_of(source, AWKWARD)), value)
            case 3:
                changed[at] = (name, value[: source.below(len(value) + 1)])
            case _:
                changed[at] = (name, str(one_of(source, AWKWARD)))
    return changed


def _encoded(pairs: Pairs) -> str:
    return urlencode(pairs, errors="surrogatepass")


def _spoilt_cookie(cookie: str, source: Source) -> str:
    name = cookie.partition("=")[0]
    spoilt = ("", cookie[:-1], f"{name}={NO_TEXT}", f"{name}=é", f"{name}=", f"{name}={'x' * 4_000}", "=; ;;")
    return str(one_of(source, spoilt))
