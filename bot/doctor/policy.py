"""The policy: whether it can be read, whose word it is, and what of it nobody has confirmed."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.chat.port import Finding
from bot.desk.numbers import NumberState
from bot.doctor.findings import finding, problems
from bot.escalation.policy import Policy
from bot.files import BadFile, Tree, checked
from bot.policies.source import tree_of
from bot.settings import Settings

GROUP = "policy"


@dataclass(frozen=True, slots=True)
class Ladder:
    """A policy, and the file that it was read from."""

    policy: Policy
    tree: Tree


def read(settings: Settings) -> tuple[Ladder | None, tuple[Finding, ...]]:
    """The policy, where it can be read, and what there is to say of it."""
    try:
        tree = tree_of(settings.policy)
        policy = checked(tree, Policy)
    except BadFile as bad:
        return None, problems(GROUP, bad)
    return Ladder(policy, tree), tuple(_standing(policy, tree.file))


def _standing(policy: Policy, file: str) -> Iterator[Finding]:
    said = {"title": policy.title, "version": policy.version}
    yield finding(
        GROUP, "ok" if policy.status == "confirmed" else "look", f"standing.{policy.status}", **said
    )
    if policy.unconfirmed:
        yield finding(GROUP, "look", "unconfirmed", number=len(policy.unconfirmed), file=file)


def number_findings(policy: Policy, states: tuple[NumberState, ...] | None) -> tuple[Finding, ...]:
    """Whether the urgent numbers were checked; `states` is None where the database could not be asked. Of an
    example's numbers there is nothing to say."""
    if policy.status == "example":
        return ()
    if states is None:
        return (finding(GROUP, "look", "not_asked"),)
    return tuple(_numbers(states)) or (finding(GROUP, "ok", "numbers_right"),)


def _numbers(states: tuple[NumberState, ...]) -> Iterator[Finding]:
    for one in states:
        about = {"number": one.contact.number, "name": one.contact.name}
        if one.standing == "wrong":
            yield finding(GROUP, "fix", "number_wrong", **about)
        elif one.standing == "open":
            yield finding(GROUP, "look", "number_open", **about)
