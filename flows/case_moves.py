"""The buttons of a case: what each reader can do with it now, the next step first."""

from bot.chat.card import Button, Style, button
from bot.desk import CaseView, Side, agreed, may_skip, overdue
from flows import case_actions as a
from flows.case_state import words
from flows.correcting import filed_button
from flows.entries import OpenTimeline, OpenUrgent, StartRaising


def raiser_safety(view: CaseView) -> tuple[Button, ...]:
    """On every card of the raiser, while the case is open."""
    case = view.case
    if not case.open:
        return ()
    risk = button(words("label.risk"), a.StartRisk(case=case.id), opens_form=True)
    urgent = button(words("label.urgent"), OpenUrgent(case=case.id), "danger")
    return (urgent, risk) if view.may("change_risk") else (urgent,)


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
    if not view.may("accept"):
        return ()
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
    if not view.may("go_up"):
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
    return (*talk_button(view), *pausing(view), *_answering(view), *withdrawing(view))


def _answering(view: CaseView) -> tuple[Button, ...]:
    """A colleague who answers for the raiser, or no more: the raiser alone says so."""
    case = view.case
    if not view.may("let_answer") or case.training:
        return ()
    if case.answers_for:
        return (button(words("label.answer_myself"), a.AnswerMyself(case=case.id)),)
    return (button(words("label.let_answer"), a.StartLetAnswer(case=case.id), opens_form=True),)


def withdrawing(view: CaseView) -> tuple[Button, ...]:
    """Taking the case back, for whom the policy allows it."""
    if not view.may("withdraw"):
        return ()
    return (button(words("label.withdraw"), a.StartWithdraw(case=view.case.id), opens_form=True),)


def pausing(view: CaseView) -> tuple[Button, ...]:
    """A pause, or its end, for whom the policy allows it."""
    case = view.case
    if view.may("resume"):
        return (button(words("label.resume"), a.Resume(case=case.id)),)
    if not view.may("pause"):
        return ()
    return (button(words("label.pause"), a.StartPause(case=case.id), opens_form=True),)


def reopening(view: CaseView) -> tuple[Button, ...]:
    """Opening a closed case again, for whom and as long as the policy allows it."""
    if not view.may("reopen"):
        return ()
    return (button(words("label.reopen"), a.StartReopen(case=view.case.id), opens_form=True),)


def record_buttons(view: CaseView) -> tuple[Button, ...]:
    """Writing and the timetable while the case is open; its history and its record at any time."""
    case = view.case
    write = button(words("label.write"), a.StartWrite(case=case.id), opens_form=True)
    note = button(words("label.note"), a.StartNote(case=case.id), opens_form=True)
    return (
        *((note,) if view.may("note") else ()),
        *((write,) if view.may("share") else ()),
        *((button(words("label.timetable"), a.ShowTimetable(case=case.id)),) if case.open else ()),
        *filed_button(view),
        button(words("label.timeline"), OpenTimeline(case=case.id)),
        button(words("label.record"), a.ShowRecord(case=case.id)),
    )


def talk_button(view: CaseView) -> tuple[Button, ...]:
    if not view.may("record_talk"):
        return ()
    return (button(words("label.talk"), a.StartTalk(case=view.case.id), opens_form=True),)


def closure_buttons(view: CaseView) -> tuple[Button, ...]:
    """To agree to the outcome that the raiser chose, or not."""
    case = view.case
    if case.closure is None or not view.may("agree_closure"):
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
    if case.meeting is not None and case.meeting.quorate:
        return ()
    found: list[Button] = []
    called = case.meeting is not None and case.meeting.held_at is None
    if view.may("call_meeting"):
        label = words("label.meeting_again" if called else "label.meeting")
        style: Style = "default" if called else "primary"
        found.append(
            button(label, a.StartMeeting(case=case.id, stage=case.stage_number), style, opens_form=True)
        )
    if called and view.may("hold_meeting"):
        minutes = a.StartMinutes(case=case.id, stage=case.stage_number)
        found.append(button(words("label.minutes"), minutes, "primary", opens_form=True))
    return tuple(found)


def check_buttons(view: CaseView) -> tuple[Button, ...]:
    """The questions after closing that this reader is asked and has not answered."""
    case = view.case
    return tuple(
        button(words("label.check"), a.StartCheck(case=case.id, check=check), "primary", opens_form=True)
        for check in case.checks
        if view.may("answer_check", check)
    )


def party_buttons(view: CaseView, side: Side) -> tuple[Button, ...]:
    """For whoever was messaged at this stage."""
    case, buttons = view.case, list[Button]()
    stage = case.stage_number
    seen = side in case.acknowledged
    if view.may("acknowledge"):
        acknowledge = a.Acknowledge(case=case.id, stage=stage)
        buttons.append(button(words("label.acknowledge"), acknowledge, "primary"))
    buttons += closure_buttons(view)
    if side == "receiving":
        buttons += _receiving(view, seen)
    elif can_go_up(view):
        buttons.append(_go_up(view))
    buttons += talk_button(view)
    buttons += pausing(view)
    if view.may("hand_over"):
        hand_over = a.StartHandOver(case=case.id, stage=stage)
        buttons.append(button(words("label.hand_over"), hand_over, opens_form=True))
    backs = not case.speaks_as_raiser(view.reader) and not case.unbacked and view.may("hand_over")
    if backs and view.may("refuse_backing"):
        backing = a.StartBacking(case=case.id, stage=stage)
        buttons.append(button(words("label.backing"), backing, opens_form=True))
    if not case.speaks_as_raiser(view.reader):
        buttons += withdrawing(view)
    return tuple(buttons)


def _receiving(view: CaseView, seen: bool) -> list[Button]:
    case, stage = view.case, view.case.stage_number
    buttons = list(meeting_buttons(view))
    if view.may("identify"):
        buttons.append(button(words("label.identify"), a.StartIdentify(case=case.id), opens_form=True))
    if view.may("answer"):
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
