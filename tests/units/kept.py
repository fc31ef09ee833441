"""Cases as the desk keeps them, without a desk: a row, its events, its people, its clocks, its cards."""

import json
from datetime import datetime

from bot.chat.turn import Address, Message, Place
from bot.desk.stored import row_of, stream_of
from bot.escalation import commands as c
from bot.escalation.clocks import live_clocks
from bot.store.chain import fingerprint
from bot.store.inspecting import CaseFile
from bot.store.tables import DeadlineRow, EventRow, PostedCard, StreamRow
from bot.store.work import Work
from tests.units.cases import CONCERN, POLICY, Played

WORDS = (CONCERN.risk, CONCERN.request, CONCERN.child_reference)
"""What somebody wrote into each of these cases: it must stand in no finding, no log and no alarm."""


def raised_at(now: datetime, case_id: str = "c1") -> Played:
    """A case that was raised at `now`, and acknowledged at once."""
    case = Played(now=now)
    case.do(
        c.Raise(
            by="jo", case=case_id, reference=f"BR-{case_id}", training="", policy=POLICY,
            raising_agency="health", receiving_agency="social_care", concern=CONCERN,
            involved=frozenset(),
        )
    )  # fmt: skip
    case.do(c.Acknowledge(by=case.open_case.now_with.receiving.person, stage=1))
    return case


async def keep(work: Work, case: Played, card: bool = True) -> None:
    """As `Desk` records it, all in one; with a card that shows it."""
    done = case.open_case
    await work.save_case(row_of(done), 0)
    for event in case.history:
        body = event.model_dump(mode="json", exclude={"by"})
        await work.append(stream_of(done.id), event.kind, body, event.by)
    await work.members(done.id, {person: member.role for person, member in done.members.items()})
    await work.set_deadlines(done.id, live_clocks(done))
    if card:
        place = Place(Address("slack", "t1", "app", f"dm-{done.id}"), "personal")
        message, notice = (
            Message(place.address, "1"),
            json.dumps({"kind": "filed", "sequence": 0, "stage": 1}),
        )
        await work.card_posted(done.id, "jo", place, message, notice, done.version, "digest")


def file_of(case: Played) -> CaseFile:
    """The same as it is read from the database."""
    done, previous = case.open_case, ""
    file = CaseFile(row_of(done))
    for sequence, event in enumerate(case.history, 1):
        body = json.dumps(event.model_dump(mode="json", exclude={"by"}), sort_keys=True)
        row = EventRow(
            stream=stream_of(done.id), sequence=sequence, at=event.at, kind=event.kind, actor=event.by,
            body=body, previous=previous, hash="",
        )  # fmt: skip
        row.hash = previous = fingerprint(row)
        file.events.append(row)
        file.bodies.append(body)
    head = StreamRow(name=stream_of(done.id), sequence=done.version, hash=previous)
    file.roles.update({person: member.role for person, member in done.members.items()})
    for number, (key, due_at) in enumerate(live_clocks(done).items()):
        file.deadlines.append(
            DeadlineRow(id=number, case_id=done.id, key=key, due_at=due_at, state="live", attempts=0)
        )
    file.cards.append(
        PostedCard(
            id=7, case_id=done.id, person="jo", destination="jo", platform="slack", tenant="t1", app="app",
            conversation="dm", service="", kind="personal", message_id="1", thread="", notice="{}",
            wanted_version=done.version, shown_version=done.version, state="shown", tries=0, token=0,
            free_at=case.now,
        )
    )  # fmt: skip
    file.head = head
    return file
