"""Words on a case: typed in its thread, or written in a form. Their author decides who reads them."""

import hashlib
import secrets
from datetime import timedelta
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from bot.chat.card import Card, Text, button
from bot.chat.form import MAX_LONG_TEXT, Form, LongTextField, form
from bot.chat.memory import State
from bot.chat.router import Flow
from bot.chat.text import Bullets, Span, markup, quote
from bot.chat.turn import Ask, Done, Invalid, Redraw, Reply, Turn, Whisper
from bot.desk import GLANCE, Case, Desk, commands, sees
from bot.guidance.identifiers import find
from bot.guidance.words import Words
from flows import case_actions as a
from flows.checking import invalid, me, submitted, text
from flows.guarding import how_to_delete, identifying, without
from flows.guarding import words as identifier_words

words = Words("sharing")
flow = Flow[Desk]("sharing")

_KEPT = 10


class TypedWords(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    case: str
    text: str


class Typed(State):
    """The author's latest replies in threads of cases, until each is shared or kept."""

    name: ClassVar[str] = "sharing.typed"
    keep_for: ClassVar[timedelta] = timedelta(days=1)
    replies: tuple[TypedWords, ...] = ()


@flow.on(a.StartWrite, shows=True)
async def start_write(turn: Turn, desk: Desk, press: a.StartWrite) -> Ask:
    return Ask(_write_form(await desk.case_for(turn, press.case, "share")))


@flow.on(a.SendWrite)
async def send_write(turn: Turn, desk: Desk, sent: a.SendWrite) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    problem = invalid(_write_form(case), values, desk)
    return problem or Done(await _offered(turn, desk, case, text(values, "text")))


def _write_form(case: Case) -> Form:
    fields = (LongTextField("text", words("write.text"), words("write.hint"), max_length=1500),)
    title = words("write.title", reference=case.reference)
    return form(title, fields, a.SendWrite(case=case.id), words("write.submit"), words.blocks("write.intro"))


@flow.on(a.StartNote, shows=True)
async def start_note(turn: Turn, desk: Desk, press: a.StartNote) -> Ask:
    case = await desk.case_for(turn, press.case, "note")
    return Ask(_note_form(turn, desk, case))


@flow.on(a.SendNote)
async def send_note(turn: Turn, desk: Desk, sent: a.SendNote) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    problem = invalid(_note_form(turn, desk, case), values, desk)
    if problem:
        return problem
    note = text(values, "text")
    await desk.act(turn, case.id, commands.Share(me(turn), note, with_both=False))
    kept = Card(words("done.own_title"), (Text(quote(note)), _saved(turn, desk, case)))
    return Done(kept, tracked=desk.tracked(case, GLANCE))


def _note_form(turn: Turn, desk: Desk, case: Case) -> Form:
    """Who reads it is said before anything is written."""
    names = _names(desk, _readers(case, me(turn), with_both=False))
    intro = words.blocks("note.intro")
    intro += words.blocks("note.names", names=names) if names else words.blocks("note.nobody")
    fields = (LongTextField("text", words("note.text"), words("note.hint"), max_length=1500),)
    title = words("note.title", reference=case.reference)
    return form(title, fields, a.SendNote(case=case.id), words("note.submit"), intro)


async def typed_in_thread(turn: Turn, desk: Desk, typed: str) -> Reply | None:
    """Words in a place that is a case's thread; None where it is none, or where somebody else's talk is
    merely overheard."""
    case_id = await desk.case_here(turn)
    if case_id is None:
        return None
    if turn.place.kind == "channel" and not await desk.is_on(turn, case_id):
        return None
    case = await desk.case(turn, case_id)
    if len(typed) > MAX_LONG_TEXT:
        said = words.text("too_long.body", length=f"{len(typed):,}", limit=f"{MAX_LONG_TEXT:,}")
        return Whisper(Card(words("too_long.title"), (said,)))
    if find(typed, desk.known):
        return await _stopped(turn, desk, case, typed)
    return Whisper(await _offered(turn, desk, case, typed))


async def _stopped(turn: Turn, desk: Desk, case: Case, typed: str) -> Whisper:
    """What kind of thing was found, how to delete the message, and the same without it, which alone is kept.
    What was found is not said once more: our own message stands there as long as theirs."""
    await desk.as_if(case, commands.Share(me(turn), typed, with_both=False))
    kept = await _keep(turn, desk, case, without(typed, desk.known))
    delete = how_to_delete(turn)
    rest = (
        *((Text(markup(delete)),) if delete else ()),
        identifier_words.text("offer"),
        Text(quote(kept.text)),
    )
    buttons = (
        button(identifier_words("use_it"), a.UseWords(case=case.id, words=kept.id), "primary"),
        button(identifier_words("write_it"), a.StartWrite(case=case.id), opens_form=True),
    )
    title = identifier_words("in_chat_title")
    said = identifier_words.text("in_chat", what=identifying(typed, desk))
    return Whisper(Card(title, (said, *rest), buttons))


@flow.on(a.UseWords)
async def use_words(turn: Turn, desk: Desk, press: a.UseWords) -> Reply:
    """The words as they were offered, without what was found in them."""
    case = await desk.case(turn, press.case)
    kept = await _kept(turn, desk, press)
    return _gone() if kept is None else Redraw(_offer_card(desk, case, kept, me(turn)))


async def _offered(turn: Turn, desk: Desk, case: Case, typed: str) -> Card:
    """The author decides who reads the words; until then they are nobody's but the author's. Who only reads
    the case is told so at once, with the words given back."""
    await desk.as_if(case, commands.Share(me(turn), typed, with_both=False))
    return _offer_card(desk, case, await _keep(turn, desk, case, typed), me(turn))


async def _keep(turn: Turn, desk: Desk, case: Case, clean: str) -> TypedWords:
    kept = TypedWords(id=secrets.token_hex(6), case=case.id, text=clean)
    earlier = await desk.recall(turn, Typed) or Typed()
    await desk.keep(turn, Typed(replies=(*earlier.replies, kept)[-_KEPT:]))
    return kept


def _offer_card(desk: Desk, case: Case, kept: TypedWords, author: str) -> Card:
    own = _names(desk, _readers(case, author, with_both=False))
    note = words.text("offer.own_names", names=own) if own else words.text("offer.own_nobody")
    body = (words.text("offer.body"), Text(quote(kept.text)), note)
    buttons = (
        button(words("offer.both"), a.PreviewShare(case=case.id, words=kept.id)),
        button(words("offer.own"), a.ShareWords(case=case.id, words=kept.id, with_both=False), "primary"),
    )
    return Card(words("offer.title"), body, buttons)


@flow.on(a.PreviewShare)
async def preview(turn: Turn, desk: Desk, press: a.PreviewShare) -> Reply:
    case = await desk.case_for(turn, press.case, "share")
    kept = await _kept(turn, desk, press)
    return _gone() if kept is None else _preview(desk, case, kept, _readers(case, me(turn), with_both=True))


def _preview(desk: Desk, case: Case, kept: TypedWords, readers: tuple[str, ...]) -> Redraw:
    people = (desk.person(person) for person in readers)
    lines = tuple(
        (Span(words("preview.reader", name=p.name, role=p.role, agency=p.agency_name)),) for p in people
    )
    body = (
        words.text("preview.body"),
        Text((Bullets(lines),)),
        Text(quote(kept.text)),
        words.text("preview.final"),
    )
    shares = a.ShareWords(case=case.id, words=kept.id, with_both=True, readers=_mark(readers))
    buttons = (
        button(words("preview.share"), shares, "primary"),
        button(words("offer.own"), a.ShareWords(case=case.id, words=kept.id, with_both=False)),
    )
    return Redraw(Card(words("preview.title"), body, buttons))


@flow.on(a.ShareWords)
async def share(turn: Turn, desk: Desk, press: a.ShareWords) -> Reply:
    case = await desk.case(turn, press.case)
    kept = await _kept(turn, desk, press)
    if kept is None:
        return _gone()
    readers = _readers(case, me(turn), with_both=press.with_both)
    if press.with_both and press.readers != _mark(readers):
        # Somebody came onto the case since the preview: nobody reads who was not named.
        return _preview(desk, case, kept, readers)
    await desk.act(turn, case.id, commands.Share(me(turn), kept.text, press.with_both))
    earlier = await desk.recall(turn, Typed) or Typed()
    await desk.keep(turn, Typed(replies=tuple(item for item in earlier.replies if item.id != kept.id)))
    said = _saved(turn, desk, case, with_both=press.with_both)
    title = words("done.both_title" if press.with_both else "done.own_title")
    return Redraw(Card(title, (Text(quote(kept.text)), said)))


def _saved(turn: Turn, desk: Desk, case: Case, *, with_both: bool = False) -> Text:
    names = _names(desk, _readers(case, me(turn), with_both=with_both))
    return words.text("done.saved", names=names) if names else words.text("done.saved_nobody")


def _gone() -> Redraw:
    return Redraw(Card(words("gone.title"), (words.text("gone.body"),)))


async def _kept(
    turn: Turn, desk: Desk, press: a.PreviewShare | a.ShareWords | a.UseWords
) -> TypedWords | None:
    """The author's words, for the case in whose thread they were typed and for no other."""
    typed = await desk.recall(turn, Typed)
    wanted = (press.words, press.case)
    return next((item for item in typed.replies if (item.id, item.case) == wanted), None) if typed else None


def _mark(readers: tuple[str, ...]) -> str:
    """Who reads, short enough for a button."""
    return hashlib.sha256(" ".join(sorted(readers)).encode()).hexdigest()[:12]


def _readers(case: Case, author: str, *, with_both: bool) -> tuple[str, ...]:
    side = case.members[author].side
    return tuple(
        person
        for person, member in case.members.items()
        if person != author
        and sees(case, person, "case")
        and (member.side == side or (with_both and member.side != "neither"))
    )


def _names(desk: Desk, people: tuple[str, ...]) -> str:
    return ", ".join(desk.person(person).name for person in people)
