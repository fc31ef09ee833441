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
    """Why the case goes up: the first of two forms. `asked`: after a prompt, not after an answer."""

    name: ClassVar[str] = "case.go_up.reason"
    asked: bool = False


class SendGoUp(RoundAction):
    """The preview, confirmed. `shown` are the recipients that it named."""

    name: ClassVar[str] = "case.go_up.send"
    asked: bool = False
    shown: tuple[str, ...] = ()


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


class PreviewShare(CaseAction):
    name: ClassVar[str] = "case.share.preview"
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
