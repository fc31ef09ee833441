"""What a browser sends, read: bounded, typed, believed only as far as the page carried it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email import forms, limits
from adapters.email.auth import Keys
from adapters.email.forms import for_browser, pack, unpack, values, wall_time
from adapters.email.intake import Arrival, Page, Search, read
from adapters.email.limits import EARLIEST, LATEST
from bot.chat.action import Payload
from bot.chat.form import Form, Option, PersonField
from bot.chat.outside import LONGEST_KEY
from bot.chat.turn import Address, Ask, Pressed, Said, Submitted
from tests.contracts.email_site import ACKNOWLEDGE, HELEN, PUBLIC, SENDER, WORDS, Site, email_site
from tests.contracts.test_email_render import FIELDS, FORM, KEYS
from tests.contracts.vocabulary import forms as any_forms

PAGE = Page("letter-1", "session", Address("email", "care.example", SENDER, HELEN))


def pressed(session: str = "session", nonce: str = "n1", **more: str) -> dict[str, list[str]]:
    sealed = KEYS.seal(session, {"m": "message-1", "p": ACKNOWLEDGE.encode(), "n": nonce, **more})
    return {"press": [sealed]}


def sent(form: Form = FORM, **typed: str | list[str]) -> dict[str, list[str]]:
    """A form as a browser sends it; `typed` by field id."""
    fields = {f"f.{id}": [value] if isinstance(value, str) else value for id, value in typed.items()}
    return {"form": [KEYS.seal("session", {"f": pack(form), "n": "n1"})], "send": ["1"], **fields}


def arrival(typed: dict[str, list[str]]) -> Arrival:
    found = read(PAGE, typed, KEYS)
    assert isinstance(found, Arrival)
    return found


# Presses and words


def test_a_press_is_what_the_page_carried() -> None:
    """The payload, the message that it stood on, whose page it is and where."""
    incoming = arrival(pressed()).incoming
    assert isinstance(incoming.act, Pressed)
    assert incoming.act.payload == ACKNOWLEDGE
    assert incoming.act.message is not None
    assert (incoming.act.message.id, incoming.act.message.address) == ("message-1", PAGE.address)
    assert (incoming.account.platform, incoming.account.user) == ("email", HELEN)
    assert (incoming.place.address, incoming.place.kind) == (PAGE.address, "personal")


def test_a_key_is_never_longer_than_an_index_takes() -> None:
    """However much a page carries, as the twins have it: one long key is not another."""
    keys = {arrival(pressed(nonce=nonce)).incoming.key for nonce in ("n" * 5_000, "n" * 5_001)}
    assert len(keys) == 2
    assert max(map(len, keys)) <= LONGEST_KEY


def test_a_press_has_one_key_for_each_drawing_of_the_page() -> None:
    """The same button of the same page is the same act; of a new page, another message or another button, a
    new one."""
    key = arrival(pressed()).incoming.key
    assert arrival(pressed()).incoming.key == key
    other = KEYS.seal("session", {"m": "message-1", "p": Payload("other", 1).encode(), "n": "n1"})
    elsewhere = KEYS.seal("session", {"m": "message-2", "p": ACKNOWLEDGE.encode(), "n": "n1"})
    keys = [
        arrival({"press": [one]}).incoming.key for one in (other, elsewhere, *pressed(nonce="n2")["press"])
    ]
    assert len({key, *keys}) == 4


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"press": ["x"]},
        {"press": [ACKNOWLEDGE.encode()]},
        pressed("another session"),
        pressed(p="no payload"),
        pressed(p='{"n":"x"}'),
        {"press": [pressed()["press"][0][:-3]]},
        {"press": []},
        {"say": ["x"], "words": ["hello"]},
        {"words": ["hello"]},
        {"say": pressed()["press"], "words": ["hello"]},
        {"form": pressed()["press"], "send": ["1"]},
        {"form": ["[]"], "send": ["1"]},
        {"form": [KEYS.seal("session", {"f": "no form", "n": "n1"})]},
        {"form": [KEYS.seal("session", {"f": '[{"_":"Card","title":"x"}]', "n": "n1"})]},
        {"form": [KEYS.seal("another session", {"f": pack(FORM), "n": "n1"})]},
    ],
)
def test_what_the_page_did_not_carry_is_nobody_s_act(typed: dict[str, list[str]]) -> None:
    """Made up, cut, of another session, or one thing in the place of another: no act comes of it."""
    assert read(PAGE, typed, KEYS) is None


def test_typed_words_are_one_act_for_each_page_and_words() -> None:
    """The same words on the same page are the same act; other words, or another page, a new one."""

    def said(words: str, nonce: str = "n1") -> Arrival:
        return arrival({"say": [KEYS.seal("session", {"w": "say", "n": nonce})], "words": [words]})

    first = said(" is <this> & that ok?\n")
    assert first.incoming.act == Said("is <this> & that ok?")
    assert first.incoming.key == said("is <this> & that ok?").incoming.key
    keys = {first.incoming.key, said("other").incoming.key, said("is <this> & that ok?", "n2").incoming.key}
    assert len(keys) == 3


# Forms


def test_each_field_comes_back_in_its_type() -> None:
    """Text, choice, choices, person, wall time and yes/no, by field id; the key is the form's instance."""
    typed = sent(
        ref="WIC-7", risk="It rained.\nA lot.", stage="2", seen=["s", "h"], who="p1",
        when="2026-07-06T09:30", spoke="no",
    )  # fmt: skip
    incoming = arrival(typed).incoming
    assert incoming.key == "form:instance-1"
    assert isinstance(incoming.act, Submitted)
    assert incoming.act.payload == FORM.action
    assert dict(incoming.act.values) == {
        "ref": "WIC-7", "risk": "It rained.\nA lot.", "stage": "2", "seen": ("s", "h"), "who": "p1",
        "when": datetime(2026, 7, 6, 9, 30), "spoke": False,  # noqa: DTZ001 - wall time is meant
    }  # fmt: skip


