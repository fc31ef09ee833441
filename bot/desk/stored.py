"""A case as it lies in the database: the row that is its projection, and its events."""

import json

from bot.escalation import events as e
from bot.escalation.case import Case
from bot.store.events import OF_CASES
from bot.store.tables import EventRow
from bot.store.work import CaseRow, StoredEvent


def stream_of(case_id: str) -> str:
    return OF_CASES + case_id


def restored(row: CaseRow) -> Case:
    """The case as it was saved."""
    return Case.model_validate_json(row.state)


def row_of(case: Case) -> CaseRow:
    """How the case is saved."""
    return CaseRow(
        id=case.id, reference=case.reference, version=case.version, status="open" if case.open else "closed",
        training=bool(case.training), stage=case.stage_number, opened_at=case.opened_at,
        closed_at=case.ending.at if case.ending else None, state=case.model_dump_json(), raiser=case.raiser,
        outcome=case.ending.outcome if case.ending else "", minimised=case.minimised_at is not None,
    )  # fmt: skip


def event_of(stored: StoredEvent) -> e.Event:
    return e.restore(stored.kind, {**stored.body, "by": stored.actor})


def event_in(row: EventRow, body: str) -> e.Event:
    """The same of a row; `body` is what it says."""
    return e.restore(row.kind, {**json.loads(body), "by": row.actor})
