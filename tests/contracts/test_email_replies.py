"""Replies on the page: what is shown, what is kept, and what is given back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.email import limits
from bot.chat.action import Payload
from bot.chat.card import Button, Card
from bot.chat.form import LongTextField, Option, PersonField, TextField, refused
from bot.chat.port import NotSaved
from bot.chat.text import plain
from bot.chat.turn import (
    Act,
    Ask,
    Done,
    Invalid,
    Next,
    Pressed,
    Redraw,
    Replies,
    Said,
    Say,
    ShowHome,
    Submitted,
    Whisper,
)
from tests.contracts.email_site import ACKNOWLEDGE, CARD, WORDS, Answer, Browser, Site, email_site
from tests.contracts.html_validity import assert_page
from tests.contracts.inbox import PHRASES
from tests.contracts.inbox import Answer as Scripted
from tests.contracts.test_email_render import FORM

GO = Payload("go", 1)
MENU = Card("The menu", (), (Button("Go", GO, opens_form=True),))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with email_site() as site:
        yield site


def titles(answer: Answer) -> list[str]:
    """The cards of the page, from the top."""
    assert_page(answer.source)
    return [card.drawing.words.splitlines()[0] for card in answer.page.cards]


async def answered(site: Site, scripted: Scripted) -> tuple[Browser, Answer]:
    """The page after a press that is answered so."""
    site.inbox.answers = lambda act: scripted
    browser, opened = await site.opened()
    return browser, await browser.press(opened, "Acknowledge")


# Cards


@pytest.mark.parametrize("kind", [Say, Whisper, Done, ShowHome])
async def test_a_card_of_the_moment_stands_on_top(
    site: Site, kind: type[Say] | type[Whisper] | type[Done] | type[ShowHome]
) -> None:
    """It is shown above the letter's card, is not kept, and its buttons work."""
    browser, after = await answered(site, kind(MENU))
    assert titles(after) == ["The menu", "Case BR-7KQ2M awaits you"]
    assert after.page.cards[0].message == ""
    assert titles(await browser.get(site.letters[0].link)) == ["Case BR-7KQ2M awaits you"]
    await browser.press(after, "Go")
    assert site.inbox.last.act == Pressed(GO, None)
    assert site.inbox.tracked == []


@pytest.mark.parametrize("kind", [Say, Done])
async def test_a_card_of_a_case_is_kept_and_redrawn(site: Site, kind: type[Say] | type[Done]) -> None:
    """It has a message of its own, the bot is told which, and what the bot makes of it is seen later."""
    browser, after = await answered(site, kind(Card("My case"), "case:c1"))
    ((tracked, account, message),) = site.inbox.tracked
    assert (tracked, account) == ("case:c1", site.inbox.last.account)
    assert after.page.cards[0].message == message.id
    assert message.address == site.address
    await site.adapter.platform.update(message, Card("My case is closed"))
    shown = await browser.get(site.letters[0].link)
    assert titles(shown) == ["Case BR-7KQ2M awaits you", "My case is closed"]
    assert len([letter for letter in site.letters if letter.link]) == 1


async def test_a_redraw_takes_the_place_of_the_pressed_card(site: Site) -> None:
    """The letter's card is another one from now on, also when the page is opened again, and is tracked."""
    browser, after = await answered(site, Redraw(Card("You have acknowledged"), "case:c1"))
    assert titles(after) == ["You have acknowledged"]
    assert titles(await browser.get(site.letters[0].link)) == ["You have acknowledged"]
    ((_, _, message),) = site.inbox.tracked
    assert message.id == after.page.cards[0].message


async def test_a_redraw_of_a_card_of_the_moment_is_said(site: Site) -> None:
    """Where the pressed card is not kept, what takes its place stands on top."""
    browser, after = await answered(site, Say(MENU))
    site.inbox.answers = lambda act: Redraw(Card("Gone further"))
    further = await browser.press(after, "Go")
    assert titles(further) == ["Gone further", "Case BR-7KQ2M awaits you"]


async def test_several_replies_stand_in_their_order(site: Site) -> None:
    """What was said first stands first."""
    _, after = await answered(site, (Whisper(Card("One")), Say(Card("Two")), Redraw(Card("Three"))))
    assert titles(after) == ["One", "Two", "Three"]


