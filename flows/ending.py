"""How a case ends where others must agree, how it is opened again, and what is asked after closing."""

from bot.chat.card import Button, Card, button
from bot.chat.form import Form, LongTextField, YesNoField, form
from bot.chat.router import Flow
from bot.chat.text import Blocks, quote
from bot.chat.turn import Ask, Done, Invalid, Turn, Whisper
from bot.desk import Case, Desk, Role, answer_due, commands, events, holding, may_reopen
from bot.guidance.words import Words
from flows import case_actions as a
from flows.checking import invalid, me, submitted, text
from flows.recipients import copy_lines, names_of, recipient_lines

words = Words("ending")
flow = Flow[Desk]("ending")


def accept_intro(desk: Desk, after: Case) -> Blocks:
    """What choosing an outcome does: it closes the case, or asks others whether they agree. `after` is the
    case as it would then be."""
    if after.closure is None:
        return words.blocks("accept.closes", reference=after.reference)
    names = _agreeing(desk, after, after.closure.waiting)
    return words.blocks("accept.asks", reference=after.reference, names=names)


def closed_or_waiting(desk: Desk, case: Case) -> Card:
    """What the raiser is told after choosing an outcome: it is closed, or it waits for others to agree."""
    if case.closure is None:
        return Card(words("accept.closed_title", reference=case.reference), (words.text("accept.closed"),))
    names = _agreeing(desk, case, case.closure.waiting)
    return Card(
        words("accept.waiting_title", reference=case.reference), (words.text("accept.waiting", names=names),)
    )


def _agreeing(desk: Desk, case: Case, roles: tuple[Role, ...]) -> str:
    """Who has these parts beside the raiser, by name."""
    people = dict.fromkeys(person for role in roles for person in holding(case, role))
    return names_of(desk, (person for person in people if person != case.raiser))


@flow.on(a.DecideClosure)
async def agree_closure(turn: Turn, desk: Desk, press: a.DecideClosure) -> Whisper:
    command = commands.AgreeClosure(by=me(turn), proposed_at=press.proposed_at, agreed=True)
    case = (await desk.act(turn, press.case, command)).case
    if case.closure is not None:
        said = words.text("agreed.waiting", names=_agreeing(desk, case, case.closure.waiting))
    else:
        said = words.text("agreed.closed", reference=case.reference)
    return Whisper(Card(words("agreed.title"), (said,)))


@flow.on(a.StartRefuseClosure, shows=True)
async def start_refuse_closure(turn: Turn, desk: Desk, press: a.StartRefuseClosure) -> Ask:
    case = await desk.case_for(turn, press.case, "agree_closure")
    command = commands.AgreeClosure(by=me(turn), proposed_at=press.proposed_at, agreed=False)
    await desk.as_if(case, command)
    return Ask(_refuse_form(desk, case, press))


@flow.on(a.SendRefuseClosure)
async def send_refuse_closure(turn: Turn, desk: Desk, sent: a.SendRefuseClosure) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    problem = invalid(_refuse_form(desk, case, sent), values, desk)
    if problem:
        return problem
    command = commands.AgreeClosure(
        by=me(turn), proposed_at=sent.proposed_at, agreed=False, reason=text(values, "reason")
    )
    await desk.act(turn, case.id, command)
    said = words.text("refuse.done", raiser=desk.person(case.raiser).name)
    return Done(Card(words("refuse.done_title"), (said,)))


def _refuse_form(desk: Desk, case: Case, action: a.StartRefuseClosure | a.SendRefuseClosure) -> Form:
    raiser = desk.person(case.raiser).name
    intro: Blocks = ()
    if case.closure is not None:
        chosen = case.closure.outcome
        label = next((one.label for one in case.policy.outcomes if one.code == chosen), chosen)
        intro = words.blocks("refuse.chosen", raiser=raiser, outcome=label) + quote(case.closure.note)
    intro += words.blocks("refuse.intro", raiser=raiser)
    fields = (LongTextField("reason", words("refuse.reason"), words("refuse.reason_hint"), max_length=1000),)
    back = a.SendRefuseClosure(case=case.id, proposed_at=action.proposed_at)
    return form(words("refuse.title"), fields, back, words("refuse.submit"), intro)


