"""Who sees what of a case, and who may do what on it now.

Asked in one place by all: the desk before it shows or carries out anything, the cards for the buttons that
they offer, the notices for who is told, and the page `docs/who-sees-what.md`, which is made from it. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from bot.escalation import events as e
from bot.escalation.case import NOT_SHOWN, READING, Case
from bot.escalation.clock import due
from bot.escalation.clocks import agreed, overdue
from bot.escalation.policy import Role, Side
from bot.escalation.refusal import Already, NotTheirs, Refusal, Stale

Sight = Literal["that_it_is", "case", "notes_raising", "notes_receiving"]
"""What can be seen: that there is such a case (and that somebody is needed for it), the case itself with its
timeline and record, and the notes that each side keeps for itself."""
Act = Literal[
    "show_urgent", "acknowledge", "identify", "answer", "ask_more_time", "decide_more_time", "hand_over",
    "take_back", "let_answer", "record_talk", "confirm_talk", "share", "note", "change_risk",
    "refuse_backing", "accept", "not_accept", "go_up", "withdraw", "pause", "resume", "agree_closure",
    "call_meeting", "hold_meeting", "answer_check", "reopen", "confirm_filed", "correct",
]  # fmt: skip
"""What a person can do on a case. `note` is for one's own side, `share` for both."""
_NOTES: dict[str, Sight] = {"raising": "notes_raising", "receiving": "notes_receiving"}
SIGHTS: tuple[Sight, ...] = get_args(Sight)
ACTS: tuple[Act, ...] = get_args(Act)
AFTER_CLOSING: tuple[Act, ...] = ("answer_check", "reopen", "confirm_filed")
"""What can be done on a closed case, and on no other."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody wants to do something at `now`. `chair` writes the minutes of the stage's meeting; `check` is
    the question after closing that is meant, empty for any that this person is asked."""

    case: Case
    person: str
    now: datetime
    chair: str = ""
    check: str = ""


def sees(case: Case, person: str, sight: Sight) -> bool:
    member = case.members.get(person)
    if member is None:
        return False
    if sight == "that_it_is":
        return True
    if member.role in NOT_SHOWN:
        return False
    return sight == "case" or _NOTES.get(member.side) == sight


def reads(case: Case, person: str, event: e.Event) -> bool:
    """Whether this person, who sees the case, may read of this event: not the words that their author kept on
    the other side, nor why a manager there does not back the raiser."""
    if isinstance(event, e.BackingRefused):
        return sees(case, person, "notes_raising")
    if isinstance(event, e.Shared) and not event.with_both:
        return sees(case, person, _NOTES[event.side])
    if isinstance(event, e.Corrected) and event.private_to:
        return sees(case, person, _NOTES[event.private_to])
    return sees(case, person, "case")


def refusal(wish: Wish, act: Act) -> Refusal | None:
    """Why this person can't do this now; None where they can. What depends on the words of the act itself (a
    time, an outcome, a colleague) is decided with it."""
    return outside(wish, act) or _RULES[act](wish)


def outside(wish: Wish, act: Act) -> Refusal | None:
    """The first part of it: whoever is not on the case, only finds people for it, is only told of it or only
    reads it; and what is over with the case."""
    case, member = wish.case, wish.case.members.get(wish.person)
    if member is None:
        return NotTheirs("not_on_case")
    if act == "show_urgent":
        return None
    if member.role in NOT_SHOWN and not (member.role == "coordinator" and act == "hand_over"):
        return NotTheirs("only_finds_who" if member.role == "coordinator" else "only_told")
    if member.role in READING and act not in ("hold_meeting", "correct"):
        return NotTheirs("only_reading")
    if act == "correct":
        return None
    if act == "confirm_filed" and case.open:
        return Refusal("filed_once_closed")
    if act in AFTER_CLOSING:
        return Stale(e.Reopened.kind) if case.open else None
    if case.ending is not None:
        return Stale(e.Withdrawn.kind if case.ending.outcome == "withdrawn" else e.Closed.kind)
    return None


def _unless(so: bool, why: str) -> Refusal | None:
    return None if so else NotTheirs(why)


def _messaged(wish: Wish, side: Side, why: str) -> Refusal | None:
    """Only whoever was messaged for this side at the present stage."""
    here = wish.case.party_side(wish.person)
    return None if here == side else NotTheirs("not_messaged" if here is None else why)


def _of_side(wish: Wish, side: Side, why: str) -> Refusal | None:
    return _unless(wish.case.side_of(wish.person) == side, why)


def _of_a_side(wish: Wish) -> Refusal | None:
    return _unless(wish.case.side_of(wish.person) is not None, "only_reading")


