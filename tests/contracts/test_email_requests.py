"""Links, codes and sessions over real HTTP: what opens a page, and what shows nothing at all."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from adapters.email import auth, limits
from bot.chat.port import NotSaved, Rate
from tests.contracts.email_site import CARD, HELEN, KEY, PUBLIC, SECRETS, WORDS, Answer, Site, email_site
from tests.contracts.html_validity import assert_page


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with email_site() as site:
        yield site


def assert_shows_nothing(answer: Answer) -> None:
    """A sound page without a word of the message, or of whose it is."""
    assert_page(answer.source)
    for secret in SECRETS:
        assert secret not in answer.source
    assert answer.page.cards == ()


def wrong(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06d}"


# Opening


async def test_a_link_shows_nothing_and_offers_a_code(site: Site) -> None:
    """Opening a link, as scanners do too, has no effect: no code is sent, and nothing is shown."""
    link = await site.sent()
    for _ in range(2):
        answer = await site.browser().get(link)
        assert (answer.status, answer.page.kind) == (200, "link")
        assert_shows_nothing(answer)
        assert [button.label for button in answer.page.drawing.buttons] == [WORDS.send_code]
    assert len(site.letters) == 1
    assert site.inbox.refusals == []


async def test_a_code_opens_the_page(site: Site) -> None:
    """The code that was sent to the same address opens the page with the card, and then the link opens it
    again in the same browser."""
    link, browser = await site.sent(), site.browser()
    asked = await browser.ask_code(link)
    assert asked.page.kind == "code"
    assert_shows_nothing(asked)
    letter = site.letters[-1]
    assert letter.to == HELEN
    assert re.fullmatch(r"\d{6}", letter.code)
    assert letter.code not in letter.subject
    for opened in (
        await browser.enter(asked, f" {letter.code[:3]} {letter.code[3:]} "),
        await browser.get(link),
    ):
        assert_page(opened.source)
        assert (opened.status, opened.page.kind) == (200, "letter")
        assert opened.shows("Case BR-7KQ2M awaits you")
        assert opened.shows("Answer due")
    assert site.inbox.refusals == []


async def test_every_answer_is_kept_to_itself(site: Site) -> None:
    """No page is stored, framed, indexed or sniffed, runs scripts, or names itself to other sites."""
    link, browser = await site.sent(), site.browser()
    asked = await browser.ask_code(link)
    opened = await browser.enter(asked, site.letters[-1].code)
    refused = await site.browser().get(link)
    unknown = await site.browser().get("/mail/nothing")
    for answer in (asked, opened, refused, unknown):
        headers = answer.headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Robots-Tag"] == "noindex"
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        for part in ("form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert part in policy
        assert "unsafe" not in policy


async def test_the_cookie_is_for_this_page_alone(site: Site) -> None:
    """The session's cookie is out of reach of scripts, other sites and other paths, and ends within hours."""
    browser, _ = await site.opened()
    (cookie,) = browser.set_cookies
    parts = {part.strip().casefold() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "secure", "path=/mail", "max-age=28800"} <= parts


async def test_on_this_machine_the_cookie_goes_without_https() -> None:
    """Where the public address is on this machine and has no TLS, the cookie is not for TLS alone."""
    async with email_site("http://127.0.0.1:3978") as site:
        browser, opened = await site.opened()
        assert opened.page.kind == "letter"
        assert "secure" not in browser.set_cookies[0].casefold()


async def test_a_double_click_on_open_is_one(site: Site) -> None:
    """The right code sent twice from one page opens the same session, and nobody is told of a used link."""
    link, browser = await site.sent(), site.browser()
    asked = await browser.ask_code(link)
    code = site.letters[-1].code
    first, second = site.browser(), site.browser()
    assert (await first.enter(asked, code)).page.kind == "letter"
    assert (await second.enter(asked, code)).page.kind == "letter"
    assert first.cookies == second.cookies
    assert site.inbox.warnings == []


async def test_two_letters_are_open_side_by_side(site: Site) -> None:
    """Opening a second letter does not close the first one's page."""
    first, second = await site.sent(), await site.sent(key="delivery-2")
    browser = site.browser()
    await browser.open(first)
    await browser.open(second)
    assert (await browser.get(first)).page.kind == "letter"
    assert (await browser.get(second)).page.kind == "letter"


