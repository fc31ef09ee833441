"""What is missing in a directory, in words: whom a message would not find, and what nobody has looked at."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.escalation.policy import Policy
from bot.guidance.ladder import joined
from bot.guidance.words import Words
from bot.people.circles import circles
from bot.people.directory import LINE_MANAGER, Directory
from bot.people.duty import Absence, Duty
from bot.people.entries import Entry, Post
from bot.people.records import post_id
from bot.policies.held import notes, unheld

words = Words("directory_tools")

VERIFIED_FOR = 90
"""So many days an entry counts as verified."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """`kind` is a key of `gap` among the words. `note`: worth knowing, and nothing to mend at once."""

    kind: str
    text: str
    note: bool = False


@dataclass(frozen=True)
class Looked:
    """What is looked at. `platforms` are those that are set up here; none, nobody is looked for on any.
    `today` is a day of the partnership, `now` aware."""

    directory: Directory
    policy: Policy
    platforms: Collection[str]
    absences: Mapping[str, tuple[Absence, ...]]
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.policy.calendar.zone)).date()

    @cached_property
    def stands(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Person → what they hold, with everybody who stands there in order."""
        directory = self.directory
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for post in directory.posts:
            found.setdefault(post.holder, {})[post_id(post)] = post.order
        for agency, lead in directory.safeguarding_leads.items():
            what = words("gap.lead", agency=_agency(directory, agency))
            found.setdefault(lead, {})[what] = (lead,)
        coordinator = directory.coordinator
        found.setdefault(coordinator, {})[words("gap.coordinator")] = (coordinator,)
        return found

    def what(self, entry: Entry) -> str:
        """The posts at which the person stands, in a list; empty for none."""
        deputised = (post_id(post) for post in self.directory.posts_of(entry.id))
        found = tuple(dict.fromkeys((*self.stands.get(entry.id, ()), *deputised)))
        return ", ".join(found[:_NAMED]) + (" …" if len(found) > _NAMED else "")


def gaps(looked: Looked) -> tuple[Gap, ...]:
    """Every gap, those of the ladder first; notes after all of them."""
    found = tuple(dict.fromkeys((*_ladder(looked), *_lost(looked.directory), *_people(looked),
        *_loops(looked.directory), *_absences(looked), *_posts(looked.directory))))  # fmt: skip
    return (*(gap for gap in found if not gap.note), *(gap for gap in found if gap.note))


def _gap(key: str, /, **values: object) -> Gap:
    return Gap(key, words(f"gap.{key}", **values))


def _note(key: str, /, **values: object) -> Gap:
    return Gap(key, words(f"gap.{key}", **values), note=True)


def _ladder(looked: Looked) -> Iterator[Gap]:
    """Stages at which nobody stands."""
    directory = looked.directory
    for _, what, remedy in unheld(looked.policy, directory):
        yield _gap("post", text=f"{what} {remedy}")
    for text in notes(looked.policy, directory):
        yield _gap("stage", text=text[:1].upper() + text[1:])
    asked = {ref for stage in looked.policy.stages for ref in (*stage.raising, *stage.receiving)}
    ladder = {post.agency for post in directory.posts if post.post in asked}
    without: dict[str, list[Entry]] = {}
    for entry in directory.people if LINE_MANAGER in asked else ():
        nobody = directory.holder(LINE_MANAGER, entry.agency, entry.id) is None
        if nobody and entry.agency in ladder:
            without.setdefault(entry.agency, []).append(entry)
    for agency, people in without.items():
        yield _gap("no_manager", agency=_agency(directory, agency), people=_some(people))
    for agency_ in directory.agencies:
        if directory.lead(agency_.id) is None:
            yield _gap("no_lead", agency=agency_.name)