def _raiser(wish: Wish) -> Refusal | None:
    return _unless(wish.case.speaks_as_raiser(wish.person), "raiser_only")


def _unanswered(wish: Wish) -> Refusal | None:
    return Stale(e.Answered.kind) if wish.case.proposal is not None else None


def _acknowledge(wish: Wish) -> Refusal | None:
    side = wish.case.party_side(wish.person)
    if side is None:
        return NotTheirs("not_messaged")
    seen = wish.case.acknowledged.get(side)
    if seen is None:
        return None
    return Already() if seen.by == wish.person else Stale(e.Acknowledged.kind)


def _identify(wish: Wish) -> Refusal | None:
    known = Already() if wish.case.identified is not None else None
    return _of_side(wish, "receiving", "identify_other_side") or known


def _answers(wish: Wish) -> Refusal | None:
    """An answer, or more time for one."""
    return _messaged(wish, "receiving", "answer_other_side") or _unanswered(wish)


def _decide_more_time(wish: Wish) -> Refusal | None:
    case, asked = wish.case, wish.case.more_time.asked if wish.case.more_time else ()
    theirs = wish.person in asked or case.may(wish.person, case.policy.moves.extend.by)
    barred = _of_side(wish, "raising", "more_time_other_side") or _unless(theirs, "more_time_somebody_else")
    if barred or case.proposal is not None:
        return barred or _unanswered(wish)
    if case.more_time is not None:
        return None
    return Stale(e.MoreTimeAgreed.kind if case.respond_by else e.MoreTimeRefused.kind)


def _hand_over(wish: Wish) -> Refusal | None:
    side = wish.case.party_side(wish.person)
    if side is None:
        return NotTheirs("not_messaged")
    return _unless(wish.case.now_with.of(side).person == wish.person, "has_not_the_stage")


def _take_back(wish: Wish) -> Refusal | None:
    return _unless(covered_side(wish.case, wish.person) is not None, "nothing_to_take_back")


def _let_answer(wish: Wish) -> Refusal | None:
    return _unless(wish.person == wish.case.raiser, "raiser_only")


def _confirm_talk(wish: Wish) -> Refusal | None:
    case = wish.case
    if case.talk is None:
        return Stale(e.AnswerNotAccepted.kind if case.round > 1 else e.StageEntered.kind)
    if case.talk.confirmed_by:
        return Already()
    return _of_a_side(wish) or _unless(case.talk.side != case.side_of(wish.person), "confirm_own_talk")


def _change_risk(wish: Wish) -> Refusal | None:
    return _of_side(wish, "raising", "risk_other_side")


def _refuse_backing(wish: Wish) -> Refusal | None:
    own = _unless(wish.person != wish.case.raiser, "backing_other_side")
    return _messaged(wish, "raising", "backing_other_side") or own


def _reply(wish: Wish) -> Refusal | None:
    """That an answer settles it, or does not."""
    there = wish.case.proposal is not None or agreed(wish.case)
    return _raiser(wish) or (None if there else Refusal("no_answer_yet"))


def _accept(wish: Wish) -> Refusal | None:
    chosen = Stale(e.ClosureProposed.kind) if wish.case.closure is not None else None
    return _reply(wish) or chosen


def _go_up(wish: Wish) -> Refusal | None:
    case = wish.case
    barred = _of_side(wish, "raising", "go_up_other_side")
    if barred or case.next_stage is None:
        return barred or Refusal("last_stage")
    return None if may_skip(case, wish.person) else _still_waiting(case)


def _still_waiting(case: Case) -> Refusal | None:
    """Going up is for a deadline that has passed and that nobody has met since."""
    if case.proposal is not None:
        return Stale(e.Answered.kind)
    if agreed(case):
        return Stale(e.TalkConfirmed.kind)
    if overdue(case):
        return None
    met_late = any("acknowledge:receiving" in key for key in case.ran_out)
    return Stale(e.Acknowledged.kind) if met_late else Refusal("nothing_overdue")


def _withdraw(wish: Wish) -> Refusal | None:
    case = wish.case
    return _unless(case.may(wish.person, case.policy.moves.withdraw.by), "withdraw_somebody_else")


def _pause(wish: Wish) -> Refusal | None:
    case, may = wish.case, wish.case.policy.moves.pause
    if may is None:
        return Refusal("no_pausing")
    running = Stale(e.Paused.kind) if case.paused is not None else None
    return _unless(case.may(wish.person, may.by), "pause_somebody_else") or running


def _resume(wish: Wish) -> Refusal | None:
    case, may = wish.case, wish.case.policy.moves.pause
    if case.paused is None:
        return Stale(e.Resumed.kind)
    roles: tuple[Role, ...] = (*(may.by if may else ()), "raiser", "receiving_manager")
    return _unless(case.may(wish.person, roles), "pause_somebody_else")


