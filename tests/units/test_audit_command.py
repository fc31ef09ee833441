"""`braver audit`, as whoever runs the service meets it: a real process beside a running service, whose
database was broken on purpose."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.audit.walks import CaseWalk
from bot.audit.whole import audited
from bot.desk.stored import row_of, stream_of
from bot.engine.watchdog import Watchdog
from bot.escalation import commands as c
from bot.escalation.clocks import live_clocks
from bot.store.database import Database
from bot.store.work import Work
from tests.units.cases import Played
from tests.units.kept import WORDS, keep, raised_at
from tests.units.recorder import PlainDesk, meddle, opened, told

BRAVER = Path(sys.executable).parent / "braver"
BROKEN = {
    "BR-clock": "DELETE FROM deadlines WHERE case_id = 'clock'",
    "BR-some": "DELETE FROM deadlines WHERE case_id = 'some' AND key LIKE '%receiving%'",
    "BR-altered": "UPDATE events SET actor = 'mallory' WHERE stream = 'case:altered' AND sequence = 2",
    "BR-deleted": "DELETE FROM events WHERE stream = 'case:deleted' AND sequence = 2",
    "BR-stage": "UPDATE cases SET stage = 3 WHERE id = 'stage'",
    "BR-card": "UPDATE posted_cards SET wanted_version = 1, shown_version = 1 WHERE case_id = 'card'",
    "BR-late": "UPDATE deadlines SET due_at = '2020-01-01 00:00:00.000000' WHERE case_id = 'late'",
    "BR-old": "UPDATE deliveries SET created_at = '2020-01-01 00:00:00.000000' WHERE case_id = 'old'",
}  # fmt: skip
FOUND = {
    "BR-clock": "without_clock", "BR-some": "clock_lost", "BR-altered": "chain", "BR-deleted": "chain",
    "BR-stage": "projection", "BR-card": "card_behind", "BR-late": "overdue", "BR-old": "stuck",
}  # fmt: skip
KEY = "a made-up key of more than thirty-two characters"
SAID = {
    "BR-clock": "the case is open and no deadline watches it.",
    "BR-some": "deadlines that must run do not: 1.1:",
    "BR-altered": "the history case:altered is not as it was written: event 2 is not as it was written.",
    "BR-deleted": "the history case:deleted is not as it was written: events 2 to 2 are missing",
    "BR-stage": "the case is not what its history says. It differs in: stage.",
    "BR-card": "cards show an older state, and nothing will redraw them:",
    "BR-late": "a deadline ran out at 2020-01-01 00:00 UTC and has not fired:",
    "BR-old": "has waited to be sent since 2020-01-01 00:00 UTC.",
}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Open, as a running service has it: one case for each way of breaking, and one that stays whole."""
    async with opened(database_url, secrets=(KEY,)) as database:
        async with database.work() as work:
            for reference in (*BROKEN, "BR-whole"):
                await keep(work, raised_at(work.now, reference.removeprefix("BR-")))
            await work.deliver("k", "old", "helen", None, "{}")
            await work.append("security", "not_on_case", {"what": "not_on_case"}, "slack:t1:U1")
        yield database


def _audit(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BRAVER, "audit", *arguments],
        env={**os.environ, "BRAVER_DATABASE_URL": url, "BRAVER_SECRET_KEY": KEY},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.full)], indirect=True
)
async def test_the_command_beside_a_running_service(database: Database, database_url: str) -> None:
    """While all is well it exits 0 and says how much it saw. Each thing that was broken is told with the
    case, what it is and what to do, and no word that a person wrote; it exits 1."""
    well = _audit(database_url)
    assert (well.returncode, well.stderr) == (0, "")
    assert well.stdout == "All is well. Looked at: cases 9, histories 10.\n"
    for statement in BROKEN.values():
        await meddle(database, statement)
    await Watchdog(database, PlainDesk()).step()

    ended = _audit(database_url)
    assert (ended.returncode, ended.stderr) == (1, "")
    lines = ended.stdout.splitlines()
    for reference, said in SAID.items():
        place = next(place for place, line in enumerate(lines) if line.startswith(f"✗ {reference}: "))
        assert said in lines[place]
        assert lines[place + 1].startswith("  → ")
    assert lines[-1].startswith("Found: ")
    assert "The coordinator has been told." in lines[lines.index(f"✗ BR-clock: {SAID['BR-clock']}") + 2]
    assert "BR-whole" not in ended.stdout
    assert not any(word in ended.stdout for word in WORDS)

    found = json.loads(_audit(database_url, "--json", "--at-rest").stdout)
    still = {case: kind for case, kind in FOUND.items() if kind not in ("overdue", "stuck")}
    at_rest = {one["case"]: one["kind"] for one in found["findings"]}
    assert at_rest == still
    assert (found["well"], found["cases"], found["histories"]) == (False, 9, 11)


