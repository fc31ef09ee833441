"""The buttons of a case: what each reader can do with it now, the next step first."""

from bot.chat.card import Button, Style, button
from bot.desk import CaseView, Side, agreed, holding, may_reopen, may_skip, overdue
from flows import case_actions as a
from flows.case_state import words
from flows.correcting import filed_button
from flows.entries import OpenTimeline, OpenUrgent, StartRaising


def raiser_safety(view: CaseView) -> tuple[Button, ...]:
    """On every card of the raiser, while the case is open."""
    case = view.case
    if not case.open:
        return ()
    return (
        button(words("label.urgent"), OpenUrgent(case=case.id), "danger"),
        button(words("label.risk"), a.StartRisk(case=case.id), opens_form=True),
    )


def raise_another() -> Button:
    """The way to a new escalation, on each card of the raiser."""
    return button(words("label.raise_another"), StartRaising())


def raiser_moves(view: CaseView) -> tuple[Button, ...]:
    """What the raiser can do to move the case on, the next step first."""
    case = view.case
    if not case.open:
        return ()
    waiting = case.proposal is not None or agreed(case)
    if not waiting or case.closure is not None:
        return (_go_up(view, "primary"),) if can_go_up(view) else ()
    label = "label.accept" if case.proposal is not None else "label.close"
    accept = a.StartAccept(case=case.id, stage=case.stage_number, round=case.round)
    refuse = a.StartNotAccept(case=case.id, stage=case.stage_number, round=case.round)
    return (
        button(words(label), accept, "primary", opens_form=True),
        button(words("label.not_accept"), refuse, opens_form=True),
    )


def can_go_up(view: CaseView) -> bool:
    """Whether this reader can take the case up now: something is late, or the policy allows it before."""
    case = view.case
    if not case.open or case.next_stage is None:
        return False
    return overdue(case) or (case.proposal is None and not agreed(case) and may_skip(case, view.reader))


def _go_up(view: CaseView, style: Style = "default") -> Button:
    case = view.case
    label = words("label.go_up" if overdue(case) else "label.go_up_early")
    step = a.StartGoUp(case=case.id, stage=case.stage_number)
    return button(label, step, style if overdue(case) else "default", opens_form=True)


def raiser_rest(view: CaseView) -> tuple[Button, ...]:
    """What else the raiser can do while the case is open."""
    case = view.case
    if not case.open:
        return ()
    return (talk_button(view), *pausing(view), *_answering(view), *withdrawing(view))


def _answering(view: CaseView) -> tuple[Button, ...]:
    """A colleague who answers for the raiser, or no more: the raiser alone says so."""
    case = view.case
    if view.reader != case.raiser or case.training:
        return ()
    if case.answers_for:
        return (button(words("label.answer_myself"), a.AnswerMyself(case=case.id)),)
    return (button(words("label.let_answer"), a.StartLetAnswer(case=case.id), opens_form=True),)


def withdrawing(view: CaseView) -> tuple[Button, ...]:
    """Taking the case back, for whom the policy allows it."""
    case = view.case
    if not case.open or not case.may(view.reader, case.policy.moves.withdraw.by):
        return ()
    return (button(words("label.withdraw"), a.StartWithdraw(case=case.id), opens_form=True),)


def pausing(view: CaseView) -> tuple[Button, ...]:
    """A pause, or its end, for whom the policy allows it."""
    case, pause = view.case, view.case.policy.moves.pause
    if pause is None or not case.open:
        return ()
    if case.paused is not None:
        may_end = case.may(view.reader, (*pause.by, "raiser", "receiving_manager"))
        return (button(words("label.resume"), a.Resume(case=case.id)),) if may_end else ()
    if not case.may(view.reader, pause.by):
        return ()
    return (button(words("label.pause"), a.StartPause(case=case.id), opens_form=True),)


def reopening(view: CaseView) -> tuple[Button, ...]:
    """Opening a closed case again, for whom and as long as the policy allows it."""
    if not may_reopen(view.case, view.reader, view.now):
        return ()
    return (button(words("label.reopen"), a.StartReopen(case=view.case.id), opens_form=True),)


def record_buttons(view: CaseView) -> tuple[Button, ...]:
    """Writing and the timetable while the case is open; its history and its record at any time."""
    case = view.case
    member = case.members[view.reader]
    write = button(words("label.write"), a.StartWrite(case=case.id), opens_form=True)
    return (
        *((write,) if case.open and member.side != "neither" else ()),
        *((button(words("label.timetable"), a.ShowTimetable(case=case.id)),) if case.open else ()),
        *filed_button(view),
        button(words("label.timeline"), OpenTimeline(case=case.id)),
        button(words("label.record"), a.ShowRecord(case=case.id)),
    )


