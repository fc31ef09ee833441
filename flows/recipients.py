"""Who gets a message and who a copy when a case enters a stage, as the previews show it before it is sent."""

import hashlib
from collections.abc import Iterable

from bot.chat.form import ChoicesField, Field, Option
from bot.chat.text import Blocks, Bullets, Span
from bot.desk import Case, Desk, Side
from bot.guidance.words import Words

words = Words("replying")


def recipient_lines(desk: Desk, case: Case) -> Blocks:
    """Everybody who gets a message at the stage of this case, by name, role and agency."""
    lines = []
    sides: tuple[tuple[Side, str], ...] = (
        ("receiving", case.receiving_agency),
        ("raising", case.raising_agency),
    )
    for side, of_agency in sides:
        for party in case.now_with.all_of(side) if case.asked(side) else ():
            person = desk.person(party.person)
            if party.stands_in:
                agency = desk.directory.agency(of_agency)
                line = words("preview.stands_in", name=person.name, agency=agency.name if agency else "")
            else:
                role, agency_name = person.role, person.agency_name
                line = words("preview.recipient", name=person.name, role=role, agency=agency_name)
            lines.append((Span(line),))
    return (Bullets(tuple(dict.fromkeys(lines))),)


def copy_lines(desk: Desk, case: Case) -> Blocks:
    """Who gets a copy of this stage by the policy, and who only hears that it happened."""
    informed = [one for one in case.copied if case.members[one].role == "informed"]
    copied = [one for one in case.copied if one not in informed]
    lines = words.blocks("preview.copied", names=names_of(desk, copied)) if copied else ()
    return lines + (words.blocks("preview.informed", names=names_of(desk, informed)) if informed else ())


def involved_field(desk: Desk, case: Case, ticked_now: tuple[str, ...]) -> tuple[Field, ...]:
    """The question who of the recipients is involved. Who is known to have decided, or raises it, is not
    among them; where that leaves nobody, nothing is asked."""
    people = dict.fromkeys((*messaged(case), *ticked_now))
    options = tuple(
        Option(person, desk.person(person).name) for person in people if person != case.decided_by
    )
    if not options:
        return ()
    label, hint = words("preview.involved"), words("preview.involved_hint")
    return (ChoicesField("involved", label, options, hint, value=ticked_now),)


def messaged(case: Case) -> tuple[str, ...]:
    """The people who get a message at the stage of this case, each once, the receiving side first; never a
    raiser who stands alone."""
    sides: tuple[Side, ...] = ("receiving", "raising")
    return tuple(
        dict.fromkeys(one for side in sides if case.asked(side) for one in case.now_with.people(side))
    )


def shown_people(case: Case, mark: str) -> tuple[str, ...]:
    """What a preview showed, for its button: who is messaged, and a mark of the copies and the words."""
    rest = " ".join((*case.copied, mark))
    return (*messaged(case), hashlib.sha256(rest.encode()).hexdigest()[:12])


def names_of(desk: Desk, people: Iterable[str]) -> str:
    return ", ".join(desk.person(person).name for person in people)
