"""Anchors that were kept outside the database: in the file of BRAVER_ANCHOR_FILE, or in the service's log."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.files import bad

Outside = Mapping[int, frozenset[str]]
"""The digests that were kept, by the number of the anchor. There is more than one where an older state of the
database was put back, and the numbers were given again."""


def kept_in(files: Iterable[Path]) -> Outside:
    """Of all lines of these files that tell of an anchor. Raises BadFile where a file has none."""
    found: dict[int, frozenset[str]] = {}
    for file in files:
        told = False
        try:
            with file.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    anchor = _read(line)
                    if anchor is not None:
                        number, digest = anchor
                        told = True
                        found[number] = found.get(number, frozenset()) | {digest}
        except OSError as error:
            what = f"It can't be read ({(error.strerror or '').lower()})."
            raise bad(file, 0, what, "Name the file of BRAVER_ANCHOR_FILE, or a log.") from None
        if not told:
            what = "No line of it tells of an anchor."
            raise bad(file, 0, what, "Name the file of BRAVER_ANCHOR_FILE, or a log.")
    return found


def _read(line: str) -> tuple[int, str] | None:
    """A line of the file, or of the log; None for any other."""
    if '"digest"' not in line:
        return None
    try:
        # Something may have put its own words before the JSON of a log.
        read = json.loads(line[line.index("{") :])
        number, digest = read["number"], read["digest"]
    except (ValueError, KeyError, TypeError):
        return None
    return (number, digest) if isinstance(number, int) and isinstance(digest, str) else None