def _agree_closure(wish: Wish) -> Refusal | None:
    closure = wish.case.closure
    if closure is None:
        return Stale(e.ClosureRefused.kind)
    asked = any(wish.person in holding(wish.case, role) for role in closure.waiting)
    return _unless(asked, "closure_not_asked")


def _call_meeting(wish: Wish) -> Refusal | None:
    if wish.case.stage.meeting is None:
        return Refusal("no_meeting")
    convenes = wish.person in wish.case.now_with.people("receiving")
    return _unless(convenes, "convener_only") or _unanswered(wish)


def _hold_meeting(wish: Wish) -> Refusal | None:
    case, called = wish.case, wish.case.meeting
    if case.stage.meeting is None:
        return Refusal("no_meeting")
    if called is None:
        return Refusal("no_meeting_called")
    writes = wish.person in (wish.chair, *case.now_with.people("receiving"))
    if not writes:
        return NotTheirs("chair_only")
    settled = called.held_at is not None and called.quorate
    return Stale(e.MeetingHeld.kind) if settled else _unanswered(wish)


def _answer_check(wish: Wish) -> Refusal | None:
    checks = {one: state for one, state in wish.case.checks.items() if wish.check in ("", one)}
    if not checks:
        return Stale(e.Reopened.kind)
    mine = [state for state in checks.values() if state.person == wish.person]
    if not mine:
        return NotTheirs("check_somebody_else")
    return None if any(state.done is None for state in mine) else Stale(e.CheckAnswered.kind)


def _reopen(wish: Wish) -> Refusal | None:
    case, may, until = wish.case, wish.case.policy.moves.reopen, reopens_until(wish.case)
    if may is None or until is None:
        return Refusal("no_reopening")
    late = Refusal("too_late_to_reopen") if wish.now > until else None
    return _unless(case.may(wish.person, may.by), "reopen_somebody_else") or late


def _confirm_filed(wish: Wish) -> Refusal | None:
    """Each side for its own agency; nobody files practice."""
    case, side = wish.case, wish.case.side_of(wish.person)
    known = Already() if side in case.filed else None
    return _of_a_side(wish) or known


_RULES: dict[Act, Callable[[Wish], Refusal | None]] = {
    "show_urgent": lambda wish: None,
    "acknowledge": _acknowledge,
    "identify": _identify,
    "answer": _answers,
    "ask_more_time": _answers,
    "decide_more_time": _decide_more_time,
    "hand_over": _hand_over,
    "take_back": _take_back,
    "let_answer": _let_answer,
    "record_talk": _of_a_side,
    "confirm_talk": _confirm_talk,
    "share": _of_a_side,
    "note": _of_a_side,
    "change_risk": _change_risk,
    "refuse_backing": _refuse_backing,
    "accept": _accept,
    "not_accept": _reply,
    "go_up": _go_up,
    "withdraw": _withdraw,
    "pause": _pause,
    "resume": _resume,
    "agree_closure": _agree_closure,
    "call_meeting": _call_meeting,
    "hold_meeting": _hold_meeting,
    "answer_check": _answer_check,
    "reopen": _reopen,
    "confirm_filed": _confirm_filed,
    "correct": lambda wish: None,
}


# What these rules, and those who draw cards, look up in a case


def covered_side(case: Case, person: str) -> Side | None:
    """The side on which somebody has this person's part of the present stage for them."""
    sides: tuple[Side, ...] = ("receiving", "raising")
    return next((side for side in sides if case.open and case.now_with.of(side).covers == person), None)


def holding(case: Case, role: Role) -> tuple[str, ...]:
    """Who has this part now: of the managers those of the present stage; never who only stands in."""
    if role == "raiser":
        return (case.raiser,)
    if role == "safeguarding_lead":
        return tuple(person for person in case.members if case.holds(person, role))
    parties = case.now_with.all_of("raising" if role == "raising_manager" else "receiving")
    return tuple(party.person for party in parties if not party.stands_in)


def may_skip(case: Case, person: str) -> bool:
    """Whether the policy lets this person take the case up before anything is late."""
    moves = case.policy.moves
    ways = [way for way in (moves.skip, moves.bypass) if way is not None]
    return any(case.may(person, way.by) for way in ways)


def reopens_until(case: Case) -> datetime | None:
    """Until when a closed case can be opened again; None where the policy does not let anybody."""
    may = case.policy.moves.reopen
    return due(case.ending.at, may.within, case.policy.calendar) if may and case.ending else None


def may_reopen(case: Case, person: str, now: datetime) -> bool:
    """Whether this person can open the closed case again at this moment."""
    return refusal(Wish(case, person, now), "reopen") is None
