"""Raising an escalation: danger first, then whether the two have spoken, then the form, then who is told."""

import re
from dataclasses import replace
from datetime import datetime

from bot.chat.card import Button, Card, Element, button
from bot.chat.form import Form, Values
from bot.chat.router import Flow
from bot.chat.turn import Ask, Done, Invalid, Next, Reply, Turn, Whisper
from bot.desk import Desk
from flows.case_actions import StartRisk
from flows.checking import invalid, me, submitted, text, ticked, wrong
from flows.entries import OpenPlan, OpenUrgent, StartRaising
from flows.raising_details import details_form, details_missing, filing, more_asked, read_details
from flows.raising_elsewhere import held_card
from flows.raising_forms import (
    Draft,
    Go,
    SendAbout,
    SendDetails,
    SendFiling,
    SendSpoken,
    about_form,
    preview_form,
    spoken_form,
    words,
)  # fmt: skip
from flows.recipients import messaged, names_of, shown_people
from flows.someone import somebody

flow = Flow[Desk]("raising")

_PHONE = re.compile(r"\+?[\d ()-]{5,}")
_NUMBERED = re.compile(r".*\d.*")
"""A case reference has a number in it; a child's name has none."""


@flow.command("raise", "escalate", "raise an escalation", summary=words("command"), shows=True)
async def typed_raise(turn: Turn, desk: Desk) -> Reply:
    return Whisper(await _danger_first(turn, desk))


@flow.on(StartRaising, shows=True)
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
    body += somebody(desk.someone_to_ring(turn.person))
    return Card(words("danger.title"), tuple(body), (urgent, *go))


@flow.on(Go)
async def go(turn: Turn, desk: Desk, press: Go) -> Ask:
    draft = await desk.recall(turn, Draft)
    if draft is None or press.afresh:
        draft = Draft(at=desk.now)
        await desk.keep(turn, draft)
    if press.all_the_same or press.unbacked:
        passed = {"all_the_same": press.all_the_same, "unbacked": press.unbacked}
        draft = draft.model_copy(update=passed)
        await desk.keep(turn, draft)
    if press.to == "about":
        return Ask(_about_form(turn, desk, draft))
    assert turn.person is not None
    return Ask(spoken_form(desk, turn.person, draft))


async def has_draft(turn: Turn, desk: Desk) -> bool:
    """Whether an escalation was begun that holds words."""
    draft = await desk.recall(turn, Draft)
    return draft is not None and draft.written


async def start_from(turn: Turn, desk: Desk, *, spoken: bool, decision: str, risk: str, request: str) -> Ask:
    """The form that comes next, holding what was written elsewhere, in a draft of its own. `spoken` is what
    the writer says of having spoken; where the policy asks more than that, it is asked."""
    assert turn.person is not None
    draft = Draft(at=desk.now, happened=spoken, decision=decision, risk=risk, request=request)
    await desk.keep(turn, draft)
    asks_more = bool(desk.policy.exclusions or desk.policy.before)
    if spoken or asks_more:
        return Ask(spoken_form(desk, turn.person, draft))
    return Ask(_about_form(turn, desk, draft))


@flow.on(SendSpoken)
async def spoken(turn: Turn, desk: Desk, sent: SendSpoken) -> Invalid | Next | Done:
    draft, values = await _draft(turn, desk), submitted(turn)
    assert turn.person is not None
    shown = spoken_form(desk, turn.person, draft)
    problem = invalid(shown, values, desk, staff=("who",))
    if problem:
        return problem
    happened = values["happened"] is True
    subject = text(values, "subject") if desk.policy.exclusions else ""
    changed = subject != draft.subject
    draft = _with(draft, values, "who", "when", "result").model_copy(
        update={
            "subject": subject,
            "happened": happened,
            "done_before": _chosen(values, "before") if desk.policy.before else (),
            "all_the_same": draft.all_the_same and not changed,
            "unbacked": draft.unbacked and not changed,
        }
    )
    if draft.held:
        # Where else it belongs comes first: nothing more is asked of somebody who may not go on here.
        await desk.keep(turn, draft)
        return Done(held_card(desk, turn.person, draft))
    if draft.half_told:
        return wrong(shown, values, dict.fromkeys(draft.half_told, words("spoken.needed")))
    await desk.keep(turn, draft)
    if not happened:
        return Done(_speak_first(turn, desk))
    return Next(_about_form(turn, desk, draft))


def _about_form(turn: Turn, desk: Desk, draft: Draft) -> Form:
    assert turn.person is not None
    return about_form(desk, turn.person, draft, more=more_asked(desk, turn.person, draft))