async def test_a_session_is_for_its_letter_alone(site: Site) -> None:
    """The cookie of one letter opens no other, whatever it is called."""
    browser, _ = await site.opened()
    other = await site.sent(key="delivery-2")
    (held,) = browser.cookies.values()
    token = auth.Keys([KEY]).read(other.rpartition("/")[2])
    assert token is not None
    browser.cookies = {auth.cookie_name(token.letter): held}
    assert (await browser.get(other)).page.kind == "link"


@pytest.mark.parametrize("held", [b"\xff", b"\xc3\xa9", b"\xed\xa0\x80"])
async def test_a_cookie_of_bytes_that_are_no_ascii_is_none(site: Site, held: bytes) -> None:
    """Whoever sends a cookie that we never made is let in nowhere, and sees the page of a good link."""
    link = urlsplit(await site.sent())
    token = auth.Keys([KEY]).read(link.path.rpartition("/")[2])
    assert token is not None
    port = urlsplit(site.service).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asked = f"GET {link.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    writer.write(f"{asked}Cookie: {auth.cookie_name(token.letter)}=".encode() + held + b"\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'data-page="link"' in answer


async def test_signing_out_ends_the_session(site: Site) -> None:
    """After “Sign out” neither the link nor the old cookie shows anything."""
    browser, opened = await site.opened()
    link, held = site.letters[0].link, dict(browser.cookies)
    leave = next(form for form in read_forms(opened) if form.endswith("/out"))
    out = await browser.post(leave)
    assert out.page.title == WORDS.title_out
    assert_shows_nothing(out)
    assert browser.cookies == {}
    for cookies in ({}, held):
        browser.cookies = cookies
        assert_shows_nothing(await browser.get(link))


def read_forms(answer: Answer) -> list[str]:
    """Where the forms of the page go, those beside its main part as well."""
    return re.findall(r'<form method="post" action="([^"]+)"', answer.source)


async def test_a_session_ends(site: Site) -> None:
    """A session whose time is over opens nothing, and the words that were being typed are given back."""
    browser, opened = await site.opened()
    await site.pass_time("letter_sessions")
    assert_shows_nothing(await browser.get(site.letters[0].link))
    lost = await browser.say(opened, "I spoke with the school.")
    assert lost.status == 403
    assert_shows_nothing(lost)
    assert "I spoke with the school." in lost.source
    assert site.inbox.heard == []


# Used, old, changed


async def test_a_used_link_is_refused_and_told_once(site: Site) -> None:
    """Anywhere else the link shows nothing: each time is counted, and the coordinator is told once."""
    await site.opened()
    link = site.letters[0].link
    for _ in range(3):
        answer = await site.browser().get(link)
        assert (answer.status, answer.page.kind) == (410, "refused")
        assert_shows_nothing(answer)
        assert answer.shows(WORDS.refused_used)
    assert site.inbox.refusals == [("email", "used link")] * 3
    assert len(set(site.inbox.warnings)) == 1
    what, account, about = site.inbox.warnings[0]
    assert what == "link_used"
    assert account is not None
    assert account.user == HELEN
    assert about
    assert about not in link


async def test_a_used_link_from_a_mailbox_on_the_web_looks_for_its_session_first(site: Site) -> None:
    """A strict cookie does not come along from another site: the page opens itself once more from here before
    anybody is refused, and then shows the message to whoever has the session."""
    browser, _ = await site.opened()
    link, cookies = site.letters[0].link, dict(browser.cookies)
    browser.cookies = {}
    first = await browser.get(link, Sec_Fetch_Site="cross-site")
    assert_shows_nothing(first)
    assert 'http-equiv="refresh"' in first.source
    assert site.inbox.refusals == []
    browser.cookies = cookies
    assert (await browser.get(link, Sec_Fetch_Site="same-origin")).page.kind == "letter"
    stranger = await site.browser().get(link, Sec_Fetch_Site="same-origin")
    assert stranger.page.kind == "refused"


