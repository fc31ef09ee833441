"""For the coordinator: what is due to be erased and why not yet, holds, and what is held of a person. Nothing
here says what a case is about."""

from collections.abc import Sequence
from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Fact, Facts, Text, button
from bot.chat.form import Form, LongTextField, Option, PersonField, TextField, form
from bot.chat.router import Flow
from bot.chat.text import Bullets, Span
from bot.chat.turn import Ask, Done, Reply, Turn
from bot.desk import Case, Desk, Due, NotNow, NotTheirs, Refusal, Staying
from bot.guidance.words import Words
from flows.checking import invalid, submitted, text, wrong
from flows.people.theirs import answered, not_theirs
from flows.reached import way

words = Words("keeping")
flow = Flow[Desk]("keeping")

_PAGE = 5
_LINES = 20
_COUNTED = ("entry", "accounts", "places", "cases", "drafts", "messages", "cards", "letters")


class OpenRecords(Action):
    """The cases whose time has come."""

    name: ClassVar[str] = "records.open"
    page: int = 1


class StartErase(Action):
    """Erase a case, or take its copies away: whichever is due. `reference` is to be typed again."""

    name: ClassVar[str] = "records.erase.start"
    case: str
    reference: str


class SendErase(StartErase):
    name: ClassVar[str] = "records.erase.send"


class StartHold(Action):
    """`case` is empty where the reference is asked for; `lift`: end the hold."""

    name: ClassVar[str] = "records.hold.start"
    case: str = ""
    lift: bool = False


class SendHold(StartHold):
    name: ClassVar[str] = "records.hold.send"


class StartAccess(Action):
    """What is held of a person: asks of whom."""

    name: ClassVar[str] = "records.access.start"


class SendAccess(Action):
    name: ClassVar[str] = "records.access.send"


@flow.command("records", summary=words("summary"), exact=True)
async def typed_records(turn: Turn, desk: Desk) -> Reply:
    return await _records(turn, desk, 1)


@flow.on(OpenRecords)
async def open_records(turn: Turn, desk: Desk, press: OpenRecords) -> Reply:
    return await _records(turn, desk, press.page)


