"""What the raiser decides: this settles it, it does not, go up a stage, withdraw, the risk has changed."""

from dataclasses import replace

from bot.chat.card import Card
from bot.chat.form import ChoiceField, ChoicesField, Form, LongTextField, Option, form
from bot.chat.memory import State
from bot.chat.router import Flow
from bot.chat.text import Blocks, Bullets, Span, quote
from bot.chat.turn import Ask, Done, Invalid, Next, Turn
from bot.desk import Case, Desk, answer_due, commands, events
from bot.guidance.words import Words
from flows import case_actions as a
from flows.checking import invalid, me, submitted, text, ticked

words = Words("replying")
flow = Flow[Desk]("replying")


class GoingUp(State):
    """The reason for going up, between the form and its preview."""

    name = "replying.going_up"
    case: str
    reason: str


@flow.on(a.StartAccept)
async def start_accept(turn: Turn, desk: Desk, press: a.StartAccept) -> Ask:
    return Ask(_accept_form(await desk.case(turn, press.case), press.stage, press.round))


@flow.on(a.SendAccept)
async def send_accept(turn: Turn, desk: Desk, sent: a.SendAccept) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    problem = invalid(_accept_form(case, sent.stage, sent.round), values, desk)
    if problem:
        return problem
    await desk.act(
        turn,
        case.id,
        commands.Accept(me(turn), sent.stage, sent.round, text(values, "outcome"), text(values, "note")),
    )
    title = words("accept.done_title", reference=case.reference)
    return Done(Card(title, (words.text("accept.done"),)))


def _accept_form(case: Case, stage: int, round_number: int) -> Form:
    outcomes = tuple(Option(outcome.code, outcome.label) for outcome in case.policy.outcomes)
    fields = (
        ChoiceField("outcome", words("accept.outcome"), outcomes),
        LongTextField("note", words("accept.note"), words("accept.note_hint"), max_length=1000),
    )
    action = a.SendAccept(case=case.id, stage=stage, round=round_number)
    intro = words.blocks("accept.intro", reference=case.reference)
    return form(words("accept.title"), fields, action, words("accept.submit"), intro)


@flow.on(a.StartNotAccept)
async def start_not_accept(turn: Turn, desk: Desk, press: a.StartNotAccept) -> Ask:
    case = await desk.case(turn, press.case)
    return Ask(_reason_form(desk, case, press.stage, press.round, asked=False))


@flow.on(a.StartGoUp)
async def start_go_up(turn: Turn, desk: Desk, press: a.StartGoUp) -> Ask:
    case = await desk.case(turn, press.case)
    return Ask(_reason_form(desk, case, press.stage, case.round, asked=True))


@flow.on(a.SendReason)
async def send_reason(turn: Turn, desk: Desk, sent: a.SendReason) -> Invalid | Next | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    problem = invalid(_reason_form(desk, case, sent.stage, sent.round, asked=sent.asked), values, desk)
    if problem:
        return problem
    reason = text(values, "reason")
    following = await desk.who_next(case, frozenset())
    recipients = following[1] if following else None
    if recipients is None or case.stage_number != sent.stage:
        return await _take_up(turn, desk, case, sent, reason, frozenset())
    await desk.keep(turn, GoingUp(case=case.id, reason=reason))
    return Next(_preview_form(desk, case, sent, reason, recipients, ()))


@flow.on(a.SendGoUp)
async def send_go_up(turn: Turn, desk: Desk, sent: a.SendGoUp) -> Invalid | Next | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    kept = await desk.recall(turn, GoingUp)
    if kept is None or kept.case != case.id:
        lost = _reason_form(desk, case, sent.stage, sent.round, asked=sent.asked, problem=words("done.lost"))
        return Next(lost)
    involved = ticked(values, "involved", desk)
    following = await desk.who_next(case, frozenset(involved))
    recipients = following[1] if following else None
    if recipients is not None and recipient_ids(recipients) != sent.shown and case.stage_number == sent.stage:
        return Next(_preview_form(desk, case, sent, kept.reason, recipients, involved))
    done = await _take_up(turn, desk, case, sent, kept.reason, frozenset(involved))
    await desk.forget(turn, GoingUp)
    return done


async def _take_up(
    turn: Turn, desk: Desk, case: Case, sent: a.SendReason | a.SendGoUp, reason: str, involved: frozenset[str]
) -> Done:
    """Carry it out; whether it is still possible is decided by the case."""
    command: commands.Command
    if sent.asked:
        command = commands.GoUp(me(turn), sent.stage, reason, involved)
    else:
        command = commands.NotAccept(me(turn), sent.stage, sent.round, reason, involved)
    after = (await desk.act(turn, case.id, command)).case
    receiver = desk.person(after.now_with.receiving.person).name
    if after.stage_number == case.stage_number:
        due = answer_due(after)
        said = words.text("done.again", receiver=receiver, due=desk.when(due) if due else "")
        return Done(Card(words("done.again_title", reference=case.reference), (said,)))
    names = f"{receiver}, {desk.person(after.now_with.raising.person).name}"
    title = words("done.up_title", reference=case.reference)
    return Done(Card(title, (words.text("done.up", names=names),)))


