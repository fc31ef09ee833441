"""The report of a chaos run, in plain words."""

from collections.abc import Iterator

from tests.chaos.audit import KINDS
from tests.chaos.run import Outcome

MOST = 20
"""Findings of a kind that are written out."""


def told(outcome: Outcome, database: str) -> Iterator[str]:
    """Line by line: what was done, what came of it, and, where something is wrong, how to repeat it."""
    plan, ledger, audit = outcome.plan, outcome.ledger, outcome.audit
    unstarted = f" ({ledger.unstarted} of them while it was starting)" if ledger.unstarted else ""
    yield ""
    where = f"{database} · {' and '.join(plan.platforms)}"
    yield f"{outcome.cases} cases, {outcome.closed} of them closed · {where}"
    yield f"{ledger.kills} times kill -9{unstarted}, in {outcome.seconds / 60:.1f} minutes"
    yield f"{len(ledger.deeds)} things that people did; {audit.told} times they were told that it is done"
    yield f"{audit.events} events, {audit.notices} messages owed by them, {audit.fired} clocks fired"
    yield f"{len(ledger.in_flight)} messages were being sent at a kill"
    for platform in plan.platforms:
        again, twice = audit.repeated[platform], audit.twice[platform]
        yield f"  {platform}: {again} were sent again and say so, {twice} came twice by that"
    yield f"at rest {outcome.drained:.0f} s after the last start"
    yield ""
    for kind in KINDS:
        found = [one.words for one in audit.found if one.kind == kind]
        extra = f" (the latest clock {audit.latest:.1f} s after it could)" if kind == "late clock" else ""
        yield f"{kind + 's':<18} {len(found)}{extra}"
        for words in found[:MOST]:
            yield f"    {words}"
        if len(found) > MOST:
            yield f"    … and {len(found) - MOST} more"
    yield from (f"    {context}" for context in audit.context[:MOST])
    if outcome.unfiled:
        yield f"    {outcome.unfiled} people never got to file what they had to raise"
    for complaint in ledger.complaints[:MOST]:
        yield f"    the service logged an error: {complaint.strip()[:2000]}"
    if audit.found or outcome.unfiled:
        yield ""
        yield f"Something is wrong. To repeat it: make chaos SEED={plan.seed} DATABASE={database} " + (
            f"CASES={plan.cases} KILLS={plan.kills} HISTORY={plan.history}"
        )
