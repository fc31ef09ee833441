"""The ladder: a partnership's escalation policy as data, and what makes it sound."""

from bot.escalation.policy.clocks import ANSWERS, Clock, ClockName, Expiry, Starts, Within
from bot.escalation.policy.parts import PRACTITIONER, RAISER, Role, Side
from bot.escalation.policy.policy import Policy, Standing
from bot.escalation.policy.retention import Retention, Rule, Span
from bot.escalation.policy.rules import (
    Allowed,
    Cap,
    Check,
    CopiedEvent,
    Copy,
    Exclusion,
    Outcome,
    Priority,
    UrgentContact,
    UrgentTrack,
    answering,
    opens,
)  # fmt: skip
from bot.escalation.policy.sound import RESERVED_OUTCOMES
from bot.escalation.policy.stages import Meeting, Question, Stage, StageForm

__all__ = [
    "ANSWERS",
    "PRACTITIONER",
    "RAISER",
    "RESERVED_OUTCOMES",
    "Allowed",
    "Cap",
    "Check",
    "Clock",
    "ClockName",
    "CopiedEvent",
    "Copy",
    "Exclusion",
    "Expiry",
    "Meeting",
    "Outcome",
    "Policy",
    "Priority",
    "Question",
    "Retention",
    "Role",
    "Rule",
    "Side",
    "Span",
    "Stage",
    "StageForm",
    "Standing",
    "Starts",
    "UrgentContact",
    "UrgentTrack",
    "Within",
    "answering",
    "opens",
]
