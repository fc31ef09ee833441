"""The challenge plan: a worry turned into a prepared challenge, by a form or one question at a time."""

import hashlib
from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Progress, Text, button
from bot.chat.form import Form, LongTextField, TextField, form
from bot.chat.memory import Question, State
from bot.chat.router import Answered, Flow
from bot.chat.text import Bullets, Span, markup, quote
from bot.chat.turn import Ask, Done, Redraw, Turn
from bot.desk import Desk
from bot.guidance import plan as guidance
from bot.guidance.danger import in_danger
from bot.guidance.plan import PARTS, TONES, ChallengePlan, Part, Tone, part_words, tone_words
from bot.guidance.signals import signals
from bot.guidance.words import Words
from flows.checking import identifying, invalid, submitted, text
from flows.coaching.safety import PRIVATE, coached, may_ask
from flows.entries import OpenFollowUp, OpenPlan, OpenRehearsals, StartRaising
from flows.guarding import how_to_delete, without
from flows.raising import has_draft, start_from
from flows.showing import opened

flow = Flow[Desk]("plan")
words = Words("plan")

ABOUT = "plan"
"""What the follow-up of a plan is about."""
LENGTHS: dict[Part, int] = {
    "known": 1_500, "think": 600, "voice": 800, "agree": 500, "disagree": 1_000, "ask": 700, "by_when": 150,
}  # fmt: skip
"""Characters of each part: together no more than the escalation's forms take."""

_FEW = 8
"""So few words that say "I don't know" are no answer."""


class Plan(State):
    """The plan so far, and the tone in which it is shown."""

    name: ClassVar[str] = "plan"
    keep_for: ClassVar[timedelta] = timedelta(days=30)
    plan: ChallengePlan = Field(default_factory=ChallengePlan)
    tone: Tone = "calm"


class PlanPart(Question):
    """The part whose words are waited for."""

    name: ClassVar[str] = "plan.part"
    keep_for: ClassVar[timedelta] = timedelta(hours=1)
    dictated: ClassVar[bool] = True
    part: Part


class Offered(State):
    """What was offered in place of typed words that held what must not be kept: those words without it."""

    name: ClassVar[str] = "plan.offered"
    keep_for: ClassVar[timedelta] = timedelta(hours=1)
    part: Part
    text: str


class TakeOffered(Action):
    """Use the words that were offered."""

    name: ClassVar[str] = "plan.take"
    part: Part


class StartForm(Action):
    name: ClassVar[str] = "plan.form"


class SendForm(Action):
    """`shown` stands for the plan that the form was filled with."""

    name: ClassVar[str] = "plan.send"
    shown: str = ""


class AskPart(Action):
    """Ask for this part in conversation."""

    name: ClassVar[str] = "plan.ask"
    part: Part


class ShowPlan(Action):
    """The plan in a tone (the last one where none is given): what to say, or, for `sending`, the message."""

    name: ClassVar[str] = "plan.show"
    tone: Tone | None = None
    sending: bool = False


class RaiseFromPlan(Action):
    """Begin the escalation with the words of the plan. `spoken`: whether the two have spoken; `afresh`: in
    place of a draft that was begun before."""

    name: ClassVar[str] = "plan.raise"
    spoken: bool
    afresh: bool = False


class DeletePlan(Action):
    name: ClassVar[str] = "plan.delete"


@flow.command("plan", "prepare", "my plan", summary=words("summary"), exact=True, shows=True)
async def asked(turn: Turn, desk: Desk) -> Answered:
    return opened(turn, await _entry(turn, desk))


@flow.on(OpenPlan, shows=True)
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
    written = {part: text(values, part) for part in PARTS}
    if action.shown != _mark(kept.plan):
        # An older form: what was written since is not wiped by a field that it left empty.
        written = {part: said or kept.plan.part(part) for part, said in written.items()}
    plan = Plan(plan=ChallengePlan(**written), tone=kept.tone)
    await desk.keep(turn, plan)
    await desk.forget(turn, PlanPart)
    await desk.count(turn, "plan:written")
    return Done(_shown(turn, desk, plan))


@flow.on(AskPart)
async def ask(turn: Turn, desk: Desk, action: AskPart) -> Answered:
    if not await may_ask(turn, desk):
        return Ask(_form((await _plan(turn, desk)).plan))
    await desk.keep(turn, PlanPart(part=action.part))
    return Redraw(_part(turn, desk, await _plan(turn, desk), action.part))


