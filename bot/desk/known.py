"""Whom and what people may name in what they write: the directory's staff, agencies and teams, the policy."""

from collections.abc import Iterator

from bot.escalation.policy import Policy
from bot.guidance.identifiers import Known
from bot.people.directory import Directory

_last: list[tuple[Directory, Policy, Known]] = []
"""What was worked out last: a directory changes rarely, and every text asks for it."""


def known(directory: Directory, policy: Policy) -> Known:
    """As they stand now."""
    for of_directory, of_policy, found in _last:
        if of_directory is directory and of_policy is policy:
            return found
    contacts = [contact for one in directory.people for contact in (one.email, one.phone) if contact]
    contacts += [one.number for one in policy.urgent]
    found = Known.of((one.name for one in directory.people), _phrases(directory, policy), contacts)
    _last[:] = [(directory, policy, found)]
    return found


def _phrases(directory: Directory, policy: Policy) -> Iterator[str]:
    yield from (one.name for one in directory.agencies)
    yield from (one.name for one in directory.teams)
    yield from (one.role for one in directory.people)
    yield from (policy.title, policy.partnership, policy.jurisdiction)
    for stage in policy.stages:
        yield from (stage.label, stage.name, stage.form.name if stage.form else "")
    yield from (one.label for one in policy.outcomes)
    yield from (one.label for one in policy.priorities)
