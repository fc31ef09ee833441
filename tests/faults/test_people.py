"""People who are not there, not known, or not on the case: nobody is told too much, and nobody too little."""

from dataclasses import dataclass, replace
from pathlib import Path

from playground.house import House
from playground.people import Actor
from playground.screen import Button
from tests.faults.corners import Corner
from tests.faults.looking import happened, history, leave, standing, the_case
from tests.stories.filing import filed
from tests.stories.people import Pairing

CONTENT = (
    "lost weight",
    "no food in the house",
    "threshold not met",
    "HV-2231",
    "child and family assessment",
)
"""Words of the concern: only the people on the case may read them."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody with an account on the platform, and in no directory."""

    platform: str
    id: str = "wim"
    name: str = "Wim Unlisted"
    email: str = "wim@elsewhere.example"


async def test_nobody_home_and_nobody_to_stand_in(house: House) -> None:
    """No manager, deputy or lead can be reached: the coordinator is asked to find somebody, without a word of
    what it is about, and the raiser is told of each one."""
    jo, sam = house.world.person("jo"), house.world.person("sam")
    for name in ("helen", "leo", "noor"):
        await leave(house.world, name)
    reference = await filed(house)
    card = await sam.expects(f"Nobody to receive {reference}")
    assert not any(words in message.words for message in sam.messages() for words in CONTENT)
    assert "You are not shown what the case is about" in card.words
    for person in ("Helen Castle", "Leo Ashby", "Noor Lindley"):
        assert any(person in message.words for message in standing(jo, "could not be reached"))
    assert len(standing(jo, "A message did not arrive")) == 3
    case = await the_case(house.service.database)
    async with house.service.database.reading() as work:
        assert await work.cases_without_clock(10) == []
        assert await work.role(case.id, "sam") == "coordinator"


async def test_a_post_that_nobody_holds(tmp_path: Path, corner: Corner, url: str) -> None:
    """Where the directory names nobody for a post, the safeguarding lead is messaged instead."""
    async with House.open(
        tmp_path, platforms=corner.platforms(), database_url=url, prepare=lambda d: d.model_copy(update={
            "posts": tuple(p for p in d.posts if (p.agency, p.post) != ("social_care", "team_manager")),
        }),
    ) as house:  # fmt: skip
        await house.to_working_time()
        reference = await filed(house)
        await house.world.person("noor").expects(f"Escalation {reference} for you")


async def test_the_app_is_gone_from_the_managers_side(tmp_path: Path, platform: str, url: str) -> None:
    """The whole workspace or tenant of the other side is lost: the raiser, on the other platform, is told."""
    other = {"slack": "teams", "teams": "slack"}[platform]
    sides = Pairing(other, platform).platforms()
    async with House.open(tmp_path, platforms=sides, database_url=url) as house:
        await house.to_working_time()
        jo = house.world.person("jo")
        if platform == "slack":
            await house.world.slack.uninstall()
        else:
            await house.world.teams.uninstall_from_team(
                house.world.team, house.world.person("tom").client.user
            )
            for actor in house.world.people:
                if actor.platform == "teams":
                    await house.world.teams.uninstall(actor.client.user)
        await filed(house)
        await jo.expects("A message did not arrive")
        assert jo.sees("Helen Castle (07700 900109) could not be reached")
        assert not house.world.person("helen").sees("for you")
        async with house.service.database.reading() as work:
            assert await work.cases_without_clock(10) == []
            assert await work.under_way() == {}


async def test_the_app_is_removed_while_a_case_is_open(house: House) -> None:
    """A manager who had the case, and removed the app, is covered when the next message fails."""
    reference = await filed(house)
    helen, leo, jo = (house.world.person(name) for name in ("helen", "leo", "jo"))
    await leave(house.world, "helen")
    await jo.presses("The risk has changed")
    await jo.submits({"What has changed": "The fridge was empty again today."})
    await house.quiet()
    assert not helen.sees("The fridge was empty again today.")
    await leo.expects(f"Escalation {reference} for you")
    assert leo.sees("The fridge was empty again today.")
    assert jo.sees("Helen Castle (07700 900109) could not be reached")


