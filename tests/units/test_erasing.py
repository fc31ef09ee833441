"""Erasing a case: all of it or nothing, on both databases, also where a process is killed in between."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from bot.audit.whole import audited
from bot.chat.card import Card, Text
from bot.chat.port import Gone, Refused, TryLater, Unreachable
from bot.chat.text import quote
from bot.chat.turn import Address, Message, Place
from bot.desk.keeping import taken_away
from bot.engine.deliveries import Deliverer
from bot.engine.removals import ATTEMPTS, Remover
from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.changes import apply
from bot.retention.due import due_cases
from bot.retention.erasing import NotNow, carry_out, why_not
from bot.store.database import Database
from bot.store.events import OF_CASES
from bot.store.work import CaseRow, Conflict, DeliveryRow, Work
from tests.units import killed_eraser
from tests.units.cases import DIRECTORY, MONDAY, POLICY, Played
from tests.units.kept import WORDS, keep, raised_at
from tests.units.recorder import PlainDesk, Recorder, meddle, opened, pass_leases, told

LONG_AGO = MONDAY - timedelta(days=3000)


def over(case_id: str = "c1", *, file: bool = True) -> Played:
    """A case that was closed eight years ago, and filed by both sides."""
    case = raised_at(LONG_AGO, case_id)
    case.do(c.Withdraw(by="jo", reason="The decision was changed."))
    for person in ("jo", case.open_case.now_with.receiving.person) if file else ():
        case.do(c.ConfirmFiled(by=person))
    return case


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """With one case whose time has come, and what else was kept of it."""
    async with opened(database_url, may_shift=True) as database:
        async with database.work() as work:
            await keep(work, over())
            await beside(work, "BR-c1", over().open_case.id)
        yield database


async def beside(work: Work, reference: str, case_id: str) -> None:
    """A message, a letter with a link, a further card on another letter's page, a draft, a reply."""
    card = Card(f"Case {reference}", (Text(quote(WORDS[0])),))
    entry = DIRECTORY.person("jo")
    assert entry is not None
    address = entry.email
    await work.deliver(f"{case_id}:1", case_id, "helen", None, '{"kind": "stage"}')
    await work.letter_written("L1", address, card, f"{case_id}:9:stage:jo")
    await work.letter_linked("L1", "digest", timedelta(days=7), None)
    await work.letter_written("L2", address, Card("Another matter"), "other")
    await work.letter_adds("L2", "K1", card)
    for data in ({"case": case_id, "text": WORDS[0]}, {"case": "other", "text": "mine"}):
        until = work.now + timedelta(days=1)
        await work.keep_state("jo", "", f"draft.{data['case']}", 1, json.dumps(data), until)
    assert await work.once("act") is None
    await work.outcome("act", f"{reference}: {WORDS[0]}")


async def erase(database: Database, case_id: str = "c1") -> tuple[str, int]:
    async with database.work() as work:
        return await carry_out(work, POLICY, DIRECTORY, case_id, "sam")


async def row(database: Database) -> CaseRow:
    async with database.reading() as work:
        found = await work.case("c1")
    assert found is not None
    return found


def remover(database: Database, slack: Recorder) -> Remover:
    return Remover(database, {"slack": slack}, PlainDesk("slack"))


async def words_left(database: Database) -> list[str]:
    """Where the words of the case still stand, but for the events, whose key is erased with it."""
    found: list[str] = []
    async with database.reading() as work:
        for table in ("cases", "states", "acts", "deliveries", "letters", "posted_cards"):
            rows = (await work._execute(text(f"SELECT * FROM {table}"))).all()  # noqa: S608
            found += [table for one in rows if any(word in "|".join(map(str, one)) for word in WORDS)]
    return found


