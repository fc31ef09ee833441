"""Where a policy comes from: a YAML file, perhaps over another one that it extends."""

import re
from pathlib import Path

from bot import files
from bot.escalation.mistake import brief, instead
from bot.escalation.policy import Policy
from bot.files import BadFile, FileProblem, Tree, bad
from bot.guidance.content import root
from bot.policies.merge import merged

EXTENDS = "extends"
DEEPEST = 5
"""How many files may stand on each other."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_OWN = ("id", "version")
"""What a file that extends another says itself: whose edition it is must be plain."""


def load(path: Path) -> Policy:
    """Read a policy. Raises BadFile with every problem, in the file in which it stands."""
    return files.checked(tree_of(path), Policy)


def tree_of(path: Path) -> Tree:
    """What the file says, together with what it extends. Raises BadFile."""
    return _extended(path, ())


def shipped() -> tuple[Path, ...]:
    """Every policy that comes with the service, by name."""
    return tuple(sorted(_folder().glob("*.yaml")))


def _folder() -> Path:
    return root() / "policies"


def _extended(path: Path, chain: tuple[Path, ...]) -> Tree:
    own = files.read(path)
    if not isinstance(own.data, dict) or EXTENDS not in own.data:
        return own
    name, line = str(own.data[EXTENDS]), own.line((EXTENDS,))
    above = (*chain, path.resolve())
    base = _found(name, path, line)
    if base.resolve() in above:
        start = above.index(base.resolve())
        circle = " → ".join(one.stem for one in (*above[start:], base))
        what = f"{EXTENDS}: These files extend each other in a circle ({circle})."
        raise bad(path, line, what, "Take this line out of one of them.")
    if len(above) >= DEEPEST:
        what = f"{EXTENDS}: More than {DEEPEST} files stand on each other here."
        raise bad(path, line, what, "Write into this file what those between say.")
    what = "A file that extends another says itself what it is called, and in which edition."
    missing = tuple(
        FileProblem(str(path), line, f"{key}: {what}", f"Add a line “{key}: …”.")
        for key in _OWN
        if not own.data.get(key)
    )
    if missing:
        raise BadFile(missing)
    below = _extended(base, above)
    if not isinstance(below.data, dict):
        what = "Lines with keys belong here."
        raise bad(base, below.line(()), what, "Write them without “- ” before: “key: value”.")
    whole = merged(Tree(own.file, _without(own.data), own.lines), below)
    return Tree(whole.file, _without(whole.data), whole.lines, whole.files)


def _without(data: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in data.items() if key != EXTENDS}


def _found(name: str, path: Path, line: int) -> Path:
    """The file of this name beside the own one, or else among those that come with the service."""
    if not _NAME.fullmatch(name):
        what = f"{EXTENDS}: {brief(name)} is not the name of a policy file."
        remedy = "Write its name without “.yaml” and without a folder, as in “cheshire-east”."
        raise bad(path, line, what, remedy)
    folders = (path.resolve().parent, _folder())
    for folder in folders:
        base = folder / f"{name}.yaml"
        if base.is_file() and base.resolve() != path.resolve():
            return base
    if any((folder / f"{name}.yaml").is_file() for folder in folders):
        raise bad(
            path, line, f"{EXTENDS}: This file extends itself ({name} → {name}).", "Take this line out."
        )
    known = {one.stem for folder in folders for one in folder.glob("*.yaml") if _NAME.fullmatch(one.stem)}
    raise bad(
        path, line, f"{EXTENDS}: There is no policy file {brief(name)}.", instead(name, known - {path.stem})
    )
