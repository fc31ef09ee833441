"""A hold from the command line: what the coordinator does in chat, without a desk."""

from bot.desk.guarding import guarded
from bot.desk.known import known
from bot.escalation import commands as c
from bot.escalation.case import Case
from bot.escalation.changes import apply
from bot.escalation.decide.keeping import lift_hold, place_hold
from bot.escalation.policy import Policy
from bot.people.directory import Directory
from bot.retention.erasing import SECURITY, called
from bot.store.events import OF_CASES
from bot.store.work import CaseRow, Work


async def change_hold(
    work: Work, policy: Policy, directory: Directory, reference: str, command: c.PlaceHold | c.LiftHold
) -> bool:
    """Place or lift it; False where there is no such case, or none any more. Raises Refusal, also for a
    reason that may say which child or family is meant."""
    row = await called(work, reference)
    if row is None:
        return False
    case = Case.model_validate_json(row.state)
    match command:
        case c.PlaceHold():
            (event,) = place_hold(case, command, work.now)
        case c.LiftHold():
            (event,) = lift_hold(case, command, work.now)
    events = guarded((event,), known(directory, policy), policy, work.now)
    after = case
    for one in events:
        after = apply(after, one)
    kept = {"version": after.version, "state": after.model_dump_json()}
    await work.save_case(CaseRow(**(row.model_dump() | kept)), expected=row.version)
    written = [(one.kind, one.model_dump(mode="json", exclude={"by"}), one.by) for one in events]
    await work.append_all(OF_CASES + row.id, written)
    await work.cards_changed(row.id, after.version)
    noted = {"what": event.kind, "case": row.id, "person": ""}
    await work.append(SECURITY, event.kind, noted, command.by)
    return True
