"""What an absence will mean: who has somebody's messages while they are away, and to whom their cases go."""

from dataclasses import dataclass, replace

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.decide import decide
from bot.escalation.policy import Policy
from bot.people.directory import LINE_MANAGER
from bot.people.duty import Absence, Duty, OnDuty
from bot.people.entries import Post
from bot.people.standing import DirectoryStanding


@dataclass(frozen=True, slots=True)
class Instead:
    """`person` (an id) has what is sent to this post, or, where it is None, what is sent to somebody as the
    line manager of others. `net`: nobody of the post is there, so that the ladder's last resort has it."""

    post: Post | None
    person: str
    net: bool = False


def during(duty: Duty, absence: Absence) -> Duty:
    """Who is on duty when the absence begins, or now where it has begun, with that absence in it."""
    others = tuple(one for one in duty.absences.get(absence.person, ()) if one.id != absence.id)
    mine = tuple(sorted((*others, absence), key=lambda one: one.since))
    return replace(duty, absences={**duty.absences, absence.person: mine}, now=max(duty.now, absence.since))


def instead_of(duty: Duty, policy: Policy, absence: Absence) -> tuple[Instead, ...]:
    """Who has what would go to this person, at each post that they hold and as a line manager. `duty` as of
    `during`."""
    directory, person = duty.directory, absence.person
    found: list[Instead] = []
    for post in directory.posts_of(person):
        if post.holder == person:
            found.append(_instead(duty, policy, post.agency, duty.first(post.order), post))
    managed = (one for one in directory.people if one.line_manager == person)
    for one in managed:
        standing = duty.standing(LINE_MANAGER, one.agency, one.id, (one.id,))
        found.append(_instead(duty, policy, one.agency, standing, None))
    return tuple(dict.fromkeys(found))


def _instead(duty: Duty, policy: Policy, agency: str, found: OnDuty | None, post: Post | None) -> Instead:
    if found is not None:
        return Instead(post, found.entry.id)
    net, lead = policy.reach.nobody_left, duty.directory.lead(agency)
    for order in (duty.directory.order(net, agency) if net else (), (lead.id,) if lead else ()):
        caught = duty.first(order)
        if caught is not None:
            return Instead(post, caught.entry.id, net=True)
    return Instead(post, DirectoryStanding(duty).coordinator(), net=True)


def goes_to(case: Case, absence: Absence, duty: Duty) -> e.Party | None:
    """Who will have this person's part of the case; None where it stays with them."""
    events = decide(case, c.Relieve(absence.person, case.stage_number), DirectoryStanding(duty), duty.now)
    return next((event.to for event in events if isinstance(event, e.HandedOver)), None)
