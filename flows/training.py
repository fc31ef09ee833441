"""Training: a group that joined with a code practises; its cases reach nobody else."""

from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Card, button
from bot.chat.router import Flow, argument
from bot.chat.turn import Reply, Turn, Whisper
from bot.desk import Desk
from bot.guidance.words import Words
from flows.entries import StartRaising

words = Words("training")
flow = Flow[Desk]("training")


class LeaveTraining(Action):
    name: ClassVar[str] = "training.leave"


@flow.command("training", summary=words("command"))
async def training(turn: Turn, desk: Desk) -> Reply:
    """Alone: a new group, or the one that this person is in; with a code: join that group."""
    code = argument(turn, "training").upper()
    mine = await desk.training_group(turn)
    group = mine if mine is not None and not code else await desk.join_training(turn, code)
    if group is None:
        return Whisper(Card(words("unknown.title"), (words.text("unknown.body"),)))
    names = ", ".join(desk.person(member).name for member in group.members)
    body = (words.text("joined.body", code=group.code), words.text("joined.members", names=names))
    buttons = (
        button(words("raise"), StartRaising(), "primary"),
        button(words("leave"), LeaveTraining()),
    )
    return Whisper(Card(words("joined.title"), body, buttons))


@flow.command("leave training", summary=words("leave_command"))
async def typed_leave(turn: Turn, desk: Desk) -> Reply:
    return await _leave(turn, desk)


@flow.on(LeaveTraining)
async def leave(turn: Turn, desk: Desk, press: LeaveTraining) -> Reply:
    return await _leave(turn, desk)


async def _leave(turn: Turn, desk: Desk) -> Reply:
    await desk.leave_training(turn)
    return Whisper(Card(words("left.title"), (words.text("left.body"),)))
