"""Where the content lies, and what its files are made of. They are read strictly, by `bot.files`."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

import bot


class Piece(BaseModel):
    """Base of all that is read from a content file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def root() -> Path:
    """The content folder: `BRAVER_CONTENT`, or the one beside the program."""
    return Path(os.environ.get("BRAVER_CONTENT") or Path(bot.__file__).parent.parent / "content")