def _lost(directory: Directory) -> Iterator[Gap]:
    """What names somebody who is not there any more."""
    for entry in directory.people:
        for key, person in (("line_manager_of", entry.line_manager), ("owner_of", entry.owner)):
            if person and directory.person(person) is None:
                yield _gap("left", where=words(f"gap.{key}", name=entry.name), id=person)
    for post in directory.posts:
        for person in post.order:
            if directory.person(person) is None:
                yield _gap("left", where=post_id(post), id=person)
    for agency, lead in directory.safeguarding_leads.items():
        if directory.person(lead) is None:
            where = words("gap.lead", agency=_agency(directory, agency))
            yield _gap("left", where=where, id=lead)
    if directory.person(directory.coordinator) is None:
        yield _gap("left", where=words("gap.coordinator"), id=directory.coordinator)


def _people(looked: Looked) -> Iterator[Gap]:
    directory, today = looked.directory, looked.today
    for entry in directory.people:
        what = looked.what(entry)
        if looked.platforms and what and not set(entry.platforms) & set(looked.platforms):
            ways = ", ".join(entry.ways)
            yield _gap("unreachable", name=entry.name, what=what, ways=ways)
        owner = directory.person(entry.owner or directory.coordinator)
        said = {
            "name": entry.name,
            "what": what or words("gap.somebody"),
            "owner": owner.name if owner else "",
        }
        if entry.verified_on is None:
            yield _gap("never_verified", **said)
        elif entry.verified_on > today:
            yield _gap("verified_ahead", **said, day=_day(entry.verified_on))
        elif today - entry.verified_on > timedelta(days=VERIFIED_FOR):
            days = (today - entry.verified_on).days
            yield _gap("not_verified", **said, day=_day(entry.verified_on), days=days)


def _loops(directory: Directory) -> Iterator[Gap]:
    only: dict[str, set[str]] = {}
    for post in directory.posts:
        if len(post.deputies) == 1:
            only.setdefault(post.holder, set()).add(post.deputies[0])
    for circle in circles(only):
        yield _gap("deputies_loop", people=_all(directory, circle))
    above = {entry.id: {entry.line_manager} for entry in directory.people if entry.line_manager}
    for circle in circles(above):
        yield _gap("managers_loop", people=_all(directory, circle))


def _absences(looked: Looked) -> Iterator[Gap]:
    """Who is away while nobody is left at a post of theirs."""
    directory = looked.directory
    for absence in (one for away in looked.absences.values() for one in away):
        entry = directory.person(absence.person)
        if entry is None or absence.until <= looked.now:
            continue
        duty = Duty(directory, looked.absences, looked.policy.calendar, max(absence.since, looked.now))
        for what, order in looked.stands.get(entry.id, {}).items():
            if duty.first(order) is None:
                zone = ZoneInfo(looked.policy.calendar.zone)
                since, until = (_day(at.astimezone(zone).date()) for at in (absence.since, absence.until))
                yield _gap("absence", name=entry.name, since=since, until=until, what=what)


def _posts(directory: Directory) -> Iterator[Gap]:
    """Notes: posts that one person alone stands at."""
    held: dict[tuple[str, str], list[Post]] = {}
    for post in directory.posts:
        held.setdefault((post.agency, post.holder), []).append(post)
        if not post.deputies:
            name = _name(directory, post.holder)
            yield _note("no_deputies", post=post_id(post), name=name)
    for post in directory.posts:
        for deputy in post.deputies if len(post.deputies) == 1 else ():
            own = [post_id(one) for one in held.get((post.agency, deputy), ())]
            if own:
                name = _name(directory, deputy)
                yield _note("same_person", name=name, post=joined(own), other=post_id(post))


def _some(people: list[Entry]) -> str:
    names = [entry.name for entry in people]
    if len(names) <= _NAMED:
        return joined(names)
    return words("gap.no_manager_more", first=", ".join(names[:_NAMED]), number=len(names) - _NAMED)


def _all(directory: Directory, people: tuple[str, ...]) -> str:
    return joined([_name(directory, person) for person in people])


def _name(directory: Directory, person: str) -> str:
    entry = directory.person(person)
    return entry.name if entry else person


def _agency(directory: Directory, agency: str) -> str:
    found = directory.agency(agency)
    return found.name if found else agency


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