@flow.question(PlanPart)
async def told(turn: Turn, desk: Desk, question: PlanPart, typed: str) -> Answered:
    """The words of a part; then the next part, or the plan."""
    kept, part = await _plan(turn, desk), question.part
    stopped = identifying(typed, desk)
    if stopped:
        return opened(turn, await _stopped(turn, desk, kept, part, typed, stopped))
    if "unsure" in signals(typed) and len(typed.split()) <= _FEW:
        return opened(turn, _part(turn, desk, kept, part, words.text("unsure")))
    if len(typed) > LENGTHS[part]:
        note = words.text("too_long", limit=f"{LENGTHS[part]:,}", length=f"{len(typed):,}")
        return opened(turn, _part(turn, desk, kept, part, note))
    return await _taken(turn, desk, kept, part, typed)


@flow.on(TakeOffered)
async def take(turn: Turn, desk: Desk, action: TakeOffered) -> Answered:
    kept, offered = await _plan(turn, desk), await desk.recall(turn, Offered)
    await desk.forget(turn, Offered)
    if offered is None or offered.part != action.part or len(offered.text) > LENGTHS[action.part]:
        await desk.keep(turn, PlanPart(part=action.part))
        return Redraw(_part(turn, desk, kept, action.part))
    return await _taken(turn, desk, kept, action.part, offered.text)


async def _taken(turn: Turn, desk: Desk, kept: Plan, part: Part, typed: str) -> Answered:
    """Clean words of a part are kept; then the next part, or the plan."""
    plan = kept.model_copy(update={"plan": kept.plan.model_copy(update={part: typed})})
    await desk.keep(turn, plan)
    following = _after(part)
    if in_danger(typed):
        await desk.forget(turn, PlanPart)
        return opened(turn, _waits(turn, desk, following))
    if following is None:
        await desk.forget(turn, PlanPart)
        return opened(turn, _shown(turn, desk, plan))
    await desk.keep(turn, PlanPart(part=following))
    return opened(turn, _part(turn, desk, plan, following))


@flow.on(ShowPlan)
async def show(turn: Turn, desk: Desk, action: ShowPlan) -> Answered:
    kept = await _plan(turn, desk)
    plan = kept.model_copy(update={"tone": action.tone}) if action.tone else kept
    if plan.plan.missing == PARTS:
        return Redraw(await _entry(turn, desk))
    await desk.keep(turn, plan)
    await desk.forget(turn, PlanPart)
    return Redraw(_shown(turn, desk, plan, sending=action.sending))


@flow.on(RaiseFromPlan)
async def raise_from(turn: Turn, desk: Desk, action: RaiseFromPlan) -> Answered:
    """One press: the form that comes next, filled in. A draft that was begun before may be about another
    child: it is never mixed with the plan, and goes only when its writer says so."""
    if not action.afresh and await has_draft(turn, desk):
        afresh = RaiseFromPlan(spoken=action.spoken, afresh=True)
        buttons = (
            button(words("draft.afresh"), afresh, "primary", opens_form=True),
            button(words("draft.go_on"), StartRaising()),
        )
        return opened(turn, _card(turn, desk, words("draft.title"), (words.text("draft.body"),), *buttons))
    plan = (await _plan(turn, desk)).plan
    risk = "\n\n".join(filter(None, (plan.known, plan.think, plan.voice)))
    by_when = words("by_when", by_when=plan.by_when) if plan.by_when else ""
    request = "\n".join(filter(None, (plan.ask, by_when)))
    await desk.count(turn, "plan:raised")
    return await start_from(
        turn, desk, spoken=action.spoken, decision=plan.disagree, risk=risk, request=request
    )


@flow.on(DeletePlan)
async def delete(turn: Turn, desk: Desk, action: DeletePlan) -> Answered:
    await desk.forget(turn, Plan)
    await desk.forget(turn, PlanPart)
    await desk.ask_no_more(turn, ABOUT)
    return Redraw(_card(turn, desk, words("deleted.title"), (words.text("deleted.body"),)))


async def _stopped(turn: Turn, desk: Desk, kept: Plan, part: Part, typed: str, what: str) -> Card:
    """What the words hold, how to delete them, and the same without it, which alone is kept."""
    offered = Offered(part=part, text=without(typed, desk.known))
    await desk.keep(turn, offered)
    delete = how_to_delete(turn)
    note = (
        words.text("identifying", what=what),
        *((Text(markup(delete)),) if delete else ()),
        Text(words.blocks("offered") + quote(offered.text)),
    )
    use = button(words("button.use"), TakeOffered(part=part), "primary")
    return _part(turn, desk, kept, part, *note, first=use)


