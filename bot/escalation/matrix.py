"""Everybody whom a case can know, in every state that it can be in: a case for each, made of its events.

The page `docs/who-sees-what.md` is made from these cases, and the tests press every button on them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import replay
from bot.escalation.policy import Policy, Role, Side
from bot.escalation.seeing import ACTS, Act, Sight, Wish, refusal, sees

Reader = Literal[
    "raiser", "raiser_cover", "raising_manager", "receiving_manager", "away", "safeguarding_lead",
    "coordinator", "copied", "informed", "invited", "learning_lead", "removed", "colleague", "stranger",
]  # fmt: skip
"""As what somebody may look at a case. `away` is a manager who has left their part to a deputy for a while;
the learning lead reads what is learnt from all cases, and is on none; `removed` was on the case and is not
any more; a colleague was never; a stranger's account is linked to nobody."""
State = Literal["open", "answered", "paused", "meeting", "closure_waiting", "closed", "withdrawn", "training"]
READERS: tuple[Reader, ...] = get_args(Reader)
STATES: tuple[State, ...] = get_args(State)
NOT_ON_IT: tuple[Reader, ...] = ("learning_lead", "removed", "colleague", "stranger")
CHECK = "letter"
NOTES: dict[Side, str] = {
    "raising": "Between us on the raising side.",
    "receiving": "Between us on the receiving side.",
}
"""The notes that each side of these cases keeps for itself."""


def with_everything(policy: Policy) -> Policy:
    """The ladder with all that a ladder can allow to somebody: a pause, opening again, withdrawing by the
    manager too, going up early, an outcome that others agree to, a meeting, a question after closing."""
    data: dict[str, Any] = policy.model_dump(mode="json", exclude_none=True)
    data["moves"] |= {
        "skip": {"by": ["raiser"]},
        "pause": {"by": ["raiser", "receiving_manager"], "at_most": "5 working days"},
        "withdraw": {"by": ["raiser", "raising_manager"]},
        "reopen": {"by": ["raiser", "safeguarding_lead"], "within": "10 working days"},
    }
    data["closing"] = {"agree": ["raiser", "receiving_manager"]}
    data["after_closing"] = [
        {"id": CHECK, "question": "Is it in writing?", "ask": "receiving_manager", "within": "2 working days",
         "tell": ["raiser"]},
    ]  # fmt: skip
    data["stages"][0]["meeting"] = {
        "convener": "team_manager", "chair": "partnership/independent_chair", "quorum": 2, "decides": False,
    }  # fmt: skip
    return Policy.model_validate(data)


def events_of(
    state: State, people: Mapping[Reader, str], agencies: tuple[str, str], policy: Policy, now: datetime,
    case_id: str, reference: str,
) -> tuple[e.Event, ...]:  # fmt: skip
    """What happened to a case in this state, which each of these people (reader → id) is or was on, as such;
    `agencies` are the raising and the receiving one. Its policy is that of `with_everything`."""
    raised = e.CaseRaised(
        at=now, by=people["raiser"], case=case_id, reference=reference,
        training="PRACTISE" if state == "training" else "", policy=policy, raising_agency=agencies[0],
        receiving_agency=agencies[1], concern=_CONCERN,
    )  # fmt: skip
    return (raised, *_joined(people, now), *_then(state, people, now))


_CONCERN = e.Concern(
    child_reference="HV-2231", decision="No further action.", risk="Weight loss since September.",
    request="An assessment this week.", phone="07700 900101", spoken=e.Spoken(happened=False),
)  # fmt: skip


