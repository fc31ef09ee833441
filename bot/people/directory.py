"""The directory: agencies, teams, the people in them, and who holds which post of the ladder."""

import unicodedata
from functools import cached_property
from heapq import merge, nsmallest
from typing import Annotated

from pydantic import Field, ValidationInfo, model_validator

from bot.escalation.mistake import refuse
from bot.people.entries import Agency, Channel, Entry, Key, Part, PersonId, Post, Team
from bot.people.sound import mistakes

SHOWN = 25
"""How many people a search gives at most: what a person field can show."""

LINE_MANAGER = "line_manager"
"""The one post that is looked up with the person first, and with the agency only then."""

_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "’": "'"}
)


class Directory(Part):
    """All of it. `safeguarding_leads` gives an agency's lead (agency id → person id); `coordinator` is the
    partnership's, and the safety net of every case."""

    agencies: Annotated[tuple[Agency, ...], Field(min_length=1)]
    teams: tuple[Team, ...] = ()
    people: Annotated[tuple[Entry, ...], Field(min_length=1)]
    posts: Annotated[tuple[Post, ...], Field(min_length=1)]
    safeguarding_leads: dict[Key, PersonId]
    coordinator: PersonId

    @model_validator(mode="after")
    def _sound(self, info: ValidationInfo) -> "Directory":
        platforms: frozenset[str] = (info.context or {}).get("platforms", frozenset())
        refuse(mistakes(self, platforms))
        return self

    @cached_property
    def _people(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.people}

    @cached_property
    def _emails(self) -> dict[str, Entry]:
        return {entry.email.casefold(): entry for entry in self.people}

    @cached_property
    def _agencies(self) -> dict[str, Agency]:
        return {agency.id: agency for agency in self.agencies}

    @cached_property
    def _teams(self) -> dict[str, Team]:
        return {team.id: team for team in self.teams}

    @cached_property
    def _posts(self) -> dict[tuple[str, str, str], Post]:
        return {(post.agency, post.team, post.post): post for post in self.posts}

    @cached_property
    def _held(self) -> dict[str, tuple[Post, ...]]:
        """Person → the posts that they hold or deputise at."""
        found: dict[str, list[Post]] = {}
        for post in self.posts:
            for person in post.order:
                found.setdefault(person, []).append(post)
        return {person: tuple(posts) for person, posts in found.items()}

    @cached_property
    def _findable(self) -> tuple["_Findable", ...]:
        """Everybody by name, with the folded name and the folded whole that a search looks in."""
        return tuple(self._found(self.people))

    def _found(self, people: tuple[Entry, ...]) -> list["_Findable"]:
        names = {agency.id: agency.name for agency in self.agencies}
        found = [
            (entry, fold(entry.name), fold(f"{entry.name} {entry.role} {names.get(entry.agency, '')}"))
            for entry in people
        ]
        return sorted(found, key=_by_name)

    def made_ready(self) -> None:
        """Everything that people are looked up by is made now, so that nobody waits for it later."""
        for name in ("_people", "_emails", "_agencies", "_teams", "_posts", "_held", "_findable"):
            getattr(self, name)

    def take_along(
        self, before: "Directory", people: tuple[Entry, ...], posts: tuple[Post, ...], *, renamed: bool
    ) -> None:
        """What `before` was looked up by, for a directory that differs in these records alone. `renamed`:
        agencies or teams differ too."""
        known = vars(self)
        known["_people"] = {**before._people, **{entry.id: entry for entry in people}}
        gone = {before._people[entry.id].email.casefold() for entry in people}
        emails = {email: entry for email, entry in before._emails.items() if email not in gone}
        known["_emails"] = emails | {entry.email.casefold(): entry for entry in people}
        if posts:
            known["_posts"] = {**before._posts, **{(one.agency, one.team, one.post): one for one in posts}}
        else:
            known["_posts"], known["_held"] = before._posts, before._held
        if not renamed:
            known["_agencies"], known["_teams"] = before._agencies, before._teams
            new = {entry.id for entry in people}
            rest = [one for one in before._findable if one[0].id not in new] if new else before._findable
            known["_findable"] = tuple(merge(rest, self._found(people), key=_by_name)) if new else rest

    def agency(self, agency: str) -> Agency | None:
        return self._agencies.get(agency)

    def person(self, person: str) -> Entry | None:
        return self._people.get(person)

    def by_email(self, email: str) -> Entry | None:
        return self._emails.get(email.strip().casefold())

    def lead(self, agency: str) -> Entry | None:
        """The agency's safeguarding lead."""
        return self._people.get(self.safeguarding_leads.get(agency, ""))

    def colleagues(self, person: str) -> tuple[Entry, ...]:
        """Everybody else in the person's agency, by name."""
        own = self._people.get(person)
        return tuple(
            entry
            for entry, _, _ in self._findable
            if own and entry.agency == own.agency and entry.id != person
        )

    @property
    def on_the_ladder(self) -> tuple[Entry, ...]:
        """Whoever a message may have to reach: holders, deputies, safeguarding leads and the coordinator."""
        held = (person for post in self.posts for person in post.order)
        ids = dict.fromkeys((*held, *self.safeguarding_leads.values(), self.coordinator))
        return tuple(self._people[person] for person in ids if person in self._people)

    def team(self, team: str) -> Team | None:
        return self._teams.get(team)

    def posts_of(self, person: str) -> tuple[Post, ...]:
        """The posts that the person holds or deputises at."""
        return self._held.get(person, ())

    def post(self, agency: str, post: str, team: str = "") -> Post | None:
        """The post of this team, or else that of its agency."""
        return self._posts.get((agency, team, post)) or self._posts.get((agency, "", post))

    def order(self, ref: str, agency: str, whose: str = "", team: str = "") -> tuple[str, ...]:
        """Who stands at the rung that a policy calls `ref`, for a side whose agency is `agency`: the holder's
        id first, then the deputies' in their order; empty for nobody.

        `ref` is a post of that agency, or of the one named before a slash ("partnership/independent_chair").
        "line_manager" is first the own line manager of `whose` (a person's id, empty for nobody), then the
        holder of such a post. The posts of a team go before those of its agency: of `team`, or else of the
        team that `whose` is in.
        """
        named, _, post = ref.rpartition("/")
        at = named or agency
        own = self._people.get(whose)
        if not team and own is not None and own.agency == at:
            team = own.team
        found = self.post(at, post, team)
        order = found.order if found else ()
        manager = own.line_manager if own is not None and not named and post == LINE_MANAGER else ""
        return tuple(dict.fromkeys((manager, *order))) if manager else order

    def holder(self, ref: str, agency: str, whose: str = "") -> Entry | None:
        """The first of `order`."""
        people = map(self._people.get, self.order(ref, agency, whose))
        return next((entry for entry in people if entry is not None), None)

    def channel(self, ref: str, agency: str, whose: str = "") -> Channel | None:
        """Where to nudge the holders of the rung `ref` (as for `order`), if anywhere."""
        named, _, post = ref.rpartition("/")
        own = self._people.get(whose)
        at = named or agency
        found = self.post(at, post, own.team if own is not None and own.agency == at else "")
        return found.channel if found else None

    def search(self, words: str, scope: str = "all") -> tuple[Entry, ...]:
        """At most 25 people with all of the words in name, role or agency, those found by name first.

        Accents and case do not matter, and a part of a word is enough. `scope` is "all", "agency:<id>" or
        "colleagues:<person id>"; nobody is in any other.
        """
        wanted = fold(words[:200]).split()
        ranked = (
            (0 if all(f" {word}" in f" {name}" for word in wanted) else 1, place, entry)
            for place, (entry, name, whole) in enumerate(self._findable)
            if all(word in whole for word in wanted) and self._within(entry, scope)
        )
        return tuple(entry for _, _, entry in nsmallest(SHOWN, ranked))

    def _within(self, entry: Entry, scope: str) -> bool:
        kind, _, named = scope.partition(":")
        if kind == "agency":
            return entry.agency == named
        if kind == "colleagues":
            own = self._people.get(named)
            return own is not None and entry.agency == own.agency and entry.id != named
        return scope == "all"


_Findable = tuple[Entry, str, str]


def _by_name(one: _Findable) -> tuple[str, str]:
    return one[1], one[0].id


def fold(text: str) -> str:
    """Without accents and case, for comparing."""
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
