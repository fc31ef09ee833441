"""Where a policy comes from."""

from pathlib import Path

from bot import files
from bot.escalation.policy import Policy


def load(path: Path) -> Policy:
    return files.load(path, Policy)


def tree_of(path: Path) -> files.Tree:
    return files.read(path)
