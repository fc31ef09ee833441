"""A manager who has e-mail alone: the mail server fails, hangs up, or is away; a page's form comes twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.faults import Broken, DropAfter, DropBefore, Fault, TooMany
from playground.house import House
from playground.mail_client import MailClient
from tests.faults.filing import filed_and_not_sent
from tests.faults.looking import happened, standing, the_case
from tests.faults.passing import all_has_gone_out
from tests.stories.filing import filed
from tests.stories.people import BY_EMAIL


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.full)])
def url(request: pytest.FixtureRequest) -> str:
    """The address of the database, on each of the two."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
async def house(tmp_path: Path, url: str) -> AsyncIterator[House]:
    """Jo raises in Slack; the receiving side has e-mail alone."""
    async with House.open(tmp_path, platforms=BY_EMAIL.platforms(), database_url=url) as opened:
        await opened.to_working_time()
        yield opened


def linked(house: House) -> list[str]:
    """The letters about the case that Helen has, by their Message-ID."""
    helen = house.world.person("helen").client
    assert isinstance(helen, MailClient)
    return [letter.id for letter in helen.letters if letter.link]


async def _has_one_card(house: House) -> None:
    """Helen has one card, however many letters led to it, and its buttons work."""
    jo, helen = house.world.person("jo"), house.world.person("helen")
    reference = (await the_case(house.service.database)).reference
    assert len({card.id for card in standing(helen, f"Escalation {reference} for you")}) == 1
    await helen.presses("Acknowledge")
    await house.quiet()
    await jo.expects("Helen Castle has seen this")
    assert len(await happened(house.service.database, "acknowledged")) == 1


@pytest.mark.parametrize(
    ("step", "fault", "letters"),
    [
        pytest.param("MAIL", TooMany(), 1, id="452 before anything"),
        pytest.param("RCPT", Broken(503), 1, id="451 at the address"),
        pytest.param("DATA", Broken(503), 1, id="451 after the letter"),
        pytest.param("DATA", DropBefore(), 1, id="cut before it was taken"),
        pytest.param("DATA", DropAfter(), 2, id="cut after it was taken"),
    ],
)
async def test_a_mail_server_that_fails(house: House, step: str, fault: Fault, letters: int) -> None:
    """What was not taken is sent again; what may have arrived comes again as the same letter. She has one
    card."""
    await filed_and_not_sent(house)
    house.world.mail.faults.next(step, fault)
    await all_has_gone_out(house)
    assert len(linked(house)) == letters
    assert len(set(linked(house))) == 1
    await house.world.person("jo").expects("Team manager: the message was delivered")
    await _has_one_card(house)


async def test_a_mail_server_that_is_away(house: House) -> None:
    """Nobody listens for minutes: nobody is given up, and the letter arrives once it is back."""
    await filed_and_not_sent(house)
    await house.world.mail.goes_away()
    await house.quiet()
    assert linked(house) == []
    await house.world.mail.comes_back()
    await all_has_gone_out(house)
    assert len(linked(house)) == 1
    assert not house.world.person("jo").sees("could not be reached")
    await _has_one_card(house)


async def test_a_mail_server_that_takes_no_letter_of_ours(house: House) -> None:
    """A refusal for good is not silence: the next person is asked, and the raiser is told."""
    await filed_and_not_sent(house)
    house.world.mail.faults.next("DATA", Broken(400))
    await house.quiet()
    jo = house.world.person("jo")
    await jo.expects("could not be reached")
    await jo.expects("Waiting for Leo Ashby to acknowledge")


async def test_a_form_of_a_page_that_comes_twice(house: House) -> None:
    """Two copies of one press at once are one acknowledgement."""
    await filed(house)
    house.world.mail.faults.twice()
    await _has_one_card(house)
