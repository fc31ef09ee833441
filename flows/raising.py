"""Raising an escalation: danger first, then whether the two have spoken, then the form, then who is told."""

import re

from bot.chat.card import Button, Card, Element, button
from bot.chat.form import Values
from bot.chat.router import Flow
from bot.chat.turn import Ask, Done, Invalid, Next, Reply, Turn, Whisper
from bot.desk import Desk
from flows.case_actions import StartRisk
from flows.checking import invalid, me, submitted, text, ticked, wrong
from flows.entries import OpenAdvice, OpenChecklist, OpenUrgent, StartRaising
from flows.raising_forms import (
    Draft,
    Go,
    SendAbout,
    SendFiling,
    SendSpoken,
    about_form,
    preview_form,
    spoken_form,
    words,
)  # fmt: skip
from flows.replying import recipient_ids

flow = Flow[Desk]("raising")

_PHONE = re.compile(r"\+?[\d ()-]{5,}")
_NUMBERED = re.compile(r".*\d.*")
"""A case reference has a number in it; a child's name has none."""


@flow.command("raise", "escalate", "raise an escalation", summary=words("command"))
async def typed_raise(turn: Turn, desk: Desk) -> Reply:
    return Whisper(await _danger_first(turn, desk))


@flow.on(StartRaising)
async def start(turn: Turn, desk: Desk, press: StartRaising) -> Reply:
    return Whisper(await _danger_first(turn, desk))


async def _danger_first(turn: Turn, desk: Desk) -> Card:
    draft = await desk.recall(turn, Draft)
    body: list[Element] = [words.text("danger.body")]
    if await desk.training_group(turn) is not None:
        body.insert(0, words.text("danger.training"))
    urgent = button(words("danger.yes"), OpenUrgent(), "danger")
    go: tuple[Button, ...]
    if draft is None:
        go = (button(words("danger.no"), Go(), "primary", opens_form=True),)
    else:
        body.append(words.text("danger.draft", at=desk.when(draft.at)))
        go = (
            button(words("danger.go_on"), Go(to=draft.next_form), "primary", opens_form=True),
            button(words("danger.afresh"), Go(afresh=True), opens_form=True),
        )
    return Card(words("danger.title"), tuple(body), (urgent, *go))


@flow.on(Go)
async def go(turn: Turn, desk: Desk, press: Go) -> Ask:
    draft = await desk.recall(turn, Draft)
    if draft is None or press.afresh:
        draft = Draft(at=desk.now)
        await desk.keep(turn, draft)
    if press.to == "about":
        assert turn.person is not None
        return Ask(about_form(desk, turn.person, draft))
    return Ask(spoken_form(draft))


@flow.on(SendSpoken)
async def spoken(turn: Turn, desk: Desk, sent: SendSpoken) -> Invalid | Next | Done:
    draft, values = await _draft(turn, desk), submitted(turn)
    shown = spoken_form(draft)
    problem = invalid(shown, values, desk)
    if problem:
        return problem
    happened = values["happened"] is True
    if happened:
        missing = [field for field in ("who", "when", "result") if not text(values, field)]
        if missing:
            return wrong(shown, values, dict.fromkeys(missing, words("spoken.needed")))
    draft = _with(draft, values, "who", "when", "result").model_copy(update={"happened": happened})
    await desk.keep(turn, draft)
    if not happened:
        return Done(_speak_first())
    assert turn.person is not None
    return Next(about_form(desk, turn.person, draft))


def _speak_first() -> Card:
    buttons = (
        button(words("first.prepare"), OpenAdvice(topic="what-to-say")),
        button(words("first.checklist"), OpenChecklist()),
        button(words("first.anyway"), Go(to="about"), "primary", opens_form=True),
    )
    return Card(words("first.title"), (words.text("first.body"),), buttons)


@flow.on(SendAbout)
async def about(turn: Turn, desk: Desk, sent: SendAbout) -> Invalid | Next | Done:
    assert turn.person is not None
    draft, values = await _draft(turn, desk), submitted(turn)
    shown = about_form(desk, turn.person, draft)
    problem = invalid(shown, values, desk, exempt=("phone",))
    if problem:
        return problem
    wrong_ones = {
        field: words(f"about.{field}_wrong")
        for field, right in (("child_reference", _NUMBERED), ("phone", _PHONE))
        if not right.fullmatch(text(values, field))
    }
    if wrong_ones:
        return wrong(shown, values, wrong_ones)
    draft = _with(draft, values, "agency", "child_reference", "decision", "risk", "request", "phone")
    await desk.keep(turn, draft)
    return await _preview(turn, desk, draft, ())


@flow.on(SendFiling)
async def file(turn: Turn, desk: Desk, sent: SendFiling) -> Next | Done:
    draft, values = await desk.recall(turn, Draft), submitted(turn)
    if draft is None or not draft.request:
        return Done(Card(words("preview.lost_title"), (words.text("preview.lost"),)))
    involved = ticked(values, "involved", desk)
    recipients = (await desk.as_filed(turn, draft.filing(involved))).now_with
    if (recipient_ids(recipients), draft.mark) != (sent.shown, sent.draft):
        # An older preview, or somebody else stands there now: nothing is filed that was not shown.
        return await _preview(turn, desk, draft, involved)
    acted = await desk.raise_case(turn, draft.filing(involved))
    await desk.forget(turn, Draft)
    case = acted.case
    title = words("filed.title", reference=case.reference)
    if case.training:
        return Done(Card(title, (words.text("filed.training"),)))
    names = ", ".join(desk.person(person).name for person in recipient_ids(case.now_with))
    safety = (
        button(words("filed.urgent"), OpenUrgent(case=case.id), "danger"),
        button(words("filed.risk"), StartRisk(case=case.id), opens_form=True),
    )
    return Done(Card(title, (words.text("filed.body", names=names),), safety))


async def _preview(turn: Turn, desk: Desk, draft: Draft, involved: tuple[str, ...]) -> Next | Done:
    group = await desk.training_group(turn)
    if group is not None and set(group.members) <= {me(turn)}:
        said = words.text("filed.training_alone", code=group.code)
        return Done(Card(words("filed.training_alone_title"), (said,)))
    assert turn.person is not None
    case = await desk.as_filed(turn, draft.filing(involved))
    practice = words.blocks("danger.training") if group is not None else ()
    return Next(preview_form(desk, draft, case, involved, practice))


async def _draft(turn: Turn, desk: Desk) -> Draft:
    return await desk.recall(turn, Draft) or Draft(at=desk.now)


def _with(draft: Draft, values: Values, *fields: str) -> Draft:
    return draft.model_copy(update={field: text(values, field) for field in fields})
