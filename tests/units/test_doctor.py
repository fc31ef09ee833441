"""`braver doctor`: the settings, the files, the public address, and the command as a real process."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot import doctor
from bot.app import PLATFORMS, examiners
from bot.chat import trouble
from bot.chat.port import Examiner, Finding
from bot.doctor import policy as policies
from bot.doctor import report
from bot.doctor.address import address_findings
from bot.doctor.database import look
from bot.doctor.directory import directory_findings
from bot.guidance.content import root
from bot.people import source
from bot.people.records import changes
from bot.settings import PREFIX, Settings
from playground.faults import Stall
from playground.house import House
from playground.slack_workspace import SlackWorkspace
from tests.units.recorder import opened

BRAVER = Path(sys.executable).parent / "braver"
KEY = "9c1185a5c5e9fc54612808977ee8f548b2258d31"
SLACK = {"SLACK_BOT_TOKEN": "xoxb-12-34", "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5"}
TEAMS = {
    "TEAMS_APP_ID": "00000000-0000-0000-0000-00000000b0b0",
    "TEAMS_APP_PASSWORD": "Abc8Q~made.up_secret-of-forty-letters",
    "TEAMS_TENANT_ID": "00000000-0000-0000-0000-0000000000aa",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that the tests run on reaches them."""
    for name in os.environ:
        if name.startswith(PREFIX) and name != "BRAVER_CONTENT":
            monkeypatch.delenv(name)