async def test_silence_shows_the_page_as_it_is(site: Site) -> None:
    """An act that nothing is said to shows what stands there."""
    _, after = await answered(site, None)
    assert titles(after) == ["Case BR-7KQ2M awaits you"]


# The same act again


async def test_a_press_that_comes_twice_is_one_act(site: Site) -> None:
    """A double click, or a page that is loaded again, has one effect, shows the same, and keeps one card."""
    site.inbox.answers = lambda act: Say(Card("My case"), "case:c1")
    browser, opened = await site.opened()
    twice = await asyncio.gather(browser.press(opened, "Acknowledge"), browser.press(opened, "Acknowledge"))
    again = await browser.press(opened, "Acknowledge")
    assert len(site.inbox.heard) == 1
    assert {tuple(titles(answer)) for answer in (*twice, again)} == {("My case", "Case BR-7KQ2M awaits you")}
    assert {message.id for _, _, message in site.inbox.tracked} == {again.page.cards[0].message}


async def test_an_act_that_comes_again_undoes_nothing_newer(site: Site) -> None:
    """The page of an older press, loaded again, does not put its card over what the bot has drawn since."""
    browser, opened = await site.opened()
    site.inbox.answers = lambda act: Redraw(Card("You have acknowledged"), "case:c1")
    await browser.press(opened, "Acknowledge")
    ((_, _, message),) = site.inbox.tracked
    await site.adapter.platform.update(message, Card("It is closed"))
    again = await browser.press(opened, "Acknowledge")
    assert titles(again) == ["It is closed"]
    assert len(site.inbox.heard) == 1
    assert len(site.inbox.tracked) == 1


async def test_a_button_of_a_new_page_is_a_new_act(site: Site) -> None:
    """The same button, pressed again after the page was drawn anew, is heard again."""
    browser, opened = await site.opened()
    after = await browser.press(opened, "Acknowledge")
    await browser.press(after, "Acknowledge")
    assert len(site.inbox.heard) == 2


# Not saved


async def test_a_press_that_was_not_saved_can_be_tried_again(site: Site) -> None:
    """The page says so and is still there; pressing again is the same act."""
    browser, opened = await site.opened()
    site.inbox.down = True
    after = await browser.press(opened, "Acknowledge")
    assert after.status == 503
    assert PHRASES.try_again in after.page.problem
    assert titles(after) == ["Case BR-7KQ2M awaits you"]
    site.inbox.down = False
    await browser.press(after, "Acknowledge")
    assert len(set(site.inbox.deliveries)) == 1
    assert len(site.inbox.heard) == 1


async def test_words_that_were_not_saved_are_given_back(site: Site) -> None:
    """They stand in their field again, nothing is confirmed, and sending them again is the same act."""
    browser, opened = await site.opened()
    site.inbox.down = True
    words = "I spoke with <the school>.\nTwice."
    after = await browser.say(opened, words)
    assert after.status == 503
    assert PHRASES.not_saved in after.page.problem
    assert after.page.say is not None
    assert ("words", words) in after.page.say.holds
    site.inbox.down = False
    await browser.send(after.page.say)
    assert site.inbox.last.act == Said(words)
    assert len(set(site.inbox.deliveries)) == 1


async def test_a_database_that_stands_still_is_not_waited_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An act that takes too long is not confirmed; what comes of it late is shown when it is sent again."""
    monkeypatch.setattr(limits, "ANSWER_WITHIN", 0.2)
    site.inbox.answers = lambda act: Whisper(Card("Taken"))
    browser, opened = await site.opened()
    site.inbox.gate.clear()
    after = await browser.say(opened, "hello")
    assert after.status == 503
    assert not after.shows("Taken")
    site.inbox.gate.set()
    await site.adapter.settled()
    assert after.page.say is not None
    assert (await browser.send(after.page.say)).shows("Taken")
    assert len(site.inbox.heard) == 1


async def test_a_card_that_can_not_be_kept_is_shown_all_the_same(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done is told, also where the database went away right after."""

    async def away(*_: object) -> None:
        raise NotSaved

    browser, opened = await site.opened()
    site.inbox.answers = lambda act: Say(Card("My case"), "case:c1")
    for method in ("add", "cards", "form_taken"):
        monkeypatch.setattr(site.adapter._mailbox, method, away)
    after = await browser.say(opened, "my case")
    assert (after.status, titles(after)) == (200, ["My case"])