def test_an_empty_form_has_no_values() -> None:
    """Fields that were left empty, or not sent, or hold what is none of their kind, are None."""
    empty = sent(ref="", risk="", stage="", when="", spoke="perhaps", who="")
    assert set(values(FORM, empty).values()) == {None}
    assert set(values(FORM, {}).values()) == {None}


def test_fields_that_the_form_does_not_have_are_ignored() -> None:
    """Whatever else is sent along has no effect."""
    typed = {**sent(ref="WIC-7"), "f.secret": ["x"], "q.ref": ["y"], "action": ["z"], "instance": ["other"]}
    incoming = arrival(typed).incoming
    assert incoming.key == "form:instance-1"
    assert isinstance(incoming.act, Submitted)
    assert set(incoming.act.values) == {item.id for item in FIELDS}


def test_find_searches_only_where_the_form_can() -> None:
    """“Find” of a person's field is a search; of any other field, it is not."""
    search = read(PAGE, {**sent(), "find": ["who"], "q.who": ["pri"]}, KEYS)
    assert isinstance(search, Search)
    assert search.fields == ("who",)
    assert isinstance(read(PAGE, {**sent(), "find": ["ref"]}, KEYS), Arrival)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-07-06T09:30", (2026, 7, 6, 9, 30)), ("2026-07-06 09:30", (2026, 7, 6, 9, 30)),
        (" 2026-07-06  9:30 ", (2026, 7, 6, 9, 30)), ("2026-07-06T09:30:15", (2026, 7, 6, 9, 30)),
        ("2026-07-06T09:30:15.250", (2026, 7, 6, 9, 30)), ("0001-01-01T00:00", None),
        ("2026-07-06", None), ("tomorrow", None), ("2026-13-06 09:30", None), ("2026-02-30 09:30", None),
        ("2026-07-06 24:30", None), ("2026-07-06T09:30Z", None), ("2026-07-06T09:30+01:00", None), ("", None),
        ("٢٠٢٦-07-06 09:30", None), ("9" * 5_000, None), ("9999-12-31 23:59", None),
    ],
)  # fmt: skip
def test_a_wall_time_is_read_as_browsers_and_people_write_it(text: str, at: tuple[int, ...] | None) -> None:
    """With a T or a space, with seconds or without; what is no time of a day is none."""
    expected = datetime(*at) if at else None  # type: ignore[arg-type]  # noqa: DTZ001 - wall time
    assert wall_time(text) == expected


@given(st.datetimes(datetime(EARLIEST, 1, 1), datetime(LATEST, 12, 31)))  # noqa: DTZ001 - wall time
def test_every_wall_time_survives_the_page(at: datetime) -> None:
    """What the page shows for a time is read as the same time, to the minute."""
    assert wall_time(for_browser(at.isoformat())) == at.replace(second=0, microsecond=0)


@given(any_forms())
def test_any_form_survives_its_page(form: Form) -> None:
    """The form that a page carries is the form that was drawn, without what stood in it."""
    carried = KEYS.unseal("session", KEYS.seal("session", {"f": pack(form)}))
    assert carried is not None
    found = unpack(carried["f"])
    assert found is not None
    assert (found.title, found.action, found.instance) == (form.title, form.action, form.instance)
    assert pack(found) == pack(form)
    assert [item.id for item in found.fields] == [item.id for item in form.fields]


@given(st.dictionaries(st.sampled_from(["press", "form", "say", "find", "words"]), st.lists(st.text())))
def test_nothing_that_is_sent_breaks_the_reading(typed: dict[str, list[str]]) -> None:
    """Whatever stands in the fields, it is an act of the page or none."""
    assert read(PAGE, typed, KEYS) is None


