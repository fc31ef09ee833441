"""Who stands where for a case, read from the directory: the people behind the posts of a ladder."""

from dataclasses import dataclass

from bot.escalation.case import Case
from bot.escalation.events import Parties, Party
from bot.escalation.policy import Side
from bot.people.directory import Directory


@dataclass(frozen=True, slots=True)
class DirectoryStanding:
    """`bot.escalation.decide.Standing` over the directory as it is now."""

    directory: Directory

    def parties(self, case: Case, stage: int, not_these: frozenset[str]) -> Parties:
        receiving = self._party(case, stage, "receiving", not_these)
        taken = frozenset() if receiving.stands_in else frozenset({receiving.person})
        return Parties(raising=self._party(case, stage, "raising", not_these | taken), receiving=receiving)

    def cover(self, case: Case, side: Side, absent: str) -> Party:
        gone = frozenset(case.involved) | frozenset(case.unreached) | {absent}
        return self._party(case, case.stage_number, side, gone)

    def colleague(self, case: Case, side: Side, person: str) -> Party | None:
        entry = self.directory.person(person)
        agency = case.raising_agency if side == "raising" else case.receiving_agency
        if entry is None or entry.agency not in (agency, self._agency_of_post(case, case.stage_number, side)):
            return None
        return Party(person=person, post=entry.role)

    def lead(self, agency: str) -> str:
        entry = self.directory.lead(agency)
        return entry.id if entry else ""

    def coordinator(self) -> str:
        return self.directory.coordinator

    def _party(self, case: Case, stage: int, side: Side, not_these: frozenset[str]) -> Party:
        """The holder of the side's post; failing that, its safeguarding lead; failing that, the coordinator
        stands in to find the right person. The raiser is never their own manager, and nobody is asked for
        both sides."""
        rung = case.policy.stage(stage)
        ref = rung.raising if side == "raising" else rung.receiving
        agency = case.raising_agency if side == "raising" else case.receiving_agency
        other = {p for p, m in case.members.items() if m.side != side and m.role != "coordinator"}
        barred = not_these | {case.raiser} | other
        entry = self.directory.standing(ref, agency, case.raiser, barred)
        if entry is not None:
            return Party(person=entry.id, post=entry.role)
        lead = self.directory.lead(agency)
        if lead is not None and lead.id not in barred:
            return Party(person=lead.id, post=lead.role)
        return Party(person=self.directory.coordinator, post="", stands_in=True)

    @staticmethod
    def _agency_of_post(case: Case, stage: int, side: Side) -> str:
        rung = case.policy.stage(stage)
        ref = rung.raising if side == "raising" else rung.receiving
        return ref.partition("/")[0] if "/" in ref else ""
