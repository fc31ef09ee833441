"""Where the directory comes from: a YAML file, or a spreadsheet saved as CSV."""

from pathlib import Path

from bot import files
from bot.people import sheet
from bot.people.directory import Directory


def load(path: Path, platforms: frozenset[str]) -> Directory:
    """Read the directory; a name that ends in ".csv" is a spreadsheet's.

    `platforms` are the chats that a person can prefer. Raises BadFile with every problem that was found.
    """
    tree = sheet.read(path) if path.suffix.lower() == ".csv" else files.read(path)
    return files.checked(tree, Directory, {"platforms": platforms})