# Forms


async def form_page(site: Site, sent: Scripted, form: Ask | None = None) -> tuple[Browser, Answer]:
    """The page of the form; what is sent with it is answered by `sent`."""
    asked = form or Ask(FORM)

    def answers(act: Act) -> Scripted:
        return sent if isinstance(act, Submitted) else asked

    site.inbox.answers = answers
    browser, opened = await site.opened()
    return browser, await browser.press(opened, "Acknowledge")


async def submit(browser: Browser, page: Answer, *typed: tuple[str, str], button: str = "send") -> Answer:
    form = page.page.form
    assert form is not None
    answer = await browser.send(form, button=button, typed=typed)
    assert_page(answer.source)
    return answer


def shown(answer: Answer) -> dict[str, str]:
    """What stands in the fields of the form."""
    return {item.id: item.shown for item in answer.page.drawing.fields}


async def test_a_form_is_a_page_with_what_is_said_to_it(site: Site) -> None:
    """The form has the page to itself, below the cards that came with it."""
    site.inbox.answers = lambda act: (Whisper(Card("Ring 999")), Ask(FORM))
    browser, opened = await site.opened()
    page = await browser.press(opened, "Acknowledge")
    assert (page.page.kind, titles(page)) == ("form", ["Ring 999"])
    assert page.page.form is not None
    assert page.page.form.instance == "instance-1"


async def test_a_form_that_is_not_saved_is_given_back(site: Site) -> None:
    """Every word, choice and date that was typed stands in it again, whatever the database does."""
    browser, page = await form_page(site, Done(Card("Filed")))
    site.inbox.down = True
    back = await submit(
        browser, page, ("f.ref", ""), ("f.risk", "It rained.\n<b>"), ("f.stage", "2"), ("f.seen", "s"),
        ("f.seen", "h"), ("f.who", "p2"), ("f.when", "2026-07-06T09:30"), ("f.spoke", "yes"),
    )  # fmt: skip
    assert (back.status, back.page.kind) == (503, "form")
    assert PHRASES.not_saved in back.page.problem
    assert shown(back) == {
        "ref": "", "risk": "It rained.\n<b>", "stage": "Second", "seen": "School, Health",
        "who": "Helen Castle", "when": "2026-07-06T09:30", "spoke": "Yes",
    }  # fmt: skip
    site.inbox.down = False
    assert (await submit(browser, back)).shows("Filed")
    assert [key for key in site.inbox.deliveries if key.startswith("form:")] == ["form:instance-1"] * 2


