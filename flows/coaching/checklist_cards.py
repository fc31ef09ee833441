"""The cards of the skills checklist."""

from bot.chat.card import Button, Card, Element, Progress, Text, button
from bot.chat.text import Bullets, Span, quote
from bot.chat.turn import Turn
from bot.desk import Desk
from bot.guidance.skills import Group, Skill, Sure, groups, skills
from bot.guidance.words import Words
from flows.coaching.checklist_state import (
    ALL,
    THREE,
    Answer,
    Checklist,
    ChooseRound,
    Pause,
    ShowSkill,
    ShowSummary,
    StartRound,
)  # fmt: skip
from flows.coaching.notes import OpenNotes, StartNote
from flows.coaching.practice import ForgetPractice, Practice, StartPractice, planned
from flows.coaching.safety import PRIVATE, coached
from flows.entries import OpenPlan, OpenRehearsals

words = Words("checklist")

OFFERED: tuple[Sure, ...] = ("sure", "partly", "not_yet")
Elements = tuple[Element, ...]
_FULL, _EMPTY = "■", "□"


def entry(state: Checklist, plan: Practice | None, turn: Turn, desk: Desk) -> Card:
    """The choice of a round, the way back into one that was left, or what came of the last one."""
    if state.open and state.done:
        current = state.skills[state.at]
        of = len(state.skills)
        body = words.text("resume.body", number=state.at + 1, of=of, skill=current.name)
        buttons = (_carry_on(state), _show_summary(), _choose(), *_ways_on())
        return _card(words("resume.title"), (body,), buttons, turn, desk)
    if not state.answers or state.open:
        return choice(state, turn, desk)
    return summary(state, plan, turn, desk)


def choice(state: Checklist, turn: Turn, desk: Desk) -> Card:
    """All skills, a group, or the three to work on."""
    offered = [button(words("button.all"), StartRound(what=ALL), "primary")]
    offered += [button(group.name, StartRound(what=group.id)) for group in groups()]
    if state.three():
        offered.append(button(words("button.three"), StartRound(what=THREE)))
    lines = Bullets(tuple((Span(f"{group.name}: ", bold=True), Span(group.about)) for group in groups()))
    body = (words.text("intro"), Text((*words.blocks("groups"), lines)))
    return _card(words("choice.title"), body, (*offered, *_ways_on()), turn, desk)


def skill_card(
    state: Checklist, turn: Turn, desk: Desk, tip: Elements, note: str, *, more: bool = False
) -> Card:
    current, of = state.skills[state.at], len(state.skills)
    body: list[Element] = [
        *tip,
        Progress(state.at + 1, of, words("progress", number=state.at + 1, of=of)),
        words.text("skill", means=current.means, matters=current.matters, ask=current.ask),
    ]
    if more:
        told = {key: getattr(current, key) for key in ("say", "avoid", "mistake", "other_side")}
        body.append(words.text("more", **told))
    said = state.answers.get(current.id)
    if said:
        body.append(words.text("said", sure=words(f"sure.{said}")))
    if note:
        body.append(Text(words.blocks("note") + quote(note)))
    body.append(words.text("how_sure"))
    buttons = [
        button(words(f"label.{sure}"), Answer(skill=current.id, sure=sure), "primary" if not n else "default")
        for n, sure in enumerate(OFFERED)
    ]
    if not more:
        buttons.append(button(words("button.more"), ShowSkill(at=state.at, more=True)))
    buttons.append(button(words("button.note"), StartNote(skill=current.id), opens_form=True))
    if state.at:
        buttons.append(button(words("button.back"), ShowSkill(at=state.at - 1)))
    buttons.append(button(words("button.pause"), Pause()))
    return _card(current.name, tuple(body), tuple(buttons), turn, desk)


def tip(answered: Skill, sure: Sure) -> Elements:
    """The tip that fits the answer, and for "not yet" words to begin with."""
    given = words.text("tip", skill=answered.name, tip=answered.tips.of(sure))
    return (given, words.text("tip_say", say=answered.say)) if sure == "not_yet" else (given,)


def paused(state: Checklist, turn: Turn, desk: Desk) -> Card:
    body = words.text("paused.body", done=state.done, of=len(state.skills))
    buttons = (*_resume(state), _show_summary(), *_ways_on())
    return _card(words("paused.title"), (body,), buttons, turn, desk)


def summary(state: Checklist, plan: Practice | None, turn: Turn, desk: Desk, tip: Elements = ()) -> Card:
    """How sure, group by group and compared with last time; the three to work on; and the plan."""
    done, of = len(state.answers), len(skills())
    body: list[Element] = [*tip, Progress(done, of, words("summary_card.counts", done=done, of=of))]
    if not done:
        body.append(words.text("summary_card.nothing"))
    body += [bar for group in groups() for bar in _bar(state, group)]
    body += _compared(state, desk)
    three = state.three()
    if three:
        body.append(words.text("summary_card.three"))
        body += [_to_work_on(state, one) for one in three]
        body.append(words.text("summary_card.next"))
    elif done:
        body.append(words.text("summary_card.all_sure"))
    body += planned(plan)
    make = (button(words("button.plan"), StartPractice(), "primary", opens_form=True),) if three else ()
    delete = (button(words("button.forget"), ForgetPractice()),) if plan else ()
    work = (button(words("button.three"), StartRound(what=THREE)),) if three else ()
    buttons = (*make, *work, *delete, *_resume(state), _choose(), *_ways_on())
    return _card(words("summary_card.title"), tuple(body), buttons, turn, desk)


def _bar(state: Checklist, group: Group) -> Elements:
    """A group as a bar, which its words say as well."""
    sure, answered, of = state.standing(group)
    if not answered:
        return ()
    return (
        words.text(
            "summary_card.bar", group=group.name, bar=_FULL * sure + _EMPTY * (of - sure), sure=sure, of=of,
            answered=words("summary_card.of_answered", answered=answered) if answered < of else "",
        ),
    )  # fmt: skip


def _compared(state: Checklist, desk: Desk) -> Elements:
    """What has changed since the time before, in the groups that were answered twice."""
    lines = []
    for group in groups():
        compared = state.compared(group)
        if compared is not None:
            then, now, of = compared
            lines.append(words("summary_card.change", group=group.name, then=then, now=now, of=of))
    if not lines or state.before_at is None:
        return ()
    since = words.blocks("summary_card.since", at=desk.date(state.before_at))
    return (Text((*since, Bullets(tuple((Span(line),) for line in lines)))),)


def _to_work_on(state: Checklist, one: Skill) -> Element:
    sure = {**state.before, **state.answers}[one.id]
    return words.text("summary_card.item", skill=one.name, sure=words(f"sure.{sure}"), tip=one.tips.of(sure))


def _resume(state: Checklist) -> tuple[Button, ...]:
    return (_carry_on(state),) if state.open else ()


def _carry_on(state: Checklist) -> Button:
    return button(words("button.carry_on"), ShowSkill(at=state.at), "primary")


def _show_summary() -> Button:
    return button(words("button.summary"), ShowSummary())


def _choose() -> Button:
    return button(words("button.choose"), ChooseRound())


def _ways_on() -> tuple[Button, ...]:
    return (
        button(words("button.notes"), OpenNotes()),
        button(words("button.rehearse"), OpenRehearsals()),
        button(words("button.prepare"), OpenPlan()),
    )


def _card(title: str, body: Elements, buttons: tuple[Button, ...], turn: Turn, desk: Desk) -> Card:
    return coached(desk, turn.person, title, body, *buttons, footnote=PRIVATE)
