"""An account with somebody else's e-mail address; answers that come twice, too late, or from another hand."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from playground.house import House
from playground.people import Actor
from playground.screen import Button
from playground.teams_tenant import TeamsTenant
from tests.faults.looking import history, leave, standing
from tests.stories.filing import filed
from tests.stories.people import Pairing
from tests.stories.test_linking import CONTENT, WAITS

OTHER_TENANT = "00000000-0000-0000-0000-00000000e711"
OTHER_APP = "00000000-0000-0000-0000-00000000e7b0"


@dataclass(frozen=True, slots=True)
class Impostor:
    """Everybody in one Teams tenant; in a second one an account with Helen's name and address."""

    house: House
    tenant: TeamsTenant
    helen: Actor
    other: Actor

    async def quiet(self) -> None:
        await self.tenant.settled()
        await self.house.quiet()

    async def says(self, text: str) -> None:
        """The account of the second tenant writes."""
        await self.other.says(text)
        await self.quiet()

    async def log(self) -> list[str]:
        return [event.kind for event in await history(self.house.service.database, "security")]

    def question(self, label: str) -> Button:
        """A button of the question that Helen was asked."""
        asked = self.helen.message("Is this you?")
        return next(button for button in asked.drawing.buttons if button.label == label)

    async def presses(self, thief: Actor, button: Button) -> None:
        """A button of somebody else's card comes from this account, as a forged one would."""
        await thief.says("help")
        await self.quiet()
        await thief.client.press(button, thief.newest())
        await self.quiet()


@pytest.fixture
async def impostor(tmp_path: Path) -> AsyncIterator[Impostor]:
    everybody = Pairing("teams", "teams").platforms() | {"sam": "teams"}
    async with House.open(tmp_path, platforms=everybody) as house:
        await house.to_working_time()
        helen = house.world.person("helen")
        await helen.says("help")
        entry = house.service.house.directory.person("helen")
        assert entry is not None
        async with TeamsTenant(
            f"{house.address}/api/messages", app_id=OTHER_APP, tenant_id=OTHER_TENANT,
            clock=house.world.clock, feed=house.world.feed,
        ) as tenant:  # fmt: skip
            client = tenant.add_person(entry.name, entry.email)
            await tenant.install(client.user)
            found = Impostor(house, tenant, helen, Actor("other", client, house.world.feed))
            await found.quiet()
            yield found


async def test_an_account_with_the_same_address_in_another_tenant_sees_nothing(impostor: Impostor) -> None:
    """It is shown no word of any case, whatever it writes or presses; Helen reads which tenant it is of."""
    await impostor.says("my cases")
    reference = await filed(impostor.house)
    acknowledge = next(
        button
        for button in impostor.helen.message(f"Escalation {reference} for you").drawing.buttons
        if button.label == "Acknowledge"
    )
    await impostor.presses(impostor.other, acknowledge)
    for words in ("ack", "my cases", reference):
        await impostor.says(words)
        assert WAITS in impostor.other.newest().words
    assert not any(impostor.other.sees(words) for words in CONTENT if words != "BR-")
    assert not impostor.house.world.person("jo").sees("Helen Castle has seen this")
    assert OTHER_TENANT in impostor.helen.message("Is this you?").words
    assert await impostor.log() == ["account_waiting", "unconfirmed"]


async def test_its_team_leads_no_message_to_it(impostor: Impostor) -> None:
    """Helen's own chat is lost, and a roster of the other tenant has her address: her deputy is told."""
    await impostor.says("hello")
    user = impostor.other.client.user
    await impostor.tenant.install_in_team(impostor.tenant.add_team("Trap", [user]), user)
    await impostor.quiet()
    await leave(impostor.house.world, "helen")
    await impostor.house.world.teams.uninstall(impostor.helen.client.user)
    reference = await filed(impostor.house)
    await impostor.quiet()
    await impostor.house.world.person("leo").expects(f"Escalation {reference} for you")
    assert not any(impostor.other.sees(words) for words in CONTENT)


