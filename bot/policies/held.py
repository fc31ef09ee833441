"""Whether a policy's posts are held: a stage at which nobody stands would reach nobody."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import get_args

from bot.escalation.mistake import brief
from bot.escalation.policy import PRACTITIONER, RAISER, Policy, Side, Stage
from bot.files import BadFile, FileProblem
from bot.guidance.ladder import joined
from bot.guidance.words import Words
from bot.people.directory import LINE_MANAGER, Directory

words = Words("policy")

Where = tuple[str | int, ...]
Place = Callable[[Where], tuple[str, int]]
"""The file and the line of a part of the policy."""

_NO_RUNG = "none"
_ALWAYS = (RAISER, PRACTITIONER, LINE_MANAGER, _NO_RUNG)
"""What stands instead of a post, and is found without one."""


def held(policy: Policy, place: Place, directory: Directory) -> tuple[str, ...]:
    """What is worth knowing about who stands where: an agency with nobody at a stage, and who then has it.

    Raises BadFile with every post that nobody holds, and every agency that the directory does not have.
    """
    found: dict[FileProblem, None] = {}
    for where, what, remedy in unheld(policy, directory):
        found[FileProblem(*place(where), what, remedy)] = None
    if found:
        raise BadFile(tuple(sorted(found, key=lambda problem: (problem.file, problem.line))))
    return tuple(words("check.note", text=text) for text in notes(policy, directory))


def unheld(policy: Policy, directory: Directory) -> Iterator[tuple[Where, str, str]]:
    """Every post that the policy names and nobody holds, and every agency that the directory does not have:
    where it stands in the policy, what is wrong, and what to write."""
    known = _Known(directory)
    for where, post in _named(policy):
        for what, remedy in known.problems(post):
            key = next(step for step in reversed(where) if isinstance(step, str))
            yield where, f"{key}: {what}", remedy
    for number, stage in enumerate(policy.stages):
        for agency in stage.agencies:
            for what, remedy in known.agency_problems(agency):
                yield ("stages", number, "agencies", agency), f"agencies: {what}", remedy


def notes(policy: Policy, directory: Directory) -> Iterator[str]:
    """An agency with nobody at a stage, and who then has it."""
    yield from _notes(policy, _Known(directory))


def vacant(policy: Policy, directory: Directory) -> Iterator[tuple[str, int, Side]]:
    """Agency, number of the stage and side, where the policy names posts and nobody holds any of them."""
    known = _Known(directory)
    for stage in policy.stages:
        for agency in directory.agencies:
            for side in get_args(Side):
                posts = stage.posts(side, agency.id)
                if posts and not any(known.holds(agency.id, ref) for ref in posts):
                    yield agency.id, stage.number, side


def sound(file: str, policy: Policy) -> str:
    """What was read, in a line, and that it is sound."""
    name = policy.title
    if policy.partnership:
        name = words("explain.title", partnership=policy.partnership, title=policy.title)
    number = len(policy.stages)
    stages = words("check.stages", number=number) if number > 1 else words("check.one_stage")
    return words("check.sound", file=file, name=name, version=policy.version, stages=stages)


def _named(policy: Policy) -> Iterator[tuple[Where, str]]:
    """Every post that the policy names, with where it stands."""
    for number, stage in enumerate(policy.stages):
        at: Where = ("stages", number)
        meeting = stage.meeting
        if meeting is not None:
            yield (*at, "meeting", "convener"), meeting.convener
            yield (*at, "meeting", "chair"), meeting.chair
            yield from _each((*at, "meeting", "invite"), meeting.invite)
        yield from _each((*at, "raising"), stage.raising)
        if meeting is None or stage.receiving != (meeting.convener,):
            yield from _each((*at, "receiving"), stage.receiving)
        for agency, refs in stage.agencies.items():
            yield from _each((*at, "agencies", agency), refs)
        for place, clock in enumerate(stage.clocks):
            yield from _each((*at, "clocks", place, "tell"), clock.tell)
        for place, clock in enumerate(stage.urgent.clocks or () if stage.urgent else ()):
            yield from _each((*at, "urgent", "clocks", place, "tell"), clock.tell)
    if policy.reach.nobody_left:
        yield ("reach", "nobody_left"), policy.reach.nobody_left
    for number, copy in enumerate(policy.copies):
        yield ("copies", number, "to"), copy.to
    for number, exclusion in enumerate(policy.exclusions):
        if exclusion.to:
            yield ("exclusions", number, "to"), exclusion.to


def _each(at: Where, refs: tuple[str, ...] | None) -> Iterator[tuple[Where, str]]:
    for place, ref in enumerate(refs or ()):
        yield (*at, place), ref


@dataclass(frozen=True, slots=True)
class _Known:
    """The directory, as a policy sees it."""

    directory: Directory

    def holds(self, agency: str, ref: str) -> bool:
        named, _, post = ref.rpartition("/")
        return (not named and post in _ALWAYS) or self.directory.holder(ref, agency) is not None

    def problems(self, ref: str) -> Iterator[tuple[str, str]]:
        agency, _, post = ref.rpartition("/")
        if not agency and post in _ALWAYS:
            return
        if agency:
            unknown = tuple(self.agency_problems(agency))
            if unknown:
                yield from unknown
                return
        posts = {one.post for one in self.directory.posts if not agency or one.agency == agency}
        if post not in posts:
            whose = f"At “{agency}” nobody holds" if agency else "Nobody of the directory holds"
            prefix = f"{agency}/" if agency else ""
            known = [f"{prefix}{one}" for one in sorted(posts)]
            yield f"{whose} the post {brief(post)}.", _write_or_add(ref, known, "post")

    def agency_problems(self, agency: str) -> Iterator[tuple[str, str]]:
        known = [one.id for one in self.directory.agencies]
        if agency not in known:
            yield f"The directory has no agency {brief(agency)}.", _write_or_add(agency, known, "agency")

    def name(self, agency: str) -> str:
        found = self.directory.agency(agency)
        return found.name if found else agency


def _write_or_add(word: str, known: list[str], kind: str) -> str:
    """The nearest that are known, or to add it to the directory: either file may be the one to change."""
    near = get_close_matches(word, known, n=3) or known[:6]
    shown = ", ".join(map(brief, near))
    return f"Write {shown}, or add the {kind} to the directory." if shown else f"Add the {kind} to it."


def _notes(policy: Policy, known: _Known) -> Iterator[str]:
    asked = {ref for stage in policy.stages for ref in (*stage.raising, *stage.receiving)}
    own = [ref for ref in asked if "/" not in ref and ref not in _ALWAYS]
    beyond = {ref.partition("/")[0] for _, ref in _named(policy) if "/" in ref}
    agencies = [agency.id for agency in known.directory.agencies]
    nowhere = {agency for agency in agencies if own and not any(known.holds(agency, ref) for ref in own)}
    for agency in agencies:
        differs = any(agency in stage.agencies for stage in policy.stages)
        if agency in nowhere and agency not in beyond and not differs:
            lead = known.directory.lead(agency)
            yield words("check.nowhere" if lead else "check.nowhere_no_lead", agency=known.name(agency))
    for stage in policy.stages:
        for agency in agencies:
            if agency not in nowhere or agency in stage.agencies:
                yield from dict.fromkeys(_at_stage(stage, agency, known))


def _at_stage(stage: Stage, agency: str, known: _Known) -> Iterator[str]:
    """Of each side: nobody at all, somebody other than the first, or a post beside the first left out."""
    for refs in (stage.posts("raising", agency), stage.posts("receiving", agency)):
        absent = [ref for ref in refs if not known.holds(agency, ref)]
        present = [ref for ref in refs if ref not in absent]
        if not absent:
            continue
        if not present:
            key = "lead" if known.directory.lead(agency) else "coordinator"
        else:
            key = "next_post" if refs[0] in absent else "left_out"
        yield words(
            f"check.{key}", stage=stage.number, agency=known.name(agency),
            posts=joined(absent, "or"), other=present[0] if present else "",
        )  # fmt: skip
