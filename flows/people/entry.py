"""An entry of the directory: seen, said to be right, corrected, by whom it is about, its owner, the
coordinator."""

from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Button, Card, button
from bot.chat.form import Form, Option, PersonField, form, refused
from bot.chat.router import Answered, Flow, argument, typed
from bot.chat.turn import Ask, Done, Invalid, Redraw, Reply, Turn, Whisper
from bot.desk import Desk, Entry, by_field, post_id
from flows.checking import invalid, me, submitted, text
from flows.coaching import advice
from flows.entries import (
    OpenAccounts,
    OpenAway,
    OpenEntry,
    OpenHome,
    OpenPosts,
    SendAgain,
    StartAway,
    StartCorrecting,
    StartHandingOver,
    StartPost,
)
from flows.guarding import without
from flows.people.entry_card import facts, heading, note, post_name, shown, words
from flows.people.entry_form import UNGUARDED, SendCorrection, correction, given_back, sent
from flows.people.theirs import not_theirs
from flows.showing import opened

flow = Flow[Desk]("entry")

_NAME = 5
"""More words than this are no name, and are taken as what somebody has to tell."""
_FOUND = 10
_POSTS = 8


class SayRight(Action):
    """ "It is right": of the entry as it stood on the card."""

    name: ClassVar[str] = "entry.right"
    person: str
    shown: str


class StartFinding(Action):
    name: ClassVar[str] = "entry.find.start"


class SendFinding(Action):
    name: ClassVar[str] = "entry.find.send"


@flow.command("my entry", "entry", summary=words("summary"), shows=True)
async def typed_entry(turn: Turn, desk: Desk) -> Answered:
    """One's own, or that of a name."""
    name = argument(turn, "my entry", "entry")
    if len(name.split()) > _NAME:
        return await advice.answer(turn, desk, typed(turn.act))
    if not name:
        return opened(turn, await _card(turn, desk, me(turn)))
    found = desk.directory.search(name)
    theirs = [entry for entry in found if desk.may_correct(turn, entry.id)]
    exact = [entry for entry in theirs if entry.name.casefold() == name.casefold()]
    if len(exact or theirs) == 1:
        return Whisper(await _card(turn, desk, (exact or theirs)[0].id))
    if not theirs and not desk.is_coordinator(turn):
        return await not_theirs(turn, desk, "entry_not_theirs")
    said = without(name, desk.known)
    if not theirs:
        return Whisper(Card(words("find.none_title", name=said), (words.text("find.none"),), (_find(),)))
    buttons = tuple(button(entry.name, OpenEntry(person=entry.id)) for entry in theirs[:_FOUND])
    return Whisper(Card(words("find.several_title", name=said), (words.text("find.several"),), buttons))


@flow.on(OpenEntry, shows=True)
async def open_entry(turn: Turn, desk: Desk, press: OpenEntry) -> Reply:
    person = press.person or me(turn)
    if not desk.may_correct(turn, person):
        return await not_theirs(turn, desk, "entry_not_theirs")
    return opened(turn, await _card(turn, desk, person))


@flow.on(SayRight)
async def say_right(turn: Turn, desk: Desk, press: SayRight) -> Reply:
    """One press. A second one changes nothing, and an old card is shown as the entry is now."""
    entry = desk.entry(press.person)
    if entry is None or not desk.may_correct(turn, press.person):
        return await not_theirs(turn, desk, "entry_not_theirs")
    if shown(entry) != press.shown:
        changed = Card(words("ask.title"), (words.text("changed"), *facts(desk, entry)), _answers(entry))
        return Redraw(changed)
    if entry.verified_on != desk.now.date():
        await desk.say_right(turn, entry.id)
    said = words.text("right.body" if entry.id == me(turn) else "right.body_of", name=entry.name)
    more = (_correct(entry), button(words("label.home"), OpenHome()))
    return Redraw(Card(words("right.title"), (said, *facts(desk, _verified(desk, entry))), more))


@flow.on(StartCorrecting, shows=True)
async def start_correcting(turn: Turn, desk: Desk, press: StartCorrecting) -> Reply:
    entry = desk.entry(press.person)
    if entry is None or not desk.may_correct(turn, press.person):
        return await not_theirs(turn, desk, "entry_not_theirs")
    return Ask(correction(desk, entry, desk.is_coordinator(turn)))


