"""A child at risk now: the urgent contacts, before anything else and for anybody."""

from bot.chat.card import Button, Card, Element, Link, button
from bot.chat.router import Answered, Flow
from bot.chat.turn import Commanded, Said, Submitted, Turn
from bot.desk import Desk, Policy
from bot.guidance.advice import advise
from bot.guidance.words import Words
from flows.entries import OpenAdvice, OpenHome, OpenUrgent, StartRaising
from flows.showing import opened

flow = Flow[Desk]("urgent")
words = Words("urgent")


@flow.command("urgent", "999", summary=words("summary"))
async def urgent(turn: Turn, desk: Desk) -> Answered:
    return await _shown(turn, desk, await desk.case_here(turn) or "")


@flow.on(OpenUrgent)
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


def contacts(policy: Policy) -> tuple[Element, ...]:
    """Whom to ring, as numbers that a phone can ring at a touch."""
    lines = zip(contact_lines(policy), policy.urgent, strict=True)
    return tuple(Link(line, f"tel:{contact.number.replace(' ', '')}") for line, contact in lines)


def contact_lines(policy: Policy) -> tuple[str, ...]:
    """Whom to ring, in words."""
    return tuple(
        words(
            "contact_hours" if contact.hours else "contact",
            number=contact.number, name=contact.name, hours=contact.hours,
        )
        for contact in policy.urgent
    )  # fmt: skip


async def _shown(
    turn: Turn, desk: Desk, case_id: str, why: Element | None = None, carry_on: Button | None = None
) -> Answered:
    body: list[Element] = [why] if why else []
    body += [*contacts(desk.policy), words.text("do")]
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
    return opened(turn, Card(words("title"), tuple(body), buttons))
