"""More in a minute than Braver takes: said in private, nothing lost, and danger is always heard."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.chat.port import NotSaved
from bot.chat.turn import Account
from bot.guidance.advice import warm
from bot.limits import Limits
from playground.house import House
from playground.people import Actor
from playground.slack_service import signed
from playground.story import ABOUT, SPOKEN
from tests.faults.looking import attempts, cases, counted, history, standing
from tests.stories.filing import filed
from tests.stories.people import BY_EMAIL, Pairing
from tests.units.moving import Moving

ACTS = 30
"""A minute, for one person, in these stories."""
TOO_MUCH = "Too much came at once"
URGENT = "If a child is at risk now, ring first"
WORDS = "The school nurse rang twice about the weight"


@pytest.fixture(params=["slack", "teams"])
def platform(request: pytest.FixtureRequest) -> str:
    """Of everybody in the story."""
    chosen: str = request.param
    return chosen


@pytest.fixture
async def house(tmp_path: Path, platform: str) -> AsyncIterator[House]:
    # What reads the words must not be read itself while Slack waits.
    await asyncio.to_thread(warm)
    async with House.open(
        tmp_path, platforms=Pairing(platform, platform).platforms(), limited=True
    ) as opened:
        await opened.to_working_time()
        yield opened


def limited(house: House) -> Moving:
    """From now on everybody has as much as in a minute, and time goes by as the test says."""
    clock = Moving()
    house.service.inbox._limits = Limits(ACTS, 1_000, clock=clock)
    return clock


async def exhausted(house: House, actor: Actor) -> None:
    """This person has done as much as may be."""
    for _ in range(ACTS):
        await actor.says("help")
    await house.quiet()
    assert not actor.sees(TOO_MUCH)


async def noted(house: House) -> list[tuple[str, str]]:
    found = await history(house.service.database, "security")
    return [(event.kind, event.body["person"]) for event in found]


async def test_typed_words_come_back_and_may_be_sent_again(house: House) -> None:
    """What was typed stands in the private answer, with the seconds to wait; after them it is taken. A
    colleague notices nothing. It is in the security log once, without the words."""
    clock, jo, priya = limited(house), house.world.person("jo"), house.world.person("priya")
    await exhausted(house, jo)
    for _ in range(3):
        await jo.says(WORDS)
    await house.quiet()
    (card, *more) = standing(jo, TOO_MUCH)
    assert len(more) == 2
    assert WORDS in card.words
    assert "in 2 seconds" in card.words
    assert "999" in card.words
    assert await noted(house) == [("too_many", "jo")]
    assert WORDS not in str(await history(house.service.database, "security"))
    assert counted(house, "braver_requests_refused") == 3
    await priya.says("help")
    assert not priya.sees(TOO_MUCH)
    clock.at += 2
    before = len(standing(jo, TOO_MUCH))
    await jo.says("cases")
    await house.quiet()
    assert len(standing(jo, TOO_MUCH)) == before


async def test_a_form_is_given_back_with_every_word(house: House) -> None:
    """The form stays, with what was written and why; sent once more after the time, it files one case."""
    clock, jo, helen = limited(house), house.world.person("jo"), house.world.person("helen")
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits(ABOUT)
    spent(house, jo)
    await jo.submits({})
    assert "again in 2 seconds" in jo.screen()
    assert await cases(house.service.database) == []
    clock.at += 2
    await jo.submits({})
    await house.quiet()
    await jo.expects("is filed")
    assert len(await cases(house.service.database)) == 1
    assert len(standing(helen, "for you")) == 1


async def test_danger_is_heard_however_much_came_before(house: House) -> None:
    """Words of danger, the word "urgent" and the button bring the urgent contacts, each time."""
    jo = house.world.person("jo")
    limited(house)
    await jo.says("help")
    spent(house, jo)
    for said in ("The child is being beaten right now", "urgent", "999"):
        before = len(standing(jo, URGENT))
        await jo.says(said)
        await house.quiet()
        assert len(standing(jo, URGENT)) > before, said
    await jo.presses("Child at risk now?")
    await house.quiet()
    assert jo.sees(URGENT)
    assert not jo.sees(TOO_MUCH)
    await jo.says("help")
    await house.quiet()
    assert jo.sees(TOO_MUCH)


async def test_what_the_platform_sends_again_is_not_counted(house: House, platform: str) -> None:
    """The very requests, again: nothing of what may be is used up by them."""
    limited(house)
    jo = house.world.person("jo")
    for _ in range(ACTS - 1):
        await jo.says("help")
    await house.quiet()
    sent = [one for one in attempts(house.world, platform) if '"help"' in one.body][-5:]
    assert len(sent) == 5
    for one in sent:
        assert await _sent_again(house, platform, one.body) == 200
    await jo.says("cases")
    await house.quiet()
    assert not jo.sees(TOO_MUCH)
    await jo.says("cases")
    await house.quiet()
    assert jo.sees(TOO_MUCH)


async def test_a_manager_by_email_gets_the_form_back(tmp_path: Path) -> None:
    """On the page of a letter, too, the words stand in the form with why, and are taken after the time."""
    async with House.open(tmp_path, platforms=BY_EMAIL.platforms(), limited=True) as house:
        await house.to_working_time()
        await filed(house)
        helen, jo, clock = house.world.person("helen"), house.world.person("jo"), limited(house)
        await helen.presses("Acknowledge")
        await house.quiet()
        await helen.presses("Answer")
        spent(house, helen)
        await helen.submits({"Your answer": WORDS})
        assert "again in 2 seconds" in helen.screen()
        assert WORDS in helen.screen()
        clock.at += 2
        await helen.submits({})
        await house.quiet()
        assert jo.sees(WORDS)


def spent(house: House, actor: Actor) -> None:
    """This person, who has done something, has done as much as may be."""
    limits = house.service.inbox._limits
    assert limits is not None
    known = [one for one in limits._people._given_back_at if isinstance(one, Account)]
    account = next(one for one in known if one.user == actor.client.user)
    while not limits._people.take(account):
        pass


async def _sent_again(house: House, platform: str, body: str) -> int:
    path = {"slack": "/slack/events", "teams": "/api/messages"}[platform]
    proof = signed(house.world.slack.signing_secret, body) if platform == "slack" else {}
    headers = {"Content-Type": "application/json"} | proof
    async with (
        aiohttp.ClientSession() as session,
        session.post(house.address + path, data=body.encode(), headers=headers) as answer,
    ):
        return answer.status


async def test_people_are_looked_for_so_often(house: House, platform: str) -> None:
    """Whoever looks for people without end is told so where the names would stand, and nobody is named."""
    limited(house)
    jo = house.world.person("jo")
    await jo.says("help")
    limits = house.service.inbox._limits
    assert limits is not None
    account = next(one for one in limits._people._given_back_at if isinstance(one, Account))
    while limits.may_search(account):
        pass
    with pytest.raises(NotSaved):
        await house.service.inbox.search(account, "", "Helen")
    assert await house.service.inbox.search(Account(platform, account.tenant, "another"), "", "Helen") == ()
