"""A case of the example ladder and directory, moved by commands: for the tests of the heart."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot import files
from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import apply
from bot.escalation.clocks import live_clocks
from bot.escalation.decide import Standing, decide
from bot.escalation.notices import Notice, notices
from bot.escalation.policy import Policy
from bot.guidance.content import root
from bot.people import source
from bot.people.directory import Directory
from bot.people.duty import Absence, Duty
from bot.people.entries import PLATFORMS
from bot.people.standing import DirectoryStanding

POLICY = files.load(root() / "policies" / "example.yaml", Policy)
DIRECTORY = source.load(root() / "directories" / "example.yaml", PLATFORMS)
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CONCERN = e.Concern(
    child_reference="HV-2231", decision="No further action.", risk="Weight loss since September.",
    request="An assessment this week.", phone="07700 900101", spoken=e.Spoken(happened=False),
)  # fmt: skip


def standing_in(directory: Directory, *away: Absence, now: datetime = MONDAY) -> DirectoryStanding:
    """Who stands where by this directory, with these people away."""
    absences = {one.person: (one,) for one in away}
    return DirectoryStanding(Duty(directory, absences, POLICY.calendar, now))


STANDING = standing_in(DIRECTORY)


@dataclass
class Played:
    """A case that is played: `do` carries out a command at `now`, `wait` fires the next clock."""

    now: datetime = MONDAY
    case: Case | None = None
    history: list[e.Event] = field(default_factory=list)
    told: list[Notice] = field(default_factory=list)
    standing: Standing = STANDING
    fired: set[str] = field(default_factory=set)

    @property
    def open_case(self) -> Case:
        assert self.case is not None
        return self.case

    def do(self, command: c.Command) -> tuple[e.Event, ...]:
        events = decide(self.case, command, self.standing, self.now)
        for event in events:
            before, self.case = self.case, apply(self.case, event)
            self.history.append(event)
            self.told += notices(before, event, self.case)
        return events

    def wait(self) -> tuple[e.Event, ...]:
        """Go to the next clock that is due and let it run out."""
        key, at = min(live_clocks(self.open_case).items(), key=lambda item: item[1])
        self.now = max(self.now, at)
        self.fired.add(key)
        return self.do(c.RunOut(key))

    def told_since(self, mark: int) -> set[tuple[str, str]]:
        return {(notice.kind, notice.recipient) for notice in self.told[mark:]}


def raised(
    by: str = "jo", against: str = "social_care", involved: frozenset[str] = frozenset(),
    policy: Policy = POLICY, standing: Standing = STANDING, training: str = "", **how: Any,
) -> Played:  # fmt: skip
    """A case as filed; `how` are further fields of the command."""
    played = Played(standing=standing)
    agency = DIRECTORY.person(by)
    assert agency is not None
    played.do(
        c.Raise(
            by=by,
            case="c" * 32,
            reference="BR-TEST2",
            training=training,
            policy=policy,
            raising_agency=agency.agency,
            receiving_agency=against,
            concern=CONCERN,
            involved=involved,
            **how,
        )
    )
    return played