async def _plan(turn: Turn, desk: Desk) -> Plan:
    return await desk.recall(turn, Plan) or Plan()


async def _entry(turn: Turn, desk: Desk) -> Card:
    kept = await _plan(turn, desk)
    await desk.forget(turn, PlanPart)
    if kept.plan.missing != PARTS:
        return _shown(turn, desk, kept)
    one_by_one = button(words("button.one_by_one"), AskPart(part=PARTS[0]))
    buttons = (
        button(words("button.form"), StartForm(), "primary", opens_form=True),
        *((one_by_one,) if await may_ask(turn, desk) else ()),
        button(words("button.rehearse"), OpenRehearsals()),
    )
    return _card(turn, desk, words("entry.title"), (words.text("entry.body"),), *buttons)


def _form(plan: ChallengePlan) -> Form:
    """Every part; none is required, since the check says what is missing."""
    fields = tuple(_field(part, plan) for part in PARTS)
    action = SendForm(shown=_mark(plan))
    return form(words("form.title"), fields, action, words("form.submit"), words.blocks("form.intro"))


def _mark(plan: ChallengePlan) -> str:
    """The plan, short enough for a form."""
    return hashlib.sha256(plan.model_dump_json().encode()).hexdigest()[:12]


def _field(part: Part, plan: ChallengePlan) -> LongTextField | TextField:
    kind = TextField if part == "by_when" else LongTextField
    said = part_words(part)
    return kind(part, said.label, said.hint, False, LENGTHS[part], plan.part(part))


def _part(
    turn: Turn, desk: Desk, kept: Plan, part: Part, *note: Element, first: Button | None = None
) -> Card:
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
    following, buttons = _after(part), [first] if first is not None else []
    if following is not None:
        buttons.append(button(words("button.skip"), AskPart(part=following)))
    if number > 1:
        buttons.append(button(words("button.back"), AskPart(part=PARTS[number - 2])))
    buttons.append(button(words("button.enough"), ShowPlan()))
    return _card(turn, desk, said.label, tuple(body), *buttons)


def _waits(turn: Turn, desk: Desk, following: Part | None) -> Card:
    """Where danger was heard the plan can wait, and nothing of it hides the numbers."""
    on = AskPart(part=following) if following else ShowPlan()
    return _card(turn, desk, words("waits.title"), (words.text("waits.body"),), button(words("waits.on"), on))


def _after(part: Part) -> Part | None:
    rest = PARTS[PARTS.index(part) + 1 :]
    return rest[0] if rest else None


def _shown(turn: Turn, desk: Desk, kept: Plan, *, sending: bool = False) -> Card:
    """What to say in this tone and what to look at again; or the message, and what is there already."""
    assert turn.person is not None, "the router lets nobody through who is not in the directory"
    role, plan, tone = turn.person.role, kept.plan, tone_words(kept.tone).name
    lines = (guidance.message if sending else guidance.script)(plan, kept.tone, role)
    key = "shown.message" if sending else "shown.script"
    said = Text((*words.blocks(key, tone=tone), *quote("\n".join(lines))))
    body = (said, *_checked(plan, good=sending), words.text("shown.phone_first"))
    others = [
        button(words("button.tone", tone=tone_words(tone).name), ShowPlan(tone=tone, sending=sending))
        for tone in TONES
        if tone != kept.tone
    ]
    buttons = (
        button(words("button.say" if sending else "button.send"), ShowPlan(sending=not sending)),
        *others,
        button(words("button.change"), StartForm(), opens_form=True),
        button(words("button.spoken"), RaiseFromPlan(spoken=True), "primary", opens_form=True),
        button(words("button.about"), RaiseFromPlan(spoken=False), opens_form=True),
        button(words("button.rehearse"), OpenRehearsals()),
        button(words("button.ask_later"), OpenFollowUp(about=ABOUT)),
        button(words("button.delete"), DeletePlan()),
    )
    return _card(turn, desk, words("shown.title"), body, *buttons)


def _checked(plan: ChallengePlan, *, good: bool) -> tuple[Element, ...]:
    """What is in the plan already (`good`), or what to look at again."""
    lines = tuple((Span(one.says),) for one in guidance.check(plan) if one.good == good)
    key = "check.there" if good else "check.lacking"
    return (Text((*words.blocks(key), Bullets(lines))),) if lines else ()


def _card(turn: Turn, desk: Desk, title: str, body: tuple[Element, ...], *buttons: Button) -> Card:
    return coached(desk, turn.person, title, body, *buttons, footnote=PRIVATE)
