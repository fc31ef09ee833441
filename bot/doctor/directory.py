"""The directory: whether it can be read, and whether everybody is in it whom the policy needs."""

from bot.chat.port import Finding
from bot.doctor.findings import finding, problems
from bot.doctor.policy import Ladder
from bot.files import BadFile
from bot.people import source
from bot.policies.held import held
from bot.settings import Settings

GROUP = "directory"


def directory_findings(
    settings: Settings, platforms: frozenset[str], ladder: Ladder | None
) -> tuple[Finding, ...]:
    """`ladder` is the policy, where it can be read. `platforms` are the chats that a person can prefer."""
    try:
        directory = source.load(settings.directory, platforms)
    except BadFile as bad:
        return problems(GROUP, bad)
    found = list[Finding]()
    if settings.directory == Settings.model_fields["directory"].default:
        found.append(finding(GROUP, "look", "example"))
    if ladder is not None:
        try:
            notes = held(ladder.policy, ladder.tree.place, directory)
        except BadFile as bad:
            return (*found, *problems(GROUP, bad))
        found += (finding(GROUP, "look", "gap", text=note) for note in notes)
        sizes = {"agencies": len(directory.agencies), "people": len(directory.people)}
        found.insert(0, finding(GROUP, "ok", "sound", file=settings.directory, **sizes))
    return tuple(found)
