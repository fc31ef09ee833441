"""The auditor of the chaos run can fail: a sound town has nothing against it, and each damage is told."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store.database import Database
from playground.house import KEY, House
from tests.chaos import books
from tests.chaos.audit import Audit, Finding, audit
from tests.chaos.held import Held, held
from tests.chaos.ledger import Deed, Ledger, Run
from tests.stories.filing import filed
from tests.stories.people import Pairing
from tests.units.recorder import meddle

ANSWER = "We looked again. Line 17."


@dataclass(slots=True)
class Town:
    """What came of one case, in a town where nothing went wrong. `messages` are those that are held."""

    database: Database
    case: str
    reference: str
    messages: list[Held]
    ledger: Ledger

    async def audit(self, *, reads: bool = True) -> Audit:
        return audit(await books.read(self.database), self.messages, self.ledger, reads=reads)

    async def finds(self, kind: str, words: str, *, reads: bool = True) -> None:
        """That, among whatever else follows from the damage."""
        found = (await self.audit(reads=reads)).found
        assert any(one.kind == kind and words in one.words for one in found), found

    def message(self, person: str, head: str) -> Held:
        return next(one for one in self.messages if one.person == person and one.first.startswith(head))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str, list[Held], Ledger]:
    """Played once: the file of the database, the case, and what is known outside of it."""
    folder = tmp_path_factory.mktemp("sound")
    return (folder / "braver.db", *asyncio.run(_played(folder)))


async def _played(folder: Path) -> tuple[str, str, list[Held], Ledger]:
    """A case across both platforms: filed, acknowledged, answered; a clock of it has fired."""
    async with House.open(folder, platforms=Pairing("slack", "teams").platforms()) as house:
        ledger = Ledger(runs=[Run(0.0)])
        house.world.feed.listeners.append(ledger.hear)
        await house.to_working_time()
        reference = await filed(house)
        helen = house.world.person("helen")
        await helen.presses("Acknowledge")
        await house.quiet()
        await house.wind_by(timedelta(minutes=70))
        await helen.presses("Answer")
        await helen.submits({"Your answer": ANSWER})
        await house.quiet()
        (case,) = (await books.read(house.service.database)).cases
        ledger.deeds += [
            Deed("jo", "case_raised", "HV-2231", told=True),
            Deed("helen", "acknowledged", "", case, reference, told=True),
            Deed("helen", "answered", "Line 17.", case, reference, told=True),
        ]
        return case, reference, held(house.world), ledger


@pytest.fixture
async def town(sound: tuple[Path, str, str, list[Held], Ledger], tmp_path: Path) -> AsyncIterator[Town]:
    """A copy of it, to be damaged."""
    file, case, reference, messages, ledger = sound
    copy = tmp_path / "braver.db"
    shutil.copyfile(file, copy)
    known = replace(ledger, deeds=[replace(deed) for deed in ledger.deeds], runs=[Run(0.0)], in_flight=set())
    async with Database(f"sqlite+aiosqlite:///{copy}", (KEY,), may_shift=True).beside() as database:
        yield Town(database, case, reference, list(messages), known)


async def test_nothing_is_wrong(town: Town) -> None:
    """Where nothing was damaged, nothing is found; and it was looked at."""
    done = await town.audit()
    assert done.found == []
    assert done.told == 3
    assert done.notices >= 6
    assert done.fired >= 1
    assert done.repeated.total() == done.twice.total() == 0


@pytest.mark.parametrize(
    ("damage", "kind", "words"),
    [
        ("DELETE FROM events WHERE kind = 'answered'", "lost event", "no event says it: answered"),
        ("DELETE FROM events WHERE kind = 'told'", "lost event", "a history does not add up"),
        ("DELETE FROM events", "lost event", "has a row and no events"),
        ("UPDATE cases SET reference = 'BR-22222'", "lost event", "there is no such case"),
        ("UPDATE cases SET state = '{}'", "lost event", "is not what its events make of it"),
        ("DELETE FROM deliveries WHERE key LIKE '%:seen:jo'", "lost notice", "“seen”"),
        (
            "UPDATE deliveries SET state = 'undeliverable' WHERE key LIKE '%:stage:helen'",
            "lost notice",
            "is undeliverable",
        ),
        (
            "UPDATE deliveries SET state = 'dropped' WHERE key LIKE '%:stage:helen'",
            "lost notice",
            "is dropped",
        ),
        ("DELETE FROM posted_cards WHERE person = 'priya'", "lost notice", "no card is known"),
        ("UPDATE posted_cards SET message_id = 'x' || id", "lost notice", "the platform has it not"),
        (
            "UPDATE deliveries SET finished_at = NULL, state = 'uncertain' WHERE key LIKE '%:seen:jo'",
            "stuck case",
            "is still uncertain",
        ),
        ("UPDATE posted_cards SET shown_version = 1", "stuck case", "still shows an old version"),
        ("UPDATE deadlines SET state = 'ended' WHERE state = 'live'", "stuck case", "no clock of it runs"),
        (
            "UPDATE deadlines SET due_at = '2020-01-01 00:00:00.000000' WHERE state = 'live'",
            "stuck case",
            "did not fire",
        ),
        ("UPDATE deadlines SET state = 'quarantined' WHERE state = 'live'", "stuck case", "was put aside"),
        (
            "UPDATE deliveries SET key = replace(key, ':seen:', ':other:') WHERE key LIKE '%:seen:jo'",
            "lost event",
            "what no event says",
        ),
    ],
)
async def test_a_damaged_database(town: Town, damage: str, kind: str, words: str) -> None:
    """Each row that is not as it should be is told."""
    await meddle(town.database, damage)
    await town.finds(kind, words)


async def test_an_event_twice(town: Town) -> None:
    """Something happened twice: by its words, by its case, and by its clock."""
    for kind in ("answered", "acknowledged", "clock_ran_out", "case_raised"):
        found = await books.read(town.database)
        event = next(one for one in found.stories[town.case].events if one.kind == kind)
        async with town.database.work() as work:
            await work.append(event.stream, kind, event.body, event.actor)
    await town.finds("second effect", "2 events come from one act: answered")
    await town.finds("second effect", "acknowledged stands 2 times")
    await town.finds("second effect", "clock_ran_out stands 2 times")
    await town.finds("second effect", "2 cases were filed from one form, about HV-2231")


async def test_a_clock_that_fired_late(town: Town) -> None:
    """Six seconds late while the service was there is late; while it was away, it is not."""
    found = await books.read(town.database)
    clock = next(row for row in found.deadlines if row.state == "fired" and row.fired_at)
    assert clock.fired_at is not None
    due = clock.due_at.timestamp()
    later = "strftime('%Y-%m-%d %H:%M:%f000', due_at, '+6 seconds')"
    await meddle(town.database, f"UPDATE deadlines SET fired_at = {later} WHERE id = {clock.id}")  # noqa: S608
    await town.finds("late clock", "fired 6.0 s late")
    town.ledger.runs[:] = [Run(0.0, due + 1.0), Run(due + 4.0)]
    assert (await town.audit()).found == []


def _twice(town: Town, person: str, head: str, mark: str = "") -> list[Held]:
    first = town.message(person, head)
    return [*town.messages, replace(first, id="99", first=first.first + mark)]


async def test_a_message_that_the_platform_does_not_have(town: Town) -> None:
    """The database says that it was sent, and it stands nowhere."""
    lost = town.message("helen", "Escalation")
    town.messages.remove(lost)
    await town.finds("lost notice", "the platform has it not")


async def test_a_message_of_somebody_else(town: Town) -> None:
    """It stands in the chat of a person for whom it is not."""
    town.messages = [replace(one, person="tom") if one.person == "helen" else one for one in town.messages]
    await town.finds("lost notice", "the platform has it not")


@pytest.mark.parametrize(("person", "head"), [("helen", "Escalation"), ("jo", "Helen Castle has seen")])
async def test_a_message_twice_and_unsaid(town: Town, person: str, head: str) -> None:
    """A copy that does not say so, on either platform."""
    town.messages = _twice(town, person, head)
    await town.finds("repeated message", "came 2 times, 0 of them say so")


async def test_a_message_twice_that_says_so(town: Town) -> None:
    """A copy that says so is right where a kill cut off its sending, once for each; else it is not."""
    mark = "\nThis message may have reached you before; it is the same one."
    town.messages = _twice(town, "helen", "Escalation", mark)
    await town.finds("repeated message", "was sent again 1 times, in flight at 0 kills")
    rows = (await books.read(town.database)).deliveries
    cut_off = next(row for row in rows if row.key.endswith(":stage:helen"))
    town.ledger.in_flight.add((cut_off.id, 1))
    done = await town.audit()
    assert done.found == []
    assert done.repeated == done.twice == {"teams": 1, "slack": 0}


async def test_a_reminder_in_the_same_words(town: Town) -> None:
    """The copies of a reminder are its own, and not those of the message of which it reminds."""
    mark = "\nThis message may have reached you before; it is the same one."
    known = {(card.conversation, card.message_id) for card in (await books.read(town.database)).cards}
    first, reminder = sorted(
        (one for one in town.messages if one.person == "helen" and (one.conversation, one.id) in known),
        key=lambda one: one.id,
    )[:2]
    copy, again = replace(first, id=f"{first.id}5"), replace(reminder, first=first.first + mark)
    town.messages = [one for one in town.messages if one is not reminder] + [copy, again]
    assert first.id < copy.id < again.id
    rows = (await books.read(town.database)).deliveries
    town.ledger.in_flight |= {(row.id, 1) for row in rows if row.recipient == "helen"}
    done = await town.audit()
    assert done.found == []
    assert done.repeated == done.twice == {"teams": 1, "slack": 0}


async def test_a_message_sent_again_in_slack(town: Town) -> None:
    """Where the service may look, it must not send again; where it may not, it may."""
    mark = "\nThis message may have reached you before; it is the same one."
    town.messages = _twice(town, "jo", "Helen Castle has seen", mark)
    rows = (await books.read(town.database)).deliveries
    town.ledger.in_flight.add((next(row.id for row in rows if row.key.endswith(":seen:jo")), 1))
    await town.finds("repeated message", "where it could have been looked for")
    assert (await town.audit(reads=False)).found == []


async def test_a_message_that_nobody_was_to_send(town: Town) -> None:
    """Slack holds a delivery's key that no delivery has."""
    stranger = replace(town.message("jo", "Helen Castle has seen"), id="99", key="nobody's")
    town.messages.append(stranger)
    await town.finds("lost event", "a message that nobody was to send")


async def test_who_was_told_nothing_lost_nothing(town: Town) -> None:
    """An act without an answer may have had its effect or not: nothing was promised."""
    town.ledger.deeds.append(Deed("helen", "answered", "Line 18.", town.case))
    assert (await town.audit()).found == []
    town.ledger.deeds[-1].told = True
    assert Finding("lost event", _no_event(town)) in (await town.audit()).found


def _no_event(town: Town) -> str:
    return "helen was told that it is done, and no event says it: answered " + f"{town.case} Line 18."


async def test_a_card_of_an_event_that_is_not_there(town: Town) -> None:
    """A card tells of an event that the case does not have."""
    notice = json.dumps({"kind": "seen", "sequence": 99, "stage": 1})
    await meddle(town.database, f"UPDATE posted_cards SET notice = '{notice}' WHERE person = 'jo'")  # noqa: S608
    await town.finds("lost event", "was told of event 99")
