"""What can be done: each act of a person, or of a clock, is one unit of work.

The conversations see a case through this package: its state, its clocks, and the commands that change it.
"""

from bot.desk.coaching import FEWEST, AskedIn
from bot.desk.covering import Instead
from bot.desk.desk import Desk
from bot.desk.entries import Away
from bot.desk.house import Acted, Filing, House, NotOnCase
from bot.desk.keeping import Keeping, NotTheirs, Staying
from bot.desk.linking import Claim, Settled
from bot.desk.numbers import NumberState
from bot.desk.training import TrainingGroup
from bot.desk.unsound import ELSEWHERE, by_field
from bot.desk.view import GLANCE, CaseView
from bot.escalation import commands, events
from bot.escalation.case import NOT_SHOWN, READING, Case
from bot.escalation.clock import Duration, Unit
from bot.escalation.clocks import NEXT_WAY, agreed, answer_due, due_at, live_clocks, overdue, stage_clock
from bot.escalation.decide import (
    CORRECTABLE,
    Refusal,
    Stale,
    latest_extension,
    longest_pause,
)  # fmt: skip
from bot.escalation.policy import (
    PRACTITIONER,
    Cap,
    Clock,
    Exclusion,
    Policy,
    Retention,
    Role,
    Side,
    Stage,
    UrgentContact,
    UrgentTrack,
)  # fmt: skip
from bot.escalation.seeing import Act, covered_side, holding, may_reopen, may_skip, reads, reopens_until, sees
from bot.escalation.timetable import ClockTime, StageTimes, case_timetable
from bot.people.duty import Absence
from bot.people.entries import Entry, Post
from bot.people.records import post_id
from bot.retention.due import Due
from bot.retention.erasing import NotNow

__all__ = [
    "CORRECTABLE",
    "ELSEWHERE",
    "FEWEST",
    "GLANCE",
    "NEXT_WAY",
    "NOT_SHOWN",
    "PRACTITIONER",
    "READING",
    "Absence",
    "Act",
    "Acted",
    "AskedIn",
    "Away",
    "Cap",
    "Case",
    "CaseView",
    "Claim",
    "Clock",
    "ClockTime",
    "Desk",
    "Due",
    "Duration",
    "Entry",
    "Exclusion",
    "Filing",
    "House",
    "Instead",
    "Keeping",
    "NotNow",
    "NotOnCase",
    "NotTheirs",
    "NumberState",
    "Policy",
    "Post",
    "Refusal",
    "Retention",
    "Role",
    "Settled",
    "Side",
    "Stage",
    "StageTimes",
    "Stale",
    "Staying",
    "TrainingGroup",
    "Unit",
    "UrgentContact",
    "UrgentTrack",
    "agreed",
    "answer_due",
    "by_field",
    "case_timetable",
    "commands",
    "covered_side",
    "due_at",
    "events",
    "holding",
    "latest_extension",
    "live_clocks",
    "longest_pause",
    "may_reopen",
    "may_skip",
    "overdue",
    "post_id",
    "reads",
    "reopens_until",
    "sees",
    "stage_clock",
]
