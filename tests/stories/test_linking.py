"""One person, several accounts: a new account counts once the person has said so where they are known."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from playground.house import House
from playground.people import Actor
from tests.faults.looking import history, leave
from tests.stories.filing import filed
from tests.stories.people import Pairing

CALLED = {"slack": "Slack", "teams": "Microsoft Teams"}
WAITS = "To be sure that it is you, we have asked you in"
CONTENT = ("lost weight", "no food in the house", "threshold not met", "HV-2231", "BR-")


@dataclass(frozen=True, slots=True)
class Further:
    """Another account of somebody of the directory, as `World.add` takes it."""

    platform: str
    name: str
    email: str
    id: str = "further"


@dataclass(frozen=True, slots=True)
class Two:
    """Helen where she is known, and an account with her address on the other platform."""

    house: House
    known: Actor
    new: Actor

    @property
    def sam(self) -> Actor:
        return self.house.world.person("sam")

    async def answers(self, label: str) -> None:
        """Helen presses one of the two buttons of the question."""
        await self.known.presses(label, on="Is this you?")
        await self.house.quiet()

    async def says(self, text: str) -> None:
        """The new account writes."""
        await self.new.says(text)
        await self.house.quiet()

    async def noted(self) -> list[str]:
        """What stands in the security log, in order."""
        return [event.kind for event in await history(self.house.service.database, "security")]

    def questions(self) -> int:
        return sum("Is this you?" in message.words for message in self.known.messages())


@pytest.fixture(params=["slack", "teams"])
async def two(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Two]:
    """Helen is known on the platform of the parameter."""
    here = request.param
    there = {"slack": "teams", "teams": "slack"}[here]
    async with House.open(tmp_path, platforms=Pairing(there, here).platforms()) as house:
        await house.to_working_time()
        helen = house.world.person("helen")
        await helen.says("help")
        entry = house.service.house.directory.person("helen")
        assert entry is not None
        new = house.world.add(Further(there, entry.name, entry.email))
        if there == "teams":
            await house.world.teams.install(new.client.user)
        await house.quiet()
        yield Two(house, helen, new)


async def test_one_press_where_she_is_known_links_the_new_account(two: Two) -> None:
    """She is asked there, says yes, and goes on in the new account, with her own cases."""
    reference = await filed(two.house)
    await two.says("my cases")
    assert f"{WAITS} {CALLED[two.known.platform]}" in (await two.new.expects(WAITS)).words
    question = await two.known.expects("Is this you?")
    assert f"“Helen Castle” on {CALLED[two.new.platform]}" in question.words
    await two.answers("Yes, it is me")
    await two.known.expects("Thank you, I know you there too")
    await two.new.expects("I know you here now")
    await two.says("my cases")
    await two.new.expects_new(reference)
    assert await two.noted() == ["account_waiting", "account_linked"]
    assert not two.known.sees("Another account counts as yours now")


async def test_until_then_the_new_account_sees_and_does_nothing(two: Two) -> None:
    """No message of the case goes there, no word acknowledges it, and the home surface shows nothing."""
    await two.new.visits_home()
    await two.house.quiet()
    await two.new.expects(WAITS)
    await filed(two.house)
    for words in ("ack", "my cases", "raise", "menu"):
        await two.says(words)
        assert WAITS in two.new.newest().words
    assert not any(two.new.sees(words) for words in CONTENT)
    assert not two.house.world.person("jo").sees("Helen Castle has seen this")
    await two.known.expects("for you")


async def test_nothing_goes_there_when_the_known_account_is_lost(two: Two) -> None:
    """A message for her that can't reach the account that counts goes to her deputy, not to the one that
    waits, although its platform knows her address."""
    await two.says("hello")
    await leave(two.house.world, "helen")
    reference = await filed(two.house)
    await two.house.world.person("leo").expects(f"Escalation {reference} for you")
    assert not any(two.new.sees(words) for words in CONTENT)


async def test_danger_goes_first_and_the_numbers_are_a_press_away(two: Two) -> None:
    """Whoever waits is shown the urgent contacts at once, by words, by the button and by the command."""
    await two.says("The child is being hit right now and screaming")
    await two.new.expects("ring first")
    await two.new.expects(WAITS)
    await two.new.presses("Child at risk now?", on=WAITS)
    await two.house.quiet()
    assert "Ring 999" in (await two.new.expects_new("ring first")).words
    await two.says("urgent")
    assert "Ring 999" in (await two.new.expects_new("ring first")).words


async def test_no_shuts_the_account_out_and_tells_the_coordinator(two: Two) -> None:
    """It stays shut out, whatever is written there; who refused whom is in the security log."""
    await two.says("hello")
    await two.answers("No, it is not")
    await two.known.expects("That account stays shut out")
    alarm = await two.sam.expects("Is this really Helen Castle?")
    assert "has said that “Helen Castle” on" in alarm.words
    await two.says("my cases")
    await two.new.expects_new("I can't let you in here")
    await two.house.wind_by(timedelta(days=8))
    await two.says("my cases")
    await two.new.expects_new("I can't let you in here")
    assert two.questions() == 0
    refused = (await history(two.house.service.database, "security"))[-1]
    assert (refused.kind, refused.body["person"], refused.body["by"]) == ("account_refused", "helen", "helen")


async def test_a_no_by_mistake_is_mended_by_the_coordinator(two: Two) -> None:
    """After a call, one press links the account all the same."""
    await two.says("hello")
    await two.answers("No, it is not")
    await two.sam.presses("Link this account")
    await two.house.quiet()
    await two.sam.expects("The account is linked")
    await two.new.expects("I know you here now")


async def test_whoever_had_another_account_hears_that_the_coordinator_linked_one(two: Two) -> None:
    """On the account that they had: a coordinator who was misled is found out there alone."""
    await two.says("hello")
    await two.answers("No, it is not")
    await two.sam.presses("Link this account")
    await two.house.quiet()
    told = await two.known.expects("Another account counts as yours now")
    assert "Sam Ellery" in told.words
    assert CALLED[two.new.platform] in told.words
    assert not two.new.sees("Another account counts as yours now")


async def test_she_is_asked_at_most_once_an_hour(two: Two) -> None:
    """Nor for words that come at once, nor because the app was installed for her there."""
    assert two.questions() == 0
    for _ in range(3):
        await two.says("hello")
    assert two.questions() == 1
    await two.house.wind_by(timedelta(minutes=59))
    await two.says("hello")
    assert two.questions() == 1
    await two.house.wind_by(timedelta(minutes=2))
    await two.says("hello")
    assert two.questions() == 2
    await two.answers("Yes, it is me")
    await two.new.expects("I know you here now")


async def test_after_a_week_it_is_a_new_matter(two: Two) -> None:
    """An old question has no effect any more; the account is asked about anew, and that can be answered."""
    await two.says("hello")
    await two.house.wind_by(timedelta(days=7, minutes=1))
    await two.answers("Yes, it is me")
    await two.known.expects_new("That question is over")
    await two.says("hello")
    await two.new.expects_new(WAITS)
    await two.answers("Yes, it is me")
    await two.known.expects_new("Thank you, I know you there too")


async def test_where_she_can_not_be_asked_the_coordinator_is(two: Two) -> None:
    """The coordinator reads what to do, and can link the account by a press; the account is told so truly."""
    await leave(two.house.world, "helen")
    await two.says("hello")
    alarm = await two.sam.expects("Is this really Helen Castle?")
    assert "no message reaches them there" in alarm.words
    assert "Please ring Helen Castle yourself. Phone in the directory: 07700 900109" in alarm.words
    await two.says("hello")
    assert "So I am asking Sam Ellery" in (await two.new.expects_new("no message reaches you there")).words
    await two.sam.presses("Link this account")
    await two.house.quiet()
    await two.new.expects("I know you here now")
    await two.house.wind_by(timedelta(hours=2))
    await two.says("my cases")
    await two.new.expects_new("Your cases")


async def test_the_coordinator_is_told_once(two: Two) -> None:
    """However often the account writes."""
    await leave(two.house.world, "helen")
    for _ in range(3):
        await two.says("hello")
        await two.house.wind_by(timedelta(hours=2))
    assert sum("Is this really" in message.words for message in two.sam.messages()) == 1


async def test_a_mention_in_a_channel_is_answered_in_private(two: Two) -> None:
    """Nobody in the channel reads that an account waits."""
    jo = two.house.world.person("jo")
    assert jo.platform == two.new.platform
    if jo.platform == "slack":
        two.house.world.slack.add_channel("open", [two.new.client.user, jo.client.user])
    else:
        teams = two.house.world.teams
        team = teams.add_team("Open", [two.new.client.user, jo.client.user])
        teams.add_channel(team, "open")
        await teams.install_in_team(team, jo.client.user)
    await two.new.mentions("my cases", channel="open")
    await two.house.quiet()
    await two.new.expects(WAITS)
    assert not jo.sees(WAITS)
    await two.known.expects("Is this you?")