def _speak_first(turn: Turn, desk: Desk) -> Card:
    buttons = (
        button(words("first.anyway"), Go(to="about"), "primary", opens_form=True),
        button(words("first.prepare"), OpenPlan()),
        button(words("first.urgent"), OpenUrgent(), "danger"),
    )
    body = (words.text("first.body"), *somebody(desk.someone_to_ring(turn.person)))
    return Card(words("first.title"), body, buttons)


@flow.on(SendAbout)
async def about(turn: Turn, desk: Desk, sent: SendAbout) -> Invalid | Next | Done:
    assert turn.person is not None
    draft, values = await _draft(turn, desk), submitted(turn)
    shown = _about_form(turn, desk, draft)
    problem = invalid(shown, values, desk, exempt=("phone",))
    if problem:
        return problem
    wrong_ones = {
        field: words(f"about.{field}_wrong")
        for field, right in (("child_reference", _NUMBERED), ("phone", _PHONE))
        if not right.fullmatch(text(values, field))
    }
    wall = values.get("decided_at")
    decided_at = desk.instant(wall) if isinstance(wall, datetime) else None
    if decided_at is not None and decided_at > desk.now:
        wrong_ones["decided_at"] = words("about.decided_at_future")
    if wrong_ones:
        return wrong(shown, values, wrong_ones)
    before = draft.agency
    draft = _with(draft, values, "agency", "child_reference", "decision", "risk", "request", "phone")
    own = {"agency": turn.person.agency} if desk.policy.within_one_agency else {}
    draft = draft.model_copy(update={"decided_at": decided_at, **own})
    if draft.agency != before:
        draft = draft.model_copy(update={"decided_by": ""})
    await desk.keep(turn, draft)
    details = details_form(desk, draft)
    return Next(details) if details is not None else await _preview(turn, desk, draft, ())


@flow.on(SendDetails)
async def details(turn: Turn, desk: Desk, sent: SendDetails) -> Invalid | Next | Done:
    assert turn.person is not None
    draft, values = await desk.recall(turn, Draft), submitted(turn)
    if draft is None or not draft.request:
        return _lost()
    shown = details_form(desk, draft)
    if shown is None:
        return await _preview(turn, desk, draft, ())
    problem = invalid(shown, values, desk)
    if problem:
        return problem
    draft, errors = read_details(desk, turn.person, draft, values)
    if errors:
        return wrong(shown, values, errors)
    await desk.keep(turn, draft)
    return await _preview(turn, desk, draft, ())


@flow.on(SendFiling)
async def file(turn: Turn, desk: Desk, sent: SendFiling) -> Next | Done:
    assert turn.person is not None
    draft, values = await desk.recall(turn, Draft), submitted(turn)
    if draft is None or not draft.request:
        return _lost()
    shown, missing = details_form(desk, draft), details_missing(desk, turn.person, draft)
    if shown is not None and missing:
        return Next(replace(shown, errors=missing))
    involved = ticked(values, "involved", desk)
    filed = filing(desk, draft, involved)
    would_be = await desk.as_filed(turn, filed)
    if (shown_people(would_be, ""), draft.mark) != (sent.shown, sent.draft):
        # An older preview, or somebody else stands there now: nothing is filed that was not shown.
        return await _preview(turn, desk, draft, involved)
    acted = await desk.raise_case(turn, filed)
    await desk.forget(turn, Draft)
    case = acted.case
    title = words("filed.title", reference=case.reference)
    if case.training:
        return Done(Card(title, (words.text("filed.training"),)))
    names = names_of(desk, messaged(case))
    safety = (
        button(words("filed.urgent"), OpenUrgent(case=case.id), "danger"),
        button(words("filed.risk"), StartRisk(case=case.id), opens_form=True),
    )
    body = (words.text("filed.body", names=names), *somebody(desk.someone_to_ring(turn.person)))
    return Done(Card(title, body, safety))


def _lost() -> Done:
    return Done(Card(words("preview.lost_title"), (words.text("preview.lost"),)))


async def _preview(turn: Turn, desk: Desk, draft: Draft, involved: tuple[str, ...]) -> Next | Done:
    group = await desk.training_group(turn)
    if group is not None and set(group.members) <= {me(turn)}:
        said = words.text("filed.training_alone", code=group.code)
        return Done(Card(words("filed.training_alone_title"), (said,)))
    case = await desk.as_filed(turn, filing(desk, draft, involved))
    practice = words.blocks("danger.training") if group is not None else ()
    return Next(preview_form(desk, draft, case, involved, practice))


async def _draft(turn: Turn, desk: Desk) -> Draft:
    return await desk.recall(turn, Draft) or Draft(at=desk.now)


def _with(draft: Draft, values: Values, *fields: str) -> Draft:
    return draft.model_copy(update={field: text(values, field) for field in fields})


def _chosen(values: Values, field: str) -> tuple[str, ...]:
    chosen = values.get(field)
    return chosen if isinstance(chosen, tuple) else ()