async def test_what_is_counted_stays_and_nothing_else(database: Database) -> None:
    """The row without words and people; no clock, nobody on it, no message, letter, draft or reply of it."""
    assert set(await words_left(database)) == {"cases", "states", "acts", "letters"}
    assert await erase(database) == ("erase", 1)
    left = await row(database)
    assert (left.reference, left.status, left.outcome, left.stage) == ("BR-c1", "erased", "withdrawn", 1)
    assert (left.state, left.raiser) == ("", "")
    assert left.opened_at == LONG_AGO
    assert left.closed_at is not None
    assert await words_left(database) == []
    async with database.reading() as work:
        assert await work.cases_of("jo", False, 10) == []
        assert await work.state("jo", "", "draft.other") is not None
        assert await work.state("jo", "", "draft.c1") is None
        assert await work.letter_cards("L1", 10) == ()
        assert [one.id for one in await work.letter_cards("L2", 10)] == ["L2"]
        assert await work.link_found("digest") is None
        assert await work.kept_outcome("act") == ""
        assert (await work.history(OF_CASES + "c1"))[-1].kind == "erased"
    assert [kind for kind, _ in await told(database, "security")] == ["case_erased"]


async def test_no_reply_is_opened_to_see_what_it_tells_of(database: Database) -> None:
    """All are emptied, also one that can't be read; a form that comes again is still known for the same."""
    digests = ("form:words", "letter-form:1")
    async with database.work() as work:
        for key in ("other", *digests):
            await work.once(key)
            await work.outcome(key, "kept")
        await work._execute(text("UPDATE acts SET outcome = 'braver:1:?' WHERE key = 'other'"))
    await erase(database)
    async with database.work() as work:
        assert [await work.kept_outcome(key) for key in ("act", "other", *digests)] == [
            "",
            "",
            "kept",
            "kept",
        ]
        assert await work.once("other") == ""


async def test_what_was_kept_of_somebody_who_has_left_the_case_goes_too(database_url: str) -> None:
    """Their draft, and the letter that they were sent."""
    case = over()
    left = e.Left(at=case.now, people=("jo",), why="handed_over")
    case.case = apply(case.open_case, left)
    case.history.append(left)
    async with opened(database_url, may_shift=True) as database:
        async with database.work() as work:
            await keep(work, case)
            await beside(work, "BR-c1", "c1")
        await erase(database)
        assert await words_left(database) == []
        async with database.reading() as work:
            assert await work.state("jo", "", "draft.other") is not None


async def test_an_audit_has_nothing_to_say_of_an_erased_case(database: Database) -> None:
    """The chain still holds, and is still followed: what was changed in it is found."""
    await erase(database)
    assert (await audited(database)).findings == ()
    await meddle(database, "UPDATE events SET actor = 'mallory' WHERE stream = 'case:c1' AND sequence = 2")
    assert [one.kind for one in (await audited(database)).findings] == ["chain"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE cases SET status = 'closed'",
        "UPDATE cases SET raiser = 'jo'",
        "INSERT INTO case_members (case_id, person, role) VALUES ('c1', 'jo', 'raiser')",
        "UPDATE posted_cards SET state = 'shown'",
    ],
)
async def test_what_does_not_belong_to_an_erased_case_is_found(database: Database, sql: str) -> None:
    await erase(database)
    await meddle(database, sql)
    assert [one.kind for one in (await audited(database)).findings] == ["projection"]


async def test_an_erased_case_is_not_erased_again(database: Database) -> None:
    await erase(database)
    with pytest.raises(NotNow) as refused:
        await erase(database)
    assert refused.value.why == ("gone",)


@pytest.mark.parametrize("hinders", ["hold", "not_time"])
async def test_what_hinders_it_leaves_all_as_it_was(database_url: str, hinders: str) -> None:
    case = over() if hinders == "hold" else raised_at(LONG_AGO)
    if hinders == "hold":
        case.do(c.PlaceHold(by="sam", reason="A court."))
    async with opened(database_url) as database:
        async with database.work() as work:
            await keep(work, case)
        with pytest.raises(NotNow) as refused:
            await erase(database)
        assert refused.value.why[0] == hinders
        assert (await row(database)).state != ""
        assert (await audited(database, at_rest=True)).findings == ()


async def test_somebody_who_is_faster_is_seen(database: Database) -> None:
    """The row is no longer as it was read: nothing of the erasing counts."""
    before = await row(database)
    await meddle(database, "UPDATE cases SET version = version + 1")
    async with database.work() as work:
        with pytest.raises(Conflict):
            await work.reduce_case(before, "withdrawn")


