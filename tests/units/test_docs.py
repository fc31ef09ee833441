"""The pages for people: what they point to is there, and what they name exists."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from prometheus_client import generate_latest

from bot.__main__ import app
from bot.metrics import Metrics
from bot.settings import PREFIX, Settings

HOUSE = Path(__file__).parents[2]
PAGES = (HOUSE / "README.md", *sorted((HOUSE / "docs").rglob("*.md")))
SETTINGS = {PREFIX + name.upper() for name in Settings.model_fields}
OTHERS = {"BRAVER_CONTENT", "BRAVER_CHROMIUM"}
NO_COMMANDS = {"anchor"}
"""What follows “braver” in a text that is signed, and is nothing to type."""


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _named(page: Path) -> str:
    return page.relative_to(HOUSE).as_posix()


def _anchors(page: Path) -> set[str]:
    """The headings, as a link to one is written."""
    headings = re.findall(r"^#+ (.+)$", _text(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link to a file of the project finds the file, and the heading in it if it names one."""
    prose = re.sub(r"```.*?```", "", _text(page), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", prose)
    broken = []
    for link in links:
        path, _, anchor = link.partition("#")
        if ":" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    """Whoever copies a setting from a page copies one that Braver reads."""
    assert set(re.findall(r"\bBRAVER_\w+", _text(page))) <= SETTINGS | OTHERS


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    """Whoever types a command from a page types one that there is."""
    targets = set(re.findall(r"^([a-z-]+):", _text(HOUSE / "Makefile"), flags=re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", _text(page), flags=re.MULTILINE)) <= targets


def _commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command and group, by what is typed after `braver`."""
    for word, command in getattr(group, "commands", {}).items():
        yield f"{name} {word}".strip(), command
        yield from _commands(command, f"{name} {word}".strip())


COMMANDS = dict(_commands(typer.main.get_command(app)))


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_command_that_is_named_exists(page: Path) -> None:
    """Whoever types `braver …` from a page types a command that there is."""
    code = "\n".join(
        re.findall(r"```sh\n(.*?)```", _text(page), re.DOTALL) + re.findall(r"`([^`\n]+)`", _text(page))
    )
    wrong = set()
    for first, second in re.findall(
        r"(?:^|\s|bin/)braver (?!braver)([a-z]+)(?: ([a-z][a-z-]*))?", code, re.MULTILINE
    ):
        known = COMMANDS.get(first)
        within = f"{first} {second}" if hasattr(known, "commands") and second else first
        if within not in COMMANDS and within not in NO_COMMANDS:
            wrong.add(within)
    assert wrong == set()


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_number_that_is_named_is_exported(page: Path) -> None:
    """Whoever copies the name of a number finds it in `/metrics` as it stands there."""
    exported = set(re.findall(r"^# TYPE (\w+) ", generate_latest(Metrics()._registry).decode(), re.MULTILINE))
    roles = {"braver_owner", "braver_service"}
    assert set(re.findall(r"\bbraver_[a-z_]+", _text(page))) - roles <= exported


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_nobody_is_sent_from_outside_to_what_is_kept_inside(page: Path) -> None:
    """The proxy passes on neither health nor numbers: no public address of them stands anywhere."""
    assert re.findall(r"https://braver\.example\S*/(?:readyz|healthz|metrics)", _text(page)) == []
