"""A short chaos run: the real service is killed while people work with it, and nothing is lost.

`make chaos` is the long one, on either database.
"""

from pathlib import Path

import pytest

from tests.chaos.report import told
from tests.chaos.run import Plan, run


@pytest.mark.full
async def test_killed_while_people_work_with_it(tmp_path: Path, sqlite_url: str) -> None:
    """Twelve cases, five kills: what people were told stands, what they are owed arrives, nothing is done
    twice."""
    plan = Plan(seed=20, cases=12, kills=5, like=2, pace=0.3, uptime=1.5, waits=False)
    outcome = await run(plan, sqlite_url, tmp_path)
    assert outcome.audit.found == [], "\n".join(told(outcome, "sqlite"))
    assert outcome.unfiled == 0
    assert outcome.ledger.kills == 5
    assert outcome.audit.told >= 12
    assert outcome.audit.notices > 12
