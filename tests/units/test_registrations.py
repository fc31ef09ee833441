"""The file of Teams registrations: read strictly, each mistake at its line, and no secret in what is said."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import registrations
from bot.files import BadFile
from bot.registrations import TeamsRegistration
from bot.settings import Settings

SOUND = Path(__file__).parent / "registrations.yaml"
SECRET = "8Q~made-up"
FIRST = TeamsRegistration(app_id="APP-0", tenant_id="t-0", password=SecretStr(SECRET))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "registrations.yaml"


def _one(number: int, *lines: str) -> str:
    return "\n  ".join((f"- app_id: app-{number}", f"tenant_id: t-{number}", *lines)) + "\n"


def _problems(path: Path, text: str) -> list[str]:
    """What is told of a file with this text, without the file's name: “line: what remedy”."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile) as caught:
        registrations.load(path, (FIRST,))
    assert SECRET not in str(caught.value)
    return [f"{one.line}: {one.what} {one.remedy}" for one in caught.value.problems]


def test_the_registrations_of_environment_and_file_stand_together() -> None:
    """That of the environment is the first; a password is taken as it stands between its quotation marks."""
    settings = Settings(
        teams_app_id="app-0",
        teams_tenant_id="t-0",
        teams_app_password=SecretStr(SECRET),
        teams_registrations_file=SOUND,
    )
    found = settings.teams_registrations
    assert [one.app_id for one in found[:1]] == ["app-0"]
    assert [one.name for one in found[1:]] == ["Wickering Council", "Wickering NHS Trust"]
    assert found[2].password.get_secret_value() == "made-up: trust"
    assert SECRET not in repr(found)


def test_a_password_may_stand_in_a_file_of_its_own(path: Path) -> None:
    """Named from the folder of the registrations on; an end of line after it does not count."""
    (path.parent / "secret").write_text(f"{SECRET}\n")
    path.write_text(_one(1, "password_file: secret"))
    [one] = registrations.load(path, ())
    assert one.password.get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (_one(1, f"password: {SECRET}") + _one(1, f"password: {SECRET}"), ["4: app_id", "5: tenant_id"]),
        (_one(0, f"password: {SECRET}"), ["1: app_id", "2: tenant_id"]),
        (_one(1), ["1: Here belongs the client secret, once."]),
        (
            _one(1, f"password: {SECRET}", "password_file: x"),
            ["1: Here belongs the client secret, once."],
        ),
        (f"- app_id: app-1\n  password: {SECRET}\n", ["1: “tenant_id” is missing."]),
        (f"- app_id:\n  tenant_id: t-1\n  password: {SECRET}\n", ["1: app_id: This is empty."]),
        (_one(1, f"password: {SECRET}", "secret: x"), ["4: “secret” has no meaning here."]),
        (_one(1, f"password: !{SECRET}"), ["3: This can't be read as YAML."]),
        (_one(1, f"password: *{SECRET}"), ["3: This can't be read as YAML."]),
        (_one(1, f"password: &{SECRET}"), ["3: This can't be read as YAML."]),
        (f"app_id: app-1\npassword: {SECRET}\n", ["1: A list belongs here."]),
        (f"- {SECRET}\n", ["1: Lines with keys belong here."]),
        ("", ["1: A list belongs here."]),
        ("[]", ["1: Something must stand here."]),
    ],
    ids=[
        "twice", "as in the environment", "no password", "two passwords", "no tenant", "empty",
        "unknown key", "a tag", "an alias", "an anchor", "no list", "no keys", "empty file", "empty list",
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(path: Path, text: str, told: list[str]) -> None:
    """What is wrong and what to write, in the order of the lines, and no secret."""
    found = _problems(path, text)
    assert len(found) == len(told)
    assert all(one.startswith(beginning) for one, beginning in zip(found, told, strict=True)), found


@pytest.mark.parametrize(
    "content", [None, "", f"{SECRET}\n{SECRET}\n"], ids=["missing", "empty", "two lines"]
)
def test_a_password_file_that_holds_no_password_is_named(path: Path, content: str | None) -> None:
    """The problem is the other file's, and names that one."""
    secret = path.parent / "secret"
    if content is not None:
        secret.write_text(content)
    path.write_text(_one(1, "password_file: secret"))
    with pytest.raises(BadFile) as caught:
        registrations.load(path, ())
    assert [problem.file for problem in caught.value.problems] == [str(secret)]
    assert SECRET not in str(caught.value)


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    """With the reason of the machine."""
    with pytest.raises(BadFile, match="can't be opened"):
        registrations.load(path, ())
