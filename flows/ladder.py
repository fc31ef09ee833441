"""How escalation works: the partnership's own ladder with the times from now, and the timetable of a case."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Status, Text, button
from bot.chat.router import Answered, Flow
from bot.chat.text import Blocks, Bullets, Span
from bot.chat.turn import Redraw, Turn
from bot.desk import (
    Cap,
    CaseView,
    ClockTime,
    Desk,
    Policy,
    Stage,
    StageTimes,
    case_timetable,
    events,
    live_clocks,
)
from bot.guidance.ladder import (
    clock_label,
    length,
    post,
    posts,
    roles,
    sentence,
    standing,
    time_allowed,
    what_then,
)
from bot.guidance.words import Words
from flows import case_actions as a
from flows.case_state import next_deadline, request_line, status
from flows.checking import me
from flows.entries import OpenCase, OpenHome, OpenLadder, OpenUrgent, StartRaising
from flows.showing import glance, public

flow = Flow[Desk]("ladder")
words = Words("ladder")

_PAGE = 3


class TurnLadder(Action):
    """Another page of the ladder, or the ladder for another priority or track, in place of the one shown."""

    name: ClassVar[str] = "ladder.turn"
    page: int = 1
    priority: str = ""
    urgent: bool = False


@flow.command(
    "ladder", "how does escalation work", "stages", summary=words("card.summary"), exact=True,
    shows=True,
)  # fmt: skip
async def typed(turn: Turn, desk: Desk) -> Answered:
    return public(turn, _ladder(desk, TurnLadder()))


@flow.on(OpenLadder)
async def opened(turn: Turn, desk: Desk, action: OpenLadder) -> Answered:
    return public(turn, _ladder(desk, TurnLadder(page=action.page)))


@flow.on(TurnLadder, shows=True)
async def turned(turn: Turn, desk: Desk, action: TurnLadder) -> Answered:
    return Redraw(_ladder(desk, action))


@flow.on(a.ShowTimetable, shows=True)
async def show_timetable(turn: Turn, desk: Desk, press: a.ShowTimetable) -> Answered:
    case = await desk.case(turn, press.case)
    return glance(turn, desk, case, timetable_card(await desk.view(case, "case", me(turn))))


# The partnership's ladder


def _ladder(desk: Desk, shown: TurnLadder) -> Card:
    """A page of it. What is not confirmed is said first, on every page."""
    policy = desk.policy
    known = [one.id for one in policy.priorities]
    priority = shown.priority if shown.priority in known else next(iter(known), "")
    urgent = shown.urgent and policy.urgent_track is not None
    times = desk.ladder(priority, urgent)
    pages = max(1, -(-len(times) // _PAGE))
    page = min(max(1, shown.page), pages)
    body: list[Element] = [*_standing(policy), *_from_now(desk, priority, urgent)]
    body += [_stage(desk, one, priority) for one in times[(page - 1) * _PAGE : page * _PAGE]]
    if page == pages:
        caps = {one.cap: desk.when(one.due) for stage in times for one in stage.caps}
        body += _in_the_end(policy, urgent, caps)
    here = TurnLadder(page=page, priority=priority if known else "", urgent=urgent)
    note = words.blocks(
        "card.note", title=policy.title, version=policy.version, page=page, pages=pages
    )  # fmt: skip
    return Card(words("card.title"), tuple(body), _buttons(policy, here, pages), note)


def _standing(policy: Policy) -> Iterator[Element]:
    yield Status(standing(policy), "neutral" if policy.status == "confirmed" else "attention")
    if policy.unconfirmed:
        lines = Bullets(tuple((Span(line),) for line in policy.unconfirmed))
        yield Text((*words.blocks("card.unconfirmed"), lines))


def _from_now(desk: Desk, priority: str, urgent: bool) -> Iterator[Element]:
    policy = desk.policy
    closed = desk.closed_until()
    if closed is not None:
        yield words.text("card.closed", at=desk.when(closed))
    label = next((one.label for one in policy.priorities if one.id == priority), "")
    said = words("card.priority", label=label) if label else ""
    steps: Blocks = words.blocks("card.first")
    if policy.before:
        steps = (Bullets(tuple((Span(step.label),) for step in policy.before)),)
    if urgent and policy.urgent_track is not None:
        track = policy.urgent_track
        yield words.text("card.urgent", label=track.label, when=track.when)
    yield Text((*steps, *words.blocks("card.from", priority=said)))


def _stage(desk: Desk, times: StageTimes, priority: str) -> Text:
    stage = times.stage

    def named(agency: str) -> str:
        found = desk.directory.agency(agency)
        return found.name if found else agency

    receiving, raising = posts(stage.receiving, "receiving", named), posts(stage.raising, "raising", named)
    lines = [words("card.sides", receiving=receiving, raising=raising)]
    for agency, refs in stage.agencies.items():
        if refs == ("none",):
            lines.append(words("card.agency_none", agency=named(agency)))
        else:
            lines.append(words("card.agency", agency=named(agency), posts=posts(refs, "receiving", named)))
    if stage.form:
        lines.append(words("card.form", name=stage.form.name))
    if stage.meeting:
        rule = words("card.decides" if stage.meeting.decides else "card.mediates")
        convener = post(stage.meeting.convener, "receiving", named)
        lines.append(words("card.meeting", convener=convener, rule=rule))
    lines += [_clock(desk, one, priority) for one in times.clocks]
    lines.append(words("card.late", then=what_then(stage.answer, stage, named)))
    title = words.blocks("card.stage", label=stage.label, name=stage.name)
    return Text((*title, _bullets(lines)))


def _clock(desk: Desk, time: ClockTime, priority: str) -> str:
    clock = time.clock
    label, allowed = clock_label(clock), time_allowed(clock, priority)
    guide = _guide(time)
    if time.due is None:
        return words("card.only", label=label, time=allowed, guide=guide)
    if time.asked:
        return words("card.open", label=label, time=allowed, at=desk.when(time.due))
    return words("card.by", label=label, at=desk.when(time.due), time=allowed, guide=guide)


def _guide(time: ClockTime) -> str:
    return words("card.guide") if time.clock.binding == "indicative" else ""


def _in_the_end(policy: Policy, urgent: bool, caps: Mapping[Cap, str]) -> Iterator[Element]:
    """The limits over several stages, what this track passes by, and how it ends."""
    lines = [
        words(
            "card.cap_by" if cap in caps else "card.cap", first=cap.first, last=cap.last,
            time=length(cap.within), at=caps.get(cap, ""), then=words(f"then.{cap.when_due}"),
        )
        for cap in policy.caps
        if cap.holds(cap.last, urgent)
    ]  # fmt: skip
    skipped = [f"{one.label}, {one.name}" for one in policy.stages if one.skipped(urgent)]
    if skipped:
        lines.append(words("card.skipped", stages="; ".join(skipped)))
    lines.append(words("card.ending", who=roles(policy.closing.agree, "and")))
    yield Text((_bullets(lines),))


def _buttons(policy: Policy, here: TurnLadder, pages: int) -> tuple[Button, ...]:
    def to(key: str, label: str = "", **changed: object) -> Button:
        return button(words(f"card.button.{key}", label=label), here.model_copy(update=changed))

    found = [
        button(words("card.button.urgent"), OpenUrgent(), "danger"),
        button(words("card.button.raise"), StartRaising(), "primary"),
    ]
    if here.page < pages:
        found.append(to("further", page=here.page + 1))
    if here.page > 1:
        found.append(to("earlier", page=here.page - 1))
    found += [
        to("priority", one.label, priority=one.id, page=1)
        for one in policy.priorities
        if one.id != here.priority
    ]
    if here.urgent:
        found.append(to("ordinary", urgent=False, page=1))
    elif policy.urgent_track is not None:
        found.append(to("track", policy.urgent_track.label, urgent=True, page=1))
    return (*found, button(words("card.button.home"), OpenHome()))


def _bullets(lines: list[str]) -> Bullets:
    return Bullets(tuple((Span(sentence(line)),) for line in lines))


# The timetable of a case


def timetable_card(view: CaseView) -> Card:
    """Its stages: those that are over, the present one, and those to come; the next deadline first."""
    case = view.case
    body: list[Element] = [status(view)]
    if case.open:
        body.append(words.text("case.next", deadline=next_deadline(view)))
    body += request_line(view)
    entered = [past for past in view.history if isinstance(past, events.StageEntered)]
    before = [
        words("case.over", stage=_name(case.policy.stage(one.stage, case.urgent)), at=view.when(one.at))
        for one in entered[:-1]
    ]
    if before:
        body.append(Text((_bullets(before),)))
    for times in case_timetable(case, view.now):
        here = times.stage.number == case.stage_number
        lines = [_running(view, one) if here else _to_come(view, one) for one in times.clocks]
        lines = [line for line in lines if line]
        key = "case.to_come" if not here else "case.now" if case.open else "case.ended"
        title = words.blocks(key, stage=_name(times.stage))
        body.append(Text((*title, _bullets(lines)) if lines and (case.open or not here) else title))
    if case.open:
        body += _caps(view)
    note = words.blocks("case.note", title=case.policy.title, version=case.policy.version)
    title_ = words("case.title", reference=case.reference)
    return Card(title_, tuple(body), (button(words("case.open"), OpenCase(case=case.id)),), note)


def _name(stage: Stage) -> str:
    return f"{stage.label}, {stage.name}"


def _running(view: CaseView, time: ClockTime) -> str:
    """A clock of the present stage; the one for raising it is over with the raising."""
    case, clock = view.case, time.clock
    label, guide = clock_label(clock), _guide(time)
    if clock.name == "raise":
        return ""
    if time.due is None:
        return _without_time(view, time)
    if case.paused is not None:
        return words("case.paused", label=label)
    at = view.when(time.due)
    if time.due <= view.now:
        return words("case.late", label=label, at=at, guide=guide)
    if not time.asked:
        return words("case.by", label=label, at=at, guide=guide)
    key = "case.asked" if case.reply_by_asked else "case.put_in"
    return words(key, label=label, at=at, raiser=view.person(case.raiser).name)


def _without_time(view: CaseView, time: ClockTime) -> str:
    """A clock that does not run: done, without a limit, or not begun."""
    case, clock = view.case, time.clock
    label, allowed = clock_label(clock), time_allowed(clock, case.priority)
    unseen = clock.starts == "acknowledged" and clock.owner not in case.acknowledged and case.round == 1
    waits = case.proposal is None and (not time.over or unseen)
    if waits:
        return words("case.waits", label=label, time=allowed)
    if clock.within.of(case.priority) is None and clock.name == "acknowledge" and not _seen(view, time):
        return words("case.unset", label=label, time=allowed)
    return words("case.done", label=label)


def _seen(view: CaseView, time: ClockTime) -> bool:
    return time.clock.owner in view.case.acknowledged


def _to_come(view: CaseView, time: ClockTime) -> str:
    case, clock = view.case, time.clock
    label, allowed = clock_label(clock), time_allowed(clock, case.priority)
    if time.due is None:
        return words("case.unset", label=label, time=allowed)
    if time.asked:
        raiser = view.person(case.raiser).name
        return words("case.says", label=label, time=allowed, raiser=raiser, at=view.when(time.due))
    return words("case.by", label=label, at=view.when(time.due), guide=_guide(time))


def _caps(view: CaseView) -> Iterator[Element]:
    """The limits over several stages that run now."""
    lines = []
    for key, at in live_clocks(view.case).items():
        kind, *parts = key.split(":")
        if kind == "cap":
            first, last = parts[0].split("-")
            lines.append(words("case.cap", first=first, last=last, at=view.when(at)))
    if lines:
        yield Text((_bullets(lines),))
