"""My cases, one case, its timeline, and the record for the child's file."""

from bot.chat.card import Card, Element, Text, button
from bot.chat.router import Flow
from bot.chat.text import Blocks, Bullets, Paragraph, Quote, Span
from bot.chat.turn import Reply, Say, Turn, Whisper
from bot.desk import CaseView, Desk
from flows import case_actions as a
from flows.case_state import stage_name, status
from flows.case_state import words as case_words
from flows.checking import me
from flows.correcting import correct_button
from flows.entries import OpenCase, OpenCases, OpenTimeline, StartHandingOver, StartRaising
from flows.showing import glance
from flows.timeline import entries, words

flow = Flow[Desk]("following")

_SHOWN = 8
_PAGE = 12


@flow.command("cases", "my cases", summary=words("command"), shows=True)
async def typed_cases(turn: Turn, desk: Desk) -> Reply:
    return Whisper(await _cases(turn, desk))


@flow.on(OpenCases, shows=True)
async def open_cases(turn: Turn, desk: Desk, press: OpenCases) -> Reply:
    return Whisper(await _cases(turn, desk))


async def _cases(turn: Turn, desk: Desk) -> Card:
    assert turn.person is not None
    cases = (await desk.cases_of(turn.person))[:_SHOWN]
    raise_one = button(words("raise"), StartRaising())
    if not cases:
        return Card(words("title"), (words.text("none"),), (raise_one,))
    views = [await desk.view(case, "case", turn.person.id) for case in cases]
    lines: list[Element] = [_line(view) for view in views]
    opens = tuple(button(case.reference, OpenCase(case=case.id)) for case in cases)
    hand_over = button(words("hand_over_all"), StartHandingOver(), opens_form=True)
    several = (hand_over,) if len(await desk.parts_of(turn.person.id)) > 1 else ()
    return Card(words("title"), tuple(lines), (*opens, raise_one, *several))


def _line(view: CaseView) -> Text:
    """A case in a line; for who is only told that it exists, no more than that."""
    told_only = view.case.members[view.reader].role == "informed"
    values = {"reference": view.case.reference, "stage": stage_name(view)}
    return (
        words.text("line_told", **values)
        if told_only
        else words.text("line", status=status(view).words, **values)
    )


@flow.on(OpenCase, shows=True)
async def open_case(turn: Turn, desk: Desk, press: OpenCase) -> Reply:
    """The case as it stands; the card stays true, since it is redrawn with the case."""
    case = await desk.case(turn, press.case, standing_in=True)
    card = await desk.card(case, "case", me(turn))
    if turn.place.kind == "channel":
        return Whisper(card)
    return Say(card, tracked=desk.tracked(case, "case"))


@flow.on(OpenTimeline, shows=True)
async def open_timeline(turn: Turn, desk: Desk, press: OpenTimeline) -> Reply:
    case = await desk.case(turn, press.case)
    return glance(turn, desk, case, _timeline(await desk.view(case, "case", me(turn)), press.page))


def _timeline(view: CaseView, page: int) -> Card:
    """The newest page first, each page in the order of time."""
    all_of_them = entries(view)
    pages = max(1, -(-len(all_of_them) // _PAGE))
    page = min(max(1, page), pages)
    end = len(all_of_them) - (page - 1) * _PAGE
    items = tuple(
        (Span(f"{view.when(entry.at)}: ", bold=True), Span(" ".join(filter(None, (entry.words, entry.text)))))
        for entry in all_of_them[max(0, end - _PAGE) : end]
    )
    case = view.case.id
    buttons = [button(words("timeline.open"), OpenCase(case=case)), *correct_button(view)]
    if page > 1:
        buttons.append(button(words("timeline.newer"), OpenTimeline(case=case, page=page - 1)))
    if page < pages:
        buttons.append(button(words("timeline.older"), OpenTimeline(case=case, page=page + 1)))
    title = words("timeline.title", reference=view.case.reference)
    note = words.blocks("timeline.page", page=page, pages=pages) if pages > 1 else ()
    return Card(title, (status(view), Text((Bullets(items),))), tuple(buttons), note)


@flow.on(a.ShowRecord, shows=True)
async def show_record(turn: Turn, desk: Desk, press: a.ShowRecord) -> Reply:
    case = await desk.case(turn, press.case)
    return glance(turn, desk, case, _record(await desk.view(case, "case", me(turn))))


def _by_policy(view: CaseView) -> list[str]:
    """The priority, the track, and what was done before, where the policy asks for them."""
    case, policy = view.case, view.case.policy
    lines: list[str] = []
    priority = next((one.label for one in policy.priorities if one.id == case.priority), "")
    steps = [step.label for step in policy.before if step.id in case.concern.done_before]
    if priority:
        lines.append(words("record.priority", priority=priority))
    if case.urgent and policy.urgent_track is not None:
        lines.append(words("record.track", track=policy.urgent_track.label))
    if case.concern.decided_at is not None:
        lines.append(words("record.decided_at", at=view.date(case.concern.decided_at)))
    if steps:
        lines.append(words("record.done_before", steps=", ".join(steps)))
    return lines


def _record(view: CaseView) -> Card:
    """The whole case as plain lines that can be copied."""
    case, concern = view.case, view.case.concern
    raiser = view.person(case.raiser)
    other = view.directory.agency(case.receiving_agency)
    other_name = other.name if other else case.receiving_agency
    training = words("record.training") if case.training else ""
    head = [
        words("record.reference", reference=case.reference, training=training),
        words("record.child", agency=raiser.agency_name, child=concern.child_reference),
        words(
            "record.raised", name=raiser.name, role=raiser.role, agency=raiser.agency_name,
            at=view.date(case.opened_at),
        ),
        words("record.against", agency=other_name),
        words(
            "record.ladder", ladder=case.policy.title, version=case.policy.version,
            status=case_words(f"ladder_status.{case.policy.status}"),
        ),
        *_by_policy(view),
        words("record.decision", text=concern.decision),
        words("record.risk", text=concern.risk),
        words("record.request", text=concern.request),
    ]  # fmt: skip
    if case.identified is not None and case.identified.reference:
        head.insert(2, words("record.their_child", agency=other_name, child=case.identified.reference))
    spoken = concern.spoken
    if spoken.happened:
        head.append(words("record.spoken", who=spoken.who, when=spoken.when, result=spoken.result))
    else:
        head.append(words("record.not_spoken"))
    lines = [
        " ".join(filter(None, (f"{view.date(entry.at)}:", entry.words, entry.text)))
        for entry in entries(view)
    ]
    blocks: Blocks = tuple(Paragraph((Span(line),)) for line in head)
    blocks += (Quote((Span("\n".join(lines)),)),)
    return Card(words("record.title", reference=case.reference), (words.text("record.intro"), Text(blocks)))
