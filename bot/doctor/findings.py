"""How the house's own findings are worded."""

from typing import Literal

from bot.chat.port import Finding
from bot.files import BadFile, FileProblem
from bot.guidance.words import Words

words = Words("doctor")


def finding(group: str, state: Literal["ok", "look", "fix"], key: str, **values: object) -> Finding:
    """The finding that `key` of `group` has the words for."""
    remedy = f"{group}.{key}.remedy"
    what = words(f"{group}.{key}.what", **values)
    return Finding(group, state, what, words(remedy, **values) if remedy in words else "")


def problems(group: str, bad: BadFile) -> tuple[Finding, ...]:
    """Each problem of a file or of the settings, which must be put right."""
    return tuple(Finding(group, "fix", f"{_place(one)}: {one.what}", one.remedy) for one in bad.problems)


def _place(problem: FileProblem) -> str:
    return f"{problem.file}:{problem.line}" if problem.line else problem.file