@flow.on(SendCorrection)
async def send_correction(turn: Turn, desk: Desk, action: SendCorrection) -> Reply:
    entry, values = desk.entry(action.person), submitted(turn)
    if entry is None or not desk.may_correct(turn, action.person):
        return await not_theirs(turn, desk, "entry_not_theirs")
    form_now = correction(desk, entry, desk.is_coordinator(turn))
    problem = invalid(form_now, values, desk, exempt=UNGUARDED)
    if problem:
        return problem
    if shown(entry) != action.shown:
        return Invalid(refused(form_now, values, {}, words("form.changed")))
    known = {field.id: values.get(field.id) for field in form_now.fields}
    try:
        after = await desk.correct_entry(turn, entry.id, sent(entry, known))
    except ValueError as error:
        return given_back(form_now, values, by_field(error))
    again = await _again(turn, desk, entry.id)
    more = (*again, button(words("label.home"), OpenHome()))
    return Done(Card(words("saved.title"), (words.text("saved.body"), *facts(desk, after)), more))


@flow.on(StartFinding, shows=True)
async def start_finding(turn: Turn, desk: Desk, press: StartFinding) -> Reply:
    if not desk.is_coordinator(turn):
        return await not_theirs(turn, desk, "entry_not_theirs")
    return Ask(_find_form(desk))


@flow.on(SendFinding)
async def send_finding(turn: Turn, desk: Desk, action: SendFinding) -> Reply:
    if not desk.is_coordinator(turn):
        return await not_theirs(turn, desk, "entry_not_theirs")
    values = submitted(turn)
    shown_now = _find_form(desk)
    problem = invalid(shown_now, values, desk)
    if problem:
        return problem
    person = text(values, "person")
    if desk.entry(person) is None:
        return Invalid(refused(shown_now, values, {"person": words("find.gone")}))
    return Done(await _card(turn, desk, person))


def still_right(person: str, desk: Desk) -> Card | None:
    """The monthly question; nobody is asked who has said so today."""
    entry = desk.entry(person)
    if entry is None or entry.verified_on == desk.now.date():
        return None
    return Card(words("ask.title"), (words.text("ask.body"), *facts(desk, entry)), _answers(entry))


async def _card(turn: Turn, desk: Desk, person: str) -> Card:
    entry = desk.entry(person)
    if entry is None:
        return note("gone")
    body = facts(desk, entry)
    mine = person == me(turn)
    buttons = [*_answers(entry)]
    if mine:
        if desk.absences_of(person):
            buttons.append(button(words("label.absence"), OpenAway()))
        else:
            buttons.append(button(words("label.away"), StartAway(), opens_form=True))
        if len(await desk.parts_of(person)) > 1:
            buttons.append(button(words("label.hand_over_all"), StartHandingOver(), opens_form=True))
    if mine or desk.is_coordinator(turn):
        buttons.append(button(words("label.accounts"), OpenAccounts(person=person)))
    buttons += await _for_the_coordinator(turn, desk, person)
    return Card(heading(desk, entry, me(turn)), body, (*buttons, button(words("label.home"), OpenHome())))


async def _for_the_coordinator(turn: Turn, desk: Desk, person: str) -> tuple[Button, ...]:
    if not desk.is_coordinator(turn):
        return ()
    posts = desk.directory.posts_of(person)[:_POSTS]
    changes = (
        button(
            words("label.post", post=post_name(desk, post)), StartPost(post=post_id(post)), opens_form=True
        )
        for post in posts
    )
    doors = (_find(), button(words("label.posts"), OpenPosts(), opens_form=True))
    return (*await _again(turn, desk, person), *changes, *(doors if person == me(turn) else ()))


async def _again(turn: Turn, desk: Desk, person: str) -> tuple[Button, ...]:
    """For the coordinator, where something did not reach this person."""
    if not desk.is_coordinator(turn) or person == me(turn):
        return ()
    lost = await desk.not_arrived(person)
    return (button(words("label.again", lost=lost), SendAgain(person=person)),) if lost else ()


def _answers(entry: Entry) -> tuple[Button, ...]:
    right = SayRight(person=entry.id, shown=shown(entry))
    return (button(words("label.right"), right, "primary"), _correct(entry))


def _correct(entry: Entry) -> Button:
    return button(words("label.correct"), StartCorrecting(person=entry.id), opens_form=True)


def _find() -> Button:
    return button(words("label.find"), StartFinding(), opens_form=True)


def _find_form(desk: Desk) -> Form:
    options = tuple(Option(entry.id, f"{entry.name}, {entry.role}") for entry in desk.directory.search(""))
    fields = (PersonField("person", words("find.person"), "all", options, words("find.hint")),)
    return form(words("find.title"), fields, SendFinding(), words("find.submit"))


def _verified(desk: Desk, entry: Entry) -> Entry:
    return entry.model_copy(update={"verified_on": desk.now.date()})
