"""All content of the guidance, read when the service starts: a mistake in it is told then and there."""

from bot.files import bad
from bot.guidance import advice, braver, briefing, other_chair, plan, rehearsal, signals, skills, walk
from bot.guidance.content import root
from bot.guidance.identifiers.lists import lists


def ready() -> bool:
    """Have all of it in memory, but for what `advice.warm` reads. False where the examples of advice have
    changed since they were learned of. Raises BadFile."""
    for read in (
        skills.file,
        braver.letters,
        briefing.parts,
        walk.steps,
        plan.tones,
        other_chair.guides,
        lists,
    ):
        read()
    signals.signals("")
    for one in rehearsal.rehearsals().values():
        if one.topic not in advice.topics():
            path = root() / "rehearsals" / f"{one.id}.yaml"
            raise bad(path, 0, f"There is no topic “{one.topic}”.", "Write the name of a file in `advice`.")
    return advice.ready()
