"""A colleague who may answer for the raiser: the raiser says so, and ends it."""

from bot.chat.card import Card, button
from bot.chat.form import Form, Option, PersonField, form
from bot.chat.router import Flow
from bot.chat.turn import Ask, Done, Reply, Turn, Whisper
from bot.desk import Case, Desk, Refusal, commands
from bot.guidance.words import Words
from flows import case_actions as a
from flows.checking import invalid, me, submitted, text, wrong
from flows.entries import OpenCase

flow, words = Flow[Desk]("answering"), Words("answering")

_AT_THE_FIELD = ("not_a_colleague", "colleague_involved", "colleague_on_other_side")


@flow.on(a.StartLetAnswer, shows=True)
async def start_letting(turn: Turn, desk: Desk, press: a.StartLetAnswer) -> Ask:
    case = await desk.case_for(turn, press.case, "let_answer")
    await desk.as_if(case, commands.LetAnswer(by=me(turn), person=case.answers_for))
    return Ask(_form(desk, case))


@flow.on(a.SendLetAnswer)
async def send_letting(turn: Turn, desk: Desk, sent: a.SendLetAnswer) -> Reply:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    shown = _form(desk, case)
    problem = invalid(shown, values, desk)
    if problem:
        return problem
    to = text(values, "to")
    name = desk.person(to).name
    try:
        await desk.act(turn, case.id, commands.LetAnswer(by=me(turn), person=to))
    except Refusal as refusal:
        if refusal.why not in _AT_THE_FIELD:
            raise
        why = Words("refusals")(refusal.why)
        return wrong(shown, values, {"to": words("form.nobody", name=name, why=why)})
    end = button(words("label.myself"), a.AnswerMyself(case=case.id))
    title = words("done.title", name=name, reference=case.reference)
    return Done(Card(title, (words.text("done.body", name=name),), (end,)))


@flow.on(a.AnswerMyself)
async def answer_myself(turn: Turn, desk: Desk, press: a.AnswerMyself) -> Reply:
    before = await desk.case(turn, press.case)
    await desk.act(turn, before.id, commands.LetAnswer(by=me(turn), person=""))
    opens = (button(words("label.open"), OpenCase(case=before.id)),)
    key = "ended.body" if before.answers_for else "ended.already"
    name = desk.person(before.answers_for).name
    title = words("ended.title", reference=before.reference)
    return Whisper(Card(title, (words.text(key, name=name),), opens))


def _form(desk: Desk, case: Case) -> Form:
    found = desk.directory.colleagues(case.raiser)[:25]
    options = tuple(Option(entry.id, f"{entry.name}, {entry.role}") for entry in found)
    scope, hint = f"colleagues:{case.raiser}", words("form.to_hint")
    fields = (PersonField("to", words("form.to"), scope, options, hint),)
    intro = words.blocks("form.intro", reference=case.reference)
    action = a.SendLetAnswer(case=case.id)
    return form(words("form.title"), fields, action, words("form.submit"), intro)
