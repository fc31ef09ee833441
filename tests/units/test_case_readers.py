"""Who sees a case when the coordinator, who only finds people for it, is also told of it by the policy."""

from typing import Any

from bot.escalation import commands as c
from bot.people.entries import PLATFORMS
from tests.units.cases import DIRECTORY, Played, raised, standing_in
from tests.units.rich_policy import policy_with

COORDINATOR = DIRECTORY.coordinator
OFFICE = {"agency": "partnership", "post": "partnership_office", "holder": COORDINATOR, "deputies": ()}
STANDING = standing_in(
    DIRECTORY.model_validate(
        {**DIRECTORY.model_dump(), "posts": [*DIRECTORY.model_dump()["posts"], OFFICE]},
        context={"platforms": PLATFORMS},
    )
)
COPY: dict[str, Any] = {"to": "partnership/partnership_office", "on": ["stage"], "sees": "case"}
MEETING: dict[str, Any] = {
    "convener": "team_manager", "chair": "team_manager", "invite": ["partnership/partnership_office"],
    "quorum": 2, "decides": False,
}  # fmt: skip


def _role(played: Played) -> str:
    return played.open_case.members[COORDINATOR].role


def test_a_coordinator_with_a_copy_reads_on_when_the_case_stands_still() -> None:
    """Being asked to ring somebody takes nothing away from who reads the case by the policy."""
    played = raised(policy=policy_with(copies=[COPY]), standing=STANDING)
    while played.open_case.prompts < 3:
        played.wait()
    assert ("stands_still", COORDINATOR) in played.told_since(0)
    assert _role(played) == "copied"


def test_a_coordinator_who_is_invited_to_the_meeting_reads_the_case() -> None:
    """Whoever was asked before to find somebody sees more once the policy invites them."""
    clocks = [{"name": "meet", "starts": "messaged", "within": "2 working hours"}]
    stage = {"receiving": ["team_manager"], "meeting": MEETING, "clocks": clocks}
    played = raised(policy=policy_with(stages={1: stage}), standing=STANDING)
    while played.open_case.prompts < 3:
        played.wait()
    assert _role(played) == "coordinator"
    played.do(c.CallMeeting("helen", 1, played.now.replace(year=2027), "Room 4"))
    assert _role(played) == "invited"


def test_a_coordinator_with_a_copy_who_then_stands_in_can_hand_over() -> None:
    """At a stage that nobody holds the case is never with somebody who can only read."""
    nobody = frozenset({"tom", "noor", "dana", "ruth"})
    played = raised(policy=policy_with(copies=[COPY]), standing=STANDING)
    assert _role(played) == "copied"
    played.do(c.Answer("helen", 1, "The decision stands."))
    played.do(c.NotAccept("jo", 1, 1, "The children are hungry.", nobody))
    assert played.open_case.now_with.receiving.stands_in
    played.do(c.HandOver(COORDINATOR, 2, "grace", "She takes it."))
    assert played.open_case.now_with.receiving.person == "grace"
