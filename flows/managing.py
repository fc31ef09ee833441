"""What a manager does with a case: acknowledge, answer, ask for more time, hand over, say which child."""

from datetime import datetime, timedelta

from bot.chat.card import Card, button
from bot.chat.form import (
    ChoiceField,
    DateTimeField,
    Form,
    LongTextField,
    Option,
    PersonField,
    TextField,
    form,
)  # fmt: skip
from bot.chat.router import Flow
from bot.chat.turn import Ask, Done, Invalid, Replies, Reply, Turn, Whisper
from bot.desk import Case, Desk, Refusal, answer_due, commands, due_at, latest_extension
from bot.guidance.words import Words
from flows import case_actions as a
from flows.checking import invalid, me, submitted, text, wrong
from flows.coaching.other_chair import offered
from flows.recipients import names_of

words = Words("managing")
flow = Flow[Desk]("managing")

REFERENCE_LENGTH = 40


@flow.command("acknowledge", "ack", summary=words("command.acknowledge"), exact=True)
async def typed_acknowledge(turn: Turn, desk: Desk) -> Reply | Replies:
    """A typed word counts where it is the whole message: in a case's thread for that case, elsewhere for
    the only case that waits for this person, or it asks which."""
    here = await desk.case_here(turn)
    if here is not None:
        return await _acknowledge(turn, desk, here, None)
    assert turn.person is not None
    waiting = [
        case for case in await desk.cases_of(turn.person, open_only=True) if _waits(case, turn.person.id)
    ]
    if len(waiting) == 1:
        return await _acknowledge(turn, desk, waiting[0].id, None)
    if not waiting:
        return Whisper(Card(words("which.none_title"), (words.text("which.none"),)))
    buttons = tuple(
        button(case.reference, a.Acknowledge(case=case.id, stage=case.stage_number)) for case in waiting
    )
    return Whisper(Card(words("which.title"), (words.text("which.body"),), buttons))


@flow.on(a.Acknowledge)
async def acknowledge(turn: Turn, desk: Desk, press: a.Acknowledge) -> Replies:
    return await _acknowledge(turn, desk, press.case, press.stage)


async def _acknowledge(turn: Turn, desk: Desk, case_id: str, stage: int | None) -> Replies:
    """The confirmation; and to whoever has just taken it on, the offer of coaching for what comes next."""
    mine = me(turn)
    acted = await desk.act(turn, case_id, commands.Acknowledge(by=mine, stage=stage))
    case = acted.case
    side = case.party_side(mine) or "receiving"
    due = answer_due(case)
    text_of = words.text(
        f"acknowledged.{side}", raiser=desk.person(case.raiser).name, due=desk.when(due) if due else ""
    )
    confirmed = Whisper(Card(words("acknowledged.title", reference=case.reference), (text_of,)))
    newly = bool(acted.events) and case.open and not case.training
    return (confirmed, *(await offered(turn, desk, side, case.id) if newly else ()))


@flow.on(a.StartAnswer, shows=True)
async def start_answer(turn: Turn, desk: Desk, press: a.StartAnswer) -> Ask:
    case = await desk.case_for(turn, press.case, "answer", stage=press.stage)
    return Ask(_answer_form(desk, case, press.stage))


@flow.on(a.SendAnswer)
async def send_answer(turn: Turn, desk: Desk, sent: a.SendAnswer) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    problem = invalid(_answer_form(desk, case, sent.stage), values, desk)
    if problem:
        return problem
    command = commands.Answer(by=me(turn), stage=sent.stage, text=text(values, "text"))
    await desk.act(turn, case.id, command)
    raiser = desk.person(case.raiser).name
    return Done(Card(words("answer.done_title"), (words.text("answer.done", raiser=raiser),)))


def _answer_form(desk: Desk, case: Case, stage: int) -> Form:
    intro = words.blocks("answer.intro", raiser=desk.person(case.raiser).name, request=case.concern.request)
    fields = (LongTextField("text", words("answer.text"), words("answer.text_hint")),)
    action = a.SendAnswer(case=case.id, stage=stage)
    return form(words("answer.title"), fields, action, words("answer.submit"), intro)


@flow.on(a.StartMoreTime, shows=True)
async def start_more_time(turn: Turn, desk: Desk, press: a.StartMoreTime) -> Ask:
    case = await desk.case_for(turn, press.case, "ask_more_time", stage=press.stage)
    soonest = max(due_at(case, case.stage.answer) or desk.now, desk.now) + timedelta(minutes=1)
    ask = commands.AskMoreTime(by=me(turn), stage=press.stage, until=soonest, reason="")
    await desk.as_if(case, ask)
    return Ask(await _more_time_form(desk, case, press.stage))


@flow.on(a.SendMoreTime)
async def send_more_time(turn: Turn, desk: Desk, sent: a.SendMoreTime) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    shown = await _more_time_form(desk, case, sent.stage)
    problem = invalid(shown, values, desk)
    if problem:
        return problem
    until = values["until"]
    assert isinstance(until, datetime)
    at = desk.instant(until)
    if at <= desk.now:
        return wrong(shown, values, {"until": words("more_time.past")})
    due, latest = due_at(case, case.stage.answer), latest_extension(case)
    if due is not None and at <= due:
        return wrong(shown, values, {"until": words("more_time.not_later", due=desk.when(due))})
    if latest is not None and at > latest:
        return wrong(shown, values, {"until": words("more_time.too_late", latest=desk.when(latest))})
    command = commands.AskMoreTime(by=me(turn), stage=sent.stage, until=at, reason=text(values, "reason"))
    asked = (await desk.act(turn, case.id, command)).case.more_time
    names = names_of(desk, asked.asked if asked else ())
    return Done(Card(words("more_time.done_title"), (words.text("more_time.done", names=names),)))