async def test_a_yes_from_another_hand_does_nothing(impostor: Impostor) -> None:
    """Neither a colleague nor the account itself can say that it is Helen's; both attempts are noted."""
    await impostor.says("hello")
    yes = impostor.question("Yes, it is me")
    jo = impostor.house.world.person("jo")
    await impostor.presses(jo, yes)
    await jo.expects("That is for somebody else")
    await impostor.presses(impostor.other, yes)
    await impostor.says("my cases")
    assert WAITS in impostor.other.newest().words
    assert await impostor.log() == ["account_waiting", "account_not_yours", "unconfirmed"]


async def test_only_the_coordinator_links_for_somebody(impostor: Impostor) -> None:
    """The button of the alarm works in nobody else's hand, not in Helen's either."""
    await leave(impostor.house.world, "helen")
    await impostor.says("hello")
    sam, jo = impostor.house.world.person("sam"), impostor.house.world.person("jo")
    alarm = await sam.expects("Is this really Helen Castle?")
    link = next(button for button in alarm.drawing.buttons if button.label == "Link this account")
    await impostor.presses(jo, link)
    await jo.expects("That is for somebody else")
    await impostor.says("my cases")
    assert "no message reaches you there" in impostor.other.newest().words
    assert await impostor.log() == ["account_waiting", "linking_not_yours"]


@pytest.mark.parametrize(
    ("first", "then", "told", "log"),
    [
        ("Yes, it is me", "Yes, it is me", "linked already", "account_linked"),
        ("Yes, it is me", "No, it is not", "linked already", "account_linked"),
        ("No, it is not", "Yes, it is me", "That question is over", "account_refused"),
        ("No, it is not", "No, it is not", "That question is over", "account_refused"),
    ],
)
async def test_the_first_answer_counts(
    impostor: Impostor, first: str, then: str, told: str, log: str
) -> None:
    """Pressed again, or the other button on an older question: nothing more happens, and Helen is told so."""
    await impostor.says("hello")
    await impostor.house.wind_by(timedelta(hours=2))
    await impostor.says("hello")
    older, newer = standing(impostor.helen, "Is this you?")
    await impostor.helen.presses(first, on=newer)
    await impostor.quiet()
    await impostor.helen.presses(then, on=older)
    await impostor.quiet()
    await impostor.helen.expects_new(told)
    assert await impostor.log() == ["account_waiting", "account_waiting", log]
    await impostor.says("my cases")
    assert impostor.other.sees("Your cases") == (log == "account_linked")


async def test_a_replayed_yes_is_the_same_yes(impostor: Impostor) -> None:
    """The very bytes of the press, sent again after a No to a later question, change nothing."""
    await impostor.says("hello")
    await impostor.helen.presses("No, it is not", on="Is this you?")
    await impostor.quiet()
    world, before = impostor.house.world, await impostor.log()
    body = next(one.body for one in reversed(world.teams.attempts) if "linking.say" in one.body)
    async with aiohttp.ClientSession() as session:
        for _ in range(3):
            headers = {"Content-Type": "application/json"}
            url = f"{impostor.house.address}/api/messages"
            async with session.post(url, data=body.encode(), headers=headers) as answer:
                assert answer.status == 200
    await impostor.quiet()
    assert await impostor.log() == before
    assert len(standing(world.person("sam"), "Is this really Helen Castle?")) == 1


async def test_three_turns_at_once_ask_once(impostor: Impostor) -> None:
    """However many messages of the new account arrive together."""
    await asyncio.gather(*(impostor.other.says(f"hello {number}") for number in range(3)))
    await impostor.quiet()
    assert len(standing(impostor.helen, "Is this you?")) == 1
    assert await impostor.log() == ["account_waiting"]


async def test_what_was_noted_of_an_account_is_forgotten_once_it_is_linked(impostor: Impostor) -> None:
    """The name that it gave itself, and where the person was asked, are needed no longer."""
    await impostor.says("hello")
    await impostor.helen.presses("Yes, it is me", on="Is this you?")
    await impostor.quiet()
    async with impostor.house.service.database.reading() as work:
        accounts = await work.accounts_of("helen")
        row = await work.account_row(next(one for one in accounts if one.tenant == OTHER_TENANT))
    assert row is not None
    assert (row.state, row.shown_name, row.asked_in, row.asked_at) == ("linked", "", "", None)
