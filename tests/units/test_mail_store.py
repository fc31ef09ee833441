"""Letters, links, codes and sessions in the database, on both: what opens a page, once, and for how long."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.chat.action import Payload
from bot.chat.card import Button, Card, Status
from bot.chat.port import Entered, Kept, Link
from bot.mailbox import BotMailbox
from bot.store.database import Database
from tests.units.recorder import meddle, opened

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
HELEN, LEO = "helen@care.example", "leo@care.example"
CARD = Card("A case awaits you", (Status("due", "urgent"),), (Button("Go", Payload("go", 1)),))
CLOSED = Card("It is closed")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, may_shift=True) as database:
        yield database


@pytest.fixture
def mailbox(database: Database) -> BotMailbox:
    return BotMailbox(database)


async def written(mailbox: BotMailbox, key: str = "d1", address: str = HELEN) -> Kept:
    kept, _ = await mailbox.write(address, CARD, key)
    return kept


async def linked(mailbox: BotMailbox, link: str = "l1", key: str = "d1") -> Kept:
    """A letter with a link, and a code for it."""
    letter = await written(mailbox, key)
    assert await mailbox.link(letter.id, link, WEEK)
    assert await mailbox.code(link, "right", HOUR, 3)
    return letter


async def long_ago(database: Database, table: str, column: str, days: int = 40) -> None:
    """As if this had been so many days earlier."""
    earlier = (
        f"{column} - interval '{days} days'" if database.dialect == "postgresql"
        else f"strftime('%Y-%m-%d %H:%M:%f000', {column}, '-{days} days')"
    )  # fmt: skip
    await meddle(database, f"UPDATE {table} SET {column} = {earlier}")  # noqa: S608


async def enter(mailbox: BotMailbox, code: str, link: str = "l1", session: str = "s1") -> Entered:
    return await mailbox.enter(link, code, session, HOUR, 5)


# Letters


async def test_a_letter_is_written_once_for_each_delivery(mailbox: BotMailbox) -> None:
    """The same delivery finds its letter again, with the newer card as long as it was not sent."""
    first, sent = await mailbox.write(HELEN, CARD, "d1")
    assert (first.address, first.card, first.letter, sent) == (HELEN, CARD, first.id, False)
    again, sent = await mailbox.write(HELEN, CLOSED, "d1")
    assert (again.id, again.card, sent) == (first.id, CLOSED, False)
    await mailbox.sent(first.id)
    late, sent = await mailbox.write(HELEN, CARD, "d1")
    assert (late.id, late.card, sent) == (first.id, CLOSED, True)
    assert (await written(mailbox, "d2")).id != first.id


async def test_two_workers_write_one_letter(mailbox: BotMailbox) -> None:
    """Written twice at the same moment it is one."""
    found = await asyncio.gather(*(mailbox.write(HELEN, CARD, "d1") for _ in range(3)))
    assert len({kept.id for kept, _ in found}) == 1


async def test_only_a_letter_that_was_sent_is_found(mailbox: BotMailbox) -> None:
    """Before it is marked it may not have arrived; for somebody else it is none."""
    letter = await written(mailbox)
    assert await mailbox.find(HELEN, "d1") is None
    await mailbox.sent(letter.id)
    assert await mailbox.find(HELEN, "d1") == letter
    assert await mailbox.find(LEO, "d1") is None
    assert await mailbox.find(HELEN, "d2") is None


async def test_a_card_is_shown_in_the_place_of_another(mailbox: BotMailbox) -> None:
    """Where it stands, for whom it stands there; else False."""
    letter = await written(mailbox)
    assert await mailbox.show(HELEN, letter.id, CLOSED)
    assert [kept.card for kept in await mailbox.cards(letter.id, 9)] == [CLOSED]
    assert not await mailbox.show(LEO, letter.id, CARD)
    assert not await mailbox.show(HELEN, "nothing", CARD)
    assert [kept.card for kept in await mailbox.cards(letter.id, 9)] == [CLOSED]


async def test_further_cards_stand_under_their_letter(mailbox: BotMailbox) -> None:
    """The letter's own comes first, then the newest ones, at most as many as wanted."""
    letter, other = await written(mailbox), await written(mailbox, "d2")
    for number in range(4):
        assert await mailbox.add(letter.id, f"m{number}", Card(f"Card {number}")) is not None
    found = await mailbox.cards(letter.id, 2)
    assert [kept.card.title for kept in found] == ["A case awaits you", "Card 3", "Card 2"]
    assert [kept.id for kept in await mailbox.cards(other.id, 9)] == [other.id]
    assert {kept.address for kept in found} == {HELEN}


