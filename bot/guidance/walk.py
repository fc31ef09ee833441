"""The walk through the briefing in seven minutes, and the check of understanding at its end."""

from functools import cache

from bot.files import bad, load
from bot.guidance.briefing import part, parts
from bot.guidance.content import Piece, root


class Step(Piece):
    """About a minute. `part` is the id of the briefing's part, `gist` its plain words, `think` a question."""

    part: str
    gist: str
    think: str


class Option(Piece):
    """An answer, whether it is `right`, and `why`."""

    text: str
    right: bool
    why: str


class Scenario(Piece):
    """A question of the check, about a situation."""

    id: str
    part: str
    scenario: str
    question: str
    options: tuple[Option, ...]


class _File(Piece):
    source: str
    steps: tuple[Step, ...]
    check: tuple[Scenario, ...]


def steps() -> tuple[Step, ...]:
    """The steps in order. Raises BadFile."""
    return _file().steps


def check() -> tuple[Scenario, ...]:
    """The questions in order. Raises BadFile."""
    return _file().check


@cache
def _file() -> _File:
    path = root() / "briefing-walk.yaml"
    file = load(path, _File)
    for name in (*(step.part for step in file.steps), *(asked.part for asked in file.check)):
        if part(name) is None:
            raise bad(path, 0, f"The briefing has no part “{name}”.", "Write the name of one of its files.")
    if [step.part for step in file.steps] != [one.id for one in parts()]:
        raise bad(path, 0, "The steps are not the parts of the briefing.", "Write one for each, in order.")
    for asked in file.check:
        if sum(option.right for option in asked.options) != 1:
            raise bad(path, 0, f"“{asked.id}” needs one right answer.", "Write `right: true` at one option.")
    return file
