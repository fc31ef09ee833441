"""What the raiser decides: this settles it, it does not, go up a stage, withdraw, the risk has changed."""

import hashlib
from dataclasses import replace

from bot.chat.card import Card
from bot.chat.form import ChoiceField, Field, Form, LongTextField, Option, form
from bot.chat.memory import State
from bot.chat.router import Flow
from bot.chat.text import Blocks, quote
from bot.chat.turn import Ask, Done, Invalid, Next, Turn
from bot.desk import Case, Desk, UrgentTrack, answer_due, commands, may_skip, overdue
from bot.guidance.words import Words
from flows import case_actions as a
from flows.checking import invalid, me, submitted, text, ticked, wrong
from flows.ending import accept_intro, closed_or_waiting
from flows.entering import Ahead, OnEntry, entry_fields, is_asked, read_entry, reply_by_problem, request
from flows.recipients import (
    copy_lines,
    involved_field,
    messaged,
    names_of,
    recipient_lines,
    shown_people,
)  # fmt: skip

words = Words("replying")
flow = Flow[Desk]("replying")

Sent = a.SendReason | a.SendStageForm | a.SendGoUp


class GoingUp(State):
    """What was written to take a case up, between its forms and the preview. `to`: the stage, 0 the next."""

    name = "replying.going_up"
    case: str
    reason: str
    to: int = 0
    said: OnEntry = OnEntry()

    @property
    def mark(self) -> str:
        """What was written, short enough for a button."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


@flow.on(a.StartAccept, shows=True)
async def start_accept(turn: Turn, desk: Desk, press: a.StartAccept) -> Ask:
    case = await desk.case_for(turn, press.case, "accept", stage=press.stage)
    return Ask(await _accept_form(turn, desk, case, press.stage, press.round))


@flow.on(a.SendAccept)
async def send_accept(turn: Turn, desk: Desk, sent: a.SendAccept) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    problem = invalid(await _accept_form(turn, desk, case, sent.stage, sent.round), values, desk)
    if problem:
        return problem
    acted = await desk.act(
        turn,
        case.id,
        commands.Accept(me(turn), sent.stage, sent.round, text(values, "outcome"), text(values, "note")),
    )
    return Done(closed_or_waiting(desk, acted.case))


async def _accept_form(turn: Turn, desk: Desk, case: Case, stage: int, round_number: int) -> Form:
    outcomes = tuple(Option(outcome.code, outcome.label) for outcome in case.policy.outcomes)
    accept = commands.Accept(me(turn), stage, round_number, outcomes[0].value, "")
    after = await desk.as_if(case, accept)
    fields = (
        ChoiceField("outcome", words("accept.outcome"), outcomes),
        LongTextField("note", words("accept.note"), words("accept.note_hint"), max_length=1000),
    )
    action = a.SendAccept(case=case.id, stage=stage, round=round_number)
    submit = words("accept.submit_asks" if after.closure is not None else "accept.submit")
    return form(words("accept.title"), fields, action, submit, accept_intro(desk, after))


@flow.on(a.StartNotAccept, shows=True)
async def start_not_accept(turn: Turn, desk: Desk, press: a.StartNotAccept) -> Ask:
    case = await desk.case_for(turn, press.case, "not_accept", stage=press.stage)
    return Ask(_reason_form(turn, desk, case, press.stage, press.round, asked=False))


@flow.on(a.StartGoUp, shows=True)
async def start_go_up(turn: Turn, desk: Desk, press: a.StartGoUp) -> Ask:
    case = await desk.case_for(turn, press.case, "go_up", stage=press.stage)
    return Ask(_reason_form(turn, desk, case, press.stage, case.round, asked=True))


@flow.on(a.SendReason)
async def send_reason(turn: Turn, desk: Desk, sent: a.SendReason) -> Invalid | Next | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    shown = _reason_form(turn, desk, case, sent.stage, sent.round, asked=sent.asked)
    problem = invalid(shown, values, desk)
    if problem:
        return problem
    before = await desk.recall(turn, GoingUp)
    said = before.said if before is not None and before.case == case.id else OnEntry()
    chosen = text(values, "to") if any(field.id == "to" for field in shown.fields) else ""
    going = GoingUp(case=case.id, reason=text(values, "reason"), to=int(chosen or 0), said=said)
    if case.next_stage is None or case.stage_number != sent.stage:
        return await _take_up(turn, desk, case, sent, going, ())
    await desk.keep(turn, going)
    if is_asked(_ahead(case, going), _track(case)):
        return Next(_stage_form(desk, case, sent, going))
    return await _preview(turn, desk, case, sent, going, ())


@flow.on(a.SendStageForm)
async def send_stage_form(turn: Turn, desk: Desk, sent: a.SendStageForm) -> Invalid | Next | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    going = await desk.recall(turn, GoingUp)
    if going is None or going.case != case.id:
        return Next(_lost(turn, desk, case, sent))
    if case.next_stage is None or case.stage_number != sent.stage:
        return await _take_up(turn, desk, case, sent, going, ())
    shown = _stage_form(desk, case, sent, going)
    problem = invalid(shown, values, desk)
    if problem:
        return problem
    urgent = values.get("urgent") is True
    said, errors = read_entry(desk, _to(case, going, urgent), values)
    if errors:
        return wrong(shown, values, errors)
    going = going.model_copy(update={"said": said})
    await desk.keep(turn, going)
    return await _preview(turn, desk, case, sent, going, ())


@flow.on(a.SendGoUp)
async def send_go_up(turn: Turn, desk: Desk, sent: a.SendGoUp) -> Invalid | Next | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    going = await desk.recall(turn, GoingUp)
    if going is None or going.case != case.id:
        return Next(_lost(turn, desk, case, sent))
    involved = ticked(values, "involved", desk)
    if case.next_stage is not None and case.stage_number == sent.stage:
        chosen = _to(case, going, bool(going.said.urgent))
        problem = reply_by_problem(desk, chosen, going.said.reply_by)
        if problem:
            return Next(replace(_stage_form(desk, case, sent, going), errors={"reply_by": problem}))
        after = await desk.as_gone_up(case, _command(turn, case, sent, going, involved))
        if shown_people(after, going.mark) != sent.shown:
            return Next(_preview_form(desk, case, sent, going, after, involved))
    done = await _take_up(turn, desk, case, sent, going, involved)
    await desk.forget(turn, GoingUp)
    return done


def _track(case: Case) -> UrgentTrack | None:
    """The urgent track, where the policy has one and the case is not in it."""
    return None if case.urgent else case.policy.urgent_track


def _ahead(case: Case, going: GoingUp) -> tuple[Ahead, ...]:
    """The stages that may be meant: the track may be chosen in the same form."""
    tracks = (case.urgent,) if _track(case) is None else (False, True)
    return tuple(_to(case, going, urgent) for urgent in tracks)


def _to(case: Case, going: GoingUp, urgent: bool) -> Ahead:
    """The stage to which the case would go; one that the urgent track skips is passed by."""
    above = tuple(case.policy.above(case.stage_number, case.urgent or urgent, case.receiving_agency))
    at_or_above = [stage for stage in above if stage.number >= going.to] or above[-1:]
    stage = at_or_above[0] if at_or_above else case.next_stage
    assert stage is not None, "asked only where there is a stage above"
    return Ahead(stage, case.priority)


def _command(
    turn: Turn, case: Case, sent: Sent, going: GoingUp, involved: tuple[str, ...]
) -> commands.GoUp | commands.NotAccept:
    urgent, gone = bool(going.said.urgent) and not case.urgent, frozenset(involved)
    if case.next_stage is None:
        entry, to = commands.Entry(), 0
    else:
        chosen = _to(case, going, urgent)
        entry, to = chosen.entry(going.said, urgent=urgent), chosen.stage.number if going.to else 0
    if not sent.asked:
        return commands.NotAccept(me(turn), sent.stage, sent.round, going.reason, gone, entry)
    return commands.GoUp(me(turn), sent.stage, going.reason, gone, entry, to)


async def _take_up(
    turn: Turn, desk: Desk, case: Case, sent: Sent, going: GoingUp, involved: tuple[str, ...]
) -> Done:
    """Carry it out; whether it is still possible is decided by the case."""
    after = (await desk.act(turn, case.id, _command(turn, case, sent, going, involved))).case
    if after.stage_number == case.stage_number:
        due = answer_due(after)
        receiver = desk.person(after.now_with.receiving.person).name
        said = words.text("done.again", receiver=receiver, due=desk.when(due) if due else "")
        return Done(Card(words("done.again_title", reference=case.reference), (said,)))
    names = ", ".join(desk.person(person).name for person in messaged(after))
    title = words("done.up_title", reference=case.reference)
    return Done(Card(title, (words.text("done.up", names=names),)))


def _reason_form(
    turn: Turn, desk: Desk, case: Case, stage: int, round_number: int, *, asked: bool, problem: str = ""
) -> Form:
    last = case.next_stage is None
    receiver = desk.person(case.now_with.receiving.person).name
    intro = words.blocks("reason.intro_last" if last else "reason.intro", receiver=receiver)
    if asked and not overdue(case) and may_skip(case, me(turn)):
        intro = words.blocks("reason.early") + intro
    fields: tuple[Field, ...] = (
        LongTextField("reason", words("reason.reason"), words("reason.reason_hint")),
    )
    above = tuple(case.policy.above(case.stage_number, case.urgent, case.receiving_agency))
    bypass = case.policy.moves.bypass
    if asked and bypass is not None and case.may(me(turn), bypass.by) and len(above) > 1:
        options = tuple(Option(str(one.number), f"{one.label}, {one.name}") for one in above)
        fields += (
            ChoiceField("to", words("reason.to"), options, words("reason.to_hint"), value=options[0].value),
        )
    action = a.SendReason(case=case.id, stage=stage, round=round_number, asked=asked)
    title = words("reason.go_up_title" if asked else "reason.not_accept_title")
    submit = words("reason.submit_last" if last else "reason.submit")
    shown = form(title, fields, action, submit, intro)
    return replace(shown, problem=problem)


def _lost(turn: Turn, desk: Desk, case: Case, sent: Sent) -> Form:
    """What was written is gone: from the beginning."""
    return _reason_form(
        turn, desk, case, sent.stage, sent.round, asked=sent.asked, problem=words("done.lost")
    )


def _stage_form(desk: Desk, case: Case, sent: Sent, going: GoingUp) -> Form:
    """What the stage above asks for, before anything is sent."""
    ahead = _ahead(case, going)
    stage = ahead[0].stage
    intro = words.blocks("stage_form.intro", stage=f"{stage.label}, {stage.name}")
    if stage.form is not None:
        intro += words.blocks("stage_form.form", form=stage.form.name)
    fields = entry_fields(desk, ahead, _track(case), going.said)
    action = a.SendStageForm(
        case=case.id, stage=sent.stage, round=sent.round, asked=sent.asked, to=stage.number
    )
    return form(words("stage_form.title"), fields, action, words("reason.submit"), intro)


async def _preview(
    turn: Turn, desk: Desk, case: Case, sent: Sent, going: GoingUp, involved: tuple[str, ...]
) -> Next:
    after = await desk.as_gone_up(case, _command(turn, case, sent, going, involved))
    return Next(_preview_form(desk, case, sent, going, after, involved))


def _preview_form(
    desk: Desk, case: Case, sent: Sent, going: GoingUp, after: Case, involved: tuple[str, ...]
) -> Form:
    """Who is told, and what they read. `after` is the case as it would be."""
    stage = f"{after.stage.label}, {after.stage.name}"
    intro = words.blocks("preview.intro", reference=case.reference, stage=stage)
    if involved:
        intro = words.blocks("preview.changed") + intro
    intro += recipient_lines(desk, after) + copy_lines(desk, after) + _told_too(desk, case, after)
    intro += request(desk, after)
    intro += words.blocks("preview.named") + quote(going.reason)
    for answer in after.forms[len(case.forms) :]:
        intro += words.blocks("preview.form", question=answer.question) + quote(answer.text)
    action = a.SendGoUp(
        case=case.id, stage=sent.stage, round=sent.round, asked=sent.asked,
        shown=shown_people(after, going.mark), to=going.to,
    )  # fmt: skip
    fields = involved_field(desk, after, involved)
    return form(words("preview.title"), fields, action, words("preview.submit"), intro)


def _told_too(desk: Desk, case: Case, after: Case) -> Blocks:
    """Whoever had the case at the stage before hears that it goes up."""
    before = (*case.now_with.all_of("receiving"), *case.now_with.all_of("raising"))
    reached = {*messaged(after), case.raiser}
    told = [p.person for p in before if not p.stands_in and p.person not in reached]
    names = names_of(desk, dict.fromkeys(told))
    return words.blocks("preview.told_too", names=names) if names else ()


@flow.on(a.StartWithdraw, shows=True)
async def start_withdraw(turn: Turn, desk: Desk, press: a.StartWithdraw) -> Ask:
    return Ask(await _withdraw_form(turn, desk, await desk.case_for(turn, press.case, "withdraw")))


@flow.on(a.SendWithdraw)
async def send_withdraw(turn: Turn, desk: Desk, sent: a.SendWithdraw) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    problem = invalid(await _withdraw_form(turn, desk, case), values, desk)
    if problem:
        return problem
    also = await _also_told(turn, desk, case)
    await desk.act(turn, case.id, commands.Withdraw(by=me(turn), reason=text(values, "reason")))
    title = words("withdraw.done_title", reference=case.reference)
    return Done(Card(title, (words.text("withdraw.done", also=also),)))


async def _withdraw_form(turn: Turn, desk: Desk, case: Case) -> Form:
    """For the raiser, and for whoever else the policy lets withdraw the case."""
    intro = words.blocks("withdraw.intro", also=await _also_told(turn, desk, case))
    if case.speaks_as_raiser(me(turn)):
        someone, _ = await desk.told_of_withdrawal(case)
        ring = words("withdraw.ring", name=someone.name) if someone else ""
        hint = words("withdraw.reason_hint", ring=ring)
    else:
        raiser = desk.person(case.raiser).name
        hint = words("withdraw.reason_hint_other", raiser=raiser)
        intro = words.blocks("withdraw.other", raiser=raiser) + intro
    fields = (LongTextField("reason", words("withdraw.reason"), hint, max_length=1000),)
    action = a.SendWithdraw(case=case.id)
    return form(words("withdraw.title"), fields, action, words("withdraw.submit"), intro)


async def _also_told(turn: Turn, desk: Desk, case: Case) -> str:
    """Whoever is told of a withdrawal beside the people on the case, in words."""
    someone, lead = await desk.told_of_withdrawal(case)
    if someone is None or someone.id == me(turn):
        return ""
    raising = case.speaks_as_raiser(me(turn))
    key = "coordinator" if not lead else "lead" if raising else "lead_other"
    return words(f"withdraw.{key}", name=someone.name)


@flow.on(a.StartRisk, shows=True)
async def start_risk(turn: Turn, desk: Desk, press: a.StartRisk) -> Ask:
    return Ask(_risk_form(await desk.case_for(turn, press.case, "change_risk")))


@flow.on(a.SendRisk)
async def send_risk(turn: Turn, desk: Desk, sent: a.SendRisk) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    problem = invalid(_risk_form(case), values, desk)
    if problem:
        return problem
    await desk.act(turn, case.id, commands.ChangeRisk(by=me(turn), text=text(values, "text")))
    return Done(Card(words("risk.done_title"), (words.text("risk.done"),)))


def _risk_form(case: Case) -> Form:
    fields = (LongTextField("text", words("risk.text"), words("risk.text_hint"), max_length=1500),)
    action = a.SendRisk(case=case.id)
    return form(words("risk.title"), fields, action, words("risk.submit"), words.blocks("risk.intro"))
