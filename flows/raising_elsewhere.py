"""Where it belongs, if the ladder is not for it; and who stands by, if the own manager does not. Nobody is
messaged from here, and whoever thinks of the child goes on at one press."""

from bot.chat.card import Card, Divider, Element, Link, Text, button
from bot.chat.text import quote
from bot.chat.turn import Person
from bot.desk import Desk, Exclusion, Unit
from flows.entries import OpenUrgent
from flows.raising_forms import EXCLUDED, NO_BACKING, Draft, Go, words
from flows.showing import dialled

_WRITTEN = ("who", "when", "result", "decision", "risk", "request")
"""The raiser's own words so far: field, with a label of the same name."""


def held_card(desk: Desk, person: Person, draft: Draft) -> Card:
    """The way on for a draft that is held."""
    if draft.subject == NO_BACKING:
        return _no_backing(desk, person, draft)
    wanted = draft.subject.removeprefix(EXCLUDED)
    exclusion = next(one for one in desk.policy.exclusions if one.id == wanted)
    urgent = button(words("filed.urgent"), OpenUrgent(), "danger")
    on = Go(to="spoken" if draft.half_told else "about", all_the_same=True)
    buttons = (
        urgent,
        button(words("elsewhere.all_the_same"), on, opens_form=True),
        button(words("elsewhere.back"), Go(), opens_form=True),
    )
    body = (*_belongs(desk, person, exclusion), words.text("elsewhere.unsent"), *_own_words(draft))
    return Card(words("elsewhere.title"), body, buttons)


def _belongs(desk: Desk, person: Person, exclusion: Exclusion) -> list[Element]:
    """Where it belongs in the policy's words, how soon, and whom to ask or ring there."""
    body: list[Element] = [
        words.text("elsewhere.goes_to", what=exclusion.label.rstrip("."), where=exclusion.goes_to)
    ]
    if exclusion.within is not None:
        special = {Unit.IMMEDIATELY: "within_immediately", Unit.SAME_WORKING_DAY: "within_same_working_day"}
        key = special.get(exclusion.within.unit, "within")
        body.append(words.text(f"elsewhere.{key}", time=exclusion.within.words))
    there = desk.duty.standing(exclusion.to, person.agency, person.id, (person.id,)) if exclusion.to else None
    if there is not None:
        holder = there.entry
        body.append(words.text("elsewhere.holder", name=holder.name, role=holder.role))
        if holder.phone:
            ring = words("elsewhere.ring", phone=holder.phone, name=holder.name)
            body.append(Link(ring, dialled(holder.phone)))
    if exclusion.number is not None:
        body.append(Link(words("elsewhere.ring_number", number=exclusion.number), dialled(exclusion.number)))
    return body


def _own_words(draft: Draft) -> list[Element]:
    written = [(field, getattr(draft, field)) for field in _WRITTEN if getattr(draft, field)]
    if not written:
        return [words.text("elsewhere.nothing")]
    body: list[Element] = [Divider(), words.text("elsewhere.words")]
    for field, said in written:
        group = "spoken" if field in _WRITTEN[:3] else "about"
        body.append(Text(words.blocks("elsewhere.written", label=words(f"{group}.{field}")) + quote(said)))
    return body


def _no_backing(desk: Desk, person: Person, draft: Draft) -> Card:
    """The agency's safeguarding lead stands beside whoever has no backing, or else the coordinator finds
    somebody."""
    lead = desk.directory.lead(person.agency)
    if lead is not None and lead.id == person.id:
        lead = None
    body: list[Element] = []
    if lead is None:
        body.append(words.text("no_backing.nobody"))
    else:
        body.append(words.text("no_backing.lead", name=lead.name, role=lead.role))
        if lead.phone:
            ring = words("elsewhere.ring", phone=lead.phone, name=lead.name)
            body.append(Link(ring, dialled(lead.phone)))
    label = words("no_backing.with_lead", name=lead.name) if lead else words("no_backing.with_nobody")
    on = Go(to="spoken" if draft.half_told else "about", unbacked=True)
    buttons = (
        button(words("filed.urgent"), OpenUrgent(), "danger"),
        button(label, on, "primary", opens_form=True),
        button(words("elsewhere.back"), Go(), opens_form=True),
    )
    return Card(words("no_backing.title"), (*body, words.text("elsewhere.unsent")), buttons)
