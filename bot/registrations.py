"""The file of further Teams registrations: one for each tenant that this service works in."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from bot import files
from bot.files import BadFile, FileProblem, Tree

_Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class TeamsRegistration(BaseModel):
    """A registration at Microsoft. `name` is what people call the tenant, for the question who somebody is.
    The client secret stands in `password`, or alone in `password_file`, which is named from the folder of the
    file on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: _Id
    tenant_id: _Id
    password: SecretStr = SecretStr("")
    password_file: str = ""
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""


Registrations = Annotated[tuple[TeamsRegistration, ...], Field(min_length=1, max_length=100)]


def load(path: Path, first: tuple[TeamsRegistration, ...]) -> tuple[TeamsRegistration, ...]:
    """The registrations of the file, each with its password. `first` are those of the
    environment.

    Raises BadFile; what it says holds no part of a password.
    """
    files.text_of(path)
    try:
        tree = files.read(path)
    except BadFile as bad:
        # What a reader of YAML quotes may be a password.
        what = "This can't be read as YAML."
        remedy = "Put the password in quotation marks, and indent with spaces."
        raise BadFile(tuple(replace(one, what=what, remedy=remedy) for one in bad.problems)) from None
    written: tuple[TeamsRegistration, ...] = files.checked(tree, Registrations)
    found, registered = list(_repeated(tree, written, first)), list[TeamsRegistration]()
    for place, one in enumerate(written):
        try:
            registered.append(_with_password(tree, place, one, path.parent))
        except BadFile as bad:
            found += bad.problems
    if found:
        raise BadFile(tuple(sorted(found, key=lambda problem: (problem.file != tree.file, problem.line))))
    return tuple(registered)


def _with_password(tree: Tree, place: int, one: TeamsRegistration, folder: Path) -> TeamsRegistration:
    line = tree.line((place,))
    if bool(one.password.get_secret_value()) == bool(one.password_file):
        what = "Here belongs the client secret, once."
        raise files.bad(tree.file, line, what, "Write either “password: …” or “password_file: …”.")
    if not one.password_file:
        return one
    password = files.text_of(folder / one.password_file).strip()
    if not password or len(password.splitlines()) > 1:
        what = "This is not one line with a client secret."
        raise files.bad(
            folder / one.password_file, 0, what, "Write the Value of the secret, and nothing else."
        )
    return one.model_copy(update={"password": SecretStr(password)})


def _repeated(
    tree: Tree, written: tuple[TeamsRegistration, ...], first: tuple[TeamsRegistration, ...]
) -> Iterator[FileProblem]:
    """An app id tells whose message it is, a tenant who may speak: neither may stand for two."""
    for key, what in (("app_id", "app id"), ("tenant_id", "tenant")):
        seen = {getattr(one, key).casefold(): "the settings of the environment" for one in first}
        for place, one in enumerate(written):
            value = getattr(one, key).casefold()
            line = tree.line((place, key))
            if value in seen:
                said = f"{key}: This {what} is already registered in {seen[value]}."
                yield FileProblem(tree.file, line, said, "Keep one registration for each tenant.")
            seen.setdefault(value, f"line {line}")
