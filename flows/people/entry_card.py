"""An entry of the directory, as its owner, the coordinator and the person themselves see it."""

import hashlib
from datetime import date

from bot.chat.card import Card, Element, Fact, Facts, Text
from bot.chat.text import Bullets, Span
from bot.desk import Desk, Entry, Post
from bot.guidance.words import Words
from flows.reached import way

words = Words("entry")


def facts(desk: Desk, entry: Entry) -> tuple[Element, ...]:
    """All that the entry says."""
    agency = desk.directory.agency(entry.agency)
    team = desk.directory.team(entry.team) if entry.team else None
    place = agency.name if agency else entry.agency
    shown = [
        Fact(words("fact.role"), entry.role),
        Fact(words("fact.agency"), words("in_team", agency=place, team=team.name) if team else place),
        Fact(words("fact.phone"), entry.phone or words("none")),
        Fact(words("fact.email"), entry.email),
        Fact(words("fact.ways"), ways_said(entry)),
        Fact(words("fact.works"), entry.works.text or words("works_always")),
        Fact(words("fact.line_manager"), _name(desk, entry.line_manager)),
        Fact(words("fact.away"), _away(desk, entry.id)),
        Fact(words("fact.verified"), _verified(entry.verified_on)),
    ]
    posts = tuple((Span(post_line(desk, post)),) for post in desk.directory.posts_of(entry.id))
    held = (*words.blocks("posts"), Bullets(posts)) if posts else words.blocks("no_posts")
    return (Facts(tuple(shown)), Text(held))


def shown(entry: Entry) -> str:
    """Tells whether an entry is still the one that stood on a card."""
    return hashlib.sha256(entry.model_dump_json(exclude={"verified_on"}).encode()).hexdigest()[:12]


def heading(desk: Desk, entry: Entry, reader: str) -> str:
    return words("title_mine") if entry.id == reader else words("title", name=entry.name)


def post_line(desk: Desk, post: Post) -> str:
    """Who stands at a post: "team manager, Children's Social Care: Helen Castle. Deputies: Leo Ashby."."""
    holder = desk.person(post.holder).name
    deputies = ", ".join(desk.person(person).name for person in post.deputies) or words("no_deputies")
    return words("post", post=post_name(desk, post), holder=holder, deputies=deputies)


def post_name(desk: Desk, post: Post) -> str:
    agency = desk.directory.agency(post.agency)
    team = desk.directory.team(post.team) if post.team else None
    where = team.name if team else agency.name if agency else post.agency
    return words("post_name", post=post.post.replace("_", " "), where=where)


def ways_said(entry: Entry) -> str:
    """The ways in their order, in words."""
    first = words("then").join(way(name) for name in entry.platforms)
    channels = words(
        "and_channels", ways=", ".join(dict.fromkeys(way(one.platform) for one in entry.channels))
    )
    return f"{first}{channels}" if entry.channels else first


def note(card: str, **values: object) -> Card:
    """A card with a title and a sentence of the entry's words."""
    return Card(words(f"{card}.title", **values), (words.text(f"{card}.body", **values),))


def _name(desk: Desk, person: str) -> str:
    return desk.person(person).name if person else words("none")


def _away(desk: Desk, person: str) -> str:
    """The absence that runs, or the next one, with who covers."""
    absence = next(iter(desk.absences_of(person)), None)
    if absence is None:
        return words("not_away")
    since, until = desk.when(absence.since), desk.when(absence.until)
    cover = desk.person(absence.cover).name if absence.cover else words("deputies")
    return words("away", since=since, until=until, cover=cover)


def _verified(on: date | None) -> str:
    return f"{on.day} {on:%b %Y}" if on else words("never_verified")
