"""The directory: agencies, the people in them, and who stands where on the ladder."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from heapq import nsmallest
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from bot.escalation.mistake import Mistake, brief, instead, refuse, wrong

SHOWN = 25
"""How many people a search gives at most: what a person field can show."""

LINE_MANAGER = "line_manager"
"""The one post that is looked up with the person first, and with the agency only then."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?[(0-9][0-9 ()-]{4,20}(?: ?(?:ext|x)\.? ?[0-9]{1,6})?")
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def _email(text: str) -> str:
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise wrong(
            Mistake(f"{brief(text)} is not an e-mail address.", "Write one such as “jo@health.example”.")
        )
    return text


def _phone(text: str) -> str:
    if text and not _PHONE.fullmatch(text):
        raise wrong(
            Mistake(
                f"{brief(text)} is not a phone number.",
                "Write digits and spaces, as in “01632 960123” or “01632 960123 ext 4”, or leave it out.",
            )
        )
    if re.fullmatch(r"[1-9][0-9]{8,9}", re.sub(r"[ ()-]", "", text)):  # as a spreadsheet leaves it
        remedy = "Write it with the 0 (in a spreadsheet, format the column as text)."
        raise wrong(Mistake(f"{brief(text)} has lost the 0 that it begins with.", remedy))
    return text


