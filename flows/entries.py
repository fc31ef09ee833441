"""The doors between the conversations: actions that a card of one flow offers and another flow answers."""

from typing import ClassVar

from bot.chat.action import Action


class OpenHome(Action):
    name: ClassVar[str] = "home.open"


class OpenHelp(Action):
    name: ClassVar[str] = "help.open"


class OpenUrgent(Action):
    """ "Child at risk now?": the urgent contacts. `case` is the case on whose card it stood, if any."""

    name: ClassVar[str] = "urgent.open"
    case: str = ""


class OpenAdvice(Action):
    """Ask for a description of the situation, or show a topic straight away."""

    name: ClassVar[str] = "advice.open"
    topic: str = ""


class OpenChecklist(Action):
    name: ClassVar[str] = "checklist.open"


class OpenWalk(Action):
    """The walk through the briefing in seven minutes."""

    name: ClassVar[str] = "walk.open"


class OpenPlan(Action):
    """The challenge plan: the one that was begun, or a new one."""

    name: ClassVar[str] = "plan.open"


class OpenRehearsals(Action):
    """The rehearsals, or one of them."""

    name: ClassVar[str] = "rehearsal.open"
    rehearsal: str = ""


class OpenOtherChair(Action):
    """Coaching for whoever is challenged, or for a manager; `chair` is empty for the choice. `case` is
    the one that it is needed for, if any."""

    name: ClassVar[str] = "other_chair.open"
    chair: str = ""
    case: str = ""


class OpenFollowUp(Action):
    """Ask how it went, in two working days."""

    name: ClassVar[str] = "follow_up.ask"
    about: str


class OpenBraver(Action):
    name: ClassVar[str] = "braver.open"


class OpenBriefing(Action):
    name: ClassVar[str] = "briefing.open"
    part: str = ""


class StartRaising(Action):
    """Begin an escalation; a draft that exists is offered again."""

    name: ClassVar[str] = "raising.start"


class OpenCases(Action):
    name: ClassVar[str] = "following.cases"


class OpenCase(Action):
    name: ClassVar[str] = "following.case"
    case: str


class OpenTimeline(Action):
    name: ClassVar[str] = "following.timeline"
    case: str
    page: int = 1


class OpenEntry(Action):
    """An entry of the directory: one's own where `person` is empty."""

    name: ClassVar[str] = "entry.open"
    person: str = ""


class OpenAccounts(Action):
    """The accounts of somebody, to shut one out that is not theirs any more."""

    name: ClassVar[str] = "linking.accounts"
    person: str


class StartCorrecting(Action):
    """The form of an entry."""

    name: ClassVar[str] = "entry.correct.start"
    person: str


class SendAgain(Action):
    """What did not reach this person is tried anew."""

    name: ClassVar[str] = "mending.again"
    person: str


class StartAway(Action):
    """The form of an absence: of that which is changed, or of a new one where `absence` is empty."""

    name: ClassVar[str] = "away.start"
    absence: str = ""


class OpenAway(Action):
    """What is known of one's absences; the form where that is nothing."""

    name: ClassVar[str] = "away.open"


class StartHandingOver(Action):
    """Hand over all cases that one has."""

    name: ClassVar[str] = "handing_over.start"


class OpenPosts(Action):
    """Who holds which post: asks for which."""

    name: ClassVar[str] = "posts.open"


class StartPost(Action):
    """Who holds a post, and who deputises: the form. `post` as in `bot.desk.post_id`."""

    name: ClassVar[str] = "posts.correct.start"
    post: str


class OpenLadder(Action):
    """The partnership's own ladder, with the times as they would fall from now."""

    name: ClassVar[str] = "ladder.open"
    page: int = 1