async def test_the_longest_due_goes_first_and_what_is_not_due_is_not_listed(database: Database) -> None:
    async with database.work() as work:
        await keep(work, over("c2", file=False))
        await keep(work, raised_at(LONG_AGO, "c3"))
        found = await due_cases(work, POLICY)
    assert [(one.case.reference, one.rule, one.why_not) for one in found] == [
        ("BR-c1", "erase", ()), ("BR-c2", "erase", ("raising", "receiving")),
    ]  # fmt: skip


# The cards


async def test_cards_are_taken_away_and_forgotten(database: Database) -> None:
    slack = Recorder("slack")
    await erase(database)
    assert await remover(database, slack).step() == 1
    assert await remover(database, slack).step() == 0
    assert [message.id for message in slack.removed] == ["1"]
    assert await told(database, "taken_away") == [("c1", {"left": []})]


@pytest.mark.parametrize(
    ("failure", "left"),
    [
        (Gone("it is not there any more"), []),
        (Refused("Slack does not let Braver delete this message"), ["Slack does not let"]),
        (Unreachable("Braver is not in this Slack channel"), ["Braver is not in"]),
    ],
)
async def test_what_stays_is_told_with_why(
    database: Database, failure: Gone | Refused | Unreachable, left: list[str]
) -> None:
    """What is not there is gone; what can't be deleted is told."""
    slack = Recorder("slack")
    slack.failures.append(failure)
    await erase(database)
    await remover(database, slack).step()
    ((_, body),) = await told(database, "taken_away")
    assert [why[: len(said)] for (_, why), said in zip(body["left"], left, strict=True)] == left


async def test_what_stays_of_a_removed_card_is_told(database: Database) -> None:
    """An e-mail in a mailbox, for one."""
    slack = Recorder("slack")
    slack.stays = "the e-mail lies in the mailbox"
    await erase(database)
    await remover(database, slack).step()
    assert (await told(database, "taken_away"))[0][1] == {"left": [["1", slack.stays]]}


async def test_a_card_that_comes_late_and_stays_is_told_too(database: Database) -> None:
    """The coordinator was told of the others before, and the case is as it was then."""
    await erase(database)
    for conversation, person in (("dm-tom", "tom"), ("dm-helen", "helen")):
        place = Place(Address("slack", "t1", "app", conversation), "personal")
        async with database.work() as work:
            card = await work.card_posted("c1", person, place, Message(place.address, "7"), "{}", 3)
            await taken_away(work, "c1", [card], "sam")
            # Whoever tells of it twice says it once.
            await taken_away(work, "c1", [card], "sam")
    async with database.work() as work:
        # Nobody is told that all are gone, as some are not.
        await taken_away(work, "c1", [], "sam")
    async with database.reading() as work:
        told = await work._all(DeliveryRow, select(DeliveryRow).order_by(col(DeliveryRow.id)))
    left = [[person for _, _, person, _, _ in json.loads(row.notice)["left"]] for row in told]
    assert left == [["tom"], ["helen"]]


async def test_a_fault_is_tried_again_and_given_up_late(database: Database) -> None:
    """Until then nobody is told; in the end it is said why."""
    slack = Recorder("slack")
    slack.failures.extend([TryLater("Slack asks to wait", 30), TryLater("Slack is not available now")])
    await erase(database)
    worker = remover(database, slack)
    await worker.step()
    assert await worker.step() == 0
    await pass_leases(database)
    await worker.step()
    assert await told(database, "taken_away") == []
    await meddle(database, f"UPDATE posted_cards SET tries = {ATTEMPTS}")  # noqa: S608
    await pass_leases(database)
    slack.failures.append(TryLater("Slack is not available now"))
    await worker.step()
    assert (await told(database, "taken_away"))[0][1]["left"] == [["1", "Slack is not available now"]]


async def test_a_platform_that_is_not_set_up_any_more(database: Database) -> None:
    await erase(database)
    await Remover(database, {}, PlainDesk("slack")).step()
    assert "not set up" in (await told(database, "taken_away"))[0][1]["left"][0][1]


