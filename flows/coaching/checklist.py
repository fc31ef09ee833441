"""The skills checklist: one skill at a time, all or a group, at one's own pace, and never a gate."""

from bot.chat.card import Card
from bot.chat.router import Answered, Flow
from bot.chat.turn import Redraw, Turn
from bot.desk import Desk
from bot.guidance.skills import groups, skills
from bot.guidance.words import Words
from flows.coaching import checklist_cards as cards
from flows.coaching.checklist_state import (
    ALL,
    THREE,
    Answer,
    Checklist,
    ChooseRound,
    Pause,
    ShowSkill,
    ShowSummary,
    StartAgain,
    StartRound,
)  # fmt: skip
from flows.coaching.notes import Notes
from flows.coaching.practice import Practice
from flows.entries import OpenChecklist
from flows.showing import opened

flow = Flow[Desk]("checklist")
words = Words("checklist")


@flow.command("checklist", "skills", summary=words("summary"), exact=True, shows=True)
async def asked(turn: Turn, desk: Desk) -> Answered:
    return opened(turn, await _entry(turn, desk))


@flow.on(OpenChecklist, shows=True)
async def pressed(turn: Turn, desk: Desk, action: OpenChecklist) -> Answered:
    return opened(turn, await _entry(turn, desk))


@flow.on(ChooseRound, shows=True)
async def choosing(turn: Turn, desk: Desk, action: ChooseRound) -> Answered:
    return Redraw(cards.choice(await _state(turn, desk), turn, desk))


@flow.on(StartRound)
async def started(turn: Turn, desk: Desk, action: StartRound) -> Answered:
    if action.what not in (ALL, THREE, *(group.id for group in groups())):
        return Redraw(cards.choice(await _state(turn, desk), turn, desk))
    state = (await _state(turn, desk)).started(action.what)
    await desk.keep(turn, state)
    await desk.count(turn, f"checklist:{action.what}")
    return Redraw(await _skill(turn, desk, state))


@flow.on(StartAgain)
async def again(turn: Turn, desk: Desk, action: StartAgain) -> Answered:
    return await started(turn, desk, StartRound(what=ALL))


@flow.on(Answer)
async def answered(turn: Turn, desk: Desk, action: Answer) -> Answered:
    """Keep the answer and go on; the next card begins with the tip that fits it."""
    kept = await _state(turn, desk)
    if not kept.round:
        kept = kept.started(ALL)  # a card of the first release, which kept nothing before the first answer
    one = next((skill for skill in kept.skills if skill.id == action.skill), None)
    if one is None:
        return Redraw(await _entry(turn, desk))
    state = kept.answered(action.skill, action.sure, desk.now)
    await desk.keep(turn, state)
    tip = cards.tip(one, action.sure)
    if state.open:
        return Redraw(await _skill(turn, desk, state, tip))
    if kept.open:
        await desk.count(turn, "checklist:finished")
    return Redraw(cards.summary(state, await desk.recall(turn, Practice), turn, desk, tip))


@flow.on(ShowSkill)
async def shown(turn: Turn, desk: Desk, action: ShowSkill) -> Answered:
    kept = await _state(turn, desk)
    if not kept.skills:
        return Redraw(await _entry(turn, desk))
    state = kept.model_copy(update={"at": min(max(action.at, 0), len(kept.skills) - 1)})
    await desk.keep(turn, state)
    return Redraw(await _skill(turn, desk, state, more=action.more))


@flow.on(Pause, shows=True)
async def paused(turn: Turn, desk: Desk, action: Pause) -> Answered:
    return Redraw(cards.paused(await _state(turn, desk), turn, desk))


@flow.on(ShowSummary, shows=True)
async def summed_up(turn: Turn, desk: Desk, action: ShowSummary) -> Answered:
    return Redraw(cards.summary(await _state(turn, desk), await desk.recall(turn, Practice), turn, desk))


async def progress(turn: Turn, desk: Desk) -> tuple[int, int]:
    """How many skills of a round that is not finished have an answer, and how many it has; 0 if none is."""
    state = await _state(turn, desk)
    return (state.done, len(state.skills)) if state.open else (0, len(skills()))


async def _entry(turn: Turn, desk: Desk) -> Card:
    return cards.entry(await _state(turn, desk), await desk.recall(turn, Practice), turn, desk)


async def _state(turn: Turn, desk: Desk) -> Checklist:
    return await desk.recall(turn, Checklist) or Checklist()


async def _skill(
    turn: Turn, desk: Desk, state: Checklist, tip: cards.Elements = (), *, more: bool = False
) -> Card:
    notes = await desk.recall(turn, Notes) or Notes()
    note = notes.of(state.skills[state.at].id)
    return cards.skill_card(state, turn, desk, tip, note, more=more)
