"""What makes a directory one that leads to people: `mistakes(directory, platforms)`."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from bot.escalation.mistake import Known, Mistake, brief, instead

if TYPE_CHECKING:
    from bot.people.directory import Directory

Where = tuple[str | int, ...]


def mistakes(directory: "Directory", platforms: frozenset[str]) -> Iterator[Mistake]:
    """Everything that is wrong between the parts. `platforms` are those that the service knows; none given,
    any will do."""
    yield from _repeated(directory)
    yield from _lost(directory)
    yield from _people(directory, platforms)
    yield from _posts(directory, platforms)


def _repeated(directory: "Directory") -> Iterator[Mistake]:
    people = directory.people
    yield from _twice("agencies", "id", [agency.id for agency in directory.agencies])
    yield from _twice("teams", "id", [team.id for team in directory.teams])
    yield from _twice("people", "id", [entry.id for entry in people])
    yield from _twice("people", "email", [entry.email.casefold() for entry in people])
    posts = [
        f"{post.agency}/{post.post}{f' of {post.team}' if post.team else ''}" for post in directory.posts
    ]
    yield from _twice("posts", "post", posts)


def _twice(part: str, key: str, values: list[str]) -> Iterator[Mistake]:
    seen: dict[str, int] = {}
    for place, value in enumerate(values):
        first = seen.setdefault(value, place)
        if value and first != place:
            what = f"{brief(value)} stands here twice."
            yield Mistake(what, "Keep one of the two.", (part, place, key), (part, first, key))


def _lost(directory: "Directory") -> Iterator[Mistake]:
    """References that lead nowhere."""
    people = _Ids("person", (entry.id for entry in directory.people))
    agencies = _Ids("agency", (agency.id for agency in directory.agencies))
    teams = {team.id: team.agency for team in directory.teams}
    known_teams = _Ids("team", teams)

    def team_of(team: str, agency: str, *at: str | int) -> Iterator[Mistake]:
        if team and team in teams and teams[team] != agency:
            what = f"The team {brief(team)} belongs to {brief(teams[team])}, not to {brief(agency)}."
            yield Mistake(what, "Write a team of the same agency, or leave it out.", at)
        elif team:
            yield from known_teams.check(team, *at)

    for place, team in enumerate(directory.teams):
        yield from agencies.check(team.agency, "teams", place, "agency")
    for place, entry in enumerate(directory.people):
        yield from agencies.check(entry.agency, "people", place, "agency")
        yield from team_of(entry.team, entry.agency, "people", place, "team")
        for key, value in (("line_manager", entry.line_manager), ("owner", entry.owner)):
            if value:
                yield from people.check(value, "people", place, key)
    for place, post in enumerate(directory.posts):
        yield from agencies.check(post.agency, "posts", place, "agency")
        yield from team_of(post.team, post.agency, "posts", place, "team")
        yield from people.check(post.holder, "posts", place, "holder")
        for order, deputy in enumerate(post.deputies):
            yield from people.check(deputy, "posts", place, "deputies", order)
    for agency, lead in directory.safeguarding_leads.items():
        yield from agencies.check(agency, "safeguarding_leads", agency)
        yield from people.check(lead, "safeguarding_leads", agency)
    yield from people.check(directory.coordinator, "coordinator")


class _Ids:
    """What is there of one kind, and what is said of a reference to what is not."""

    def __init__(self, kind: str, ids: Iterable[str]) -> None:
        self._kind = kind
        self._ids = frozenset(ids)
        self._known: Known | None = None

    def check(self, value: str, *at: str | int) -> Iterator[Mistake]:
        if value and value not in self._ids:
            self._known = self._known or Known(self._ids)
            yield Mistake(f"There is no {self._kind} {brief(value)}.", self._known.instead(value), at)


def _people(directory: "Directory", platforms: frozenset[str]) -> Iterator[Mistake]:
    known = _known(platforms)
    for place, entry in enumerate(directory.people):
        at: Where = ("people", place)
        if entry.line_manager and entry.line_manager == entry.id:
            remedy = "Name somebody else, or leave it out."
            yield Mistake(f"{entry.name} is their own line manager.", remedy, (*at, "line_manager"))
        for order, way in enumerate(entry.ways):
            yield from known(way.partition(":")[0], (*at, "ways", order))
            if way in entry.ways[:order]:
                yield Mistake(f"{brief(way)} stands here twice.", "Write it once.", (*at, "ways", order))
        if entry.ways and not entry.platforms:
            what = f"{entry.name} can be reached only through channels, where nothing of a case may be said."
            remedy = "Add “slack”, “teams” or “email”, for the person themselves."
            yield Mistake(what, remedy, (*at, "ways"))


def _posts(directory: "Directory", platforms: frozenset[str]) -> Iterator[Mistake]:
    known = _known(platforms)
    for place, post in enumerate(directory.posts):
        at: Where = ("posts", place)
        for order, deputy in enumerate(post.deputies):
            if deputy == post.holder or deputy in post.deputies[:order]:
                what = f"{brief(deputy)} already stands at this post."
                yield Mistake(what, "Name each person once.", (*at, "deputies", order))
        if post.channel:
            yield from known(post.channel.platform, (*at, "channel", "platform"))


def _known(platforms: frozenset[str]) -> Callable[[str, Where], Iterator[Mistake]]:
    def check(platform: str, at: Where) -> Iterator[Mistake]:
        if platforms and platform not in platforms:
            yield Mistake(
                f"{brief(platform)} is no platform that Braver knows.", instead(platform, platforms), at
            )

    return check