async def test_nothing_is_erased_while_a_message_is_on_its_way(database: Database) -> None:
    """It would stand in the chat, and nobody would know of it. Once it is there, it is taken away, too."""
    slack = Recorder("slack")
    slack.homes = {"helen@slack.example": "dm-helen"}
    slack.gate.clear()
    deliverer = Deliverer(database, {"slack": slack}, PlainDesk("slack"))
    sending = asyncio.create_task(deliverer.step())
    await slack.posting.wait()
    with pytest.raises(NotNow, match="under_way"):
        await erase(database)
    async with database.reading() as work:
        assert await why_not(work, POLICY, "c1") == ("under_way",)
    slack.gate.set()
    await sending
    await erase(database)
    while await remover(database, slack).step():
        pass
    assert {message.address.conversation for message in slack.removed} == {"dm-c1", "dm-helen"}


async def test_nothing_is_erased_while_nobody_knows_whether_a_message_was_sent(database: Database) -> None:
    await meddle(database, "UPDATE deliveries SET state = 'uncertain', doubt_since = free_at")
    with pytest.raises(NotNow, match="under_way"):
        await erase(database)
    await meddle(database, "UPDATE deliveries SET state = 'dropped', finished_at = free_at")
    assert await erase(database) == ("erase", 1)


async def test_a_card_that_is_shown_late_goes_too(database: Database) -> None:
    """A reply that was under way while the case was erased."""
    await erase(database)
    place = Place(Address("slack", "t1", "app", "dm-tom"), "personal")
    async with database.work() as work:
        card = await work.card_posted("c1", "tom", place, Message(place.address, "7"), '{"kind": "case"}', 3)
    assert (card.state, card.notice) == ("removing", "")


async def test_taking_the_copies_away_keeps_the_case(database_url: str) -> None:
    """And what is still under way: a question after closing, for one."""
    case = raised_at(MONDAY - timedelta(days=250))
    case.do(c.Withdraw(by="jo", reason="The decision was changed."))
    for person in ("jo", case.open_case.now_with.receiving.person):
        case.do(c.ConfirmFiled(by=person))
    async with opened(database_url) as database:
        async with database.work() as work:
            await keep(work, case)
            await beside(work, "BR-c1", "c1")
        assert await erase(database) == ("minimise", 1)
        left = await row(database)
        assert (left.status, left.minimised) == ("closed", True)
        assert await words_left(database) == ["cases"]
        async with database.reading() as work:
            assert await work.under_way() == {"ready": 1}
            assert await due_cases(work, POLICY) == ()
        found = [one.kind for one in (await audited(database)).findings]
        assert found == []


# Killed


@pytest.mark.parametrize("moment", ["inside", "between"])
async def test_killed(database_url: str, moment: str) -> None:
    """Killed inside of the transaction, nothing has happened and it is done anew; killed while a card is
    taken away, whoever comes next takes it away."""
    async with opened(database_url, may_shift=True) as database, database.work() as work:
        await keep(work, over())
        await beside(work, "BR-c1", "c1")
    root = Path(__file__).parents[2]
    eraser = await asyncio.create_subprocess_exec(
        sys.executable, killed_eraser.__file__, database_url, moment,
        cwd=root, env={"PYTHONPATH": str(root)}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert eraser.stdout is not None
    assert await eraser.stdout.readline() == b"hanging\n"
    eraser.kill()
    await eraser.wait()
    slack = Recorder("slack")
    async with opened(database_url, may_shift=True) as database:
        if moment == "inside":
            assert (await row(database)).status == "closed"
            assert set(await words_left(database)) == {"cases", "states", "acts", "letters"}
            assert (await audited(database, at_rest=True)).findings == ()
            await erase(database)
        assert (await row(database)).status == "erased"
        assert await words_left(database) == []
        await pass_leases(database)
        assert await remover(database, slack).step() == 1
        assert [message.id for message in slack.removed] == ["1"]
        assert (await audited(database)).findings == ()