async def _more_time_form(desk: Desk, case: Case, stage: int) -> Form:
    """Who is asked, and how much more time the policy allows, how often."""
    due, extend = answer_due(case), case.policy.moves.extend
    names = names_of(desk, (person.id for person in await desk.may_agree_to_more_time(case)))
    intro = words.blocks("more_time.deadline", due=desk.when(due)) if due else ()
    intro += words.blocks("more_time.intro", names=names)
    latest = latest_extension(case)
    if latest is not None:
        intro += words.blocks("more_time.latest", latest=desk.when(latest))
    if extend.times is not None:
        left = extend.times - case.extensions
        intro += words.blocks("more_time.last_time" if left == 1 else "more_time.times", left=left)
    fields = (
        DateTimeField("until", words("more_time.until"), words("more_time.until_hint")),
        LongTextField("reason", words("more_time.reason"), words("more_time.reason_hint"), max_length=500),
    )
    action = a.SendMoreTime(case=case.id, stage=stage)
    return form(words("more_time.title"), fields, action, words("more_time.submit"), intro)


@flow.on(a.DecideMoreTime)
async def decide_more_time(turn: Turn, desk: Desk, press: a.DecideMoreTime) -> Reply:
    before = await desk.case(turn, press.case)
    asked_by = desk.person(before.more_time.by).name if before.more_time else ""
    command = commands.AgreeMoreTime(by=me(turn), stage=press.stage, until=press.until, agreed=press.agreed)
    case = (await desk.act(turn, press.case, command)).case
    if press.agreed:
        said = words.text("decided.agreed", name=asked_by, until=desk.when(press.until))
        return Whisper(Card(words("decided.agreed_title"), (said,)))
    due = answer_due(case)
    said = words.text("decided.refused", name=asked_by, due=desk.when(due) if due else "")
    return Whisper(Card(words("decided.refused_title"), (said,)))


@flow.on(a.StartHandOver, shows=True)
async def start_hand_over(turn: Turn, desk: Desk, press: a.StartHandOver) -> Ask:
    case = await desk.case_for(turn, press.case, "hand_over", stage=press.stage)
    return Ask(await _hand_over_form(turn, desk, case, press.stage))


@flow.on(a.SendHandOver)
async def send_hand_over(turn: Turn, desk: Desk, sent: a.SendHandOver) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case, standing_in=True), submitted(turn)
    shown = await _hand_over_form(turn, desk, case, sent.stage)
    problem = invalid(shown, values, desk)
    if problem:
        return problem
    to = text(values, "to")
    command = commands.HandOver(by=me(turn), stage=sent.stage, to=to, reason=text(values, "reason"))
    name = desk.person(to).name
    try:
        await desk.act(turn, case.id, command)
    except Refusal as refusal:
        if refusal.why not in ("not_a_colleague", "colleague_involved", "colleague_on_other_side"):
            raise
        why = Words("refusals")(refusal.why)
        return wrong(shown, values, {"to": words("hand_over.nobody", name=name, why=why)})
    said = words.text("hand_over.done", name=name, raiser=desk.person(case.raiser).name)
    return Done(Card(words("hand_over.done_title"), (said,)))


async def _hand_over_form(turn: Turn, desk: Desk, case: Case, stage: int) -> Form:
    mine = me(turn)
    side = case.party_side(mine) or "receiving"
    stands_in = case.now_with.of(side).stands_in
    scope, people = await desk.may_take_over(case, side, mine)
    options = tuple(Option(person.id, f"{person.name}, {person.role}") for person in people)
    fields = (
        PersonField("to", words("hand_over.to"), scope, options, words("hand_over.to_hint")),
        TextField("reason", words("hand_over.reason"), words("hand_over.reason_hint")),
    )
    intro = words.blocks("hand_over.intro_stands_in" if stands_in else "hand_over.intro")
    action = a.SendHandOver(case=case.id, stage=stage)
    return form(words("hand_over.title"), fields, action, words("hand_over.submit"), intro)


@flow.on(a.StartIdentify, shows=True)
async def start_identify(turn: Turn, desk: Desk, press: a.StartIdentify) -> Ask:
    case = await desk.case_for(turn, press.case, "identify")
    return Ask(_identify_form(case))


@flow.on(a.SendIdentify)
async def send_identify(turn: Turn, desk: Desk, sent: a.SendIdentify) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    shown = _identify_form(case)
    problem = invalid(shown, values, desk)
    if problem:
        return problem
    reference = text(values, "reference")
    if values["how"] == "reference" and not reference:
        return wrong(shown, values, {"reference": words("identify.reference_needed")})
    if reference and not any(letter.isdigit() for letter in reference):
        return wrong(shown, values, {"reference": words("identify.reference_wrong")})
    await desk.act(turn, case.id, commands.Identify(by=me(turn), reference=reference))
    raiser = desk.person(case.raiser).name
    return Done(Card(words("identify.done_title"), (words.text("identify.done", raiser=raiser),)))


def _identify_form(case: Case) -> Form:
    ways = (
        Option("reference", words("identify.how_reference")),
        Option("call", words("identify.how_call")),
    )
    fields = (
        ChoiceField("how", words("identify.how"), ways),
        TextField(
            "reference", words("identify.reference"), words("identify.reference_hint"), required=False,
            max_length=REFERENCE_LENGTH,
        ),
    )  # fmt: skip
    action = a.SendIdentify(case=case.id)
    intro = words.blocks("identify.intro")
    return form(words("identify.title"), fields, action, words("identify.submit"), intro)


def _waits(case: Case, person: str) -> bool:
    side = case.party_side(person)
    return side is not None and side not in case.acknowledged
