"""What can be done: each act of a person, or of a clock, is one unit of work.

The conversations see a case through this package: its state, its clocks, and the commands that change it.
"""

from bot.desk.desk import Acted, Desk, Filing, House, NotOnCase
from bot.desk.training import TrainingGroup
from bot.desk.view import CaseView
from bot.escalation import commands, events
from bot.escalation.case import NOT_SHOWN, READING, Case
from bot.escalation.clocks import agreed, answer_due, due_at, live_clocks, overdue, stage_clock
from bot.escalation.decide import Refusal, Stale, may_reopen, may_skip, reopens_until
from bot.escalation.policy import Clock, Policy, Side, Stage, UrgentContact
from bot.escalation.timetable import ClockTime, StageTimes, case_timetable

__all__ = [
    "NOT_SHOWN",
    "READING",
    "Acted",
    "Case",
    "CaseView",
    "Clock",
    "ClockTime",
    "Desk",
    "Filing",
    "House",
    "NotOnCase",
    "Policy",
    "Refusal",
    "Side",
    "Stage",
    "StageTimes",
    "Stale",
    "TrainingGroup",
    "UrgentContact",
    "agreed",
    "answer_due",
    "case_timetable",
    "commands",
    "due_at",
    "events",
    "live_clocks",
    "may_reopen",
    "may_skip",
    "overdue",
    "reopens_until",
    "stage_clock",
]
