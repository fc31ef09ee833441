""" "We spoke": either side records a conversation, the other side confirms it or puts it right."""

from datetime import datetime

from bot.chat.card import Card
from bot.chat.form import DateTimeField, Form, LongTextField, TextField, Values, form
from bot.chat.router import Flow
from bot.chat.turn import Ask, Done, Invalid, Turn, Whisper
from bot.desk import Case, Desk, commands
from bot.guidance.words import Words
from flows import case_actions as a
from flows.checking import invalid, me, submitted, text, wrong

words = Words("talking")
flow = Flow[Desk]("talking")


@flow.on(a.StartTalk, shows=True)
async def start_talk(turn: Turn, desk: Desk, press: a.StartTalk) -> Ask:
    case = await desk.case_for(turn, press.case, "record_talk")
    return Ask(_talk_form(desk, case, press.correcting))


@flow.on(a.SendTalk)
async def send_talk(turn: Turn, desk: Desk, sent: a.SendTalk) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    shown = _talk_form(desk, case, sent.correcting)
    problem = invalid(shown, values, desk, staff=("who", "owner"))
    if problem:
        return problem
    when, by_when = _instant(desk, values, "when"), _instant(desk, values, "by_when")
    assert when is not None, "the form requires it"
    if when > desk.now:
        return wrong(shown, values, {"when": words("future")})
    command = commands.RecordTalk(
        by=me(turn), who=text(values, "who"), when=when, agreed=text(values, "agreed"),
        owner=text(values, "owner"), by_when=by_when,
    )  # fmt: skip
    await desk.act(turn, case.id, command)
    return Done(Card(words("done_title"), (words.text("done"),)))


@flow.on(a.ConfirmTalk)
async def confirm_talk(turn: Turn, desk: Desk, press: a.ConfirmTalk) -> Whisper:
    command = commands.ConfirmTalk(by=me(turn), recorded_at=press.recorded_at)
    case = (await desk.act(turn, press.case, command)).case
    said = words.text("confirmed", raiser=desk.person(case.raiser).name)
    return Whisper(Card(words("confirmed_title"), (said,)))


def _talk_form(desk: Desk, case: Case, correcting: bool) -> Form:
    """Empty, or filled with the record that is to be put right."""
    old = case.talk if correcting else None
    fields = (
        TextField("who", words("who"), words("who_hint"), value=old.who if old else ""),
        DateTimeField("when", words("when"), value=desk.wall(old.when if old else desk.now)),
        LongTextField(
            "agreed", words("agreed"), words("agreed_hint"), max_length=1500, value=old.agreed if old else ""
        ),
        TextField(
            "owner", words("owner"), words("owner_hint"), required=False, value=old.owner if old else ""
        ),
        DateTimeField(
            "by_when", words("by_when"), required=False,
            value=desk.wall(old.by_when) if old and old.by_when else None,
        ),
    )  # fmt: skip
    title = words("correct_title" if correcting else "title")
    action = a.SendTalk(case=case.id, correcting=correcting)
    return form(title, fields, action, words("submit"), words.blocks("intro"))


def _instant(desk: Desk, values: Values, field: str) -> datetime | None:
    value = values.get(field)
    return desk.instant(value) if isinstance(value, datetime) else None
