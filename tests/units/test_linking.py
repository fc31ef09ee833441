"""Who an account is: the first one of a person at once, a further one when the person has said so."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.app import Service
from bot.chat.port import Profile
from bot.chat.turn import Account, Address, Place, Said, Turn
from bot.desk import Desk
from bot.settings import Settings
from bot.store.database import Database
from tests.units.recorder import meddle, opened

HOUSE = Service(Settings(teams_allow_anonymous=True)).house
EMAIL = "helen.castle@social-care.little-wickering.example"
HELEN = Profile(EMAIL, "Helen Castle")
SLACK, TEAMS, OTHER = (
    Account("slack", "T1", "U1"),
    Account("teams", "tenant-1", "29:h"),
    Account("teams", "tenant-2", "29:x"),
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, may_shift=True) as database:
        yield database


async def _meets(
    database: Database, account: Account, profile: Profile | None = HELEN, *, asks: bool = True
) -> str:
    """Who the account is taken for: a person's id, "waiting", or "nobody"."""
    async with database.work() as work:
        desk = Desk(HOUSE, work)
        entry = await desk.meet(account, profile, asks=asks)
        if entry is not None:
            return entry.id
        return "waiting" if await desk.claim(account) is not None else "nobody"


async def _waiting(database: Database) -> int:
    """How many messages are on their way."""
    async with database.reading() as work:
        return sum((await work.under_way()).values())


def _place(account: Account, conversation: str) -> Place:
    return Place(Address(account.platform, account.tenant, "app", conversation), "personal")


async def test_the_first_account_is_linked_at_once(database: Database) -> None:
    """By the address that its platform vouches for; an address of nobody links nothing."""
    assert await _meets(database, SLACK, Profile("wim@elsewhere.example", "Wim")) == "nobody"
    assert await _meets(database, SLACK, Profile("", "Helen Castle")) == "nobody"
    assert await _meets(database, SLACK, None) == "nobody"
    assert await _meets(database, SLACK) == "helen"


async def test_a_further_account_waits(database: Database) -> None:
    """In another platform or tenant; a new account in the same workspace is that workspace's own matter."""
    assert await _meets(database, SLACK) == "helen"
    assert await _meets(database, TEAMS) == "waiting"
    assert await _meets(database, OTHER) == "waiting"
    assert await _meets(database, Account("slack", "T1", "U2")) == "helen"
    assert await _waiting(database) == 2


async def test_an_address_that_was_just_proved_is_linked_without_a_question(database: Database) -> None:
    """A code that was sent to the address came back: nobody else could have read it."""
    assert await _meets(database, SLACK) == "helen"
    proved = Profile(EMAIL, "", proved=True)
    assert await _meets(database, Account("email", "social-care.example", EMAIL), proved) == "helen"
    assert await _waiting(database) == 0


async def test_whoever_has_not_done_anything_is_not_asked_about(database: Database) -> None:
    """An app that was installed for everybody asks nobody anything."""
    assert await _meets(database, SLACK) == "helen"
    assert await _meets(database, TEAMS, asks=False) == "nobody"
    assert await _waiting(database) == 0


async def test_of_two_first_accounts_at_once_one_waits(database: Database) -> None:
    """Whichever is quicker is linked; the other one is not slipped in beside it."""
    found = await asyncio.gather(_meets(database, SLACK), _meets(database, TEAMS), _meets(database, OTHER))
    assert sorted(found) == ["helen", "waiting", "waiting"]


async def test_of_several_turns_at_once_one_asks(database: Database) -> None:
    """And none of them within the hour after that."""
    assert await _meets(database, SLACK) == "helen"
    await asyncio.gather(*(_meets(database, TEAMS) for _ in range(3)))
    assert await _waiting(database) == 1
    await database.shift(timedelta(minutes=61))
    assert await _meets(database, TEAMS) == "waiting"
    assert await _waiting(database) == 2


async def test_an_address_that_is_nobodys_any_more_is_forgotten(database: Database) -> None:
    """An account that waited, and has another address now, is a stranger's."""
    assert await _meets(database, SLACK) == "helen"
    assert await _meets(database, TEAMS) == "waiting"
    await database.shift(timedelta(minutes=61))
    assert await _meets(database, TEAMS, Profile("helen@elsewhere.example", "Helen Castle")) == "nobody"
    async with database.reading() as work:
        assert await work.account_row(TEAMS) is None