@flow.on(a.StartReopen, shows=True)
async def start_reopen(turn: Turn, desk: Desk, press: a.StartReopen) -> Ask:
    return Ask(await _reopen_form(turn, desk, await desk.case_for(turn, press.case, "reopen")))


@flow.on(a.SendReopen)
async def send_reopen(turn: Turn, desk: Desk, sent: a.SendReopen) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    problem = invalid(await _reopen_form(turn, desk, case), values, desk)
    if problem:
        return problem
    command = commands.Reopen(by=me(turn), reason=text(values, "reason"))
    case = (await desk.act(turn, case.id, command)).case
    receiver, due = desk.person(case.now_with.receiving.person).name, answer_due(case)
    said = [words.text("reopen.done", stage=_stage(case), receiver=receiver)]
    if due is not None:
        said.append(words.text("reopen.due", due=desk.when(due)))
    return Done(Card(words("reopen.done_title", reference=case.reference), tuple(said)))


async def _reopen_form(turn: Turn, desk: Desk, case: Case) -> Form:
    """Where it goes on, who gets a message there, and who else is told."""
    after = await desk.as_if(case, commands.Reopen(by=me(turn), reason=""))
    due = answer_due(after)
    intro = words.blocks("reopen.intro", reference=case.reference, stage=_stage(after))
    intro += recipient_lines(desk, after) + copy_lines(desk, after)
    intro += words.blocks("reopen.due", due=desk.when(due)) if due is not None else ()
    intro += words.blocks("reopen.told")
    fields = (LongTextField("reason", words("reopen.reason"), words("reopen.reason_hint"), max_length=1000),)
    action = a.SendReopen(case=case.id)
    return form(words("reopen.title"), fields, action, words("reopen.submit"), intro)


def _stage(case: Case) -> str:
    return f"{case.stage.label}, {case.stage.name}"


@flow.on(a.StartCheck, shows=True)
async def start_check(turn: Turn, desk: Desk, press: a.StartCheck) -> Ask:
    case = await desk.case_for(turn, press.case, "answer_check", check=press.check)
    await desk.as_if(case, commands.AnswerCheck(by=me(turn), check=press.check, done=True, text=""))
    return Ask(_check_form(case, press.check))


@flow.on(a.SendCheck)
async def send_check(turn: Turn, desk: Desk, sent: a.SendCheck) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    problem = invalid(_check_form(case, sent.check), values, desk)
    if problem:
        return problem
    done = values["done"] is True
    command = commands.AnswerCheck(by=me(turn), check=sent.check, done=done, text=text(values, "text"))
    acted = await desk.act(turn, case.id, command)
    title = words("check.done_title")
    if done:
        return Done(Card(title, (words.text("check.yes"),)))
    told = next(event.told for event in acted.events if isinstance(event, events.CheckAnswered))
    people = dict.fromkeys((*told, case.raiser))
    names = names_of(desk, (person for person in people if person != me(turn)))
    body = [words.text("check.told", names=names)] if names else []
    again = _reopen_button(turn, desk, acted.case)
    body.append(words.text("check.reopen" if again else "check.risk"))
    return Done(Card(title, tuple(body), again))


def _check_form(case: Case, check: str) -> Form:
    question = next((one.question for one in case.policy.after_closing if one.id == check), check)
    fields = (
        YesNoField("done", question),
        LongTextField("text", words("check.text"), words("check.text_hint"), max_length=1000),
    )
    action = a.SendCheck(case=case.id, check=check)
    intro = words.blocks("check.intro", reference=case.reference)
    return form(words("check.title"), fields, action, words("check.submit"), intro)


def _reopen_button(turn: Turn, desk: Desk, case: Case) -> tuple[Button, ...]:
    if not may_reopen(case, me(turn), desk.now):
        return ()
    return (button(words("check.open_again"), a.StartReopen(case=case.id), opens_form=True),)