def _reason_form(
    desk: Desk, case: Case, stage: int, round_number: int, *, asked: bool, problem: str = ""
) -> Form:
    last = case.next_stage is None
    receiver = desk.person(case.now_with.receiving.person).name
    intro = words.blocks("reason.intro_last" if last else "reason.intro", receiver=receiver)
    fields = (LongTextField("reason", words("reason.reason"), words("reason.reason_hint")),)
    action = a.SendReason(case=case.id, stage=stage, round=round_number, asked=asked)
    title = words("reason.go_up_title" if asked else "reason.not_accept_title")
    submit = words("reason.submit_last" if last else "reason.submit")
    shown = form(title, fields, action, submit, intro)
    return replace(shown, problem=problem)


def _preview_form(
    desk: Desk, case: Case, sent: a.SendReason | a.SendGoUp, reason: str, recipients: events.Parties,
    involved: tuple[str, ...],
) -> Form:  # fmt: skip
    after = case.next_stage
    assert after is not None
    intro = words.blocks("preview.intro", reference=case.reference, stage=f"{after.label}, {after.name}")
    if involved:
        intro = words.blocks("preview.changed") + intro
    intro += recipient_lines(desk, case.raising_agency, case.receiving_agency, recipients)
    intro += _told_too(desk, case, recipients)
    intro += words.blocks("preview.named") + quote(reason)
    people = dict.fromkeys((*recipient_ids(recipients), *involved))
    options = tuple(Option(person, desk.person(person).name) for person in people)
    fields = (
        ChoicesField(
            "involved", words("preview.involved"), options, words("preview.involved_hint"), value=involved
        ),
    )
    action = a.SendGoUp(
        case=case.id, stage=sent.stage, round=sent.round, asked=sent.asked, shown=recipient_ids(recipients)
    )
    return form(words("preview.title"), fields, action, words("preview.submit"), intro)


def _told_too(desk: Desk, case: Case, recipients: events.Parties) -> Blocks:
    """Whoever had the case at the stage before hears that it goes up."""
    before = (case.now_with.receiving, case.now_with.raising)
    messaged = {*recipient_ids(recipients), case.raiser}
    told = [p.person for p in before if not p.stands_in and p.person not in messaged]
    names = ", ".join(desk.person(person).name for person in dict.fromkeys(told))
    return words.blocks("preview.told_too", names=names) if names else ()


def recipient_lines(
    desk: Desk, raising_agency: str, receiving_agency: str, recipients: events.Parties
) -> Blocks:
    """Everybody who gets a message, by name, role and agency."""
    lines = []
    sides = ((recipients.receiving, receiving_agency), (recipients.raising, raising_agency))
    for party, of_agency in sides:
        person = desk.person(party.person)
        if party.stands_in:
            agency = desk.directory.agency(of_agency)
            line = words("preview.stands_in", name=person.name, agency=agency.name if agency else "")
        else:
            line = words("preview.recipient", name=person.name, role=person.role, agency=person.agency_name)
        lines.append((Span(line),))
    return (Bullets(tuple(dict.fromkeys(lines))),)


def recipient_ids(recipients: events.Parties) -> tuple[str, ...]:
    """The people who get a message, each once, the receiving side first."""
    return tuple(dict.fromkeys((recipients.receiving.person, recipients.raising.person)))


@flow.on(a.StartWithdraw)
async def start_withdraw(turn: Turn, desk: Desk, press: a.StartWithdraw) -> Ask:
    return Ask(await _withdraw_form(desk, await desk.case(turn, press.case)))


@flow.on(a.SendWithdraw)
async def send_withdraw(turn: Turn, desk: Desk, sent: a.SendWithdraw) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    problem = invalid(await _withdraw_form(desk, case), values, desk)
    if problem:
        return problem
    also = await _also_told(desk, case)
    await desk.act(turn, case.id, commands.Withdraw(by=me(turn), reason=text(values, "reason")))
    title = words("withdraw.done_title", reference=case.reference)
    return Done(Card(title, (words.text("withdraw.done", also=also),)))


async def _withdraw_form(desk: Desk, case: Case) -> Form:
    someone, _ = await desk.told_of_withdrawal(case)
    ring = words("withdraw.ring", name=someone.name) if someone else ""
    hint = words("withdraw.reason_hint", ring=ring)
    fields = (LongTextField("reason", words("withdraw.reason"), hint, max_length=1000),)
    intro = words.blocks("withdraw.intro", also=await _also_told(desk, case))
    action = a.SendWithdraw(case=case.id)
    return form(words("withdraw.title"), fields, action, words("withdraw.submit"), intro)


async def _also_told(desk: Desk, case: Case) -> str:
    """Whoever is told of a withdrawal beside the people on the case, in words."""
    someone, lead = await desk.told_of_withdrawal(case)
    if someone is None:
        return ""
    return words("withdraw.lead" if lead else "withdraw.coordinator", name=someone.name)


@flow.on(a.StartRisk)
async def start_risk(turn: Turn, desk: Desk, press: a.StartRisk) -> Ask:
    return Ask(_risk_form(await desk.case(turn, press.case)))


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