async def test_a_place_found_by_the_address_may_be_withheld(database: Database) -> None:
    """Where an account waits or was refused, nothing is sent that was only found by the address: not to that
    account, and not into its tenant, unless another account there is linked."""
    assert await _meets(database, SLACK) == "helen"
    assert await _meets(database, OTHER) == "waiting"
    theirs, unseen, fine = _place(OTHER, "a:x"), _place(OTHER, "a:y"), _place(TEAMS, "a:h")
    async with database.work() as work:
        await work.seen(OTHER, None, theirs)
        assert [await work.withheld("helen", place) for place in (theirs, unseen, fine)] == [
            True,
            True,
            False,
        ]
        assert not await work.withheld("jo", theirs)
        assert await work.decide(OTHER, ("waiting",), "refused")
        assert await work.withheld("helen", theirs)
        assert await work.places_of("helen", "teams") == []
        second = Account("teams", OTHER.tenant, "29:real")
        await work.link(second, "helen", EMAIL)
        assert [await work.withheld("helen", place) for place in (theirs, unseen)] == [True, False]
        await work.link(OTHER, "helen", EMAIL)
        assert not await work.withheld("helen", theirs)
        assert await work.places_of("helen", "teams") == [theirs]


async def test_an_answer_fits_one_question(database: Database) -> None:
    """About an account that never asked, or about another time, there is nothing to answer."""
    assert await _meets(database, SLACK) == "helen"
    assert await _meets(database, TEAMS) == "waiting"
    async with database.work() as work:
        desk = Desk(HOUSE, work)
        turn = Turn("k", desk.person("helen"), SLACK, _place(SLACK, "D1"), Said(""))
        for account, since in ((OTHER, desk.now), (TEAMS, desk.now + timedelta(seconds=1))):
            for mine in (True, False):
                assert await desk.answer_claim(turn, account, since, mine=mine) == "over"
        assert await work.accounts_of("helen") == [SLACK]
        claim = await desk.claim(TEAMS)
        assert claim is not None
        assert await desk.answer_claim(turn, TEAMS, claim.since, mine=True) == "linked"
        assert set(await work.accounts_of("helen")) == {SLACK, TEAMS}


async def test_of_two_answers_at_once_one_counts(database: Database) -> None:
    """A yes and a no in the same moment: whichever is first, and nothing of the other."""
    assert await _meets(database, SLACK) == "helen"
    assert await _meets(database, TEAMS) == "waiting"

    async def answers(mine: bool) -> str:
        async with database.work() as work:
            desk = Desk(HOUSE, work)
            claim = await desk.claim(TEAMS)
            since = claim.since if claim else desk.now
            turn = Turn(f"k{mine}", desk.person("helen"), SLACK, _place(SLACK, "D1"), Said(""))
            return await desk.answer_claim(turn, TEAMS, since, mine=mine)

    found = set(await asyncio.gather(answers(True), answers(False)))
    async with database.reading() as work:
        row = await work.account_row(TEAMS)
        noted = [event.kind for event in await work.history("security")]
    assert row is not None
    assert row.state in found
    assert found - {row.state} <= {"already", "over"}
    assert noted == ["account_waiting", f"account_{row.state}"]


async def test_an_account_that_waits_is_nobody_to_the_store(database: Database) -> None:
    """Nothing that asks who an account is gets the person's name for it."""
    assert await _meets(database, SLACK) == "helen"
    assert await _meets(database, TEAMS) == "waiting"
    async with database.reading() as work:
        assert await work.account(TEAMS) is None
        assert await work.accounts_of("helen") == [SLACK]


async def test_an_account_of_an_earlier_release_counts(database: Database) -> None:
    """Those that were linked before anybody was asked stay linked."""
    await meddle(
        database,
        'INSERT INTO accounts (platform, tenant, "user", person, email, linked_at) '
        "VALUES ('slack', 'T1', 'U1', 'helen', 'helen@earlier.example', CURRENT_TIMESTAMP)",
    )
    async with database.reading() as work:
        assert await work.account(SLACK) == "helen"
    assert await _meets(database, TEAMS) == "waiting"


async def test_names_that_people_give_themselves_are_cut(database: Database) -> None:
    """What is shown of an account in a question is never longer than a line."""
    assert await _meets(database, SLACK) == "helen"
    assert await _meets(database, TEAMS, Profile(EMAIL, "H" * 5_000, "W" * 5_000)) == "waiting"
    async with database.reading() as work:
        claim = await Desk(HOUSE, work).claim(TEAMS)
    assert claim is not None
    assert (len(claim.name), len(claim.where)) == (80, 80)