async def _records(turn: Turn, desk: Desk, page: int) -> Reply:
    try:
        due, more = await desk.keeping.due(turn)
    except NotTheirs:
        return await _not_theirs(turn, desk)
    pages = max(1, -(-len(due) // _PAGE))
    page = min(max(1, page), pages)
    some = due[(page - 1) * _PAGE : page * _PAGE]
    await desk.looked(turn, "records_read", [one.case.id for one in some])
    rules = Bullets(tuple((Span(said),) for said in desk.keeping.rules()))
    body: list[Element] = [Text((rules,))]
    body.append(words.text("due" if due else "none", closed=await desk.keeping.closed()))
    body += [Text(words.blocks("line", **_line(desk, one))) for one in some]
    if more and page == pages:
        body.append(words.text("more"))
    buttons = [each for one in some for each in _buttons(one)]
    if page < pages:
        buttons.append(button(words("label.next"), OpenRecords(page=page + 1)))
    if page > 1:
        buttons.append(button(words("label.back"), OpenRecords(page=page - 1)))
    buttons.append(button(words("label.hold_any"), StartHold(), opens_form=True))
    buttons.append(button(words("label.lift_any"), StartHold(lift=True), opens_form=True))
    buttons.append(button(words("label.access"), StartAccess(), opens_form=True))
    return answered(turn, Card(words("title"), tuple(body), tuple(buttons), words.blocks("note")))


def _line(desk: Desk, one: Due) -> dict[str, str]:
    case = one.case
    ended = case.ending.at if case.ending else case.opened_at
    why = " ".join(_why(desk, case, hindrance) for hindrance in one.why_not)
    return {
        "reference": case.reference,
        "what": words(f"rule.{one.rule}", since=desk.date(one.since)),
        "closed": words("closed" if case.ending else "began", at=desk.date(ended)),
        "why": why or words("ready"),
    }


def _why(desk: Desk, case: Case, hindrance: str) -> str:
    if hindrance == "hold" and case.hold is not None:
        name = desk.person(case.hold.by).name
        return words("why.hold", name=name, at=desk.date(case.hold.at), reason=case.hold.reason)
    agency = case.raising_agency if hindrance == "raising" else case.receiving_agency
    known = desk.directory.agency(agency)
    return words("why.not_filed", agency=known.name if known else agency)


def _buttons(one: Due) -> tuple[Button, ...]:
    case = one.case
    lift = case.hold is not None
    hold = button(
        words("label.lift" if lift else "label.hold", reference=case.reference),
        StartHold(case=case.id, lift=lift), opens_form=True,
    )  # fmt: skip
    if one.why_not:
        return (hold,)
    label = words(f"label.{one.rule}", reference=case.reference)
    erase = StartErase(case=case.id, reference=case.reference)
    return button(label, erase, "danger", opens_form=True), hold


# Erasing


@flow.on(StartErase, shows=True)
async def start_erase(turn: Turn, desk: Desk, press: StartErase) -> Reply:
    if not desk.is_coordinator(turn):
        return await _not_theirs(turn, desk)
    return Ask(_erase_form(desk, press))


@flow.on(SendErase)
async def send_erase(turn: Turn, desk: Desk, sent: SendErase) -> Reply:
    shown, values = _erase_form(desk, sent), submitted(turn)
    problem = invalid(shown, values, desk, exempt=("reference",))
    if problem:
        return problem
    if text(values, "reference").upper() != sent.reference.upper():
        return wrong(shown, values, {"reference": words("erase.other", reference=sent.reference)})
    try:
        rule, cards = await desk.keeping.carry_out(turn, sent.case)
    except NotTheirs:
        return await _not_theirs(turn, desk)
    except NotNow as refusal:
        why = words(f"not_now.{refusal.why[0]}")
        return Done(
            Card(words("not_now.title", reference=sent.reference), (Text(words.blocks("said", text=why)),))
        )
    key = "minimised" if rule == "minimise" else "erased"
    body = (words.text(f"done.{key}"), words.text("done.cards", number=cards))
    return Done(Card(words(f"done.{key}_title", reference=sent.reference), body, (_back(),)))


def _erase_form(desk: Desk, action: StartErase) -> Form:
    intro = words.blocks("erase.intro", reference=action.reference)
    intro += tuple(block for said in desk.keeping.rules()[-1:] for block in words.blocks("said", text=said))
    fields = (TextField("reference", words("erase.reference"), words("erase.hint")),)
    back = SendErase(case=action.case, reference=action.reference)
    return form(words("erase.title"), fields, back, words("erase.submit"), intro)


# Holds


@flow.on(StartHold, shows=True)
async def start_hold(turn: Turn, desk: Desk, press: StartHold) -> Reply:
    if not desk.is_coordinator(turn):
        return await _not_theirs(turn, desk)
    return Ask(_hold_form(press))


@flow.on(SendHold)
async def send_hold(turn: Turn, desk: Desk, sent: SendHold) -> Reply:
    shown, values = _hold_form(sent), submitted(turn)
    problem = invalid(shown, values, desk, exempt=("reference",))
    if problem:
        return problem
    try:
        case_id = sent.case
        if not case_id:
            found = await desk.keeping.case_called(turn, text(values, "reference"))
            if found is None:
                return wrong(shown, values, {"reference": words("hold.unknown")})
            case_id = found.id
        change = desk.keeping.lift if sent.lift else desk.keeping.hold
        await change(turn, case_id, text(values, "reason"))
    except NotTheirs:
        return await _not_theirs(turn, desk)
    except Refusal as refusal:
        return Done(Card(words("hold.refused"), (words.text(f"hold.{refusal.why}"),), (_back(),)))
    key = "lifted" if sent.lift else "placed"
    return Done(Card(words(f"hold.{key}_title"), (words.text(f"hold.{key}"),), (_back(),)))


def _hold_form(action: StartHold) -> Form:
    key = "lift" if action.lift else "place"
    reference = () if action.case else (TextField("reference", words("hold.reference")),)
    reason = LongTextField("reason", words(f"hold.{key}_reason"), words("hold.hint"), max_length=500)
    back = SendHold(case=action.case, lift=action.lift)
    intro = words.blocks(f"hold.{key}_intro")
    return form(words(f"hold.{key}_form"), (*reference, reason), back, words(f"hold.{key}_submit"), intro)


# What is held of a person


@flow.on(StartAccess, shows=True)
async def start_access(turn: Turn, desk: Desk, press: StartAccess) -> Reply:
    if not desk.is_coordinator(turn):
        return await _not_theirs(turn, desk)
    return Ask(_access_form(desk))


@flow.on(SendAccess)
async def send_access(turn: Turn, desk: Desk, sent: SendAccess) -> Reply:
    values = submitted(turn)
    problem = invalid(_access_form(desk), values, desk)
    if problem:
        return problem
    person = text(values, "person")
    try:
        counted = await desk.keeping.held_of(turn, person)
    except NotTheirs:
        return await _not_theirs(turn, desk)
    facts = Facts(tuple(Fact(words(f"access.{name}"), str(counted[name])) for name in _COUNTED))
    command = f"braver retention access {person} --out {person}.json"
    said = Text(words.blocks("access.how", command=command))
    return Done(Card(words("access.title", name=desk.person(person).name), (facts, said), (_back(),)))


def _access_form(desk: Desk) -> Form:
    options = tuple(Option(one.id, f"{one.name}, {one.role}") for one in desk.directory.search(""))
    fields = (PersonField("person", words("access.person"), "all", options),)
    intro = words.blocks("access.intro")
    return form(words("access.form"), fields, SendAccess(), words("access.submit"), intro)


# What could not be taken away


def staying(reference: str, erased: bool, cards: Sequence[Staying], desk: Desk) -> Card:
    """To the coordinator, once nobody is at any card of the case."""
    key = "left.erased" if erased else "left.minimised"
    if not cards:
        return Card(words(key, reference=reference), (words.text("left.none"), words.text("left.theirs")))
    lines = tuple((Span(_place(desk, one)),) for one in cards[:_LINES])
    more = (words.text("left.more", number=len(cards) - _LINES),) if len(cards) > _LINES else ()
    body = (Text((*words.blocks("left.some"), Bullets(lines))), *more, words.text("left.theirs"))
    return Card(words(key, reference=reference), body)


def _place(desk: Desk, one: Staying) -> str:
    where = words("left.chat", name=desk.person(one.person).name) if one.person else ""
    where = where or words("left.channel", channel=one.conversation)
    return words("left.line", way=way(one.platform), where=where, reason=one.reason)


def _back() -> Button:
    return button(words("label.records"), OpenRecords())


async def _not_theirs(turn: Turn, desk: Desk) -> Reply:
    return await not_theirs(turn, desk, "records_not_theirs")