def talk_button(view: CaseView) -> Button:
    return button(words("label.talk"), a.StartTalk(case=view.case.id), opens_form=True)


def closure_buttons(view: CaseView) -> tuple[Button, ...]:
    """To agree to the outcome that the raiser chose, or not."""
    case = view.case
    asked = (one for role in (case.closure.waiting if case.closure else ()) for one in holding(case, role))
    if case.closure is None or view.reader not in asked:
        return ()
    at = case.closure.at
    refuse = a.StartRefuseClosure(case=case.id, proposed_at=at)
    return (
        button(words("label.agree_closure"), a.DecideClosure(case=case.id, proposed_at=at), "primary"),
        button(words("label.refuse_closure"), refuse, opens_form=True),
    )


def meeting_buttons(view: CaseView) -> tuple[Button, ...]:
    """Calling the meeting, for whoever convenes it; the minutes, for its chair too."""
    case = view.case
    convenes = view.reader in case.now_with.people("receiving")
    settled = case.proposal is not None or (case.meeting is not None and case.meeting.quorate)
    if case.stage.meeting is None or not case.open or settled:
        return ()
    found: list[Button] = []
    called = case.meeting is not None and case.meeting.held_at is None
    if convenes:
        label = words("label.meeting_again" if called else "label.meeting")
        style: Style = "default" if called else "primary"
        found.append(
            button(label, a.StartMeeting(case=case.id, stage=case.stage_number), style, opens_form=True)
        )
    if called and (convenes or view.reader == view.chair):
        minutes = a.StartMinutes(case=case.id, stage=case.stage_number)
        found.append(button(words("label.minutes"), minutes, "primary", opens_form=True))
    return tuple(found)


def check_buttons(view: CaseView) -> tuple[Button, ...]:
    """The questions after closing that this reader is asked and has not answered."""
    case = view.case
    return tuple(
        button(words("label.check"), a.StartCheck(case=case.id, check=check), "primary", opens_form=True)
        for check, state in case.checks.items()
        if not case.open and state.person == view.reader and state.done is None
    )


def party_buttons(view: CaseView, side: Side) -> tuple[Button, ...]:
    """For whoever was messaged at this stage."""
    case, buttons = view.case, list[Button]()
    stage = case.stage_number
    seen = side in case.acknowledged
    holds_it = case.now_with.of(side).person == view.reader
    if not seen:
        acknowledge = a.Acknowledge(case=case.id, stage=stage)
        buttons.append(button(words("label.acknowledge"), acknowledge, "primary"))
    buttons += closure_buttons(view)
    if side == "receiving":
        buttons += _receiving(view, seen)
    elif can_go_up(view):
        buttons.append(_go_up(view))
    buttons.append(talk_button(view))
    buttons += pausing(view)
    if holds_it:
        hand_over = a.StartHandOver(case=case.id, stage=stage)
        buttons.append(button(words("label.hand_over"), hand_over, opens_form=True))
    if side == "raising" and not case.speaks_as_raiser(view.reader) and not case.unbacked and holds_it:
        backing = a.StartBacking(case=case.id, stage=stage)
        buttons.append(button(words("label.backing"), backing, opens_form=True))
    if not case.speaks_as_raiser(view.reader):
        buttons += withdrawing(view)
    return tuple(buttons)


def _receiving(view: CaseView, seen: bool) -> list[Button]:
    case, stage = view.case, view.case.stage_number
    buttons = list(meeting_buttons(view))
    if case.identified is None:
        buttons.append(button(words("label.identify"), a.StartIdentify(case=case.id), opens_form=True))
    if case.proposal is None:
        style: Style = "primary" if seen and not buttons else "default"
        answer = a.StartAnswer(case=case.id, stage=stage)
        more_time = a.StartMoreTime(case=case.id, stage=stage)
        buttons.append(button(words("label.answer"), answer, style, opens_form=True))
        buttons.append(button(words("label.more_time"), more_time, opens_form=True))
    return buttons


def onlooker_buttons(view: CaseView, side: Side) -> tuple[Button, ...]:
    """Somebody of the case who was not messaged at this stage: an earlier manager, the safeguarding lead, the
    chair of its meeting."""
    up = (_go_up(view),) if side == "raising" and can_go_up(view) else ()
    return (*closure_buttons(view), *meeting_buttons(view), *up)
