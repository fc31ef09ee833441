"""The challenge plan: a worry turned into a prepared challenge, by a form or one question at a time."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Progress, Text, button
from bot.chat.form import Form, LongTextField, TextField, form
from bot.chat.memory import Question, State
from bot.chat.router import Answered, Flow
from bot.chat.text import Bullets, Span, quote
from bot.chat.turn import Ask, Done, Redraw, Turn
from bot.desk import Desk
from bot.guidance import plan as guidance
from bot.guidance.plan import PARTS, TONES, ChallengePlan, Part, Tone, part_words, tone_words
from bot.guidance.words import Words
from flows.checking import identifying, invalid, submitted, text
from flows.coaching.safety import home, safety, someone
from flows.coaching.safety import words as shared
from flows.entries import OpenFollowUp, OpenPlan, OpenRehearsals
from flows.raising import start_from
from flows.showing import opened

flow = Flow[Desk]("plan")
words = Words("plan")

ABOUT = "plan"
"""What the follow-up of a plan is about."""
LENGTHS: dict[Part, int] = {
    "known": 1_500, "think": 600, "voice": 800, "agree": 500, "disagree": 1_000, "ask": 700, "by_when": 150,
}  # fmt: skip
"""Characters of each part: what the escalation takes as well."""


class Plan(State):
    """The plan so far, and the tone in which it is shown."""

    name: ClassVar[str] = "plan"
    keep_for: ClassVar[timedelta] = timedelta(days=30)
    plan: ChallengePlan = Field(default_factory=ChallengePlan)
    tone: Tone = "calm"


class PlanPart(Question):
    """The part whose words are waited for."""

    name: ClassVar[str] = "plan.part"
    part: Part


class StartForm(Action):
    name: ClassVar[str] = "plan.form"


class SendForm(Action):
    name: ClassVar[str] = "plan.send"


class AskPart(Action):
    """Ask for this part in conversation."""

    name: ClassVar[str] = "plan.ask"
    part: Part


class ShowPlan(Action):
    """The plan in a tone; the one that it was shown in last where none is given."""

    name: ClassVar[str] = "plan.show"
    tone: Tone | None = None


class RaiseFromPlan(Action):
    """Begin the escalation with the words of the plan: at the record of the talk ("spoken"), or at the
    escalation itself ("about")."""

    name: ClassVar[str] = "plan.raise"
    to: str


class DeletePlan(Action):
    name: ClassVar[str] = "plan.delete"


@flow.command("plan", "prepare", "my plan", summary=words("summary"), exact=True)
async def asked(turn: Turn, desk: Desk) -> Answered:
    return opened(turn, await _entry(turn, desk))


@flow.on(OpenPlan)
async def pressed(turn: Turn, desk: Desk, action: OpenPlan) -> Answered:
    return opened(turn, await _entry(turn, desk))


@flow.on(StartForm)
async def start(turn: Turn, desk: Desk, action: StartForm) -> Answered:
    await desk.forget(turn, PlanPart)
    return Ask(_form((await _plan(turn, desk)).plan))


@flow.on(SendForm)
async def send(turn: Turn, desk: Desk, action: SendForm) -> Answered:
    kept, values = await _plan(turn, desk), submitted(turn)
    refused = invalid(_form(kept.plan), values, desk)
    if refused:
        return refused
    plan = Plan(plan=ChallengePlan(**{part: text(values, part) for part in PARTS}), tone=kept.tone)
    await desk.keep(turn, plan)
    await desk.count(turn, "plan:written")
    return Done(_shown(turn, desk, plan))


@flow.on(AskPart)
async def ask(turn: Turn, desk: Desk, action: AskPart) -> Answered:
    await desk.keep(turn, PlanPart(part=action.part))
    return Redraw(_part(turn, desk, await _plan(turn, desk), action.part))


@flow.question(PlanPart)
async def told(turn: Turn, desk: Desk, question: PlanPart, typed: str) -> Answered:
    """The words of a part; then the next part that is empty, or the plan."""
    kept, part = await _plan(turn, desk), question.part
    stopped = identifying(typed, desk)
    if stopped:
        note = words.text("identifying", what=stopped)
        return opened(turn, _part(turn, desk, kept, part, note))
    if len(typed) > LENGTHS[part]:
        note = words.text("too_long", limit=f"{LENGTHS[part]:,}", length=f"{len(typed):,}")
        return opened(turn, _part(turn, desk, kept, part, note))
    plan = kept.model_copy(update={"plan": kept.plan.model_copy(update={part: typed})})
    await desk.keep(turn, plan)
    following = _after(part)
    if following is None:
        return opened(turn, await _finished(turn, desk, plan))
    await desk.keep(turn, PlanPart(part=following))
    return opened(turn, _part(turn, desk, plan, following))


@flow.on(ShowPlan)
async def show(turn: Turn, desk: Desk, action: ShowPlan) -> Answered:
    kept = await _plan(turn, desk)
    plan = kept.model_copy(update={"tone": action.tone}) if action.tone else kept
    if not any(plan.plan.part(part) for part in PARTS):
        return Redraw(await _entry(turn, desk))
    await desk.keep(turn, plan)
    return Redraw(await _finished(turn, desk, plan))


@flow.on(RaiseFromPlan)
async def raise_from(turn: Turn, desk: Desk, action: RaiseFromPlan) -> Answered:
    """One press: the form that comes next, filled in; nothing that was written there before is lost."""
    plan = (await _plan(turn, desk)).plan
    risk = "\n\n".join(filter(None, (plan.known, plan.think, plan.voice)))
    by_when = words("by_when", by_when=plan.by_when) if plan.by_when else ""
    request = "\n".join(filter(None, (plan.ask, by_when)))
    await desk.count(turn, "plan:raised")
    return await start_from(turn, desk, action.to, decision=plan.disagree, risk=risk, request=request)


@flow.on(DeletePlan)
async def delete(turn: Turn, desk: Desk, action: DeletePlan) -> Answered:
    await desk.forget(turn, Plan)
    await desk.forget(turn, PlanPart)
    await desk.ask_no_more(turn, ABOUT)
    return Redraw(Card(words("deleted.title"), (words.text("deleted.body"),), (*safety(), home())))


async def _plan(turn: Turn, desk: Desk) -> Plan:
    return await desk.recall(turn, Plan) or Plan()


async def _entry(turn: Turn, desk: Desk) -> Card:
    kept = await _plan(turn, desk)
    if any(kept.plan.part(part) for part in PARTS):
        return _shown(turn, desk, kept)
    buttons = (
        button(words("button.form"), StartForm(), "primary", opens_form=True),
        button(words("button.one_by_one"), AskPart(part=PARTS[0])),
        button(words("button.rehearse"), OpenRehearsals()),
    )
    return _card(turn, desk, words("entry.title"), (words.text("entry.body"),), *buttons)


async def _finished(turn: Turn, desk: Desk, plan: Plan) -> Card:
    await desk.forget(turn, PlanPart)
    return _shown(turn, desk, plan)


def _form(plan: ChallengePlan) -> Form:
    """Every part; none is required, since the check says what is missing."""
    fields = tuple(_field(part, plan) for part in PARTS)
    return form(words("form.title"), fields, SendForm(), words("form.submit"), words.blocks("form.intro"))


def _field(part: Part, plan: ChallengePlan) -> LongTextField | TextField:
    kind = TextField if part == "by_when" else LongTextField
    said = part_words(part)
    return kind(part, said.label, said.hint, False, LENGTHS[part], plan.part(part))


def _part(turn: Turn, desk: Desk, kept: Plan, part: Part, *note: Element) -> Card:
    """One part, asked for in conversation."""
    number, of, said = PARTS.index(part) + 1, len(PARTS), part_words(part)
    body: list[Element] = [
        *note,
        Progress(number, of, words("part.progress", number=number, of=of)),
        words.text("part.body", question=said.question, example=said.example),
    ]
    written = kept.plan.part(part)
    if written:
        body.append(Text(words.blocks("part.written") + quote(written)))
    body.append(words.text("part.how"))
    following, buttons = _after(part), list[Button]()
    if following is not None:
        buttons.append(button(words("button.skip"), AskPart(part=following)))
    if number > 1:
        buttons.append(button(words("button.back"), AskPart(part=PARTS[number - 2])))
    buttons.append(button(words("button.enough"), ShowPlan()))
    return _card(turn, desk, said.label, tuple(body), *buttons)


def _after(part: Part) -> Part | None:
    rest = PARTS[PARTS.index(part) + 1 :]
    return rest[0] if rest else None


def _shown(turn: Turn, desk: Desk, kept: Plan) -> Card:
    """What to say and to send in this tone, and what the check makes of it."""
    assert turn.person is not None, "the router lets nobody through who is not in the directory"
    role, plan = turn.person.role, kept.plan
    said = "\n".join(guidance.script(plan, kept.tone, role))
    sent = "\n".join(guidance.message(plan, kept.tone, role))
    body: list[Element] = [
        Text((*words.blocks("shown.script", tone=tone_words(kept.tone).name), *quote(said))),
        Text((*words.blocks("shown.message"), *quote(sent))),
        *_checked(plan),
        words.text("shown.phone_first"),
    ]
    others = [
        button(words("button.tone", tone=tone_words(tone).name), ShowPlan(tone=tone))
        for tone in TONES
        if tone != kept.tone
    ]
    buttons = (
        button(words("button.spoken"), RaiseFromPlan(to="spoken"), "primary", opens_form=True),
        button(words("button.about"), RaiseFromPlan(to="about"), opens_form=True),
        button(words("button.change"), StartForm(), opens_form=True),
        *others,
        button(words("button.rehearse"), OpenRehearsals()),
        button(words("button.ask_later"), OpenFollowUp(about=ABOUT)),
        button(words("button.delete"), DeletePlan()),
    )
    return _card(turn, desk, words("shown.title"), tuple(body), *buttons)


def _checked(plan: ChallengePlan) -> tuple[Element, ...]:
    """What the plan lacks first, then what is in it, each as a list."""
    found = guidance.check(plan)
    lacking = tuple((Span(one.says),) for one in found if not one.good)
    there = tuple((Span(one.says),) for one in found if one.good)
    return tuple(
        Text((*words.blocks(key), Bullets(lines)))
        for key, lines in (("check.lacking", lacking), ("check.there", there))
        if lines
    )


def _card(turn: Turn, desk: Desk, title: str, body: tuple[Element, ...], *buttons: Button) -> Card:
    return Card(
        title, (*body, *someone(desk, turn.person)), (*buttons, *safety(), home()), shared.blocks("yours")
    )
