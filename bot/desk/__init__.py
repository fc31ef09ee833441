"""What can be done: each act of a person, or of a clock, is one unit of work.

The conversations see a case through this package: its state, its clocks, and the commands that change it.
"""

from bot.desk.desk import Acted, Desk, House, NotOnCase
from bot.desk.training import TrainingGroup
from bot.desk.view import CaseView
from bot.escalation import commands, events
from bot.escalation.case import Case
from bot.escalation.clocks import agreed, answer_due, live_clocks, overdue, stage_clock
from bot.escalation.decide import Refusal, Stale
from bot.escalation.policy import Policy, Side

__all__ = [
    "Acted",
    "Case",
    "CaseView",
    "Desk",
    "House",
    "NotOnCase",
    "Policy",
    "Refusal",
    "Side",
    "Stale",
    "TrainingGroup",
    "agreed",
    "answer_due",
    "commands",
    "events",
    "live_clocks",
    "overdue",
    "stage_clock",
]
