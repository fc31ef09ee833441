"""The playground's mailboxes: real SMTP, letters, and people who open them in a browser without scripts."""

from collections.abc import AsyncIterator
from datetime import datetime

import aiosmtplib
import pytest

from playground.faults import Broken, DropAfter, DropBefore, Fault, Refuse, Stall, TooMany
from playground.mail_client import MailClient
from playground.mail_html import parse
from playground.people import Actor
from tests.units.mail_service import HELEN, Pages, pages


@pytest.fixture
async def served() -> AsyncIterator[Pages]:
    """A small service and a mailbox."""
    async with pages() as running:
        yield running


@pytest.fixture
def client(served: Pages) -> MailClient:
    """Helen, who has a mailbox and a browser."""
    return served.office.client(HELEN)


@pytest.fixture
async def helen(served: Pages, client: MailClient) -> Actor:
    """Helen, who has opened her letter."""
    await served.invite()
    await served.office.settled()
    return Actor("helen", client, served.office.feed)


# --- letters


async def test_a_letter_is_kept_as_it_was_sent(served: Pages, client: MailClient) -> None:
    """Whom it went to, its subject and words, its Message-ID, and the link in it."""
    client.opens = False
    await served.invite()
    (letter,) = client.letters
    assert (letter.to, letter.subject, letter.id) == (HELEN, "Something awaits you", "<k1@braver.example>")
    assert letter.text in letter.html
    assert letter.link == "https://braver.little-wickering.example/mail/t"
    assert letter.code == ""


async def test_nobody_else_gets_it(served: Pages) -> None:
    """An address without a mailbox is refused for good, and so is one that was closed."""
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as unknown:
        await served.invite("nobody@care.example")
    served.office.closed.add(HELEN)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as closed:
        await served.invite()
    for refused in (unknown, closed):
        assert [one.code for one in refused.value.recipients] == [550]
    assert served.office.letters == []


@pytest.mark.parametrize(
    ("step", "fault", "code"),
    [
        ("MAIL", TooMany(), 452),
        ("MAIL", Broken(503), 451),
        ("MAIL", Broken(403), 554),
        ("RCPT", Refuse("5.7.1 Not for you", 550), 550),
        ("DATA", Refuse("5.6.0 Not like this", 554), 554),
        ("EHLO", Refuse("4.3.2 Not now", 421), 421),
    ],
)
async def test_a_fault_answers_in_smtps_own_words(served: Pages, step: str, fault: Fault, code: int) -> None:
    """Each step can be refused, for now or for good; the next letter goes through."""
    served.office.faults.next(step, fault)
    with pytest.raises(aiosmtplib.SMTPException) as caught:
        await served.invite()
    answers = getattr(caught.value, "recipients", [caught.value])
    assert [answer.code for answer in answers] == [code]
    assert served.office.letters == []
    await served.invite()
    assert len(served.office.letters) >= 1


@pytest.mark.parametrize(("fault", "letters"), [(DropBefore(), 0), (DropAfter(), 1)])
async def test_a_connection_can_be_cut(served: Pages, client: MailClient, fault: Fault, letters: int) -> None:
    """Cut before the letter was taken it is lost; cut afterwards only the answer is."""
    client.opens = False
    served.office.faults.next("DATA", fault)
    with pytest.raises((aiosmtplib.SMTPException, ConnectionError)):
        await served.invite()
    assert len(served.office.letters) == letters


async def test_what_is_stalled_goes_on_when_it_is_released(served: Pages, client: MailClient) -> None:
    """A letter that hangs is taken as soon as it may."""
    client.opens = False
    stalled = served.office.faults.next("RCPT", Stall())
    stalled.release()
    await served.invite()
    assert stalled.met.is_set()
    assert len(client.letters) == 1


# --- pages


async def test_a_letter_is_opened_as_it_comes(helen: Actor) -> None:
    """The link, the code of the second letter, the page: the card is read from its HTML."""
    card = await helen.expects("Case WIC-7")
    assert card.id == "m1"
    assert card.drawing.lines == (
        "Case WIC-7",
        "Open",
        "In",
        "bold, and a link (https://x.example/a).",
        "Raised by: Jo Marsh",
        "[Acknowledge] [Answer]",
    )
    assert [button.style for button in card.drawing.buttons] == ["primary", ""]
    assert helen.sees("Your code is 042137.")


async def test_a_press_is_answered_on_the_page(served: Pages, helen: Actor) -> None:
    """The press goes out with the button's value; the kept card is redrawn, the answer is seen."""
    before = await helen.expects("Case WIC-7")
    await helen.presses("Acknowledge")
    assert served.posted("press") == [[("press", "ack")]]
    after = await helen.expects_new("Acknowledged")
    assert (after.id, after.edits) == (before.id, 1)
    assert helen.sees("Heard: press")


async def test_a_card_of_the_moment_stays_until_the_next_answer(served: Pages, helen: Actor) -> None:
    """Loading the page again shows what changed and hides nothing that was just answered."""
    await helen.says("one")
    served.state = "Overdue"
    await served.office.look()
    assert helen.sees("Overdue")
    assert helen.sees("Heard: say")
    await helen.presses("Acknowledge")
    assert not helen.sees("Heard: say")


async def test_waiting_loads_the_page_again(served: Pages, helen: Actor) -> None:
    """What changes by itself is seen by whoever waits for it."""
    served.state = "Overdue"
    assert not helen.sees("Overdue")
    await helen.expects("Overdue")