async def test_a_further_card_is_kept_once(mailbox: BotMailbox) -> None:
    """The same one again stays as it is, also where it was redrawn since; under another letter it is none."""
    letter, other = await written(mailbox), await written(mailbox, "d2")
    await mailbox.add(letter.id, "m1", CARD)
    await mailbox.show(HELEN, "m1", CLOSED)
    again = await mailbox.add(letter.id, "m1", CARD)
    assert again is not None
    assert again.card == CLOSED
    assert await mailbox.add(other.id, "m1", CARD) is None
    assert await mailbox.add("nothing", "m2", CARD) is None


async def test_a_card_is_replaced_once_for_each_act(mailbox: BotMailbox) -> None:
    """An act that comes again does not put its card over a newer one."""
    letter = await written(mailbox)
    replaced = await mailbox.replace(letter.id, letter.id, CLOSED, "act-1")
    assert replaced is not None
    assert replaced.card == CLOSED
    await mailbox.show(HELEN, letter.id, Card("Newer"))
    again = await mailbox.replace(letter.id, letter.id, CLOSED, "act-1")
    assert again is not None
    assert again.card == Card("Newer")
    other = await written(mailbox, "d2")
    assert await mailbox.replace(letter.id, other.id, CLOSED, "act-2") is None
    assert [kept.card for kept in await mailbox.cards(other.id, 9)] == [CARD]


# Links


async def test_a_link_leads_to_its_letter(mailbox: BotMailbox) -> None:
    """As long as it is good, and whatever else is asked for leads nowhere."""
    letter = await linked(mailbox)
    assert await mailbox.linked("l1") == Link(letter.id, HELEN, "open")
    assert await mailbox.linked("l2") is None
    assert not await mailbox.link("nothing", "l3", WEEK)


async def test_a_link_is_over_after_its_time(mailbox: BotMailbox, database: Database) -> None:
    """Then it gets no code, and no code opens it."""
    letter = await linked(mailbox)
    await long_ago(database, "letter_links", "ends_at")
    assert await mailbox.linked("l1") == Link(letter.id, HELEN, "over")
    assert not await mailbox.code("l1", "other", HOUR, 9)
    assert await enter(mailbox, "right") == Entered("closed")


async def test_links_are_real_time(mailbox: BotMailbox, database: Database) -> None:
    """Winding the playground's clock makes none of them older."""
    letter = await linked(mailbox)
    await database.shift(timedelta(days=365))
    assert await mailbox.linked("l1") == Link(letter.id, HELEN, "open")
    assert await enter(mailbox, "right") == Entered("right")
    await database.shift(timedelta(days=365))
    assert await mailbox.session(letter.id, "s1")


async def test_links_are_asked_for_at_most_so_often(mailbox: BotMailbox, database: Database) -> None:
    """Those that are asked for are counted for an hour and for each letter; the others are not."""
    letter, other = await written(mailbox), await written(mailbox, "d2")
    for number in range(5):
        assert await mailbox.link(letter.id, f"sent-{number}", WEEK)
    asked = await asyncio.gather(*(mailbox.link(letter.id, f"asked-{n}", WEEK, 3) for n in range(5)))
    assert sorted(asked) == [False, False, True, True, True]
    assert await mailbox.link(other.id, "other", WEEK, 3)
    await long_ago(database, "letter_links", "made_at", 1)
    assert await mailbox.link(letter.id, "later", WEEK, 3)


# Codes


async def test_the_right_code_uses_the_link_up(mailbox: BotMailbox) -> None:
    """The session is open for this letter alone, and the code opens nothing a second time."""
    letter = await linked(mailbox)
    other = await linked(mailbox, "l2", "d2")
    assert await enter(mailbox, "right") == Entered("right")
    assert await mailbox.linked("l1") == Link(letter.id, HELEN, "used")
    assert await mailbox.session(letter.id, "s1")
    assert not await mailbox.session(other.id, "s1")
    assert not await mailbox.session(letter.id, "s2")
    assert await enter(mailbox, "right", session="s2") == Entered("closed")
    assert not await mailbox.code("l1", "another", HOUR, 9)


async def test_a_right_code_that_comes_again_is_right(mailbox: BotMailbox) -> None:
    """The same code for the same session, also three times at once."""
    await linked(mailbox)
    found = await asyncio.gather(*(enter(mailbox, "right") for _ in range(3)))
    assert found == [Entered("right")] * 3


async def test_two_browsers_with_the_right_code_open_one_page(mailbox: BotMailbox) -> None:
    """Of two sessions at once one is opened, the other finds the link used."""
    letter = await linked(mailbox)
    found = await asyncio.gather(*(enter(mailbox, "right", session=f"s{n}") for n in range(2)))
    assert sorted(one.how for one in found) == ["closed", "right"]
    assert sorted([await mailbox.session(letter.id, f"s{n}") for n in range(2)]) == [False, True]