async def test_somebody_whom_nobody_knows(house: House, platform: str) -> None:
    """A stranger is told, in private and kindly, who can add them; the attempt is in the security log."""
    wim = house.world.add(Stranger(platform))
    if platform == "teams":
        await house.world.teams.install(wim.client.user)
    await wim.says("raise")
    await house.quiet()
    card = await wim.expects("I do not know you yet")
    assert "You have done nothing wrong" in card.words
    assert "999" in card.words
    assert not wim.sees("No, go on")
    assert [event.body["what"] for event in await history(house.service.database, "security")] == ["stranger"]


async def test_a_button_of_a_case_in_a_strangers_hand(house: House) -> None:
    """Whoever is not on the case changes nothing by its button and learns nothing; the attempt is in the
    security log, and not on the case's timeline."""
    reference = await filed(house)
    marek = house.world.person("marek")
    case = await the_case(house.service.database)
    before = await history(house.service.database, f"case:{case.id}")
    await _presses_what_is_not_theirs(house, marek, "Acknowledge", reference)
    await marek.expects("you are not on")
    assert not any(words in message.words for message in marek.messages() for words in CONTENT)
    assert await history(house.service.database, f"case:{case.id}") == before
    attempts = await history(house.service.database, "security")
    assert [(event.body["what"], event.body["case"], event.body["person"]) for event in attempts] == [
        ("not_on_case", case.id, "marek")
    ]


async def test_somebody_on_the_case_who_is_not_on_the_ladder(house: House) -> None:
    """The raiser can't acknowledge for the other side: a private word, and no event."""
    reference = await filed(house)
    jo = house.world.person("jo")
    await _presses_what_is_not_theirs(house, jo, "Acknowledge", reference)
    await jo.expects("you are not the one who was messaged")
    (noted,) = await history(house.service.database, "security")
    assert (noted.kind, noted.body["person"], noted.body["why"]) == ("refused", "jo", "not_messaged")
    assert await happened(house.service.database, "acknowledged") == []


async def _presses_what_is_not_theirs(house: House, thief: Actor, label: str, reference: str) -> None:
    """Helen's button comes back from another account, as a forwarded card or a forged one would send it."""
    helen = house.world.person("helen")
    theirs = helen.message(f"Escalation {reference} for you")
    button = next(found for found in theirs.drawing.buttons if found.label == label)
    await thief.says("help")
    await house.quiet()
    await thief.client.press(button, thief.newest())
    await house.quiet()


async def test_a_button_of_another_release(house: House) -> None:
    """One that this release can't read is explained and changes nothing; an older one still works."""
    reference = await filed(house)
    helen, database = house.world.person("helen"), house.service.database
    card = helen.message(f"Escalation {reference} for you")
    button = next(found for found in card.drawing.buttons if found.label == "Acknowledge")
    for was, becomes in (('"v":1', '"v":9'), ("case.acknowledge", "case.nod")):
        await helen.client.press(_altered(button, was, becomes), card)
        await house.quiet()
        await helen.expects_new("This button is too old")
        assert await happened(database, "acknowledged") == []
        await helen.says("help")
        await house.quiet()
    await helen.client.press(_altered(button, '"v":1', '"v":0'), card)
    await house.quiet()
    assert len(await happened(database, "acknowledged")) == 1


def _altered(button: Button, was: str, becomes: str) -> Button:
    """The button with another payload, wherever in its JSON the platform keeps it."""

    def change(part: object) -> object:
        match part:
            case str():
                return part.replace(was, becomes)
            case dict():
                return {name: change(value) for name, value in part.items()}
            case list():
                return [change(value) for value in part]
        return part

    raw = change(button.raw)
    assert isinstance(raw, dict)
    assert raw != button.raw, f"no {was!r} in {button.raw}"
    return replace(button, raw=raw)