def test_a_choice_found_by_typing_is_kept() -> None:
    """Whoever was chosen stays among the people found, and no more than 25 are shown."""
    people = tuple(Option(f"x{n}", f"Person {n}") for n in range(40))
    kept = forms.found(FORM, "who", people, "p2").fields[4]
    assert isinstance(kept, PersonField)
    assert len(kept.options) == limits.FOUND
    assert kept.options[0].value == "p2"


def test_what_would_be_lost_is_noticed() -> None:
    """A date that is none, and a name typed with nobody chosen."""
    typed = {**sent(when="next week"), "q.who": ["priya"]}
    assert forms.unread(FORM, typed) == (["when"], ["who"])
    assert forms.unread(FORM, {**typed, "f.who": ["p1"], "f.when": [""]}) == ([], [])
    no_search = replace(FORM, fields=(replace(FIELDS[4], scope=""),))
    assert forms.unread(no_search, typed) == ([], [])


def test_another_s_key_reads_nothing() -> None:
    """A page that another service drew is not ours."""
    assert read(PAGE, pressed(), Keys(["somebody else's key, which is long enough"])) is None


# Over HTTP


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with email_site() as site:
        yield site


async def raw(site: Site, body: bytes, kind: str = "application/x-www-form-urlencoded") -> int:
    """The status of the answer to this body, sent to an open page."""
    browser, _ = await site.opened()
    path = site.letters[0].link.removeprefix(PUBLIC) + "/act"
    (name, held) = next(iter(browser.cookies.items()))
    headers = {"Content-Type": kind, "Cookie": f"{name}={held}"}
    async with site.http.post(site.service + path, data=body, headers=headers) as answer:
        assert 'data-page="refused"' in await answer.text()
        return answer.status


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"words=hello", "text/plain", 415),
        (b"{}", "application/json", 415),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
        (b"words=" + b"x" * limits.REQUEST_BODY, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a=b" for _ in range(limits.FIELDS + 1)), "application/x-www-form-urlencoded", 400),
        ("words=é".encode(), "application/x-www-form-urlencoded", 400),
        (b"", "application/x-www-form-urlencoded", 403),
        (b"press=x&form=y&say=z", "application/x-www-form-urlencoded", 403),
        (b"%00=%ff&press=%ed%a0%80", "application/x-www-form-urlencoded", 403),
    ],
)
async def test_what_no_page_sends_is_refused(site: Site, body: bytes, kind: str, status: int) -> None:
    """Bodies that are no form, too large, or not of the page have no effect, and are counted."""
    assert await raw(site, body, kind) == status
    assert len(site.inbox.refusals) == 1
    assert site.inbox.heard == []


async def test_words_are_heard_as_they_were_typed(site: Site) -> None:
    """Line ends are ours, and signs that can't be stored are left out; all others arrive."""
    browser, opened = await site.opened()
    await browser.say(opened, "  is <this> & that *ok*?\r\nñ 長 👩🏽‍⚕️\x00 %41 +  ")
    assert site.inbox.last.act == Said("is <this> & that *ok*?\nñ 長 👩🏽‍⚕️ %41 +")


async def test_words_without_end_are_given_back(site: Site) -> None:
    """A text that is too long is not cut in silence: all of it is given back."""
    browser, opened = await site.opened()
    words = "word " * 6_200
    answer = await browser.say(opened, words)
    assert answer.status == 422
    assert WORDS.words_many in answer.page.problem
    assert words.strip() in answer.source
    assert site.inbox.heard == []


async def test_a_body_at_its_limit_is_taken(site: Site) -> None:
    """The longest text that is read arrives, also in a script that takes nine bytes for each sign."""
    browser, opened = await site.opened()
    words = "長" * limits.WORDS
    await browser.say(opened, words)
    assert site.inbox.last.act == Said(words)
    assert len(urlencode({"words": words})) < limits.REQUEST_BODY


async def test_a_form_that_somebody_edited_is_not_taken(site: Site) -> None:
    """The form that a page carries can't be changed, nor sent to another session."""
    site.inbox.answers = lambda act: Ask(FORM)
    browser, opened = await site.opened()
    asked = await browser.press(opened, "Acknowledge")
    form = asked.page.form
    assert form is not None
    sealed = dict(form.holds)["form"]
    other = site.browser()
    await site.sent(key="delivery-2")
    second = await other.open(site.letters[-1].link)
    for browser_, action, value in (
        (browser, form.action, sealed[:-4] + "AAAA"),
        (browser, form.action, pack(FORM)),
        (other, second.page.say.action if second.page.say else "", sealed),
    ):
        answer = await browser_.post(action, [("form", value), ("send", "1"), ("f.risk", "It rained.")])
        assert (answer.status, answer.page.kind) == (403, "refused")
        assert "It rained." in answer.source
    assert [type(heard.act) for heard in site.inbox.heard] == [Pressed]
