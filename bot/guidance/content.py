"""The content folder: where it lies, and how a file of it is read."""

import os
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

import bot

M = TypeVar("M", bound="Piece")


class ContentError(Exception):
    """A content file that can't be used: says the file, the line where known, and what is wrong."""


class Piece(BaseModel):
    """Base of all that is read from a content file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def root() -> Path:
    """The content folder: `BRAVER_CONTENT`, or the one beside the program."""
    return Path(os.environ.get("BRAVER_CONTENT") or Path(bot.__file__).parent.parent / "content")


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path}: can't be read. Write it as a UTF-8 text file ({error}).") from error


def read_yaml(path: Path, text: str | None = None) -> dict[str, Any]:
    """The mapping of a YAML file (or of its front matter, given as `text`). Raises ContentError."""
    try:
        loaded = YAML(typ="safe", pure=True).load(read_text(path) if text is None else text)
    except MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ContentError(f"{path}{line}: {error.problem or error.context}.") from error
    if not isinstance(loaded, dict):
        raise ContentError(f"{path}: must hold names with values, such as `title: Some words`.")
    return loaded


def read_piece(kind: type[M], path: Path, text: str | None = None, **more: object) -> M:
    """A YAML file as a typed piece; `more` are values that the file does not hold. Raises ContentError."""
    return shaped(kind, {**read_yaml(path, text), **more}, path)


def shaped(kind: type[M], data: dict[str, Any], path: Path) -> M:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        _refuse(path, error)


def _refuse(path: Path, error: ValidationError) -> NoReturn:
    first = error.errors()[0]
    where = " → ".join(str(part) for part in first["loc"])
    raise ContentError(f"{path}: {where}: {first['msg']}.") from error