def _key(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", text):
        raise wrong(
            Mistake(
                f"{brief(text)} can't be used as a short name.",
                "Write small letters, digits, “_” and “-” only, beginning with a letter: “team_manager”.",
            )
        )
    return text


Key = Annotated[str, AfterValidator(_key)]
PersonId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class Part(BaseModel):
    """Base of all parts of a directory: frozen, and an unknown key is an error, never a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Agency(Part):
    id: Key
    name: Name


class Entry(Part):
    """A person. `email` is how a platform's account is matched, `platform` the chat that they prefer,
    `line_manager` another person's id, empty where there is none or it is not known."""

    id: PersonId
    name: Name
    email: Annotated[str, AfterValidator(_email)]
    platform: Key
    agency: Key
    role: Name
    phone: Annotated[str, AfterValidator(_phone)] = ""
    line_manager: Annotated[str, Field(max_length=64)] = ""


class Channel(Part):
    """A channel to nudge in. `id` is the platform's own and opaque."""

    platform: Key
    id: Annotated[str, Field(min_length=1, max_length=500)]


class Post(Part):
    """Who stands at one rung for an agency: the holder, then the deputies in their order."""

    agency: Key
    post: Key
    holder: PersonId
    deputies: tuple[PersonId, ...] = ()
    channel: Channel | None = None


class Directory(Part):
    """All of it. `safeguarding_leads` gives an agency's lead (agency id → person id); `coordinator` is the
    partnership's, and the safety net of every case."""

    agencies: Annotated[tuple[Agency, ...], Field(min_length=1)]
    people: Annotated[tuple[Entry, ...], Field(min_length=1)]
    posts: Annotated[tuple[Post, ...], Field(min_length=1)]
    safeguarding_leads: dict[Key, PersonId]
    coordinator: PersonId

    @model_validator(mode="after")
    def _sound(self, info: ValidationInfo) -> "Directory":
        platforms: frozenset[str] = (info.context or {}).get("platforms", frozenset())
        refuse([*_repeated(self), *_lost(self), *_odd(self, platforms)])
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
    def _posts(self) -> dict[tuple[str, str], Post]:
        return {(post.agency, post.post): post for post in self.posts}

    @cached_property
    def _findable(self) -> tuple[tuple[Entry, str, str], ...]:
        """Everybody by name, with the folded name and the folded whole that a search looks in."""
        return tuple(
            (entry, fold(entry.name), fold(f"{entry.name} {entry.role} {self._agencies[entry.agency].name}"))
            for entry in sorted(self.people, key=lambda entry: fold(entry.name))
        )

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

    def holder(self, agency: str, post: str, not_these: frozenset[str] = frozenset()) -> Entry | None:
        """Who holds the post, or else the first of the deputies, leaving out `not_these`."""
        found = self._posts.get((agency, post))
        order = (found.holder, *found.deputies) if found else ()
        return next((self._people[person] for person in order if person not in not_these), None)

    def standing(
        self, ref: str, agency: str, raiser: str, not_these: frozenset[str] = frozenset()
    ) -> Entry | None:
        """Who stands at the rung that a policy calls `ref`, for a side whose agency is `agency`.

        `ref` is a post of that agency, or of the one named before a slash ("partnership/independent_chair").
        "line_manager" is first the own line manager of `raiser` (a person's id, empty for nobody), then the
        holder of such a post. People in `not_these` are passed over: whoever made the decision, or raised it.
        """
        named, _, post = ref.rpartition("/")
        if not named and post == LINE_MANAGER:
            own = self._people.get(raiser)
            manager = self._people.get(own.line_manager) if own else None
            if manager and manager.id not in not_these:
                return manager
        return self.holder(named or agency, post, not_these)

    def channel(self, ref: str, agency: str) -> Channel | None:
        """Where to nudge the holders of the rung `ref` (as for `standing`), if anywhere."""
        named, _, post = ref.rpartition("/")
        found = self._posts.get((named or agency, post))
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


def fold(text: str) -> str:
    """Without accents and case, for comparing."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _repeated(directory: Directory) -> Iterator[Mistake]:
    people = directory.people
    yield from _twice("agencies", "id", [agency.id for agency in directory.agencies])
    yield from _twice("people", "id", [entry.id for entry in people])
    yield from _twice("people", "email", [entry.email.casefold() for entry in people])
    yield from _twice("posts", "post", [f"{post.agency}/{post.post}" for post in directory.posts])


def _twice(part: str, key: str, values: list[str]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for place, value in enumerate(values):
        if value in seen:
            yield Mistake(f"{brief(value)} stands here twice.", "Keep one of the two.", (part, place, key))
        seen.add(value)


def _lost(directory: Directory) -> Iterator[Mistake]:
    """References that lead nowhere."""
    people = {entry.id for entry in directory.people}
    agencies = {agency.id for agency in directory.agencies}

    def check(value: str, known: set[str], kind: str, *at: str | int) -> Iterator[Mistake]:
        if value not in known:
            yield Mistake(f"There is no {kind} {brief(value)}.", instead(value, known), at)

    for place, entry in enumerate(directory.people):
        yield from check(entry.agency, agencies, "agency", "people", place, "agency")
        if entry.line_manager:
            yield from check(entry.line_manager, people, "person", "people", place, "line_manager")
    for place, post in enumerate(directory.posts):
        yield from check(post.agency, agencies, "agency", "posts", place, "agency")
        yield from check(post.holder, people, "person", "posts", place, "holder")
        for order, deputy in enumerate(post.deputies):
            yield from check(deputy, people, "person", "posts", place, "deputies", order)
    for agency, lead in directory.safeguarding_leads.items():
        yield from check(agency, agencies, "agency", "safeguarding_leads", agency)
        yield from check(lead, people, "person", "safeguarding_leads", agency)
    yield from check(directory.coordinator, people, "person", "coordinator")


def _odd(directory: Directory, platforms: frozenset[str]) -> Iterator[Mistake]:
    """What leads somewhere, but not where it should."""
    for place, entry in enumerate(directory.people):
        if entry.line_manager == entry.id:
            remedy = "Name somebody else, or leave it out."
            yield Mistake(
                f"{entry.name} is their own line manager.", remedy, ("people", place, "line_manager")
            )
        if platforms and entry.platform not in platforms:
            what = f"{brief(entry.platform)} is not a chat that Braver knows."
            yield Mistake(what, instead(entry.platform, platforms), ("people", place, "platform"))
    for place, post in enumerate(directory.posts):
        for order, deputy in enumerate(post.deputies):
            if deputy == post.holder or deputy in post.deputies[:order]:
                what = f"{brief(deputy)} already stands at this post."
                yield Mistake(what, "Name each person once.", ("posts", place, "deputies", order))
        if platforms and post.channel and post.channel.platform not in platforms:
            what = f"{brief(post.channel.platform)} is not a chat that Braver knows."
            remedy = instead(post.channel.platform, platforms)
            yield Mistake(what, remedy, ("posts", place, "channel", "platform"))
