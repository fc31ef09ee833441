"""The meeting of a stage: calling it, and writing its minutes."""

from datetime import datetime, timedelta

from bot.chat.card import Button, Card, Element, button
from bot.chat.form import (
    ChoiceField,
    ChoicesField,
    DateTimeField,
    Field,
    Form,
    LongTextField,
    Option,
    PersonField,
    TextField,
    form,
)  # fmt: skip
from bot.chat.router import Flow
from bot.chat.text import Blocks, Bullets, Span
from bot.chat.turn import Ask, Done, Invalid, Turn
from bot.desk import Case, Desk, commands, due_at
from bot.guidance.words import Words
from flows import case_actions as a
from flows.checking import invalid, me, submitted, text, wrong
from flows.recipients import names_of

words = Words("meeting")
flow = Flow[Desk]("meeting")

FURTHER = ("other", "another")
"""The fields for further people, beside those whom the policy invites."""
MINUTES_LENGTH = 2_000


@flow.on(a.StartMeeting, shows=True)
async def start_meeting(turn: Turn, desk: Desk, press: a.StartMeeting) -> Ask:
    case = await desk.case_for(turn, press.case, "call_meeting", stage=press.stage)
    soon = desk.now + timedelta(minutes=1)
    await desk.as_if(case, commands.CallMeeting(by=me(turn), stage=press.stage, when=soon, where=""))
    return Ask(await _meeting_form(turn, desk, case, press.stage))


@flow.on(a.SendMeeting)
async def send_meeting(turn: Turn, desk: Desk, sent: a.SendMeeting) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    shown = await _meeting_form(turn, desk, case, sent.stage)
    # A link and the number of an online meeting look like what is not to be written here.
    problem = invalid(shown, values, desk, exempt=("where",))
    if problem:
        return problem
    chosen = values["when"]
    assert isinstance(chosen, datetime), "the form requires it"
    when = desk.instant(chosen)
    further = {field: person for field in FURTHER if (person := text(values, field))}
    if when <= desk.now:
        return wrong(shown, values, {"when": words("call.past")})
    command = commands.CallMeeting(
        by=me(turn), stage=sent.stage, when=when, where=text(values, "where"), others=tuple(further.values())
    )
    after = await desk.as_if(case, command)
    invited = after.meeting.invited if after.meeting is not None else ()
    unknown = {field: words("call.not_invited") for field, one in further.items() if one not in invited}
    if unknown:
        return wrong(shown, values, unknown)
    await desk.act(turn, case.id, command)
    names = names_of(desk, (person for person in invited if person != me(turn)))
    chair = desk.person(await desk.chair(case)).name
    body = [
        words.text("call.done", when=desk.when(when), where=command.where, names=names),
        words.text("call.then", chair=chair),
    ]
    rules = case.stage.meeting
    if rules is not None and len(invited) < rules.quorum:
        body.append(words.text("call.too_few", invited=len(invited), quorum=rules.quorum))
    return Done(Card(words("call.done_title", reference=case.reference), tuple(body)))


async def _meeting_form(turn: Turn, desk: Desk, case: Case, stage: int) -> Form:
    """Who is invited anyway, and what the meeting can do; of one called already, what was written."""
    invited = await desk.to_invite(case)
    before = case.meeting
    called = before if before is not None and before.held_at is None else None
    kept = tuple(one for one in before.invited if one not in invited) if before is not None else ()
    intro = words.blocks("call.intro") + _people(desk, invited) + _rules(desk, case, len(invited))
    fields: tuple[Field, ...] = (
        DateTimeField("when", words("call.when"), value=desk.wall(called.when) if called else None),
        TextField(
            "where", words("call.where"), words("call.where_hint"), value=called.where if called else ""
        ),
        *await _further_fields(turn, desk, case, kept),
    )
    title = words("call.title_again" if called else "call.title")
    action = a.SendMeeting(case=case.id, stage=stage)
    return form(title, fields, action, words("call.submit"), intro)


def _people(desk: Desk, people: tuple[str, ...]) -> Blocks:
    persons = [desk.person(person) for person in people]
    lines = [words("call.person", name=p.name, role=p.role, agency=p.agency_name) for p in persons]
    return (Bullets(tuple((Span(line),) for line in lines)),) if lines else ()


def _rules(desk: Desk, case: Case, invited: int) -> Blocks:
    """By when it is to be, the quorum, and whether it decides or advises."""
    rules = case.stage.meeting
    if rules is None:
        return ()
    clock = case.stage.clock("meet", "receiving")
    due = due_at(case, clock) if clock is not None else None
    lines = words.blocks("call.due", due=desk.when(due)) if due is not None else ()
    lines += words.blocks("call.quorum", quorum=rules.quorum)
    if invited < rules.quorum:
        lines += words.blocks("call.invite_more", invited=invited, quorum=rules.quorum)
    key = "decides" if rules.decides else "mediates"
    return lines + words.blocks(f"call.{key}", raiser=desk.person(case.raiser).name)