async def test_a_form_is_given_back_without_any_database(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nobody can look up whose page it is, the form comes back with its words."""
    browser, page = await form_page(site, Done(Card("Filed")))

    async def away(*_: object) -> None:
        raise NotSaved

    with monkeypatch.context() as patched:
        patched.setattr(site.adapter._mailbox, "linked", away)
        back = await submit(browser, page, ("f.risk", "It rained."))
        assert (back.status, back.page.kind) == (503, "form")
        assert shown(back)["risk"] == "It rained."
        stranger = site.browser()
        assert back.page.form is not None
        refused_ = await stranger.send(back.page.form, button="send")
        assert (refused_.status, refused_.page.kind) == (503, "refused")
    assert (await submit(browser, back, ("f.risk", "It rained."))).shows("Filed")


async def test_a_refused_form_keeps_every_word(site: Site) -> None:
    """Also the ones that the flow does not give back: a field that was emptied stays empty."""
    held = replace(FORM, fields=(TextField("ref", "Your reference", value="before"), *FORM.fields[1:]))

    def answers(act: Act) -> Scripted:
        if isinstance(act, Submitted):
            return Invalid(refused(held, act.values, {"risk": "Say more."}))
        return Ask(held)

    site.inbox.answers = answers
    browser, opened = await site.opened()
    page = await browser.press(opened, "Acknowledge")
    back = await submit(browser, page, ("f.ref", ""), ("f.risk", "Rain."), ("f.seen", "h"))
    assert (back.status, back.page.kind) == (200, "form")
    assert "Say more." in back.page.problem
    assert (shown(back)["ref"], shown(back)["risk"], shown(back)["seen"]) == ("", "Rain.", "Health")


async def test_a_form_that_is_sent_twice_is_one_act(site: Site) -> None:
    """A double click or a second try has the first result."""
    browser, page = await form_page(site, Done(Card("Filed"), "case:c1"))
    twice = await asyncio.gather(*(submit(browser, page, ("f.risk", "It rained.")) for _ in range(2)))
    again = await submit(browser, page, ("f.risk", "It rained."))
    assert all(answer.shows("Filed") for answer in (*twice, again))
    assert len([heard for heard in site.inbox.heard if isinstance(heard.act, Submitted)]) == 1
    assert len({message.id for _, _, message in site.inbox.tracked}) == 1


async def test_other_words_in_a_form_that_was_sent_are_not_lost(site: Site) -> None:
    """Whoever goes back in the browser and writes something else is told that it was not sent, keeps the
    words, and can send them as another form."""
    browser, page = await form_page(site, Done(Card("Filed")))
    await submit(browser, page, ("f.risk", "It rained."))
    other = await submit(browser, page, ("f.risk", "It snowed."))
    assert (other.status, other.page.kind) == (422, "form")
    assert WORDS.form_again in other.page.problem
    assert not other.shows("Filed")
    assert shown(other)["risk"] == "It snowed."
    assert (await submit(browser, other)).shows("Filed")
    acts = [heard.act for heard in site.inbox.heard if isinstance(heard.act, Submitted)]
    assert [act.values["risk"] for act in acts] == ["It rained.", "It snowed."]


async def test_a_form_that_was_sent_is_another_one_when_its_page_is_loaded_again(site: Site) -> None:
    """The press that opened it, repeated by the browser, brings a form that can be sent."""
    browser, opened = await site.opened()
    site.inbox.answers = lambda act: Done(Card("Filed")) if isinstance(act, Submitted) else Ask(FORM)
    page = await browser.press(opened, "Acknowledge")
    await submit(browser, page, ("f.risk", "It rained."))
    again = await browser.press(opened, "Acknowledge")
    assert again.page.form is not None
    assert again.page.form.instance != "instance-1"
    assert (await submit(browser, again, ("f.risk", "It snowed."))).shows("Filed")
    assert site.inbox.last.key == f"form:{again.page.form.instance}"


async def test_one_form_follows_another(site: Site) -> None:
    """The next form is empty, and is sent under its own instance."""
    second = replace(FORM, title="And then", fields=(LongTextField("risk", "What next?"),), instance="i2")
    browser, page = await form_page(site, Next(second))
    following = await submit(browser, page, ("f.risk", "It rained."))
    assert (following.page.kind, following.page.title) == ("form", "And then")
    assert shown(following) == {"risk": ""}
    site.inbox.answers = lambda act: Done(Card("Filed"))
    assert (await submit(browser, following, ("f.risk", "We meet."))).shows("Filed")
    assert site.inbox.last.key == "form:i2"


# What would be lost


async def test_a_date_that_can_not_be_read_is_given_back(site: Site) -> None:
    """It is told at the field, as it was typed, before anything is sent."""
    browser, page = await form_page(site, Done(Card("Filed")))
    back = await submit(browser, page, ("f.when", "next Tuesday"), ("f.risk", "It rained."))
    assert (back.status, back.page.kind) == (422, "form")
    assert WORDS.moment_wrong in back.page.problem
    assert (shown(back)["when"], shown(back)["risk"]) == ("next Tuesday", "It rained.")
    assert not any(isinstance(heard.act, Submitted) for heard in site.inbox.heard)
    assert (await submit(browser, back, ("f.when", "2026-07-06 9:30"))).shows("Filed")


async def test_people_are_found_by_typing(site: Site) -> None:
    """“Find” shows who was found, keeps all else that was typed, and whoever is chosen comes back."""
    site.inbox.people = (Option("p7", "Kit Jones"), Option("p8", "Tom Reed"))
    browser, page = await form_page(site, Done(Card("Filed")))
    found = await submit(browser, page, ("q.who", "kit"), ("f.risk", "It rained."), button="find")
    assert site.inbox.searches == [("colleagues:7", "kit")]
    assert found.page.kind == "form"
    assert found.page.problem == ""
    fields = {item.id: item for item in found.page.drawing.fields}
    assert [one.label for one in fields["who"].choices] == ["Kit Jones"]
    assert shown(found)["risk"] == "It rained."
    assert found.page.form is not None
    assert ("q.who", "kit") in found.page.form.holds
    assert (await submit(browser, found, ("f.who", "p7"))).shows("Filed")
    act = site.inbox.last.act
    assert isinstance(act, Submitted)
    assert (act.values["who"], act.instance) == ("p7", "instance-1")


async def test_nobody_found_is_said(site: Site) -> None:
    """A search without a result says so at the field."""
    browser, page = await form_page(site, Done(Card("Filed")))
    found = await submit(browser, page, ("q.who", "zzz"), button="find")
    assert WORDS.found_none in found.page.problem


async def test_whoever_was_chosen_stays_chosen(site: Site) -> None:
    """Searching once more keeps the choice that was made, with its name."""
    site.inbox.people = (Option("p7", "Kit Jones"),)
    browser, page = await form_page(site, Done(Card("Filed")))
    found = await submit(browser, page, ("q.who", "kit"), ("f.who", "p2"), button="find")
    fields = {item.id: item for item in found.page.drawing.fields}
    assert [one.label for one in fields["who"].choices] == ["Helen Castle", "Kit Jones"]
    assert fields["who"].shown == "Helen Castle"


async def test_a_name_that_nobody_was_chosen_for_is_not_dropped(site: Site) -> None:
    """Whoever types a name and sends the form is asked whom they mean, also where nobody has to be named."""
    optional = replace(FORM, fields=(PersonField("who", "Who else?", "all", required=False),))
    site.inbox.people = (Option("p7", "Kit Jones"),)
    browser, page = await form_page(site, Done(Card("Filed")), Ask(optional))
    back = await submit(browser, page, ("q.who", "kit"))
    assert (back.status, back.page.kind) == (422, "form")
    assert WORDS.found_some in back.page.problem
    (field,) = back.page.drawing.fields
    assert "Kit Jones" in [one.label for one in field.choices]
    assert not any(isinstance(heard.act, Submitted) for heard in site.inbox.heard)
    assert (await submit(browser, back, ("q.who", ""))).shows("Filed")


async def test_a_search_without_the_database_keeps_the_words(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody can be looked up, the form says so and keeps everything."""

    async def away(*_: object) -> None:
        raise NotSaved

    browser, page = await form_page(site, Done(Card("Filed")))
    monkeypatch.setattr(site.inbox.__class__, "search", away)
    back = await submit(browser, page, ("q.who", "kit"), ("f.risk", "It rained."), button="find")
    assert PHRASES.try_again in back.page.problem
    assert shown(back)["risk"] == "It rained."


async def test_only_the_newest_cards_stand_on_the_page(site: Site) -> None:
    """However much was asked for, the page has an end: the letter's card and the ten newest others."""
    browser, page = await site.opened()
    numbers = iter(range(100))

    def answers(act: Act) -> Replies:
        return (Say(Card(f"Case {next(numbers)}", footnote=plain("small")), "case:c1"),)

    site.inbox.answers = answers
    for _ in range(12):
        page = await browser.say(page, "my cases")
    standing = titles(await browser.get(site.letters[0].link))
    assert standing == ["Case BR-7KQ2M awaits you", *(f"Case {n}" for n in range(11, 1, -1))]


async def test_the_press_of_a_kept_card_names_it(site: Site) -> None:
    """A button tells on which message it stood, so that the bot knows what to redraw."""
    browser, opened = await site.opened()
    await browser.press(opened, "Acknowledge")
    act = site.inbox.last.act
    assert isinstance(act, Pressed)
    assert act.message is not None
    assert act.message.id == opened.page.cards[0].message
    assert act.payload == ACKNOWLEDGE
    assert CARD.buttons[0].payload == ACKNOWLEDGE
