"""The example ladder with everything that a policy can say, for the tests of the heart."""

from typing import Any

from bot.escalation.policy import Policy
from tests.units.cases import POLICY


def policy_with(*, stages: dict[int, dict[str, Any]] | None = None, **changes: Any) -> Policy:
    """The example ladder with other values: `stages` gives those of a stage by its number."""
    data = POLICY.model_dump(mode="json", exclude_none=True) | changes
    for number, changed in (stages or {}).items():
        data["stages"][number - 1] |= changed
    return Policy.model_validate(data)


ANSWER: dict[str, Any] = {"name": "respond", "starts": "messaged", "within": "2 working hours"}
SEEN: dict[str, Any] = {"name": "acknowledge", "starts": "messaged", "within": "30 working minutes"}

RICH = policy_with(
    priorities=[{"id": "high", "label": "High"}, {"id": "normal", "label": "Normal"}],
    urgent_track={"label": "24 hours", "when": "A child may come to significant harm."},
    caps=[
        {"first": 1, "last": 3, "within": "5 working days", "track": "ordinary"},
        {"first": 1, "last": 3, "within": "24 hours", "track": "urgent", "when_due": "go_up"},
    ],
    moves={
        "skip": {"by": "raiser"},
        "bypass": {"by": ["raiser", "raising_manager"]},
        "extend": {"by": "raising_manager", "at_most": "5 working days", "times": 2},
        "pause": {"by": ["raiser", "receiving_manager"], "at_most": "5 working days"},
        "withdraw": {"by": ["raiser", "raising_manager"]},
        "reopen": {"by": ["raiser"], "within": "10 working days"},
    },
    reach={"nobody_left": "partnership/business_manager", "next_way_after": "50%"},
    copies=[
        {"to": "partnership/independent_chair", "on": ["stage", "closed"], "from_stage": 2, "sees": "case"},
        {"to": "service_manager", "side": "receiving", "on": ["stage", "answer"], "sees": "notice"},
    ],
    closing={"agree": ["raiser", "receiving_manager"]},
    after_closing=[
        {"id": "letter", "question": "Is it in writing?", "ask": "receiving_manager",
         "within": "48 hours", "tell": ["raiser"]},
        {"id": "actions", "question": "Is it done?", "ask": "raiser", "after": "10 working days",
         "tell": ["receiving_manager", "raising_manager"]},
    ],
    stages={
        1: {
            "raising": ["raiser"], "receiving": ["practitioner", "team_manager"],
            "clocks": [
                {"name": "review", "starts": "messaged",
                 "within": {"high": "4 working hours", "normal": "2 working days"}, "when_due": "remind"},
                {"name": "confirm", "starts": "talked", "within": "2 working days"},
                {"name": "decide", "starts": "answered", "within": "same working day"},
            ],
        },
        2: {
            "receiving": ["team_manager"], "raising": ["line_manager"],
            "clocks": [SEEN, SEEN | {"owner": "raising"}, {"name": "agree_plan", "starts": "acknowledged",
                       "within": "1 working day", "or_sooner": True, "tell": ["service_manager"]},
                       {"name": "notify", "starts": "messaged", "within": "1 working hour"}],
        },
        3: {
            "verbal": False,
            "form": {"name": "Record of challenge",
                     "questions": [{"id": "tried", "label": "What was tried?"}]},
            "clocks": [ANSWER | {"within": "not set"}],
            "agencies": {"school": ["none"]},
            "urgent": {"clocks": [ANSWER | {"within": "90 minutes"}]},
        },
        4: {
            "receiving": ["partnership/independent_chair"], "raising": ["strategic_lead"],
            "clocks": [{"name": "meet", "starts": "messaged", "within": "5 working days"}],
            "meeting": {"convener": "partnership/independent_chair", "chair": "partnership/independent_chair",
                        "invite": ["service_manager"], "quorum": 3, "decides": False},
        },
    },
)  # fmt: skip
"""Practitioners first, priorities, two tracks, caps, copies, a form, a missing rung, a meeting, agreement."""