async def test_the_fifth_wrong_code_ends_the_link(mailbox: BotMailbox) -> None:
    """However many codes were sent, and however many come at once; the right one is too late."""
    letter = await linked(mailbox)
    assert [await enter(mailbox, "wrong") for _ in range(2)] == [Entered("wrong", 4), Entered("wrong", 3)]
    assert await mailbox.code("l1", "newer", HOUR, 9)
    assert await enter(mailbox, "right") == Entered("wrong", 2)
    found = await asyncio.gather(*(enter(mailbox, "wrong") for _ in range(4)))
    assert sorted(one.how for one in found) == ["closed", "closed", "dead", "wrong"]
    assert await enter(mailbox, "newer") == Entered("closed")
    assert await mailbox.linked("l1") == Link(letter.id, HELEN, "dead")
    assert not await mailbox.session(letter.id, "s1")


async def test_codes_are_over_after_their_time(mailbox: BotMailbox, database: Database) -> None:
    """A late code is neither right nor wrong."""
    await linked(mailbox)
    await long_ago(database, "letter_codes", "ends_at")
    assert await enter(mailbox, "right") == Entered("late")
    assert await enter(mailbox, "wrong") == Entered("late")
    assert await mailbox.code("l1", "newer", HOUR, 9)
    assert await enter(mailbox, "newer") == Entered("right")


async def test_codes_are_sent_at_most_so_often(mailbox: BotMailbox, database: Database) -> None:
    """They are counted for an hour and for each letter, whichever link they are asked with."""
    letter = await linked(mailbox)
    await mailbox.link(letter.id, "l2", WEEK)
    asked = [await mailbox.code(link, f"c-{link}-{n}", HOUR, 3) for n in range(2) for link in ("l1", "l2")]
    assert asked == [True, True, False, False]
    await long_ago(database, "letter_codes", "made_at", 1)
    assert await mailbox.code("l1", "later", HOUR, 3)
    assert not await mailbox.code("nothing", "code", HOUR, 3)


async def test_a_code_is_for_its_link_alone(mailbox: BotMailbox) -> None:
    """The code of one link is wrong for another."""
    letter = await linked(mailbox)
    await mailbox.link(letter.id, "l2", WEEK)
    await mailbox.code("l2", "other", HOUR, 3)
    assert await enter(mailbox, "right", "l2") == Entered("wrong", 4)
    assert await enter(mailbox, "right", "nothing") == Entered("closed")


# Sessions


async def test_a_session_ends(mailbox: BotMailbox, database: Database) -> None:
    """By leaving it, or by its time."""
    letter = await linked(mailbox)
    await enter(mailbox, "right")
    await mailbox.leave("s1")
    assert not await mailbox.session(letter.id, "s1")
    await linked(mailbox, "l2", "d2")
    await enter(mailbox, "right", "l2", "s2")
    await long_ago(database, "letter_sessions", "ends_at")
    assert not await mailbox.session(letter.id, "s2")


async def test_a_form_is_noted_with_what_was_in_it(mailbox: BotMailbox) -> None:
    """What was noted first stays."""
    assert await mailbox.form_sent("i1") is None
    await mailbox.form_taken("i1", "first")
    await mailbox.form_taken("i1", "second")
    assert await mailbox.form_sent("i1") == "first"
    assert await mailbox.form_sent("i2") is None


# Upkeep


async def counted(database: Database) -> list[int]:
    """Letters with their further cards, links, codes and sessions."""
    async with database.reading() as work:
        return [
            int((await work._execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())  # noqa: S608
            for table in ("letters", "letter_links", "letter_codes", "letter_sessions")
        ]


async def purge(database: Database) -> None:
    async with database.work() as work:
        await work.purge(100)


async def test_a_letter_goes_thirty_days_after_its_last_link(mailbox: BotMailbox, database: Database) -> None:
    """With its cards, links, codes and sessions; as long as a new link can be asked for, it stays."""
    letter = await linked(mailbox)
    await mailbox.add(letter.id, "m1", CARD)
    await enter(mailbox, "right")
    await long_ago(database, "letters", "written_at")
    await long_ago(database, "letter_links", "ends_at", 36)
    await purge(database)
    assert await counted(database) == [2, 1, 1, 1]
    await long_ago(database, "letter_links", "ends_at", 2)
    await purge(database)
    assert await counted(database) == [0, 0, 0, 0]


async def test_a_newer_link_keeps_an_old_letter(mailbox: BotMailbox, database: Database) -> None:
    """What counts is the last of its links; and a letter without one goes by its own age."""
    letter = await linked(mailbox)
    lonely = await written(mailbox, "d2")
    await long_ago(database, "letters", "written_at")
    await long_ago(database, "letter_links", "ends_at")
    await mailbox.link(letter.id, "l2", WEEK)
    await purge(database)
    assert [kept.id for kept in await mailbox.cards(letter.id, 9)] == [letter.id]
    assert await mailbox.cards(lonely.id, 9) == ()
