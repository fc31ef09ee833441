"""Notes: thoughts on a skill, which only their writer sees in Braver, and can delete at any time."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Text, button
from bot.chat.form import Form, LongTextField, form
from bot.chat.memory import State
from bot.chat.router import Answered, Flow
from bot.chat.text import quote
from bot.chat.turn import Ask, Done, Redraw, Turn
from bot.desk import Desk
from bot.guidance.skills import skills
from bot.guidance.words import Words
from flows.checking import invalid, submitted, text
from flows.coaching.safety import PRIVATE, coached
from flows.entries import OpenChecklist
from flows.showing import opened

flow = Flow[Desk]("notes")
words = Words("notes")

LENGTH = 500
"""Characters of a note: a thought, not a record."""


_WHOLE, _BRIEF = 10, 150
"""Of more notes than the first, so many characters each are listed; the whole note stands with its skill."""


class Notes(State):
    """Skill → the note on it."""

    name: ClassVar[str] = "notes"
    keep_for: ClassVar[timedelta] = timedelta(days=365)
    notes: dict[str, str] = Field(default_factory=dict)

    def of(self, skill: str) -> str:
        return self.notes.get(skill, "")


class OpenNotes(Action):
    name: ClassVar[str] = "notes.open"


class StartNote(Action):
    name: ClassVar[str] = "notes.start"
    skill: str


class SendNote(Action):
    name: ClassVar[str] = "notes.send"
    skill: str


class DeleteNote(Action):
    """One note, or all of them where `skill` is empty."""

    name: ClassVar[str] = "notes.delete"
    skill: str = ""


@flow.command("notes", "my notes", summary=words("summary"), exact=True, shows=True)
async def asked(turn: Turn, desk: Desk) -> Answered:
    return opened(turn, _card(await _notes(turn, desk), turn, desk))


@flow.on(OpenNotes, shows=True)
async def pressed(turn: Turn, desk: Desk, action: OpenNotes) -> Answered:
    return opened(turn, _card(await _notes(turn, desk), turn, desk))


@flow.on(StartNote, shows=True)
async def start(turn: Turn, desk: Desk, action: StartNote) -> Answered:
    return Ask(_form(action.skill, (await _notes(turn, desk)).of(action.skill)))


@flow.on(SendNote)
async def send(turn: Turn, desk: Desk, action: SendNote) -> Answered:
    """An emptied field deletes the note."""
    values = submitted(turn)
    refused = invalid(_form(action.skill, ""), values, desk)
    if refused:
        return refused
    said, kept = text(values, "note"), await _notes(turn, desk)
    if not said:
        return Done(await _deleted(turn, desk, action.skill))
    await desk.keep(turn, Notes(notes={**kept.notes, action.skill: said}))
    body = (words.text("kept.body"), Text(quote(said)))
    buttons = (_checklist(), _all_notes(), button(words("button.delete"), DeleteNote(skill=action.skill)))
    return Done(coached(desk, turn.person, words("kept.title"), body, *buttons, footnote=PRIVATE))


@flow.on(DeleteNote)
async def delete(turn: Turn, desk: Desk, action: DeleteNote) -> Answered:
    return Redraw(await _deleted(turn, desk, action.skill))


async def _deleted(turn: Turn, desk: Desk, skill: str) -> Card:
    kept = await _notes(turn, desk)
    rest = {one: note for one, note in kept.notes.items() if skill and one != skill}
    if rest:
        await desk.keep(turn, Notes(notes=rest))
    else:
        await desk.forget(turn, Notes)
    left = (_all_notes(),) if rest else ()
    body = (words.text("deleted.body"),)
    return coached(desk, turn.person, words("deleted.title"), body, *left, _checklist())


def _form(skill: str, note: str) -> Form:
    name = _name(skill)
    field = LongTextField("note", words("form.field"), words("form.hint"), False, LENGTH, note)
    return form(
        words("form.title"), (field,), SendNote(skill=skill), words("form.submit"),
        words.blocks("form.intro", skill=name),
    )  # fmt: skip


def _card(kept: Notes, turn: Turn, desk: Desk) -> Card:
    """All notes, each under its skill, with a button to delete it."""
    body: list[Element] = [words.text("list.intro" if kept.notes else "list.none")]
    buttons: list[Button] = []
    for skill, note in kept.notes.items():
        shown = note if len(kept.notes) <= _WHOLE or len(note) <= _BRIEF else f"{note[:_BRIEF]}…"
        body.append(Text(words.blocks("list.item", skill=_name(skill)) + quote(shown)))
        buttons.append(button(words("button.delete_one", skill=_name(skill)), DeleteNote(skill=skill)))
    if kept.notes:
        buttons.append(button(words("button.delete_all"), DeleteNote()))
    buttons.insert(0, _checklist())
    return coached(desk, turn.person, words("list.title"), tuple(body), *buttons, footnote=PRIVATE)


def _name(skill: str) -> str:
    return next((one.name for one in skills() if one.id == skill), words("gone"))


def _checklist() -> Button:
    return button(words("button.checklist"), OpenChecklist(), "primary")


def _all_notes() -> Button:
    return button(words("button.all"), OpenNotes())


async def _notes(turn: Turn, desk: Desk) -> Notes:
    return await desk.recall(turn, Notes) or Notes()
