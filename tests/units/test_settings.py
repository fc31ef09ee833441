"""The settings: what may stand together, what may not, and that the README tells of each."""

import os
import re
from pathlib import Path

import pytest

from bot import settings
from bot.files import BadFile
from bot.settings import PREFIX, Settings

README = Path(__file__).parents[2] / "README.md"
SLACK = {"SLACK_BOT_TOKEN": "xoxb-made-up", "SLACK_SIGNING_SECRET": "signed-made-up"}
TEAMS = {
    "TEAMS_APP_ID": "app-made-up",
    "TEAMS_APP_PASSWORD": "secret-made-up",
    "TEAMS_TENANT_ID": "t-made-up",
}
KEY = "a made-up key of more than thirty-two characters"
INSTALLS = {
    "SLACK_CLIENT_ID": "1234.5678",
    "SLACK_CLIENT_SECRET": "client-made-up",
    "SLACK_SIGNING_SECRET": "signed-made-up",
    "SLACK_WORKSPACES": "T0HEALTH, T0COUNCIL",
    "PUBLIC_URL": "https://braver.example",
    "SECRET_KEY": KEY,
}
ANONYMOUS = {"TEAMS_ALLOW_ANONYMOUS": "true"}
REGISTRATIONS = Path(__file__).parent / "registrations.yaml"
"""Two of them, made up."""
AFAR = "postgresql+asyncpg://braver:database-made-up@db.example"
HERE = "postgresql+asyncpg://braver:database-made-up@127.0.0.1"
KEY = "a-made-up-key-of-more-than-32-characters"
EMAIL = {
    "EMAIL_HOST": "mail.example",
    "EMAIL_FROM": "braver@partnership.example",
    "PUBLIC_URL": "https://braver.example",
    "SECRET_KEY": KEY,
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that the tests run on reaches them; the key is there."""
    for name in os.environ:
        if name.startswith(PREFIX) and name != "BRAVER_CONTENT":
            monkeypatch.delenv(name)
    monkeypatch.setenv(f"{PREFIX}SECRET_KEY", KEY)


def _load(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(PREFIX + name, value)
    return settings.load()


def _without(values: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in values.items() if key != name}


@pytest.mark.parametrize(
    ("values", "slack", "teams"),
    [
        (SLACK, True, False),
        (TEAMS, False, True),
        (SLACK | TEAMS, True, True),
        (INSTALLS, True, False),
        (INSTALLS | TEAMS, True, True),
        (INSTALLS | {"PUBLIC_URL": "http://127.0.0.1:3978", "SECRET_KEY": f"{KEY},{KEY}2"}, True, False),
        (SLACK | {"SLACK_WORKSPACES": "T0HEALTH"}, True, False),
        (SLACK | {"HEARTBEAT_URL": "https://hc.example/ping/secret"}, True, False),
        (SLACK | {"HEARTBEAT_URL": "http://127.0.0.1:8000/ping/secret"}, True, False),
        (SLACK | TEAMS | {"HOST": "0.0.0.0"}, True, True),
        (SLACK | {"PUBLIC_URL": "http://127.0.0.1:3978"}, True, False),
        (SLACK | {"DATABASE_URL": f"{AFAR}/braver?ssl=verify-full"}, True, False),
        (SLACK | {"DATABASE_URL": f"{AFAR}/braver?ssl=require"}, True, False),
        (SLACK | {"DATABASE_URL": f"{AFAR}/braver", "DATABASE_TLS": "none"}, True, False),
        (SLACK | {"DATABASE_URL": f"{HERE}/braver"}, True, False),
        (SLACK | {"DATABASE_URL": "postgresql+asyncpg://braver:pw@localhost/braver"}, True, False),
        (SLACK | {"DATABASE_URL": "postgresql+asyncpg://braver@/braver?host=/run/postgresql"}, True, False),
        ({"TEAMS_REGISTRATIONS_FILE": str(REGISTRATIONS)}, False, True),
        (ANONYMOUS, False, True),
        (ANONYMOUS | SLACK, True, True),
        (ANONYMOUS | {"HOST": "127.0.0.2"}, False, True),
        (ANONYMOUS | {"HOST": "::1"}, False, True),
        (ANONYMOUS | {"HOST": "localhost", "PLAYGROUND_CLOCK": "true"}, False, True),
    ],
)
def test_either_platform_works_alone_and_both_together(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], slack: bool, teams: bool
) -> None:
    """A platform is on when its own settings are there, whatever the other has."""
    loaded = _load(monkeypatch, values)
    assert (loaded.slack, loaded.teams) == (slack, teams)


@pytest.mark.parametrize(
    ("values", "to_change"),
    [
        ({}, {"SLACK_BOT_TOKEN"}),
        (_without(SLACK, "SLACK_BOT_TOKEN"), {"SLACK_BOT_TOKEN"}),
        (_without(SLACK, "SLACK_SIGNING_SECRET"), {"SLACK_SIGNING_SECRET"}),
        (_without(TEAMS, "TEAMS_APP_PASSWORD"), {"TEAMS_APP_PASSWORD"}),
        (_without(TEAMS, "TEAMS_TENANT_ID"), {"TEAMS_TENANT_ID"}),
        ({"TEAMS_APP_ID": "app"}, {"TEAMS_APP_PASSWORD", "TEAMS_TENANT_ID"}),
        (SLACK | _without(TEAMS, "TEAMS_APP_ID"), {"TEAMS_APP_ID"}),
        (SLACK | {"TEAMS_TENANT_ID": "tenant"}, {"TEAMS_APP_ID"}),
        (ANONYMOUS | {"TEAMS_APP_PASSWORD": "secret"}, {"TEAMS_APP_ID"}),
        (TEAMS | ANONYMOUS, {"TEAMS_ALLOW_ANONYMOUS"}),
        (ANONYMOUS | {"TEAMS_REGISTRATIONS_FILE": str(REGISTRATIONS)}, {"TEAMS_ALLOW_ANONYMOUS"}),
        (ANONYMOUS | {"HOST": "0.0.0.0"}, {"TEAMS_ALLOW_ANONYMOUS"}),
        (ANONYMOUS | {"HOST": "::"}, {"TEAMS_ALLOW_ANONYMOUS"}),
        (ANONYMOUS | {"HOST": "braver.example.org"}, {"TEAMS_ALLOW_ANONYMOUS"}),
        (ANONYMOUS | {"HOST": "127.0.0.1.example.org"}, {"TEAMS_ALLOW_ANONYMOUS"}),
        (TEAMS | _without(SLACK, "SLACK_BOT_TOKEN"), {"SLACK_BOT_TOKEN"}),
        (INSTALLS | SLACK, {"SLACK_BOT_TOKEN"}),
        (_without(INSTALLS, "SLACK_CLIENT_ID") | TEAMS, {"SLACK_CLIENT_ID", "SLACK_BOT_TOKEN"}),
        (_without(INSTALLS, "SLACK_CLIENT_ID") | SLACK, {"SLACK_CLIENT_ID"}),
        (_without(INSTALLS, "SLACK_CLIENT_SECRET"), {"SLACK_CLIENT_SECRET"}),
        (_without(INSTALLS, "SLACK_SIGNING_SECRET"), {"SLACK_SIGNING_SECRET"}),
        (_without(INSTALLS, "SLACK_WORKSPACES"), {"SLACK_WORKSPACES"}),
        (_without(INSTALLS, "PUBLIC_URL"), {"PUBLIC_URL"}),
        (INSTALLS | {"SECRET_KEY": ""}, {"SECRET_KEY"}),
        (INSTALLS | {"SLACK_WORKSPACES": " , "}, {"SLACK_WORKSPACES"}),
        (INSTALLS | {"SLACK_WORKSPACES": "T0HEALTH,E0COUNTY"}, {"SLACK_WORKSPACES"}),
        (SLACK | {"SLACK_WORKSPACES": "health.slack.com"}, {"SLACK_WORKSPACES"}),
        (INSTALLS | {"PUBLIC_URL": "http://braver.example"}, {"PUBLIC_URL"}),
        (INSTALLS | {"SECRET_KEY": "too short"}, {"SECRET_KEY"}),
        (INSTALLS | {"SECRET_KEY": f"{KEY},short"}, {"SECRET_KEY"}),
        (SLACK | {"SLACK_API_URL": "slack.com/api"}, {"SLACK_API_URL"}),
        (SLACK | {"SLACK_API_URL": "http://slack.example.org/api/"}, {"SLACK_API_URL"}),
        (SLACK | {"SLACK_API_URL": "http://["}, {"SLACK_API_URL"}),
        (SLACK | {"SLACK_API_URL": "https://slack.example:99999/api/"}, {"SLACK_API_URL"}),
        (SLACK | {"HEARTBEAT_URL": "http://hc.example/ping/secret"}, {"HEARTBEAT_URL"}),
        (SLACK | {"HEARTBEAT_URL": "hc.example/ping/secret"}, {"HEARTBEAT_URL"}),
        (SLACK | {"ANCHOR_FILE": "/nowhere/anchors"}, {"ANCHOR_FILE"}),
        (SLACK | {"HOST": "0.0.0.0", "PLAYGROUND_CLOCK": "true"}, {"PLAYGROUND_CLOCK"}),
        (SLACK | {"PUBLIC_URL": "http://braver.example"}, {"PUBLIC_URL"}),
        (SLACK | {"PUBLIC_URL": "braver.example"}, {"PUBLIC_URL"}),
        (TEAMS | {"TEAMS_LOGIN_URL": "http://login.example"}, {"TEAMS_LOGIN_URL"}),
        (TEAMS | {"TEAMS_KEYS_URL": "http://login.example/keys"}, {"TEAMS_KEYS_URL"}),
        (SLACK | {"WATCH_TOKEN": "guessable"}, {"WATCH_TOKEN"}),
        (SLACK | {"DATABASE_URL": f"{AFAR}/braver"}, {"DATABASE_URL"}),
        (SLACK | {"DATABASE_URL": f"{HERE}/x", "DATABASE_OWNER_URL": f"{AFAR}/x"}, {"DATABASE_OWNER_URL"}),
        (SLACK | {"DATABASE_URL": f"{AFAR}/braver?ssl=prefer"}, {"DATABASE_URL"}),
        (SLACK | {"DATABASE_URL": f"{AFAR}/braver?ssl=disable"}, {"DATABASE_URL"}),
        (SLACK | {"DATABASE_URL": f"{HERE}/braver?host=db.example"}, {"DATABASE_URL"}),
        (SLACK | {"DATABASE_URL": f"{HERE}/braver?host=127.0.0.1:5432,db.example:5432"}, {"DATABASE_URL"}),
        (EMAIL, {"SLACK_BOT_TOKEN"}),
        (SLACK | _without(EMAIL, "EMAIL_FROM"), {"EMAIL_FROM"}),
        (SLACK | EMAIL | {"EMAIL_FROM": "Braver <braver@partnership.example>"}, {"EMAIL_FROM"}),
        (SLACK | _without(EMAIL, "PUBLIC_URL"), {"PUBLIC_URL"}),
        (SLACK | EMAIL | {"PUBLIC_URL": "http://braver.example"}, {"PUBLIC_URL"}),
        (SLACK | EMAIL | {"SECRET_KEY": ""}, {"SECRET_KEY"}),
        (SLACK | EMAIL | {"SECRET_KEY": "short"}, {"SECRET_KEY"}),
        (SLACK | EMAIL | {"SECRET_KEY": f"{KEY}, short"}, {"SECRET_KEY"}),
        (SLACK | EMAIL | {"SECRET_KEY": " , "}, {"SECRET_KEY"}),
        (ANONYMOUS | {"SECRET_KEY": ""}, {"SECRET_KEY"}),
        (SLACK | {"SECRET_KEY": "short"}, {"SECRET_KEY"}),
        (SLACK | {"SECRET_KEY_FILE": "/nowhere/key"}, {"SECRET_KEY_FILE"}),
        (SLACK | {"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere/key"}, {"SECRET_KEY_FILE"}),
        (SLACK | EMAIL | {"EMAIL_TLS": "none"}, {"EMAIL_TLS"}),
        (SLACK | EMAIL | {"EMAIL_TLS": "none", "EMAIL_HOST": "127.0.0.1.example"}, {"EMAIL_TLS"}),
        (SLACK | EMAIL | {"EMAIL_USER": "braver"}, {"EMAIL_PASSWORD"}),
        (SLACK | EMAIL | {"EMAIL_PASSWORD": "secret"}, {"EMAIL_USER"}),
        (SLACK | EMAIL | {"EMAIL_CA_FILE": "/nowhere/ca.pem"}, {"EMAIL_CA_FILE"}),
        (SLACK | {"EMAIL_HOST": "mail.example"}, {"EMAIL_FROM", "PUBLIC_URL"}),
        (
            {"SLACK_BOT_TOKEN": "xoxb", "TEAMS_APP_ID": "app", "TEAMS_TENANT_ID": "tenant"},
            {"SLACK_SIGNING_SECRET", "TEAMS_APP_PASSWORD"},
        ),
    ],
)
def test_a_combination_that_can_not_be_safe_is_refused(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], to_change: set[str]
) -> None:
    """The refusal names each setting to change, says what is wrong with it, and what to do."""
    with pytest.raises(BadFile) as refused:
        _load(monkeypatch, values)
    assert {problem.file for problem in refused.value.problems} == {PREFIX + name for name in to_change}
    assert all(problem.what and problem.remedy for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "chat"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("EMAIL_PORT", "0"),
        ("EMAIL_TLS", "perhaps"),
        ("TEAMS_FORMS", "popup"),
        ("TEAMS_ALLOW_ANONYMOUS", "perhaps"),
    ],
)
def test_a_value_that_can_not_be_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A number, a choice or a yes/no that is none is told by the name of its setting."""
    with pytest.raises(BadFile) as refused:
        _load(monkeypatch, SLACK | {name: value})
    [problem] = refused.value.problems
    assert problem.file == PREFIX + name
    assert value in problem.what
    assert problem.remedy.startswith(("Write", "Did you mean"))


def test_workspaces_stand_between_commas_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks, empty places and repetitions do not count; the order does."""
    loaded = _load(monkeypatch, INSTALLS | {"SLACK_WORKSPACES": " T0ZEBRA,,T0HEALTH ,T0ZEBRA"})
    assert loaded.slack_allowed == ("T0ZEBRA", "T0HEALTH")


def test_an_empty_setting_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line such as BRAVER_TEAMS_APP_ID= in a file of settings leaves that platform off."""
    loaded = _load(monkeypatch, SLACK | dict.fromkeys(TEAMS, "") | {"PORT": ""})
    assert not loaded.teams
    assert loaded.port == 3978


def test_e_mail_goes_beside_a_chat(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a chat, a mail server, an address to write from, a public address and a key, e-mail is on."""
    loaded = _load(monkeypatch, SLACK | EMAIL | {"EMAIL_USER": "braver", "EMAIL_PASSWORD": "secret"})
    assert (loaded.slack, loaded.email) == (True, True)
    assert (loaded.email_port, loaded.email_tls) == (587, "starttls")
    assert loaded.secret_keys == (KEY,)


def test_a_mail_server_on_this_machine_may_go_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """And so may the pages, where people reach them on this machine only; of several keys all are known."""
    local = {
        "EMAIL_HOST": "localhost", "EMAIL_TLS": "none", "PUBLIC_URL": "http://127.0.0.1:3978",
        "SECRET_KEY": f"{KEY},{KEY}-older",
    }  # fmt: skip
    loaded = _load(monkeypatch, ANONYMOUS | EMAIL | local)
    assert loaded.email
    assert loaded.secret_keys == (KEY, f"{KEY}-older")


def test_the_keys_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One in each line, or with commas between them; the first seals."""
    file = tmp_path / "key"
    file.write_text(f"{KEY}-newer\n{KEY}\n", encoding="utf-8")
    loaded = _load(monkeypatch, SLACK | {"SECRET_KEY": "", "SECRET_KEY_FILE": str(file)})
    assert loaded.secret_keys == (f"{KEY}-newer", KEY)


def test_secrets_are_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the settings nor a refusal show a token, a key or a password."""
    printed = repr(_load(monkeypatch, INSTALLS))
    for name in INSTALLS:
        monkeypatch.delenv(PREFIX + name)
    printed += repr(_load(monkeypatch, SLACK | TEAMS | EMAIL))
    with pytest.raises(BadFile) as refused:
        _load(monkeypatch, ANONYMOUS | {"PORT": "chat"})
    for secret in ("xoxb-made-up", "signed-made-up", "secret-made-up", "client-made-up", KEY):
        assert secret not in printed
        assert secret not in str(refused.value)


def test_the_readme_tells_of_every_setting() -> None:
    """The table has one row for each setting that there is, with the default that it has."""
    rows = re.findall(
        r"^\| `(BRAVER_\w+)` \| (.+?) \|", README.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    told = {name: default.strip("`") for name, default in rows}
    assert len(told) == len(rows)
    fields = {PREFIX + name.upper(): field.default for name, field in Settings.model_fields.items()}
    assert set(told) == {*fields, "BRAVER_CONTENT"}
    for name, default in fields.items():
        if isinstance(default, bool):
            assert told[name] == str(default).lower()
        elif isinstance(default, int | str) and default:
            assert told[name] == str(default)