async def test_typed_words_are_sent_and_shown_as_ones_own(served: Pages, helen: Actor) -> None:
    """Words under a card go from the page on which the card stands."""
    await helen.replies("Case WIC-7", "ack & <go>")
    assert served.posted("say") == [[("words", "ack & <go>")]]
    assert helen.message("ack & <go>").mine


async def test_a_double_click_sends_twice(served: Pages, helen: Actor) -> None:
    """Both copies are the same, byte for byte."""
    served.office.faults.twice()
    await helen.presses("Acknowledge")
    one, other = served.posted("press")
    assert one == other


async def test_there_are_no_channels(helen: Actor) -> None:
    """Whoever has e-mail alone can't be in one."""
    with pytest.raises(AssertionError, match="no channels"):
        await helen.mentions("hello", channel="duty")


# --- forms


async def test_a_form_is_read_with_all_that_it_says(helen: Actor) -> None:
    """Labels, hints, errors, what is held and what is offered."""
    await helen.presses("Answer")
    form = helen.form()
    assert form is not None
    assert (form.title, form.submit, form.problem) == ("Answer", "Send", "Something is missing.")
    read = {item.id: item for item in form.drawing.fields}
    assert [(item.label, item.kind, item.shown) for item in read.values()] == [
        ("Reference", "text", "A"),
        ("Why?", "long_text", "One\ntwo & three"),
        ("When?", "datetime", ""),
        ("Which stage?", "choice", "Second"),
        ("Who has seen it?", "choices", "School"),
        ("Who decided?", "choice", ""),
    ]
    ref = read["ref"]
    assert (ref.hint, ref.error, ref.max_length, ref.required) == ("No names", "Please give it.", 20, True)
    assert read["stage"].hint == "One of them"
    assert read["who"].searches
    assert "Reference: [A] ! Please give it." in form.drawing.lines


async def test_a_form_is_filled_and_sent(served: Pages, helen: Actor) -> None:
    """Every kind of field is sent as a browser sends it; what was not touched stays as it is."""
    await helen.presses("Answer")
    await helen.submits(
        {
            "Why?": "It rained.\nAll day.",
            "When?": datetime(2026, 7, 6, 9, 30),  # noqa: DTZ001 - wall time is meant
            "Which stage?": "First",
            "Who has seen it?": ("Health",),
            "Who decided?": "Priya Okafor",
        }
    )
    asked, sent = served.posted("form")
    assert ("find", "who") in asked
    assert ("q.who", "Priya Okafor") in asked
    assert sorted(sent) == sorted([
        ("state", "s"), ("f.ref", "A"), ("q.who", ""), ("f.why", "It rained.\nAll day."),
        ("f.when", "2026-07-06T09:30"), ("f.stage", "1"), ("f.seen", "h"), ("f.who", "p1"), ("send", "1"),
    ])  # fmt: skip
    assert helen.form() is None
    assert helen.sees("Heard: form")


async def test_a_form_can_be_left(helen: Actor) -> None:
    """Going back shows the page that it was opened on."""
    await helen.presses("Answer")
    await helen.dismisses()
    assert helen.form() is None
    await helen.presses("Acknowledge")
    assert helen.sees("Heard: press")


# --- by hand


async def test_a_link_can_be_opened_by_hand(served: Pages, client: MailClient) -> None:
    """Whoever opens nothing by itself sees the link's page, and can type a wrong code."""
    client.opens = False
    await served.invite()
    helen = Actor("helen", client, served.office.feed)
    assert (await client.open()).kind == "link"
    await helen.presses("Send me a code")
    await helen.submits({"Code": "000000"})
    await helen.expects("Not this one")
    assert not helen.sees("Case WIC-7")
    assert helen.form() is None


async def test_another_browser_is_not_signed_in(client: MailClient, helen: Actor) -> None:
    """The same link elsewhere begins at the beginning."""
    assert (await client.open(elsewhere=True)).kind == "link"
    assert helen.sees("Case WIC-7")


@pytest.mark.parametrize(("samesite", "kind"), [("Lax", "letter"), ("Strict", "link")])
async def test_a_link_from_outside_brings_no_strict_cookie(
    served: Pages, client: MailClient, samesite: str, kind: str
) -> None:
    """As browsers have it: a letter read on the web is another site."""
    served.samesite = samesite
    await served.invite()
    await served.office.settled()
    assert (await client.open()).kind == kind


async def test_a_page_can_lead_on_by_itself(served: Pages, client: MailClient) -> None:
    """From a page of the service itself every cookie goes along."""
    served.samesite, served.leads_on = "Strict", True
    await served.invite()
    await served.office.settled()
    assert (await client.open()).kind == "letter"


async def test_a_page_whose_time_is_over_asks_for_a_new_link(
    served: Pages, client: MailClient, helen: Actor
) -> None:
    """Where the page is refused when it is loaded again, a new link is asked for, and opened."""
    client.browser.forget()
    served.used = True
    await client.look()
    assert [letter.link != "" for letter in client.letters] == [True, False, True, False]
    await helen.presses("Acknowledge")
    assert helen.sees("Heard: press")


async def test_a_refused_act_leaves_nothing_in_sight(client: MailClient, helen: Actor) -> None:
    """Without its cookie the page is refused, and nothing of it stays in sight."""
    client.browser.forget()
    await helen.presses("Acknowledge")
    assert helen.sees("Not this one")
    assert not helen.sees("Case WIC-7")


@pytest.mark.parametrize("source", ["<main><p>a</main>", "<main>", "a</p>"])
def test_a_page_must_be_well_formed(source: str) -> None:
    """A tag that closes nothing, or is never closed, is a mistake of the page."""
    with pytest.raises(AssertionError, match="close"):
        parse(source)
