"""The lock files in `requirements/`: what is installed, in which release, and because of what."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "requirements"
_PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<where>[^\\]+))?"
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"^\s+#\s+(?:via\s+)?(?!via\s*$)(?P<name>[A-Za-z0-9._-]+)(?P<project> \(.*\))?\s*$")


@dataclass(frozen=True, slots=True)
class Package:
    """`hashes` are of all files of this release that may be installed, `needed_by` names who wants it: other
    packages, and `ours` the project itself. `where` is the marker of the machines on which it is needed."""

    name: str
    version: str
    hashes: tuple[str, ...]
    needed_by: tuple[str, ...]
    ours: bool
    where: str


def packages(*files: str) -> tuple[Package, ...]:
    """Those of these lock files, each release once, in order. Raises ValueError where one has no hash."""
    found = {(one.name, one.version): one for file in files for one in _read(FOLDER / file)}
    return tuple(found[key] for key in sorted(found))


def _read(file: Path) -> Iterator[Package]:
    entries = re.split(r"\n(?=[A-Za-z0-9])", file.read_text(encoding="utf-8"))
    for entry in entries:
        pinned = _PINNED.match(entry)
        if pinned is None:
            continue
        hashes = tuple(_HASH.findall(entry))
        if not hashes:
            raise ValueError(f"{file.name}: {pinned['name']} has no hash")
        why = [found for line in entry.splitlines() if (found := _VIA.match(line))]
        yield Package(
            name=_normal(pinned["name"]),
            version=pinned["version"],
            hashes=hashes,
            needed_by=tuple(sorted({_normal(one["name"]) for one in why if not one["project"]})),
            ours=any(one["project"] for one in why),
            where=(pinned["where"] or "").strip(),
        )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
