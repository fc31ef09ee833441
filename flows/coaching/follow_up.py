"""Follow-up: "how did it go?", two working days later, for whoever wanted to be asked."""

from typing import ClassVar, Literal

from bot.chat.action import Action
from bot.chat.card import Button, Card, button
from bot.chat.router import Answered, Flow
from bot.chat.turn import Person, Redraw, Turn
from bot.desk import Desk
from bot.guidance.advice import topics
from bot.guidance.words import Words
from flows.coaching import plan as challenge_plan
from flows.coaching import practice
from flows.coaching.checklist_state import THREE, StartRound
from flows.coaching.safety import PRIVATE, coached
from flows.entries import OpenAdvice, OpenChecklist, OpenFollowUp, OpenPlan, OpenRehearsals, StartRaising
from flows.showing import opened

flow = Flow[Desk]("follow_up")
words = Words("follow_up")

Went = Literal["settled", "not_yet", "not_settled"]
ANSWERS: tuple[Went, ...] = ("settled", "not_yet", "not_settled")
KNOWN = (challenge_plan.ABOUT, practice.ABOUT)
"""What has words of its own; anything else is an advice topic."""


class HowItWent(Action):
    name: ClassVar[str] = "follow_up.went"
    about: str
    went: Went


class AskNoMore(Action):
    name: ClassVar[str] = "follow_up.no_more"
    about: str


@flow.on(OpenFollowUp)
async def wanted(turn: Turn, desk: Desk, action: OpenFollowUp) -> Answered:
    if action.about not in (*KNOWN, *topics()):
        return opened(turn, _no_more(turn, desk))
    at = await desk.ask_later(turn, action.about)
    await desk.count(turn, "follow_up:wanted")
    no_more = button(words("button.no_more"), AskNoMore(about=action.about))
    body = (words.text("wanted.body", at=desk.when(at)),)
    card = coached(desk, turn.person, words("wanted.title"), body, no_more, footnote=PRIVATE)
    return opened(turn, card)


@flow.on(AskNoMore)
async def no_more(turn: Turn, desk: Desk, action: AskNoMore) -> Answered:
    await desk.ask_no_more(turn, action.about)
    return Redraw(_no_more(turn, desk))


@flow.on(HowItWent)
async def went(turn: Turn, desk: Desk, action: HowItWent) -> Answered:
    """To closing, to more coaching, or to escalating."""
    await desk.ask_no_more(turn, action.about, over=True)
    await desk.count(turn, f"follow_up:{action.went}")
    key = f"practice.{action.went}" if action.about == practice.ABOUT else action.went
    # Where it was not settled, raising it stands first already.
    raising = action.went != "not_settled" or action.about == practice.ABOUT
    title, body = words(f"{key}.title"), (words.text(f"{key}.body"),)
    return Redraw(coached(desk, turn.person, title, body, *_next(action), raising=raising))


def _no_more(turn: Turn, desk: Desk) -> Card:
    return coached(desk, turn.person, words("no_more.title"), (words.text("no_more.body"),))


def question(about: str, person: Person, desk: Desk) -> Card:
    """How did it go? Nothing of what was planned is repeated here."""
    key = about if about in KNOWN else "advice"
    answered = "tried" if about == practice.ABOUT else "answer"
    answers = tuple(
        button(
            words(f"{answered}.{went}"), HowItWent(about=about, went=went), "primary" if not n else "default"
        )
        for n, went in enumerate(ANSWERS)
    )
    body = (words.text(f"question.{key}"),)
    return coached(desk, person, words("question.title"), body, *answers, footnote=words.blocks("once"))


def _next(action: HowItWent) -> tuple[Button, ...]:
    about = action.about
    if about == practice.ABOUT:
        again = button(words("button.again"), OpenFollowUp(about=about))
        return (
            button(words("button.rehearse"), OpenRehearsals(), "primary"),
            button(words("button.three"), StartRound(what=THREE)),
            button(words("button.skills"), OpenChecklist()),
            *((again,) if action.went != "settled" else ()),
        )
    match action.went:
        case "settled":
            delete = challenge_plan.DeletePlan() if about == challenge_plan.ABOUT else None
            forget = (button(words("button.delete_plan"), delete),) if delete else ()
            return (
                button(words("button.recording"), OpenAdvice(topic="recording")),
                button(words("button.skills"), OpenChecklist()),
                *forget,
            )
        case "not_yet":
            return (
                button(words("button.rehearse"), OpenRehearsals(), "primary"),
                button(words("button.plan"), OpenPlan()),
                button(words("button.three"), StartRound(what=THREE)),
                button(words("button.again"), OpenFollowUp(about=about)),
            )
        case "not_settled":
            from_plan = challenge_plan.RaiseFromPlan(spoken=True)
            planned = about == challenge_plan.ABOUT
            raising = (
                button(words("button.raise_plan"), from_plan, "primary", opens_form=True)
                if planned
                else button(words("button.raise"), StartRaising(), "primary")
            )
            return (raising, button(words("button.escalation"), OpenAdvice(topic="how-escalation-works")))