async def test_the_watchdog_finds_the_same(database: Database) -> None:
    """Inside the service, in the first round: each kind is told, by the case."""
    for statement in BROKEN.values():
        await meddle(database, statement)
    dog = Watchdog(database, PlainDesk())
    await dog.step()
    health = await dog.step()
    assert health.failing == {
        "without_clock": 1, "overdue": health.overdue, "stuck": 1, "clock_lost": 1, "chain": 2,
        "projection": 1, "card_behind": 1,
    }  # fmt: skip
    alarms = {f"{kind} {body['detail']}" for kind, body in await told(database, "alarms")}
    assert alarms == {
        "without_clock BR-clock", "clock_lost BR-some", "chain BR-altered", "chain BR-deleted",
        "projection BR-stage", "card_behind BR-card", f"overdue {health.overdue}", "stuck 1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "kind", "subject"),
    [
        (["DELETE FROM events WHERE stream = 'case:whole'", "DELETE FROM streams WHERE name = 'case:whole'"],
            "no_history", "BR-whole"),
        (["DELETE FROM case_members WHERE case_id = 'whole'", "DELETE FROM deadlines WHERE case_id = 'whole'",
            "DELETE FROM posted_cards WHERE case_id = 'whole'", "DELETE FROM cases WHERE id = 'whole'"],
            "no_case", "case:whole"),
        (["UPDATE posted_cards SET case_id = 'nobody' WHERE case_id = 'whole'"], "card_orphan", None),
        (["DELETE FROM streams WHERE name = 'security'"], "chain", "security"),
        (["UPDATE events SET kind = 'other' WHERE stream = 'security'"], "chain", "security"),
        (["UPDATE deadlines SET state = 'quarantined' WHERE key = (SELECT MIN(key) FROM deadlines "
            "WHERE case_id = 'whole') AND case_id = 'whole'"], "quarantined", None),
    ],
)  # fmt: skip
async def test_what_else_can_be_lost(
    database: Database, statements: list[str], kind: str, subject: str | None
) -> None:
    """A history without its case, a case without its history, a stream without its head, and so on."""
    for statement in statements:
        await meddle(database, statement)
    (found,) = (await audited(database)).findings
    assert found.kind == kind
    assert subject in (None, found.subject)


async def _answer(work: Work, case: Played) -> None:
    """Somebody answers, as the desk records it."""
    before = case.open_case
    events = case.do(c.Answer(by=before.now_with.receiving.person, stage=1, text="A visit tomorrow."))
    after = case.open_case
    await work.save_case(row_of(after), before.version)
    for event in events:
        body = event.model_dump(mode="json", exclude={"by"})
        await work.append(stream_of(after.id), event.kind, body, event.by)
    await work.members(after.id, {person: member.role for person, member in after.members.items()})
    await work.set_deadlines(after.id, live_clocks(after))
    await work.cards_changed(after.id, after.version)


async def test_an_act_in_the_middle_of_the_audit_is_no_finding(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case's row is read before an act and the rest after it: all of it is as of one moment."""
    async with database.work() as work:
        case = raised_at(work.now, "moving")
        await keep(work, case)
    read = Work.case_files

    async def slowly(work: Work, rows: list[object]) -> object:
        if case.open_case.proposal is None:
            async with database.work() as other:
                case.now = other.now + timedelta(seconds=1)
                await _answer(other, case)
        return await read(work, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(Work, "case_files", slowly)
    looked = await CaseWalk(open_only=False).step(database)
    assert case.open_case.proposal is not None
    assert looked.findings == ()
    assert (await audited(database)).findings == ()