def _joined(people: Mapping[Reader, str], now: datetime) -> tuple[e.Event, ...]:
    """How each of them came onto the case, and one left it again."""
    manager = e.Party(person=people["receiving_manager"], post="Team manager", covers=people["away"])
    parties = e.Parties(
        raising=e.Party(person=people["raising_manager"], post="Team lead"),
        receiving=e.Party(person=people["removed"], post="Deputy"),
    )
    asked = (people["raiser"], people["raising_manager"], people["safeguarding_lead"])
    invited = (people["raiser"], people["raising_manager"], people["receiving_manager"], people["invited"])
    return (
        e.StageEntered(at=now, stage=1, parties=parties, because="raised"),
        e.HandedOver(at=now, by=people["removed"], side="receiving", to=manager),
        e.Left(at=now, by=people["removed"], people=(people["removed"],), why="handed_over"),
        e.AnswersFor(at=now, by=people["raiser"], person=people["raiser_cover"]),
        e.Copied(at=now, people=(people["copied"],), on="stage", sees="case"),
        e.Copied(at=now, people=(people["informed"],), on="stage", sees="notice"),
        e.Prompted(at=now, level=3, people=asked, coordinator=people["coordinator"]),
        e.MeetingCalled(
            at=now, by=people["receiving_manager"], when=now, where="Room 4", invited=invited
        ),
        _note("raising", people["raising_manager"], now),
        _note("receiving", people["receiving_manager"], now),
        e.Answered(at=now, by=people["receiving_manager"], text="The decision stands."),
        e.AnswerNotAccepted(at=now, by=people["raiser"], reason="The children are hungry."),
    )  # fmt: skip


def _note(side: Side, by: str, now: datetime) -> e.Shared:
    return e.Shared(at=now, by=by, side=side, text=NOTES[side], with_both=False)


def _then(state: State, people: Mapping[Reader, str], now: datetime) -> tuple[e.Event, ...]:
    """What brought it into its state."""
    raiser, manager = people["raiser"], people["receiving_manager"]
    answered = e.Answered(at=now, by=manager, text="We look at it again.")
    match state:
        case "open" | "training":
            tomorrow = now + timedelta(days=1)
            return (
                e.MoreTimeAsked(at=now, by=manager, until=tomorrow, reason="The file.", asked=(raiser,)),
                e.TalkRecorded(at=now, by=manager, side="receiving", who="Both", when=now, agreed="A visit."),
            )
        case "answered":
            return (answered,)
        case "paused":
            return (e.Paused(at=now, by=raiser, until=now + timedelta(days=2), reason="A visit first."),)
        case "meeting":
            invited = (raiser, people["raising_manager"], manager, people["invited"])
            return (e.MeetingCalled(at=now, by=manager, when=now, where="Room 5", invited=invited),)
        case "closure_waiting":
            waiting: tuple[Role, ...] = ("receiving_manager",)
            chosen = e.ClosureProposed(
                at=now, by=raiser, outcome="agreed_plan", note="A visit.", waiting=waiting
            )
            return answered, chosen
        case "closed":
            closed = e.Closed(at=now, by=raiser, outcome="agreed_plan", note="A visit.")
            return answered, closed, e.CheckAsked(at=now, check=CHECK, person=manager)
        case "withdrawn":
            lead = people["safeguarding_lead"]
            return (e.Withdrawn(at=now, by=raiser, reason="It was settled by phone.", lead=lead),)


def case_in(state: State, policy: Policy, now: datetime) -> Case:
    """The case whose people are called by their parts."""
    people: dict[Reader, str] = {reader: reader for reader in READERS}
    agencies = ("raising agency", "receiving agency")
    return replay(events_of(state, people, agencies, policy, now, state, "BR-00000"))


def may(case: Case, reader: str, act: Act, now: datetime, chair: str = "") -> bool:
    """Whether the person may do this now. In these cases the meeting's chair is who is invited to it."""
    return refusal(Wish(case, reader, now, chair), act) is None


def allowed(state: State, policy: Policy, now: datetime) -> dict[Act, tuple[Reader, ...]]:
    """Who may do what in this state."""
    case = case_in(state, policy, now)
    return {act: tuple(one for one in READERS if may(case, one, act, now, "invited")) for act in ACTS}


def seeing(state: State, policy: Policy, now: datetime, sight: Sight) -> tuple[Reader, ...]:
    """Who sees this of the case in this state."""
    case = case_in(state, policy, now)
    return tuple(one for one in READERS if sees(case, one, sight))
