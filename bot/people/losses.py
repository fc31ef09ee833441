"""What a new directory would take away: somebody at a stage, whoever has an open case, the coordinator."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bot.escalation.case import Case
from bot.escalation.policy import Policy
from bot.guidance.words import Words
from bot.people.directory import Directory
from bot.policies.held import unheld, vacant

words = Words("directory_tools")


@dataclass(frozen=True, slots=True)
class Replacing:
    """`before` is to become `after`, None where there was no directory. `cases` are the open ones of whoever
    is in `before` alone; `platforms` those that are set up here, none where that is not known."""

    before: Directory | None
    after: Directory
    policy: Policy
    cases: Sequence[Case]
    platforms: Collection[str]


def losses(replacing: Replacing) -> tuple[str, ...]:
    """In words, who would be missing and was there before; empty where the change does no such harm."""
    return tuple(dict.fromkeys((*_stages(replacing), *_cases(replacing), *_coordinator(replacing))))


def _stages(replacing: Replacing) -> Iterator[str]:
    if replacing.before is None:
        return
    policy, before, after = replacing.policy, replacing.before, replacing.after
    known = {what for _, what, _ in unheld(policy, before)}
    for _, what, _ in unheld(policy, after):
        if what not in known:
            yield words("loss.post", text=what)
    already = set(vacant(policy, before))
    for agency, stage, side in vacant(policy, after):
        found, was_there = after.agency(agency), before.agency(agency)
        if was_there and found and (agency, stage, side) not in already:
            yield words("loss.stage", agency=found.name, side=words(f"loss.{side}"), stage=stage)


def _cases(replacing: Replacing) -> Iterator[str]:
    if replacing.before is None:
        return
    for key, people in (("holder", _holders), ("raiser", _raiser)):
        gone: dict[str, int] = {}
        for case in replacing.cases:
            for person in people(case):
                if replacing.before.person(person) and replacing.after.person(person) is None:
                    gone[person] = gone.get(person, 0) + 1
        for person, number in gone.items():
            entry = replacing.before.person(person)
            yield words(f"loss.{key}", name=entry.name if entry else person, number=number)


def _holders(case: Case) -> frozenset[str]:
    """Whoever has the case at its present stage."""
    parties = case.parties
    if parties is None:
        return frozenset()
    beside = (party.person for party in (*parties.with_raising, *parties.with_receiving))
    return frozenset({parties.raising.person, parties.receiving.person, *beside})


def _raiser(case: Case) -> frozenset[str]:
    return frozenset({case.raiser})


def _coordinator(replacing: Replacing) -> Iterator[str]:
    """Whoever catches what reaches nobody else must be reachable, and was."""
    set_up = set(replacing.platforms)
    now = replacing.after.person(replacing.after.coordinator)
    then = replacing.before.person(replacing.before.coordinator) if replacing.before else None
    reached = then is None or bool(set_up & set(then.platforms))
    if set_up and now and reached and not set_up & set(now.platforms):
        yield words("loss.coordinator", name=now.name)