async def _further_fields(turn: Turn, desk: Desk, case: Case, kept: tuple[str, ...]) -> tuple[Field, ...]:
    """Whom else to invite: anybody of the directory, or in practice of the group."""
    if case.training:
        scope, people = await desk.may_take_over(case, "receiving", me(turn))
        options = tuple(Option(person.id, f"{person.name}, {person.role}") for person in people)
    else:
        scope = "all"
        options = tuple(
            Option(entry.id, f"{entry.name}, {entry.role}") for entry in desk.directory.search("", scope)
        )
    if not options:
        return ()
    return tuple(
        PersonField(
            field, words(f"call.{field}"), scope, options, words("call.other_hint"), required=False,
            value=kept[place] if place < len(kept) else "",
        )
        for place, field in enumerate(FURTHER)
    )  # fmt: skip


@flow.on(a.StartMinutes, shows=True)
async def start_minutes(turn: Turn, desk: Desk, press: a.StartMinutes) -> Ask:
    case = await desk.case_for(turn, press.case, "hold_meeting", stage=press.stage)
    nothing_yet = commands.HoldMeeting(by=me(turn), stage=press.stage, attended=(), minutes="")
    await desk.as_if(case, nothing_yet)
    return Ask(_minutes_form(desk, case, press.stage))


@flow.on(a.SendMinutes)
async def send_minutes(turn: Turn, desk: Desk, sent: a.SendMinutes) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    shown, rules = _minutes_form(desk, case, sent.stage), case.stage.meeting
    problem = invalid(shown, values, desk)
    if problem:
        return problem
    attended, outcome = values["attended"], text(values, "outcome")
    assert isinstance(attended, tuple), "the form requires it"
    if rules is not None and rules.decides and len(set(attended)) >= rules.quorum and not outcome:
        return wrong(shown, values, {"outcome": words("minutes.outcome_needed")})
    command = commands.HoldMeeting(
        by=me(turn), stage=sent.stage, attended=attended, minutes=text(values, "minutes"), outcome=outcome
    )
    case = (await desk.act(turn, case.id, command)).case
    return Done(_held(turn, desk, case))


def _minutes_form(desk: Desk, case: Case, stage: int) -> Form:
    rules, meeting = case.stage.meeting, case.meeting
    decides = rules is not None and rules.decides
    intro: Blocks = ()
    if rules is not None and meeting is not None:
        key = "decides" if decides else "mediates"
        intro = words.blocks(
            f"minutes.{key}", when=desk.when(meeting.when), raiser=desk.person(case.raiser).name
        )
        intro += words.blocks("minutes.quorum", quorum=rules.quorum)
    invited = meeting.invited[:25] if meeting is not None else ()
    people = tuple(Option(person, desk.person(person).name) for person in invited)
    fields: tuple[Field, ...] = (
        ChoicesField("attended", words("minutes.attended"), people, required=True),
        LongTextField(
            "minutes", words("minutes.minutes"), words("minutes.minutes_hint"), max_length=MINUTES_LENGTH
        ),
    )
    if decides:
        outcomes = tuple(Option(outcome.code, outcome.label) for outcome in case.policy.outcomes)
        fields += (
            ChoiceField(
                "outcome", words("minutes.outcome"), outcomes, words("minutes.outcome_hint"), required=False
            ),
        )
    action = a.SendMinutes(case=case.id, stage=stage)
    return form(words("minutes.title"), fields, action, words("minutes.submit"), intro)


def _held(turn: Turn, desk: Desk, case: Case) -> Card:
    """What came of the meeting: it settled nothing, it closed the case, or the raiser is asked."""
    raiser = desk.person(case.raiser).name
    title = words("minutes.done_title", reference=case.reference)
    if not case.open:
        return Card(title, (words.text("minutes.closed", reference=case.reference),))
    if case.meeting is not None and case.meeting.quorate:
        return Card(title, (words.text("minutes.asked", raiser=raiser),))
    body: tuple[Element, ...] = (words.text("minutes.not_quorate"),)
    buttons: tuple[Button, ...] = ()
    if me(turn) in case.now_with.people("receiving"):
        again = a.StartMeeting(case=case.id, stage=case.stage_number)
        buttons = (button(words("minutes.call_again"), again, "primary", opens_form=True),)
    else:
        convener = desk.person(case.now_with.receiving.person).name
        body = (*body, words.text("minutes.convener", name=convener))
    return Card(title, body, buttons)
