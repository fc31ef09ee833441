"""A pause: the deadlines stand still for as long as the policy allows, and go on before if need be."""

from datetime import datetime, timedelta

from bot.chat.card import Card
from bot.chat.form import DateTimeField, Form, LongTextField, form
from bot.chat.router import Flow
from bot.chat.turn import Ask, Done, Invalid, Turn, Whisper
from bot.desk import Case, Desk, answer_due, commands, longest_pause
from bot.guidance.words import Words
from flows import case_actions as a
from flows.checking import invalid, me, submitted, text, wrong
from flows.recipients import names_of

words = Words("pausing")
flow = Flow[Desk]("pausing")


@flow.on(a.StartPause, shows=True)
async def start_pause(turn: Turn, desk: Desk, press: a.StartPause) -> Ask:
    case = await desk.case_for(turn, press.case, "pause")
    until = longest_pause(case, desk.now) or desk.now + timedelta(minutes=1)
    await desk.as_if(case, commands.Pause(by=me(turn), until=until, reason=""))
    return Ask(_pause_form(desk, case))


@flow.on(a.SendPause)
async def send_pause(turn: Turn, desk: Desk, sent: a.SendPause) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    shown = _pause_form(desk, case)
    problem = invalid(shown, values, desk)
    if problem:
        return problem
    chosen, latest = values["until"], longest_pause(case, desk.now)
    assert isinstance(chosen, datetime), "the form requires it"
    until = desk.instant(chosen)
    if until <= desk.now:
        return wrong(shown, values, {"until": words("past")})
    if latest is not None and until > latest:
        return wrong(shown, values, {"until": words("too_long", latest=desk.when(latest))})
    await desk.act(turn, case.id, commands.Pause(by=me(turn), until=until, reason=text(values, "reason")))
    told = dict.fromkeys((case.raiser, *case.now_with.people("raising"), *case.now_with.people("receiving")))
    names = names_of(desk, (person for person in told if person != me(turn)))
    title = words("done_title", reference=case.reference)
    return Done(Card(title, (words.text("done", until=desk.when(until), names=names),)))


@flow.on(a.Resume)
async def resume(turn: Turn, desk: Desk, press: a.Resume) -> Whisper:
    case = (await desk.act(turn, press.case, commands.Resume(by=me(turn)))).case
    due = answer_due(case)
    body = [words.text("resumed")]
    if due is not None:
        body.append(words.text("resumed_due", due=desk.when(due)))
    return Whisper(Card(words("resumed_title", reference=case.reference), tuple(body)))


def _pause_form(desk: Desk, case: Case) -> Form:
    """Until the end of the next working day, or for as long as is allowed where that is less."""
    pause, latest = case.policy.moves.pause, longest_pause(case, desk.now)
    intro, until = words.blocks("intro"), desk.offered_reply_by()
    if pause is not None and latest is not None:
        intro += words.blocks("longest", time=pause.at_most.words, latest=desk.when(latest))
        until = min(until, latest)
    offered = desk.wall(until).replace(second=0, microsecond=0)
    fields = (
        DateTimeField("until", words("until"), words("until_hint"), value=offered),
        LongTextField("reason", words("reason"), words("reason_hint"), max_length=500),
    )
    action = a.SendPause(case=case.id)
    return form(words("title"), fields, action, words("submit"), intro)
