"""Handing over all cases that somebody has, at once."""

from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Text, button
from bot.chat.form import Form, Option, PersonField, TextField, form
from bot.chat.router import Flow
from bot.chat.text import Bullets, Span
from bot.chat.turn import Ask, Done, Reply, Turn, Whisper
from bot.desk import Case, Desk
from bot.guidance.words import Words
from flows.checking import invalid, me, submitted, text
from flows.entries import OpenCase, OpenCases, StartHandingOver

flow, words = Flow[Desk]("handing_over"), Words("handing_over")

_OPENED = 20
"""So many buttons at most."""


class SendHandingOver(Action):
    name: ClassVar[str] = "handing_over.send"


@flow.command("hand over all", "hand over all my cases", summary=words("summary"), exact=True, shows=True)
async def typed_all(turn: Turn, desk: Desk) -> Reply:
    return await _asked(turn, desk)


@flow.on(StartHandingOver, shows=True)
async def start_all(turn: Turn, desk: Desk, press: StartHandingOver) -> Reply:
    return await _asked(turn, desk)


async def _asked(turn: Turn, desk: Desk) -> Reply:
    cases = await desk.parts_of(me(turn))
    return Ask(_form(desk, me(turn), cases)) if cases else Whisper(_nothing())


@flow.on(SendHandingOver)
async def send_all(turn: Turn, desk: Desk, action: SendHandingOver) -> Reply:
    cases, values = await desk.parts_of(me(turn)), submitted(turn)
    if not cases:
        return Done(_nothing())
    problem = invalid(_form(desk, me(turn), cases), values, desk)
    if problem:
        return problem
    to, why = text(values, "to"), Words("refusals")
    done, refused = await desk.hand_over_all(turn, to, text(values, "reason"))
    name = desk.person(to).name
    body: list[Element] = []
    if done:
        body.append(words.text("done.over", name=name, references=_references(done)))
    if refused:
        lines = tuple(
            (Span(words("done.line", reference=case.reference, why=why(refusal.why))),)
            for case, refusal in refused
        )
        body.append(Text((*words.blocks("done.refused", name=name), Bullets(lines))))
    opens = _opens((*(case for case, _ in refused), *done))
    key = "done.title" if done and not refused else "done.title_some" if done else "done.title_none"
    return Done(Card(words(key), tuple(body), opens))


def _form(desk: Desk, person: str, cases: tuple[Case, ...]) -> Form:
    found = desk.directory.colleagues(person)[:25]
    options = tuple(Option(entry.id, f"{entry.name}, {entry.role}") for entry in found)
    fields = (
        PersonField("to", words("form.to"), f"colleagues:{person}", options, words("form.to_hint")),
        TextField("reason", words("form.reason"), words("form.reason_hint")),
    )
    intro = words.blocks("form.intro", references=_references(cases))
    return form(words("form.title"), fields, SendHandingOver(), words("form.submit"), intro)


def _nothing() -> Card:
    opens = (button(words("label.cases"), OpenCases()),)
    return Card(words("nothing.title"), (words.text("nothing.body"),), opens)


def _references(cases: tuple[Case, ...]) -> str:
    return ", ".join(case.reference for case in cases)


def _opens(cases: tuple[Case, ...]) -> tuple[Button, ...]:
    return tuple(
        button(words("label.open", reference=case.reference), OpenCase(case=case.id))
        for case in cases[:_OPENED]
    )
