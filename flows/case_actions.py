"""The buttons and forms of a case. Each carries the case, and the stage or step for which it was shown,
so that a late press is recognised. `Start…` opens a form, `Send…` is the form coming back."""

from typing import ClassVar

from pydantic import AwareDatetime

from bot.chat.action import Action


class CaseAction(Action):
    case: str


class StageAction(CaseAction):
    stage: int


class RoundAction(StageAction):
    round: int = 1


class Acknowledge(StageAction):
    name: ClassVar[str] = "case.acknowledge"


class StartAnswer(StageAction):
    name: ClassVar[str] = "case.answer.start"


class SendAnswer(StageAction):
    name: ClassVar[str] = "case.answer.send"


class StartMoreTime(StageAction):
    name: ClassVar[str] = "case.more_time.start"


class SendMoreTime(StageAction):
    name: ClassVar[str] = "case.more_time.send"


class DecideMoreTime(StageAction):
    """`until` is what was asked for, so that an agreement never covers a later request."""

    name: ClassVar[str] = "case.more_time.decide"
    until: AwareDatetime
    agreed: bool


class StartHandOver(StageAction):
    name: ClassVar[str] = "case.hand_over.start"


class SendHandOver(StageAction):
    name: ClassVar[str] = "case.hand_over.send"


class TakeBack(StageAction):
    """Of whoever was not on duty: their part is theirs again."""

    name: ClassVar[str] = "case.take_back"


class StartLetAnswer(CaseAction):
    """The raiser lets a colleague answer for them."""

    name: ClassVar[str] = "case.let_answer.start"


class SendLetAnswer(CaseAction):
    name: ClassVar[str] = "case.let_answer.send"


class AnswerMyself(CaseAction):
    """The raiser answers alone again."""

    name: ClassVar[str] = "case.let_answer.end"


class StartIdentify(CaseAction):
    name: ClassVar[str] = "case.identify.start"


class SendIdentify(CaseAction):
    name: ClassVar[str] = "case.identify.send"


class StartTalk(CaseAction):
    """ "We spoke"; `correcting` when the other side's record is put right."""

    name: ClassVar[str] = "case.talk.start"
    correcting: bool = False


class SendTalk(CaseAction):
    name: ClassVar[str] = "case.talk.send"
    correcting: bool = False


class ConfirmTalk(CaseAction):
    """`recorded_at` says which record was on the card."""

    name: ClassVar[str] = "case.talk.confirm"
    recorded_at: AwareDatetime


class StartAccept(RoundAction):
    name: ClassVar[str] = "case.accept.start"


class SendAccept(RoundAction):
    name: ClassVar[str] = "case.accept.send"


class StartNotAccept(RoundAction):
    name: ClassVar[str] = "case.not_accept.start"


class StartGoUp(StageAction):
    name: ClassVar[str] = "case.go_up.start"


class SendReason(RoundAction):
    """Why the case goes up: the first of the forms. `asked`: after a prompt, not after an answer."""

    name: ClassVar[str] = "case.go_up.reason"
    asked: bool = False


class SendStageForm(RoundAction):
    """What the stage above asks for: its form, and a time where none is set. `to` is that stage."""

    name: ClassVar[str] = "case.go_up.form"
    asked: bool = False
    to: int


class SendGoUp(RoundAction):
    """The preview, confirmed. `shown` are the recipients that it named, `to` the stage (0: the next)."""

    name: ClassVar[str] = "case.go_up.send"
    asked: bool = False
    shown: tuple[str, ...] = ()
    to: int = 0


class StartBacking(StageAction):
    """ "I do not stand behind this": of the raiser's own manager."""

    name: ClassVar[str] = "case.backing.start"


class SendBacking(StageAction):
    name: ClassVar[str] = "case.backing.send"


class StartPause(CaseAction):
    name: ClassVar[str] = "case.pause.start"


class SendPause(CaseAction):
    name: ClassVar[str] = "case.pause.send"


class Resume(CaseAction):
    name: ClassVar[str] = "case.resume"


class DecideClosure(CaseAction):
    """ "I agree to this outcome". `proposed_at` says which one was on the card."""

    name: ClassVar[str] = "case.closure.agree"
    proposed_at: AwareDatetime


class StartRefuseClosure(CaseAction):
    name: ClassVar[str] = "case.closure.refuse.start"
    proposed_at: AwareDatetime


class SendRefuseClosure(CaseAction):
    name: ClassVar[str] = "case.closure.refuse.send"
    proposed_at: AwareDatetime


class StartReopen(CaseAction):
    name: ClassVar[str] = "case.reopen.start"


class SendReopen(CaseAction):
    name: ClassVar[str] = "case.reopen.send"


class StartMeeting(StageAction):
    """Call the meeting of the stage, or call it anew."""

    name: ClassVar[str] = "case.meeting.start"


class SendMeeting(StageAction):
    name: ClassVar[str] = "case.meeting.send"


class StartMinutes(StageAction):
    name: ClassVar[str] = "case.minutes.start"


class SendMinutes(StageAction):
    name: ClassVar[str] = "case.minutes.send"


class StartCheck(CaseAction):
    """A question after closing; `check` is its id in the policy."""

    name: ClassVar[str] = "case.check.start"
    check: str


class SendCheck(CaseAction):
    name: ClassVar[str] = "case.check.send"
    check: str


class ShowTimetable(CaseAction):
    name: ClassVar[str] = "case.timetable"


class StartRisk(CaseAction):
    name: ClassVar[str] = "case.risk.start"


class SendRisk(CaseAction):
    name: ClassVar[str] = "case.risk.send"


class StartWithdraw(CaseAction):
    name: ClassVar[str] = "case.withdraw.start"


class SendWithdraw(CaseAction):
    name: ClassVar[str] = "case.withdraw.send"


class StartWrite(CaseAction):
    name: ClassVar[str] = "case.write.start"


class SendWrite(CaseAction):
    name: ClassVar[str] = "case.write.send"


class StartNote(CaseAction):
    """A note for one's own side."""

    name: ClassVar[str] = "case.note.start"


class SendNote(CaseAction):
    name: ClassVar[str] = "case.note.send"


class PreviewShare(CaseAction):
    name: ClassVar[str] = "case.share.preview"
    words: str


class UseWords(CaseAction):
    """`words` names what is kept for its author of a typed reply: what was offered in its place."""

    name: ClassVar[str] = "case.share.use"
    words: str


class ShareWords(CaseAction):
    """`words` names the typed reply that is kept for its author, `readers` whom the preview named."""

    name: ClassVar[str] = "case.share.send"
    words: str
    with_both: bool
    readers: str = ""


class ShowRecord(CaseAction):
    """A copyable record for the child's file."""

    name: ClassVar[str] = "case.record"


class ConfirmFiled(CaseAction):
    """ "Our record is filed": for this person's side, once the case is closed."""

    name: ClassVar[str] = "case.filed"


class StartCorrect(CaseAction):
    """Put right an entry that this person wrote."""

    name: ClassVar[str] = "case.correct.start"


class SendCorrect(CaseAction):
    name: ClassVar[str] = "case.correct.send"
