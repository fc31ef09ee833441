"""The directory: whether it can be read, and whether everybody is in it whom the policy needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.chat.port import Finding
from bot.doctor.findings import finding, problems
from bot.doctor.policy import Ladder
from bot.files import BadFile
from bot.people import source
from bot.people.directory import Directory
from bot.people.duty import Absence
from bot.people.gaps import Looked, gaps
from bot.policies.held import held
from bot.settings import Settings

GROUP = "directory"
_MOST = 20
"""Gaps that are shown; of more, their number."""
_MAY_WAIT = ("never_verified", "not_verified", "verified_ahead", "deputies_loop", "managers_loop")


@dataclass(frozen=True, slots=True)
class Kept:
    """The directory that the database has, with the absences (person → theirs), at a moment."""

    directory: Directory
    absences: Mapping[str, tuple[Absence, ...]]
    now: datetime


def directory_findings(
    settings: Settings, platforms: frozenset[str], ladder: Ladder | None, kept: Kept | None = None
) -> tuple[Finding, ...]:
    """`ladder` is the policy, where it can be read; `kept` what the database has, None where that is nothing
    yet, so that the file counts. `platforms` are those that a person can have as a way."""
    found = list[Finding]()
    if settings.directory == Settings.model_fields["directory"].default:
        found.append(finding(GROUP, "look", "example"))
    try:
        from_file = source.load(settings.directory, platforms)
    except BadFile as bad:
        return problems(GROUP, bad)
    if kept is not None:
        return (*found, *(_in_database(settings, ladder, kept) if ladder is not None else ()))
    if ladder is not None:
        try:
            notes = held(ladder.policy, ladder.tree.place, from_file)
        except BadFile as bad:
            return (*found, *problems(GROUP, bad))
        found += (finding(GROUP, "look", "gap", text=note) for note in notes)
        found.insert(0, finding(GROUP, "ok", "sound", file=settings.directory, **_sizes(from_file)))
    return tuple(found)


def _in_database(settings: Settings, ladder: Ladder, kept: Kept) -> Iterator[Finding]:
    looked = Looked(kept.directory, ladder.policy, settings.platforms, kept.absences, kept.now)
    missing = [gap for gap in gaps(looked) if not gap.note]
    for gap in missing[:_MOST]:
        yield finding(GROUP, "look" if gap.kind in _MAY_WAIT else "fix", "kept_gap", text=gap.text)
    if len(missing) > _MOST:
        yield finding(GROUP, "look", "more", number=len(missing) - _MOST)
    if not missing:
        yield finding(GROUP, "ok", "kept", **_sizes(kept.directory))


def _sizes(directory: Directory) -> dict[str, int]:
    return {"agencies": len(directory.agencies), "people": len(directory.people)}
