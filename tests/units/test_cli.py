"""The command line as an administrator meets it: a real process, its exit code and its words."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.guidance.content import root

BRAVER = Path(sys.executable).parent / "braver"
PATIENCE = 60.0
LOCAL = {"BRAVER_TEAMS_ALLOW_ANONYMOUS": "true", "BRAVER_SECRET_KEY": "made up " * 8, "BRAVER_PORT": "0"}
"""A service on this machine alone, on any free port."""


def _environment(given: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BRAVER_")}
    return {**kept, **given}


def _braver(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BRAVER, *arguments], cwd=folder, env=_environment(given), capture_output=True, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip


def _broken(folder: Path, file: str, right: str, wrong: str) -> tuple[Path, int]:
    """A copy of a shipped file with its first `right` made `wrong`, and the line where that stands."""
    text = (root() / file).read_text(encoding="utf-8")
    assert right in text
    copy = folder / "broken.yaml"
    copy.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    return copy, text[: text.index(right)].count("\n") + 1


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("within: 30 working minutes", "within: soon", "Write a whole number"),
        ("status: example", "status: [example", "can't be read as YAML"),
    ],
)
def test_a_malformed_policy_ends_with_file_and_line(
    tmp_path: Path, right: str, wrong: str, said: str
) -> None:
    """The service does not start: exit 2, and the words say where, what is wrong and what to write."""
    file, line = _broken(tmp_path, "policies/example.yaml", right, wrong)
    ended = _braver(tmp_path, "run", **LOCAL, BRAVER_POLICY=str(file))
    assert ended.returncode == 2
    first, *_ = ended.stderr.splitlines()
    assert first.startswith(f"{file}:"), first
    assert int(first.removeprefix(f"{file}:").split(":")[0]) >= line
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_every_mistake_of_a_directory_is_told_at_once(tmp_path: Path) -> None:
    """Two mistakes in one file are two lines, in their order, each with its own remedy."""
    file, first = _broken(tmp_path, "directories/example.yaml", "ways: slack", "ways: slakc")
    text = file.read_text(encoding="utf-8")
    second = text[: text.index("line_manager: priya")].count("\n") + 1
    file.write_text(text.replace("line_manager: priya", "line_manager: prya", 1), encoding="utf-8")
    ended = _braver(tmp_path, "run", **LOCAL, BRAVER_DIRECTORY=str(file))
    assert ended.returncode == 2
    one, other = ended.stderr.splitlines()
    assert one.startswith(f"{file}:{first}: ")
    assert "“slack”" in one
    assert other.startswith(f"{file}:{second}: ")
    assert "“priya”" in other


@pytest.mark.parametrize(
    ("given", "setting"),
    [
        ({**LOCAL, "BRAVER_HOST": "0.0.0.0"}, "BRAVER_TEAMS_ALLOW_ANONYMOUS"),
        ({**LOCAL, "BRAVER_DIRECTORY": "nowhere.yaml"}, "nowhere.yaml"),
        ({**LOCAL, "BRAVER_DATABASE_URL": "mysql://braver"}, "BRAVER_DATABASE_URL"),
    ],
)
def test_a_wrong_setting_ends_with_its_name(tmp_path: Path, given: dict[str, str], setting: str) -> None:
    """The service does not start: exit 2, and one line names the setting or file and what to do."""
    ended = _braver(tmp_path, "run", **given)
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert line.startswith(setting)


def test_a_port_that_is_taken_ends_with_its_name(tmp_path: Path) -> None:
    """Somebody else listens there: exit 2, and one line says so and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = _braver(tmp_path, "run", **{**LOCAL, "BRAVER_PORT": port})
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith("BRAVER_PORT: ")
    assert "Traceback" not in ended.stderr


def test_a_manifest_for_an_address_that_can_not_be_called_is_refused(tmp_path: Path) -> None:
    """Exit 2, nothing is written, and the words say what to write."""
    slack = _braver(tmp_path, "manifest", "slack", "--address", "http://braver.example.org")
    teams = _braver(tmp_path, "manifest", "teams", "--address", "https://braver.example.org", "--app-id", "x")
    assert (slack.returncode, slack.stdout) == (2, "")
    assert slack.stderr.startswith("--address: ")
    assert (teams.returncode, teams.stdout) == (2, "")
    assert teams.stderr.startswith("--app-id: ")
    assert list(tmp_path.iterdir()) == []


def test_the_manifests_are_printed_and_written(tmp_path: Path) -> None:
    """Slack's goes to the screen, to be pasted; Teams' goes into the file that is named."""
    address = ("--address", "https://braver.example.org")
    slack = _braver(tmp_path, "manifest", "slack", *address)
    app_id = "00000000-0000-0000-0000-00000000b0b0"
    teams = _braver(tmp_path, "manifest", "teams", *address, "--app-id", app_id, "--out", "braver.zip")
    assert (slack.returncode, teams.returncode) == (0, 0)
    assert "https://braver.example.org/slack/events" in slack.stdout
    assert (tmp_path / "braver.zip").read_bytes().startswith(b"PK")


@contextlib.contextmanager
def _running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The service as a process of its own, and its address."""
    with subprocess.Popen(
        [BRAVER, "run"], cwd=folder, env=_environment(LOCAL), stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            said = (json.loads(line) for line in process.stdout)
            port = next(line["port"] for line in said if line["event"] == "listening")
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def test_the_service_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    """It says on which port it listens, is ready, says how it is, and ends cleanly on SIGTERM."""
    with _running(tmp_path) as (process, address):
        for path in ("/readyz", "/metrics", "/about", "/privacy", "/terms"):
            with urllib.request.urlopen(address + path, timeout=PATIENCE) as answer:  # noqa: S310
                assert answer.status == 200
        # Here nobody has installed it in a chat, and sooner or later it notices that the coordinator has not.
        try:
            with urllib.request.urlopen(address + "/healthz", timeout=PATIENCE) as answer:  # noqa: S310
                health = json.load(answer)
        except urllib.error.HTTPError as refused:
            health = json.load(refused)
        assert health in ({"well": True}, {"well": False, "failing": ["unheard"], "counts": {"unheard": 1}})
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
