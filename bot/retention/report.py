"""What the commands of retention say."""

import json
from collections.abc import Collection, Iterator

from bot.escalation.case import Case
from bot.escalation.policy import Policy
from bot.guidance.words import Words
from bot.people.directory import Directory
from bot.policies.explain import kept_for
from bot.retention.due import Due

words = Words("retention")


def in_words(found: tuple[Due, ...], closed: int, policy: Policy, directory: Directory) -> str:
    return "\n".join(_lines(found, closed, policy, directory))


def _lines(found: tuple[Due, ...], closed: int, policy: Policy, directory: Directory) -> Iterator[str]:
    yield from kept_for(policy.retention)
    ready = [one for one in found if not one.why_not]
    waiting = [one for one in found if one.why_not]
    yield ""
    yield words("due.ready" if ready else "due.none", number=len(ready))
    yield from (f"  {_line(one)}" for one in ready)
    if waiting:
        yield words("due.waiting", number=len(waiting))
        for one in waiting:
            yield f"  {_line(one)}"
            yield from (f"    → {said}" for said in _hindered(one.case, one.why_not, directory))
    yield words("due.closed", number=closed)


def _line(one: Due) -> str:
    ended = one.case.ending.at if one.case.ending else one.case.opened_at
    return words(
        f"due.{one.rule}",
        reference=one.case.reference,
        ended=f"{ended:%Y-%m-%d}",
        since=f"{one.since:%Y-%m-%d}",
    )


def _hindered(case: Case, why: Collection[str], directory: Directory) -> Iterator[str]:
    for one in why:
        agency = directory.agency(case.raising_agency if one == "raising" else case.receiving_agency)
        hold = case.hold
        yield words(
            f"why.{one}", agency=agency.name if agency else "", by=hold.by if hold else "",
            at=f"{hold.at:%Y-%m-%d}" if hold else "", reason=hold.reason if hold else "",
        )  # fmt: skip


def would(reference: str, why: Collection[str], directory: Directory) -> str:
    return not_done(reference, why) if why else words("erase.would", reference=reference)


def not_done(reference: str, why: Collection[str]) -> str:
    return words("erase.not_done", reference=reference, why=" ".join(words(f"not_now.{one}") for one in why))


def as_json(found: tuple[Due, ...], closed: int, policy: Policy) -> str:
    listed = [
        {
            "reference": one.case.reference, "rule": one.rule, "since": one.since.isoformat(),
            "ended": one.case.ending.at.isoformat() if one.case.ending else None,
            "training": bool(one.case.training), "ready": not one.why_not, "why_not": list(one.why_not),
        }
        for one in found
    ]  # fmt: skip
    whole = {"retention": policy.retention.model_dump(mode="json"), "closed": closed, "due": listed}
    return json.dumps(whole, indent=2, ensure_ascii=False)