@pytest.mark.parametrize("where", ["row", "signature"])
async def test_an_old_link_is_refused_and_told(
    site: Site, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After seven days, by the signed time or by the row, the link shows nothing and gets no code."""
    link = await site.sent()
    if where == "row":
        await site.pass_time("letter_links")
    else:
        monkeypatch.setattr(limits, "LINK_LASTS", limits.LINK_LASTS * -1)
    answer = await site.browser().get(link)
    assert (answer.status, answer.page.kind) == (410, "refused")
    assert_shows_nothing(answer)
    assert answer.shows(WORDS.refused_over)
    assert_shows_nothing(await site.browser().ask_code(link))
    assert len(site.letters) == 1
    assert site.inbox.refusals == [("email", "expired link")] * 2
    assert {what for what, _, _ in site.inbox.warnings} == {"link_over"}


def tampered(token: str) -> list[str]:
    """Tokens that are not this one."""
    other = auth.Keys(["somebody else's key, which is long enough"])
    payload, time, signature = token.rsplit(".", 2)
    return [
        "x", "a" * 5_000, token[:-1], token[1:], token + "x", token.swapcase(), token.replace(".", ""),
        f"{payload}.{time}.", f"{payload}.AAAAAA.{signature}", f"{payload}x.{time}.{signature}",
        other.token("letter", "link"), auth.Keys([KEY]).token("letter", "unknown link"),
        auth.Keys([KEY]).seal("session", {"n": "nonce"}), "%00", "%F0%9F%98%80", "..%2f..%2fetc",
    ]  # fmt: skip


async def test_a_changed_link_is_refused_like_an_unknown_one(site: Site) -> None:
    """Whatever is changed, and also where the signature is right and nobody sent it: the same page, the same
    status, counted and told, and no code is sent."""
    link = await site.sent()
    token = link.rpartition("/")[2]
    sources = set()
    for changed, act in itertools.product(tampered(token), ("", "/code", "/open", "/again", "/act", "/out")):
        browser = site.browser()
        path = f"/mail/{changed}{act}"
        answer = await (browser.post(path, [("code", "123456")]) if act else browser.get(path))
        assert (answer.status, answer.page.kind) == (403, "refused"), path
        assert_shows_nothing(answer)
        sources.add(answer.source)
    assert len(sources) == 1
    assert set(site.inbox.refusals) == {("email", "tampered link")}
    assert set(site.inbox.warnings) == {("link_tampered", None, "")}
    assert len(site.letters) == 1


def test_a_signature_counts_only_as_we_write_it() -> None:
    """No other last letter, and no sign put in between, passes for ours."""
    token = auth.Keys([KEY]).token("letter", "link")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    changed = [token[:-1] + letter for letter in letters if letter != token[-1]]
    changed += [token[:-5] + sign + token[-5:] for sign in ' \n"!%é=\0']
    assert auth.Keys([KEY]).read(token) is not None
    assert [one for one in changed if auth.Keys([KEY]).read(one) is not None] == []


async def test_the_address_of_an_act_leads_to_the_page(site: Site) -> None:
    """Whoever loads what stands in the address line after an act sees the page, and nothing is done."""
    browser, _ = await site.opened()
    path = site.letters[0].link.removeprefix(PUBLIC)
    for act in ("act", "open", "code", "again", "out"):
        assert (await browser.get(f"{path}/{act}")).page.kind == "letter"
    assert site.inbox.heard == []
    assert len(site.letters) == 2


async def test_a_changed_link_is_looked_up_like_any_other(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a token that is not ours as much is asked of the database as for one that nobody sent."""
    asked: list[str] = []
    linked = site.adapter._mailbox.linked

    async def noted(link: str) -> object:
        asked.append(link)
        return await linked(link)

    monkeypatch.setattr(site.adapter._mailbox, "linked", noted)
    for token in ("nonsense", auth.Keys([KEY]).token("letter", "unknown link")):
        await site.browser().get(f"/mail/{token}")
    assert len(asked) == 2


# A new link


async def test_a_new_link_goes_to_the_same_address(site: Site) -> None:
    """Whoever holds a used link can have a new one sent, learns nothing from it, and it opens the letter."""
    await site.opened()
    link = site.letters[0].link
    answer = await site.browser().post(f"/mail/{link.rpartition('/')[2]}/again")
    assert answer.shows(WORDS.link_sent)
    assert_shows_nothing(answer)
    fresh = site.letters[-1]
    assert (fresh.to, fresh.subject) == (HELEN, WORDS.letter_subject)
    assert fresh.link not in ("", link)
    assert fresh.id != site.letters[0].id
    assert (await site.browser().open(fresh.link)).shows("Case BR-7KQ2M awaits you")


async def test_new_links_are_not_sent_without_end(site: Site) -> None:
    """At most three in an hour are sent for one letter, whatever link they are asked for with."""
    await site.opened()
    path = f"/mail/{site.letters[0].link.rpartition('/')[2]}/again"
    answers = [await site.browser().post(path) for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].shows(WORDS.links_many)
    assert len([letter for letter in site.letters if letter.link]) == 4
    await site.pass_time("letter_links", "made_at")
    assert (await site.browser().post(path)).status == 200


async def test_a_link_that_is_still_good_needs_no_other(site: Site) -> None:
    """A new link is sent only where the old one does not open any more."""
    link = await site.sent()
    answer = await site.browser().post(f"/mail/{link.rpartition('/')[2]}/again")
    assert answer.page.kind == "link"
    assert len(site.letters) == 1


# Codes


async def test_five_wrong_codes_close_the_link(site: Site) -> None:
    """The first four say how many tries are left, the fifth ends code and link: the right code does nothing
    any more, no code is sent any more, and the coordinator is told once."""
    link, browser = await site.sent(), site.browser()
    asked = await browser.ask_code(link)
    code = site.letters[-1].code
    answers = [await browser.enter(asked, wrong(code)) for _ in range(5)]
    for left, answer in zip((4, 3, 2), answers, strict=False):
        assert (answer.status, answer.page.kind) == (422, "code")
        assert answer.shows(WORDS.code_wrong.format(left=left))
    assert answers[3].shows(WORDS.code_wrong_last)
    assert (answers[4].status, answers[4].page.kind) == (410, "refused")
    for refused in (answers[4], await browser.enter(asked, code), await browser.ask_code(link)):
        assert_shows_nothing(refused)
        assert refused.shows(WORDS.refused_dead)
    assert browser.cookies == {}
    assert len(site.letters) == 2
    assert site.inbox.refusals.count(("email", "wrong code")) == 5
    assert site.inbox.refusals.count(("email", "closed link")) == 3
    assert {what for what, _, _ in site.inbox.warnings} == {"code_wrong"}
    assert len(set(site.inbox.warnings)) == 1


async def test_tries_count_for_the_link_and_not_for_the_code(site: Site) -> None:
    """Asking for another code gives no further tries."""
    link, browser = await site.sent(), site.browser()
    for _ in range(2):
        asked = await browser.ask_code(link)
        code = site.letters[-1].code
        for _ in range(2):
            await browser.enter(asked, wrong(code))
    assert (await browser.enter(asked, wrong(code))).page.kind == "refused"


async def test_only_the_newest_code_counts(site: Site) -> None:
    """A code is over when another one is sent, and the new one is right."""
    link, browser = await site.sent(), site.browser()
    await browser.ask_code(link)
    first = site.letters[-1].code
    asked = await browser.ask_code(link)
    second = site.letters[-1].code
    if first != second:
        assert (await browser.enter(asked, first)).page.kind == "code"
    assert (await browser.enter(asked, second)).page.kind == "letter"


async def test_a_code_is_over_after_ten_minutes(site: Site) -> None:
    """A code whose time is over opens nothing, costs no try, and another one can be asked for."""
    link, browser = await site.sent(), site.browser()
    asked = await browser.ask_code(link)
    await site.pass_time("letter_codes")
    late = await browser.enter(asked, site.letters[-1].code)
    assert late.shows(WORDS.code_late)
    assert_shows_nothing(late)
    assert (await browser.open(link)).page.kind == "letter"


async def test_codes_are_not_sent_without_end(site: Site) -> None:
    """At most three codes in an hour are sent for one letter, and the third still opens it."""
    link, browser = await site.sent(), site.browser()
    answers = [await browser.ask_code(link) for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].shows(WORDS.codes_many)
    assert len(site.letters) == 4
    assert ("email", "too many codes") in site.inbox.refusals
    assert (await browser.enter(answers[-1], site.letters[-1].code)).page.kind == "letter"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 34", "1" * 10_000])
async def test_what_is_no_code_costs_no_try(site: Site, typed: str) -> None:
    """A slip of the finger is told at the field, and does not count against the link."""
    link, browser = await site.sent(), site.browser()
    asked = await browser.ask_code(link)
    for _ in range(6):
        answer = await browser.enter(asked, typed)
        assert (answer.status, answer.page.kind) == (422, "code")
        assert_page(answer.source)
        assert answer.shows(WORDS.code_format)
    assert (await browser.enter(asked, site.letters[-1].code)).page.kind == "letter"


async def test_a_code_of_another_letter_opens_nothing(site: Site) -> None:
    """The code that came for one link is wrong for another, also of the same person."""
    first, second = await site.sent(), await site.sent(key="delivery-2")
    browser = site.browser()
    await browser.ask_code(first)
    code = site.letters[-1].code
    asked = await browser.ask_code(second)
    if site.letters[-1].code != code:
        assert (await browser.enter(asked, code)).page.kind == "code"


async def test_a_code_that_can_not_be_sent_is_not_said_to_be(site: Site) -> None:
    """Where the mail server is away, the page says so, and the code can be asked for again."""
    link, browser = await site.sent(), site.browser()
    await site.server.close()
    answer = await browser.ask_code(link)
    assert (answer.status, answer.page.kind) == (503, "link")
    assert answer.page.problem.endswith(WORDS.not_sent)
    assert WORDS.code_sent not in answer.source


# The database


async def test_nothing_that_is_kept_opens_anything(site: Site) -> None:
    """Neither token, code nor session stands in the database."""
    browser, _ = await site.opened()
    link, code = site.letters[0].link, site.letters[1].code
    token = auth.Keys([KEY]).read(link.rpartition("/")[2])
    assert token is not None
    kept = ""
    async with site.database.reading() as work:
        for table in ("letters", "letter_links", "letter_codes", "letter_sessions", "acts"):
            rows = await work._execute(text(f"SELECT * FROM {table}"))  # noqa: S608
            kept += "".join(str(tuple(row)) for row in rows)
    for secret in (token.link, link, *browser.cookies.values()):
        assert secret not in kept
    assert f"'{code}'" not in kept


async def test_without_the_database_nothing_is_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the database away the page says so in words, and what was typed is given back."""
    browser, opened = await site.opened()

    async def away(*_: object) -> None:
        raise NotSaved

    monkeypatch.setattr(site.adapter._mailbox, "linked", away)
    answer = await browser.get(site.letters[0].link)
    assert (answer.status, answer.page.title) == (503, WORDS.title_away)
    assert_shows_nothing(answer)
    said = await browser.say(opened, "I spoke with the school.")
    assert said.status == 503
    assert "I spoke with the school." in said.source
    assert site.inbox.heard == []


async def test_a_letter_that_is_gone_shows_nothing(site: Site) -> None:
    """Where the letter is not kept any more, its link is like one that nobody sent."""
    link = await site.sent(CARD)
    await site.pass_time("letters", "written_at")
    await site.pass_time("letter_links")
    async with site.database.work() as work:
        await work.purge(100)
    answer = await site.browser().get(link)
    assert (answer.status, answer.page.kind) == (403, "refused")
    assert_shows_nothing(answer)


async def test_a_page_is_opened_so_often_in_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens it again and again is told to wait, and sees nothing; another letter is opened, and what
    is said on the page that stands open is heard all the same."""
    monkeypatch.setattr(limits, "VISITS", Rate(6, 60.0))
    async with email_site() as site:
        browser, opened = await site.opened()
        link = site.letters[0].link
        answers = [await browser.get(link) for _ in range(6)]
        assert [answer.status for answer in answers][::5] == [200, 429]
        assert_shows_nothing(answers[-1])
        assert answers[-1].shows("wait a minute")
        assert ("email", "too many visits") in site.inbox.refusals
        other = await site.sent(key="delivery-2")
        assert (await site.browser().get(other)).status == 200
        assert (await browser.say(opened, "The child is in danger")).status == 200
        assert len(site.inbox.heard) == 1


async def test_links_that_are_not_ours_are_tried_so_often_in_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All of them together; a link that is ours is opened beside them."""
    monkeypatch.setattr(limits, "STRANGE", Rate(2, 60.0))
    async with email_site() as site:
        strange = [(await site.browser().get(f"/mail/{number}")).status for number in range(4)]
        assert strange == [403, 403, 429, 429]
        assert (await site.browser().get(await site.sent())).status == 200
