"""The directory as records, each with a kind and an id: what the database keeps and a change is made of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.people.directory import Directory
from bot.people.entries import Agency, Entry, Part, Post, Team

Key = tuple[str, str]
"""Kind and id: ("person", "jo"), ("post", "health/team_manager"), ("lead", "health")."""
Body = dict[str, Any]

PARTS: dict[str, type[Part]] = {"agency": Agency, "team": Team, "person": Entry, "post": Post}
LEAD, COORDINATOR = "lead", "coordinator"


@dataclass(frozen=True, slots=True)
class Change:
    """One record that is added (`before` is None), removed (`after` is None) or changed."""

    kind: str
    id: str
    before: Body | None
    after: Body | None
    place: int = 0
    """Where it stands among those of its kind."""

    @property
    def fields(self) -> tuple[str, ...]:
        """What differs, of a record that is changed."""
        before, after = self.before or {}, self.after or {}
        return tuple(key for key in {**before, **after} if before.get(key) != after.get(key))


def post_id(post: Post) -> str:
    return "/".join(filter(None, (post.agency, post.team, post.post)))


def records(directory: Directory) -> dict[Key, Part | str]:
    """Every record of the directory; a lead or the coordinator is a person's id."""
    return dict(_records(directory))


def _records(directory: Directory) -> Iterator[tuple[Key, Part | str]]:
    yield from ((("agency", agency.id), agency) for agency in directory.agencies)
    yield from ((("team", team.id), team) for team in directory.teams)
    yield from ((("person", entry.id), entry) for entry in directory.people)
    yield from ((("post", post_id(post)), post) for post in directory.posts)
    yield from (((LEAD, agency), person) for agency, person in directory.safeguarding_leads.items())
    yield (COORDINATOR, ""), directory.coordinator


def body(record: Part | str) -> Body:
    """A record as plain data; what is left at its default is left out."""
    if isinstance(record, str):
        return {"person": record}
    return record.model_dump(mode="json", exclude_defaults=True)


def restored(kind: str, plain: Body) -> Part | str:
    """The record of plain data that was written before."""
    return PARTS[kind].model_validate(plain) if kind in PARTS else str(plain["person"])


def changes(before: Directory | None, after: Directory) -> tuple[Change, ...]:
    """What makes `after` of `before`: removals first, then all else in the order of the file."""
    old = records(before) if before is not None else {}
    new = records(after)
    gone = [
        Change(kind, id, body(record), None) for (kind, id), record in old.items() if (kind, id) not in new
    ]
    places: dict[str, int] = {}
    found: list[Change] = []
    for (kind, id), record in new.items():
        place = places[kind] = places.get(kind, 0) + 1
        earlier = old.get((kind, id))
        if earlier != record:
            was = body(earlier) if earlier is not None else None
            found.append(Change(kind, id, was, body(record), place))
    return (*gone, *found)


def directory_of(found: Mapping[Key, Part | str]) -> Directory:
    """The directory of these records, in their order. They were checked before they were written."""
    return Directory.model_construct(
        agencies=tuple(_of(found, Agency)),
        teams=tuple(_of(found, Team)),
        people=tuple(_of(found, Entry)),
        posts=tuple(_of(found, Post)),
        safeguarding_leads={id: str(who) for (kind, id), who in found.items() if kind == LEAD},
        coordinator=str(found[(COORDINATOR, "")]),
    )


def changed_in_place(directory: Directory, new: Mapping[Key, Part | str]) -> Directory:
    """The directory with these records in the place of those of the same kind and id, which are all there.
    What it has been looked up by is taken along, so that one change among many thousands takes no time."""
    people = {id: record for (_, id), record in new.items() if isinstance(record, Entry)}
    posts = {id: record for (_, id), record in new.items() if isinstance(record, Post)}
    leads = {id: str(who) for (kind, id), who in new.items() if kind == LEAD}
    parts = [record for record in new.values() if isinstance(record, Agency | Team)]
    changed = Directory.model_construct(
        agencies=_instead(directory.agencies, parts),
        teams=_instead(directory.teams, parts),
        people=tuple(people.get(entry.id, entry) for entry in directory.people)
        if people
        else directory.people,
        posts=tuple(posts.get(post_id(post), post) for post in directory.posts) if posts else directory.posts,
        safeguarding_leads={**directory.safeguarding_leads, **leads},
        coordinator=str(new.get((COORDINATOR, ""), directory.coordinator)),
    )
    changed.take_along(directory, tuple(people.values()), tuple(posts.values()), renamed=bool(parts))
    return changed


def _instead(parts: tuple[Any, ...], new: Sequence[Part]) -> tuple[Any, ...]:
    """The parts, with the new ones of their kind in place of those of the same id."""
    by_id = {(type(one), getattr(one, "id", "")): one for one in new}
    return tuple(by_id.get((type(part), part.id), part) for part in parts) if by_id else parts


def _of(found: Mapping[Key, Part | str], part: type[Any]) -> Iterable[Any]:
    return (record for record in found.values() if isinstance(record, part))
