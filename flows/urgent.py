"""A child at risk now: the urgent contacts, before anything else and for anybody."""

from bot.chat.card import Button, Card, Element, Link, button
from bot.chat.router import Answered, Flow, typed
from bot.chat.text import Blocks
from bot.chat.turn import Commanded, Pressed, Said, Submitted, Turn
from bot.desk import Desk, UrgentContact
from bot.guidance.advice import advise
from bot.guidance.words import Words
from flows.entries import OpenAdvice, OpenHome, OpenUrgent, StartRaising
from flows.showing import dialled, opened

flow = Flow[Desk]("urgent")
words = Words("urgent")


_COMMANDS = ("urgent", "999")


@flow.command(*_COMMANDS, summary=words("summary"), always=True)
async def urgent(turn: Turn, desk: Desk) -> Answered:
    return await _shown(turn, desk, await desk.case_here(turn) or "")


async def asked(turn: Turn, desk: Desk) -> Answered:
    """The contacts, for somebody who is not known and asks for them; None for any other turn."""
    pressed = isinstance(turn.act, Pressed) and turn.act.payload.name == OpenUrgent.name
    if pressed or typed(turn.act).strip(" /.!").casefold() in _COMMANDS:
        return await _shown(turn, desk, "")
    return None


@flow.on(OpenUrgent, always=True)
async def pressed(turn: Turn, desk: Desk, action: OpenUrgent) -> Answered:
    return await _shown(turn, desk, action.case)


async def heard(turn: Turn, desk: Desk, text: str) -> Answered:
    """The contacts, because the words sound like danger. Where nothing else answers what was typed, there
    is a way on for somebody who did not mean it."""
    case_id = await desk.case_here(turn) or ""
    topic = next(iter(advise(text).alternatives), "")
    unanswered = not case_id and isinstance(turn.act, Said | Commanded)
    carry_on = button(words("button.carry_on"), OpenAdvice(topic=topic), opens_form=not topic)
    return await _shown(turn, desk, case_id, words.text("heard"), carry_on if unanswered else None)


def contacts(desk: Desk) -> tuple[Element, ...]:
    """Whom to ring, as numbers that a phone can ring at a touch; first whoever answers now."""
    return tuple(Link(line, dialled(contact.number)) for contact, line in contact_lines(desk))


def contact_lines(desk: Desk) -> tuple[tuple[UrgentContact, str], ...]:
    """Whom to ring, in words; first whoever answers at this moment, then who does not, with when they do."""
    answered = desk.answered_now()
    known = any(contact.open not in (None, "always") for contact in desk.policy.urgent)
    now = [one for one in desk.policy.urgent if one.number in answered]
    later = [one for one in desk.policy.urgent if one.number not in answered]
    return (
        *((one, _line(one, words("answers_now") if known else "")) for one in now),
        *((one, _line(one, _closed(one, desk))) for one in later),
    )


def _line(contact: UrgentContact, now: str) -> str:
    """The number, whose it is, its hours, and whether anybody answers it now."""
    notes = ", ".join(filter(None, (contact.said, now)))
    key = "contact_hours" if notes else "contact"
    return words(key, number=contact.number, name=contact.name, hours=notes)


def _closed(contact: UrgentContact, desk: Desk) -> str:
    opens = desk.answered_from(contact)
    return words("closed_until", opens=desk.when(opens)) if opens else words("closed_now")


async def _checked(desk: Desk) -> Blocks:
    """Who has checked the numbers, and when; or that not all of them have been."""
    states = [one for one in await desk.numbers() if one.standing != "national"]
    if desk.policy.status == "example" or not states:
        return ()
    wrong = ", ".join(one.contact.number for one in states if one.standing == "wrong")
    if wrong:
        return words.blocks("reported_wrong", numbers=wrong)
    if any(one.standing == "open" for one in states):
        return words.blocks("not_checked")
    last = max(states, key=lambda one: one.at or desk.now)
    names = ", ".join(dict.fromkeys(desk.person(one.by).name for one in states))
    return words.blocks("checked", names=names, at=desk.date(last.at or desk.now))


async def _shown(
    turn: Turn, desk: Desk, case_id: str, why: Element | None = None, carry_on: Button | None = None
) -> Answered:
    body: list[Element] = [why] if why else []
    body += [*contacts(desk), words.text("do")]
    lead = desk.someone_to_ring(turn.person)
    if lead is not None and turn.person is not None:
        phone = words("lead_phone", phone=lead.phone) if lead.phone else ""
        body.append(words.text("lead", name=lead.name, phone=phone))
    body.append(words.text("no_wait"))
    on = (carry_on,) if carry_on else ()
    raising = bool(case_id) or isinstance(turn.act, Submitted)
    after = () if raising else (button(words("button.raise"), StartRaising()),)
    buttons = () if turn.person is None else (*on, *after, button(words("button.home"), OpenHome()))
    await desk.urgent_shown(turn, case_id)
    return opened(turn, Card(words("title"), tuple(body), buttons, await _checked(desk)))
