"""Who stands where for a case, read from the directory: the people behind the posts of a ladder."""

from dataclasses import dataclass

from bot.escalation.case import NOT_SHOWN, Case
from bot.escalation.events import Parties, Party
from bot.escalation.policy import PRACTITIONER, RAISER, Side
from bot.people.directory import Directory
from bot.people.duty import Duty, OnDuty
from bot.people.entries import Entry


@dataclass(frozen=True, slots=True)
class DirectoryStanding:
    """`bot.escalation.decide.Standing`: who is on duty now, by the directory."""

    duty: Duty

    @property
    def directory(self) -> Directory:
        return self.duty.directory

    def parties(self, case: Case, stage: int, not_these: frozenset[str]) -> Parties:
        receiving = self._party(case, stage, "receiving", not_these)
        taken = frozenset() if receiving.stands_in else frozenset({receiving.person})
        raising = self._party(case, stage, "raising", not_these | taken)
        barred = not_these | taken | {raising.person}
        with_receiving = self._with(case, stage, "receiving", barred)
        barred |= {party.person for party in with_receiving}
        return Parties(
            raising=raising, receiving=receiving, with_receiving=with_receiving,
            with_raising=self._with(case, stage, "raising", barred),
        )  # fmt: skip

    def cover(self, case: Case, side: Side, absent: str) -> Party:
        gone = frozenset(case.involved) | frozenset(case.unreached) | {absent}
        return self._party(case, case.stage_number, side, gone)

    def relief(self, case: Case, side: Side, absent: str) -> Party:
        gone = frozenset(case.involved) | frozenset(case.unreached)
        found = self._party(case, case.stage_number, side, gone)
        return found if found.person == absent else found.model_copy(update={"covers": absent})

    def colleague(self, case: Case, side: Side, person: str) -> Party | None:
        entry = self.directory.person(person)
        agencies = (self._agency(case, side), *self._agencies_of_posts(case, side))
        if entry is None or entry.agency not in agencies:
            return None
        return Party(person=person, post=entry.role)

    def holder(self, case: Case, post: str, side: Side | None) -> str:
        agency = self._agency(case, side or "receiving")
        barred = frozenset(case.involved) | self._decided(case)
        found = self.duty.standing(post, agency, self._whose(case, side), barred)
        return found.entry.id if found else ""

    def known(self, person: str) -> bool:
        return self.directory.person(person) is not None

    def lead(self, agency: str) -> str:
        entry = self.directory.lead(agency)
        return self._or_cover(entry.id) if entry else ""

    def coordinator(self) -> str:
        return self._or_cover(self.directory.coordinator)

    def _or_cover(self, person: str, not_these: frozenset[str] = frozenset()) -> str:
        """The person, or who covers for them while they are away: never nobody."""
        found = self.duty.first((person,), not_these)
        return found.entry.id if found else person

    def _party(self, case: Case, stage: int, side: Side, not_these: frozenset[str]) -> Party:
        """Who is on duty at the side's post; failing that, at the post that the policy names for it; failing
        that, the side's safeguarding lead; failing that, the coordinator stands in to find the right person.
        The raiser is never their own manager, and nobody is asked for both sides."""
        posts = self._posts(case, stage, side, not_these)
        if side == "raising" and not posts and case.parties is not None:
            return case.parties.raising
        if side == "raising" and posts == (RAISER,) and not case.unbacked:
            return self._of_entry(self.directory.person(case.raiser)) or Party(person=case.raiser, post="")
        barred = self._barred(case, side, not_these)
        for post in posts:
            found = self._at(case, post, side, not_these)
            if found is not None:
                return _party(found)
        agency = self._agency(case, side)
        covers = self._whose_it_is(case, posts, side, barred)
        net, lead = case.policy.reach.nobody_left, self.directory.lead(agency)
        for order in (self.directory.order(net, agency) if net else (), (lead.id,) if lead else ()):
            found = self.duty.first(order, barred)
            if found is not None:
                party = _party(found)
                return party.model_copy(update={"covers": covers}) if covers != party.person else party
        coordinator = self._or_cover(self.directory.coordinator, barred)
        return Party(person=coordinator, post="", stands_in=True, covers=covers)

    def _whose_it_is(self, case: Case, posts: tuple[str, ...], side: Side, barred: frozenset[str]) -> str:
        """Who would have it, were they on duty: the first who stands at these posts; empty for nobody."""
        agency, whose = self._agency(case, side), self._whose(case, side)
        order = (person for post in posts for person in self.directory.order(post, agency, whose))
        return next((person for person in order if person not in barred and self.known(person)), "")

    def _with(self, case: Case, stage: int, side: Side, not_these: frozenset[str]) -> tuple[Party, ...]:
        """Who is messaged together with the one who has the stage; a post that nobody holds is left out."""
        found: dict[str, Party] = {}
        for post in self._posts(case, stage, side):
            there = self._at(case, post, side, not_these | frozenset(found))
            if post != RAISER and there is not None and not self._has_it_already(case, post, side, not_these):
                found[there.entry.id] = _party(there)
        return tuple(found.values())

    def _has_it_already(self, case: Case, post: str, side: Side, taken: frozenset[str]) -> bool:
        """Whether the holder of this post is messaged for another post already: no deputy is then needed."""
        there = self._at(case, post, side, frozenset(case.involved))
        return there is not None and there.entry.id in taken

    def _at(self, case: Case, post: str, side: Side, not_these: frozenset[str]) -> OnDuty | None:
        barred = self._barred(case, side, not_these)
        if post == PRACTITIONER:
            person = self.directory.person(case.decided_by)
            others = barred - (self._decided(case) - not_these)
            return self.duty.first((case.decided_by,), others) if person is not None else None
        return self.duty.standing(post, self._agency(case, side), self._whose(case, side), barred)

    def _posts(
        self, case: Case, stage: int, side: Side, not_these: frozenset[str] = frozenset()
    ) -> tuple[str, ...]:
        """The posts of a side; the other agency's practitioner has their manager behind them, in case the
        raiser did not name them or they can't be reached. Of a manager who does not back the challenge, the
        lead takes the part."""
        rung = case.policy.stage(stage, case.urgent)
        posts = rung.posts(side, self._agency(case, side))
        if side == "raising" and case.unbacked:
            return tuple(post for post in posts if "/" in post)
        named = self.duty.first((case.decided_by,), not_these) is not None
        if side == "receiving" and posts == (PRACTITIONER,) and not named:
            above = case.policy.next_stage(stage, case.urgent, case.receiving_agency)
            return above.posts(side, case.receiving_agency) if above else posts
        return posts

    def _barred(self, case: Case, side: Side, not_these: frozenset[str]) -> frozenset[str]:
        other = {
            person
            for person, member in case.members.items()
            if member.side not in (side, "neither") and member.role not in NOT_SHOWN
        }
        return not_these | {case.raiser} | self._decided(case) | other

    @staticmethod
    def _decided(case: Case) -> frozenset[str]:
        """Whoever made the disputed decision does not judge it."""
        return frozenset({case.decided_by} - {""})

    @staticmethod
    def _whose(case: Case, side: Side | None) -> str:
        """Whose own line manager the post "line_manager" means, and whose team's posts go first."""
        return case.raiser if side == "raising" else case.decided_by

    @staticmethod
    def _agency(case: Case, side: Side) -> str:
        return case.raising_agency if side == "raising" else case.receiving_agency

    def _agencies_of_posts(self, case: Case, side: Side) -> tuple[str, ...]:
        posts = self._posts(case, case.stage_number, side)
        return tuple(post.partition("/")[0] for post in posts if "/" in post)

    @staticmethod
    def _of_entry(entry: Entry | None) -> Party | None:
        return Party(person=entry.id, post=entry.role) if entry else None


def _party(found: OnDuty) -> Party:
    return Party(person=found.entry.id, post=found.entry.role, covers=found.covers)
