"""Examples: what practitioners write, one line each, by what it is about (`content/examples/<label>.txt`)."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from bot.files import text_of
from bot.guidance.content import root

DANGER = "immediate-danger"
"""The examples of danger; the topic of this name goes before all others."""
ABOUT_DANGER = "about-danger"
"""Questions about danger in general, and about the numbers: the same topic, and nobody is at risk."""
NO_DANGER = "no-danger"
"""What sounds near to danger, and is none."""
UNCLEAR, OUTSIDE, ABUSE, THANKS = "unclear", "outside", "abuse", "thanks"
"""What says too little to be advised on; what is no question about a child, or about a challenge; abuse;
and thanks."""
NO_TOPIC = (UNCLEAR, OUTSIDE, ABUSE, THANKS)


def folder() -> Path:
    return root() / "examples"


def examples() -> Mapping[str, tuple[str, ...]]:
    """All of them by label, which is the name of the file. Raises BadFile."""
    return {path.stem: _lines(path) for path in sorted(folder().glob("*.txt"))}


def fingerprint() -> str:
    """Of the examples and the vocabulary: what was learned of other ones is out of date. Raises BadFile."""
    files = (*sorted(folder().glob("*.txt")), root() / "vocabulary.yaml")
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}\n{text_of(path)}\n".encode())
    return digest.hexdigest()


def _lines(path: Path) -> tuple[str, ...]:
    return tuple(line.strip() for line in text_of(path).splitlines() if line.strip())
