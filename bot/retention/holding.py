"""A hold from the command line: what the coordinator does in chat, without a desk."""

from bot.escalation import commands as c
from bot.escalation.case import Case
from bot.escalation.changes import apply
from bot.escalation.decide.keeping import lift_hold, place_hold
from bot.retention.erasing import SECURITY, called
from bot.store.events import OF_CASES
from bot.store.work import CaseRow, Work


async def change_hold(work: Work, reference: str, command: c.PlaceHold | c.LiftHold) -> bool:
    """Place or lift it; False where there is no such case, or none any more. Raises Refusal."""
    row = await called(work, reference)
    if row is None:
        return False
    case = Case.model_validate_json(row.state)
    match command:
        case c.PlaceHold():
            (event,) = place_hold(case, command, work.now)
        case c.LiftHold():
            (event,) = lift_hold(case, command, work.now)
    after = apply(case, event)
    kept = {"version": after.version, "state": after.model_dump_json()}
    await work.save_case(CaseRow(**(row.model_dump() | kept)), expected=row.version)
    body = event.model_dump(mode="json", exclude={"by"})
    await work.append(OF_CASES + row.id, event.kind, body, command.by)
    await work.cards_changed(row.id, after.version)
    noted = {"what": event.kind, "case": row.id, "person": ""}
    await work.append(SECURITY, event.kind, noted, command.by)
    return True
