"""Erasing a case, and taking its copies away: each all of it or nothing, in one transaction."""

from collections.abc import Collection, Iterable

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import apply
from bot.escalation.decide import Refusal
from bot.escalation.decide.keeping import minimise
from bot.escalation.policy import Policy, Rule
from bot.people.directory import Directory
from bot.retention.due import Hindrance, hindrances, standing
from bot.store.erasing import ERASED
from bot.store.events import OF_CASES
from bot.store.work import CaseRow, Work

SECURITY = "security"
CASE_ERASED, CASE_MINIMISED, NOT_ERASED = "case_erased", "case_minimised", "erasing_refused"
"""What stands in the security stream: there it can be read once the case can't be."""


class NotNow(Exception):
    """Nothing was erased. `why`: "gone" (there is no such case, or none any more), "not_time", what hinders
    it, "under_way": a message about it is being sent, or may have been sent without our knowing, and would
    stay in a chat unknown to us; or "unsealed": what an earlier release left in the open has no key to erase.
    """

    def __init__(self, why: tuple[Hindrance | str, ...]) -> None:
        super().__init__(", ".join(why))
        self.why = why


async def carry_out(
    work: Work, policy: Policy, directory: Directory, case_id: str, by: str
) -> tuple[Rule, int]:
    """Do what is due of this case: by which rule, and how many cards are taken away from the chats. `by` is
    a person's id, or says who used the command line. Raises NotNow."""
    if why := await why_not(work, policy, case_id):
        raise NotNow(why)
    row = await work.case(case_id)
    assert row is not None, "it is locked since it was looked at"
    case = Case.model_validate_json(row.state)
    due = standing(case, policy.retention, policy.calendar.zone, work.now)
    assert due is not None, "nothing hinders it"
    rule = rule_in_words(policy, due.rule)
    if due.rule == "minimise":
        return due.rule, await _minimise(work, directory, row, case, by, rule)
    return due.rule, await _erase(work, directory, row, case, by, rule)


async def called(work: Work, reference: str) -> CaseRow | None:
    """The case with this reference, whether or not it was typed in capitals; None where there is none, or
    none any more."""
    typed = reference.strip()
    row = await work.case_by_reference(typed) or await work.case_by_reference(typed.upper())
    return row if row is not None and row.status != ERASED else None


async def why_not(work: Work, policy: Policy, case_id: str) -> tuple[Hindrance | str, ...]:
    """What would keep it from being done now; empty where nothing would. Changes nothing."""
    row = await work.case(case_id)
    if row is None or row.status == ERASED:
        return ("gone",)
    case = Case.model_validate_json(row.state)
    due = standing(case, policy.retention, policy.calendar.zone, work.now)
    if due is None:
        return ("not_time", *hindrances(case))
    if due.rule == "minimise" or due.why_not:
        return due.why_not
    if not await work.is_sealed(case_id):
        return ("unsealed",)
    return ("under_way",) if await work.on_its_way(case_id) else ()


async def refused(work: Work, case_id: str, why: Collection[str], by: str) -> None:
    """An attempt that had no effect is on record, with why."""
    await work.append(SECURITY, NOT_ERASED, {"what": NOT_ERASED, "case": case_id, "why": list(why)}, by)


def rule_in_words(policy: Policy, rule: Rule) -> str:
    """By which rule, for the record: "erase: 6 years (assumption), example 1"."""
    kept = policy.retention
    time = {"minimise": kept.minimise, "erase": kept.erase, "training": kept.training}[rule]
    sure = "confirmed" if kept.confirmed else "assumption"
    return f"{rule}: {time} ({sure}), {policy.id} {policy.version}"


async def _erase(work: Work, directory: Directory, row: CaseRow, case: Case, by: str, rule: str) -> int:
    """The event comes first: it is the last that is written with the key of the case."""
    erased = e.Erased(at=work.now, by=by, rule=rule)
    body = erased.model_dump(mode="json", exclude={"by"})
    await work.append(OF_CASES + case.id, e.Erased.kind, body, by)
    await work.reduce_case(row, case.ending.outcome if case.ending else "")
    cards = await _take_copies_away(work, directory, case, under_way=True)
    # Without it nobody can read what was sealed of the case.
    await work.erase_key(OF_CASES + case.id)
    await _on_record(work, CASE_ERASED, case, by, rule)
    return cards


async def _minimise(work: Work, directory: Directory, row: CaseRow, case: Case, by: str, rule: str) -> int:
    command = c.Minimise(by=by, rule=rule)
    try:
        (event,) = minimise(case, command, work.now)
    except Refusal as refusal:
        raise NotNow((refusal.why,)) from refusal
    after = apply(case, event)
    kept = {"version": after.version, "state": after.model_dump_json(), "minimised": True}
    await work.save_case(CaseRow(**(row.model_dump() | kept)), expected=row.version)
    await work.append(OF_CASES + case.id, event.kind, event.model_dump(mode="json", exclude={"by"}), by)
    cards = await _take_copies_away(work, directory, case, under_way=False)
    await _on_record(work, CASE_MINIMISED, case, by, rule)
    return cards


async def _take_copies_away(work: Work, directory: Directory, case: Case, *, under_way: bool) -> int:
    def about(text: str) -> bool:
        return case.id in text or case.reference in text

    # Whoever has left the case still has what they wrote and were sent before.
    people = tuple(dict.fromkeys((*case.members, *case.left)))
    entries = (directory.person(person) for person in people)
    addresses = _each_way(entry.email for entry in entries if entry is not None)
    return await work.take_copies_away(case.id, people, addresses, about, under_way=under_way)


def _each_way(addresses: Iterable[str]) -> tuple[str, ...]:
    """As they stand in the directory, and as letters are addressed."""
    return tuple(dict.fromkeys(one for email in addresses for one in (email, email.strip().lower())))


async def _on_record(work: Work, what: str, case: Case, by: str, rule: str) -> None:
    body = {"what": what, "case": case.id, "reference": case.reference, "rule": rule}
    await work.append(SECURITY, what, body, by)