def _set(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    """These settings, and a key, which is always needed."""
    for name, value in ({"SECRET_KEY": KEY} | values).items():
        monkeypatch.setenv(PREFIX + name, value)


def _said(found: tuple[Finding, ...], state: str) -> list[str]:
    assert all(one.remedy for one in found if one.state != "ok"), found
    return [one.what for one in found if one.state == state]


# Settings


@pytest.mark.parametrize(
    ("values", "on"),
    [
        (SLACK, "On: Slack. Off: Teams, e-mail."),
        (TEAMS, "On: Teams. Off: Slack, e-mail."),
        (SLACK | TEAMS, "On: Slack, Teams. Off: e-mail."),
    ],
)
def test_settings_as_they_should_be(monkeypatch: pytest.MonkeyPatch, values: dict[str, str], on: str) -> None:
    """It is said which platforms are on."""
    _set(monkeypatch, values)
    read = doctor.given()
    assert read.sound
    [only] = read.findings
    assert only.state == "ok"
    assert on in only.what


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-…", "placeholder"),
        ("SLACK_BOT_TOKEN", "xoxb-xxxx-xxxx", "placeholder"),
        ("SLACK_BOT_TOKEN", "xoxb-your-token", "placeholder"),
        ("SLACK_SIGNING_SECRET", "changeme", "placeholder"),
        ("SLACK_SIGNING_SECRET", '"8f742231b10e8888abcd99yyyzzz85a5"', "placeholder"),
        ("TEAMS_APP_PASSWORD", "<client secret>", "placeholder"),
        ("TEAMS_TENANT_ID", "your-tenant", "placeholder"),
        ("SECRET_KEY", "change-me-change-me-change-me-change-me", "placeholder"),
        ("DATABASE_URL", "postgresql://braver:password@database/braver?ssl=require", "placeholder"),
        ("SLACK_BOT_TOKEN", "xoxp-12-34", "xoxb-"),
        ("TEAMS_APP_ID", "braver", "not an id"),
        ("TEAMS_APP_PASSWORD", "7b8e1c1e-62cc-4c6b-8b6e-0a5d3b9d1f00", "id of a client secret"),
    ],
)
def test_what_was_left_as_it_was_found(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """A placeholder, or another value than the one that is meant, is told by its setting and not repeated."""
    _set(monkeypatch, SLACK | TEAMS | {name: value})
    found = doctor.given().findings
    [what] = _said(found, "fix")
    assert PREFIX + name in what
    assert said in what
    assert len(value) < 8 or value not in repr(found)


def test_every_mistake_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What refuses the start is told as it tells it, all of it, and so is a setting that nobody knows."""
    _set(monkeypatch, {"TEAMS_APP_ID": TEAMS["TEAMS_APP_ID"], "SLACK_TOKEN": "xoxb-12"})
    read = doctor.given()
    assert not read.sound
    assert [what.partition(":")[0] for what in _said(read.findings, "fix")] == [
        "BRAVER_TEAMS_APP_PASSWORD", "BRAVER_TEAMS_TENANT_ID",
    ]  # fmt: skip
    [unknown] = [one for one in read.findings if one.state == "look"]
    assert unknown.what.startswith("BRAVER_SLACK_TOKEN ")
    assert "BRAVER_SLACK_BOT_TOKEN" in unknown.remedy


async def test_a_token_goes_nowhere_while_the_settings_do_not_fit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A token beside a setting that is refused is not tried out; what is near is looked at all the same."""
    monkeypatch.chdir(tmp_path)
    async with SlackWorkspace() as workspace:
        _set(monkeypatch, {"SLACK_BOT_TOKEN": workspace.bot_token, "SLACK_API_URL": workspace.api_url})
        read = doctor.given()
        assert read.settings is not None
        found = await doctor.examined(read, examiners(read.settings), PLATFORMS)
        assert workspace.calls == []
    groups = [one.group for one in found]
    assert {"settings", "credentials", "address", "heartbeat", "database", "directory", "policy"} == set(
        groups
    )


# Platforms


async def test_a_platform_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A platform that hangs is given up after its time, and the others are heard."""
    monkeypatch.setattr(trouble, "WITHIN", 0.3)
    monkeypatch.chdir(tmp_path)
    async with SlackWorkspace() as workspace:
        stall = workspace.faults.next("auth.test", Stall())
        given = {"SLACK_BOT_TOKEN": workspace.bot_token, "SLACK_SIGNING_SECRET": workspace.signing_secret}
        _set(monkeypatch, given | {"SLACK_API_URL": workspace.api_url, "TEAMS_ALLOW_ANONYMOUS": "true"})
        read = doctor.given()
        assert read.settings is not None
        found = await doctor.examined(read, examiners(read.settings), PLATFORMS)
        assert stall.met.is_set()
    credentials = [one for one in found if one.group == "credentials"]
    assert [one.state for one in credentials] == ["fix", "look"]
    assert "did not answer within" in credentials[0].what


class _Broken:
    """An examiner with a mistake of ours in it."""

    name, path = "chatter", ""

    async def examine(self) -> tuple[Finding, ...]:
        raise KeyError("Wren Fairweather")


async def test_an_examiner_that_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A mistake of ours in one look does not hide what the others saw, and tells its kind alone."""
    monkeypatch.chdir(tmp_path)
    _set(monkeypatch, {"TEAMS_ALLOW_ANONYMOUS": "true"})
    read = doctor.given()
    assert read.settings is not None
    found = await doctor.examined(read, (_Broken(), *examiners(read.settings)), PLATFORMS)
    failed, other = (one for one in found if one.group == "credentials")
    assert (failed.state, failed.what) == ("fix", "Chatter could not be looked at (KeyError).")
    assert other.state == "look"
    assert "Wren" not in repr(found)


# Public address


@asynccontextmanager
async def _proxy(passed: dict[str, int]) -> AsyncIterator[str]:
    """The address of a proxy that answers each path with a status."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=passed.get(request.path, 404))

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _examiners() -> tuple[Examiner, ...]:
    return examiners(Settings(slack_bot_token="xoxb-1", teams_allow_anonymous=True))  # type: ignore[arg-type]


async def test_braver_answers_at_its_public_address(tmp_path: Path) -> None:
    """A running service passes, with a slash at the end or without, and counts nobody as turned away."""
    async with House.open(tmp_path) as house:
        for url in (house.address, f"{house.address}/"):
            [only] = await address_findings(url, _examiners())
            assert (only.state, only.what) == ("ok", f"{house.address} answers.")
        health = await house.service.engine.watchdog.look()
        assert b"braver_requests_refused_total{" not in house.service.metrics.text(health, {})


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        ({"/about": 502}, ["/about answers with 502"]),
        ({"/about": 200, "/slack/events": 405}, ["/api/messages answers with 404"]),
        ({"/about": 200}, ["/slack/events answers with 404", "/api/messages answers with 404"]),
    ],
)
async def test_a_proxy_that_does_not_pass_on(passed: dict[str, int], said: list[str]) -> None:
    """A path that does not come through is named, with the platform that it is for."""
    async with _proxy(passed) as url:
        found = _said(await address_findings(url, _examiners()), "fix")
    assert len(found) == len(said)
    assert all(part in what for part, what in zip(said, found, strict=True))


async def test_a_public_address_that_is_not_reached_from_here() -> None:
    """It may be reached from elsewhere, so somebody has to look; one that is not set was not looked at."""
    async with _proxy({}) as gone:
        pass
    [unreached] = await address_findings(gone, ())
    [unset] = await address_findings("", ())
    assert (unreached.state, unset.state) == ("look", "look")
    assert f"{gone}/about" in unreached.remedy


@pytest.mark.parametrize(
    "url",
    [
        "braver.example.org",
        "http://braver.example.org",
        "https://",
        "https://u:p@host",
        "https://[",
        "ftp://x",
    ],
)
async def test_a_public_address_that_is_none(url: str) -> None:
    """What neither people nor platforms could call is to be put right, and is not called."""
    [only] = await address_findings(url, ())
    assert only.state == "fix"


# Directory and policy


def test_files_as_they_are_shipped() -> None:
    """They are sound; that they are an example, and provisional, is to be looked at."""
    settings = Settings()
    ladder, about_policy = policies.read(settings)
    people = directory_findings(settings, PLATFORMS, ladder)
    assert [one.state for one in people if "example directory" in one.what] == ["look"]
    assert [one.state for one in people if "is sound" in one.what] == ["ok"]
    assert [one.state for one in about_policy] == ["look", "look"]
    assert "provisional" in about_policy[0].what


def test_files_that_can_not_be_read(tmp_path: Path) -> None:
    """Each mistake stands with its line, and what to write instead."""
    text = (root() / "directories" / "example.yaml").read_text(encoding="utf-8")
    directory, policy = tmp_path / "directory.yaml", tmp_path / "policy.yaml"
    directory.write_text(text.replace("ways: slack", "ways: slakc", 1), encoding="utf-8")
    policy.write_text("status: [example", encoding="utf-8")
    settings = Settings(directory=directory, policy=policy)
    ladder, about_policy = policies.read(settings)
    assert ladder is None
    [what] = _said(about_policy, "fix")
    assert what.startswith(f"{policy}")
    [what] = _said(directory_findings(settings, PLATFORMS, ladder), "fix")
    assert what.startswith(f"{directory}:")


async def test_the_directory_of_the_database_counts(sqlite_url: str, tmp_path: Path) -> None:
    """Once there is one, the file is only what it began with: what is missing is told of the database's."""
    settings = Settings(database_url=sqlite_url, policy=root() / "policies" / "example.yaml")
    ladder, _ = policies.read(settings)
    assert ladder is not None
    shipped = source.load(settings.directory, PLATFORMS)
    gone = shipped.model_copy(
        update={"posts": tuple(post for post in shipped.posts if post.agency != "police")}
    )
    async with opened(sqlite_url) as database, database.work() as work:
        await work.change_directory(changes(None, gone), "imported", "")
    seen = await look(settings, ladder.policy)
    assert seen.directory is not None
    told = _said(directory_findings(settings, PLATFORMS, ladder, seen.directory), "fix")
    assert any("Little Wickering Police" in one for one in told)
    assert not any("Police" in one for one in _said(directory_findings(settings, PLATFORMS, ladder), "fix"))


def test_a_stage_without_a_holder(tmp_path: Path) -> None:
    """A post that the policy needs and nobody of the directory holds is to be put right."""
    shipped = root() / "policies" / "example.yaml"
    file = tmp_path / "policy.yaml"
    text = shipped.read_text(encoding="utf-8")
    assert "service_manager" in text
    file.write_text(text.replace("service_manager", "harbour_master"), encoding="utf-8")
    settings = Settings(policy=file)
    ladder, _ = policies.read(settings)
    assert ladder is not None
    found = _said(directory_findings(settings, PLATFORMS, ladder), "fix")
    assert found
    assert all("harbour_master" in what and what.startswith(str(file)) for what in found)


# What is printed


def test_every_state_has_a_sign_and_a_word() -> None:
    """No sign stands alone: a word is beside it, what to do below it, and the sum at the end."""
    found = (
        Finding("clock", "look", "Slow.", "Set it."),
        Finding("settings", "ok", "Fine."),
        Finding("settings", "fix", "Wrong.", "Mend it."),
    )
    assert report.in_words(found).splitlines() == [
        "Settings", "  ✓ ok    Fine.", "  ✗ fix   Wrong.", "          → Mend it.",
        "Clocks", "  ! look  Slow.", "          → Set it.",
        "To put right: 1. To look at: 1.",
    ]  # fmt: skip
    data = json.loads(report.as_json(found))
    assert (data["fix"], data["look"], data["ok"]) == (1, 1, 1)
    assert [one["what"] for one in data["findings"]] == ["Fine.", "Wrong.", "Slow."]
    assert report.in_words(found[1:2]).endswith("Nothing to put right.")


# The command


def _run(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BRAVER_")}
    return subprocess.run(
        [BRAVER, "doctor", *arguments], cwd=folder, env={**kept, **given}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


async def _doctor(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(_run, folder, *arguments, **given)


async def test_the_command_beside_a_running_service(tmp_path: Path) -> None:
    """With all right it ends with 0, with something wrong with 1; it sends nothing and shows no secret."""
    async with House.open(tmp_path, settings={"secret_key": SecretStr(KEY)}) as house:
        settings, slack = house.service.settings, house.world.slack
        given = {
            "BRAVER_DATABASE_URL": settings.database_url,
            "BRAVER_DIRECTORY": str(settings.directory),
            "BRAVER_POLICY": str(settings.policy),
            "BRAVER_PUBLIC_URL": house.address,
            "BRAVER_SLACK_BOT_TOKEN": slack.bot_token,
            "BRAVER_SLACK_SIGNING_SECRET": slack.signing_secret,
            "BRAVER_SLACK_API_URL": slack.api_url,
            "BRAVER_TEAMS_ALLOW_ANONYMOUS": "true",
            "BRAVER_SECRET_KEY": KEY,
        }
        before = len(slack.calls)
        ended = await _doctor(tmp_path, **given)
        as_json = await _doctor(tmp_path, "--json", **given)
        slack.scopes.discard("chat:write")
        lacking = await _doctor(tmp_path, **given)
        assert [method for method, _ in slack.calls[before:]] == ["auth.test"] * 3
    assert (ended.returncode, as_json.returncode, lacking.returncode) == (0, 0, 1), ended.stdout
    assert (ended.stderr, as_json.stderr) == ("", "")
    assert "Nothing to put right." in ended.stdout
    assert "✗ fix   The token lacks the permission chat:write" in lacking.stdout
    data: dict[str, Any] = json.loads(as_json.stdout)
    assert data["fix"] == 0
    assert {one["group"] for one in data["findings"]} == {
        "settings", "credentials", "scopes", "address", "database", "audit", "directory", "policy", "clock",
        "heartbeat",
    }  # fmt: skip
    for said in (ended.stdout, as_json.stdout, lacking.stdout):
        assert slack.bot_token not in said
        assert slack.signing_secret not in said


def test_settings_that_can_not_be_read(tmp_path: Path) -> None:
    """Without settings nothing else can be looked at: exit 2, and the setting is named."""
    ended = _run(tmp_path, BRAVER_PORT="chat")
    assert ended.returncode == 2
    assert "✗ fix   BRAVER_PORT: " in ended.stdout
    assert "Nothing else was looked at" in ended.stdout
    assert list(tmp_path.iterdir()) == []
