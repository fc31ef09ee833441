"""The settings: whether they fit together, and whether anything in them was left as it was found."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr, ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.chat.port import Finding
from bot.doctor.findings import finding, problems, words
from bot.escalation.mistake import instead
from bot.exposure import readable_by_others
from bot.files import BadFile
from bot.settings import PREFIX, Settings, load

GROUP = "settings"
_BESIDE = frozenset({"CONTENT", "CHROMIUM"})
"""What is read from the environment elsewhere."""
_PLACEHOLDER = re.compile(
    r"…|\.\.\.|<.*>|\s|[\"']|^(?:xoxb-)?[x*_-]*$|change.?me|placeholder|\byour[_-]"
    r"|^(?:secret|password|token|todo|none|null|test)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Given:
    """What the environment says. `settings` is None where it can't be read; `sound`: they fit together."""

    settings: Settings | None
    sound: bool
    findings: tuple[Finding, ...]


def given() -> Given:
    """The settings of the environment, and what there is to say of them."""
    try:
        settings, sound, found = load(), True, tuple[Finding, ...]()
    except BadFile as bad:
        found, sound = problems(GROUP, bad), False
        try:
            settings = Settings()
        except ValidationError:
            return Given(None, False, (*found, *_unknown(), finding(GROUP, "look", "unread")))
    left = tuple(_left(settings))
    if sound:
        platforms = {"Slack": settings.slack, "Teams": settings.teams, "e-mail": settings.email}
        on = ", ".join(name for name, is_on in platforms.items() if is_on) or words("settings.none")
        off = ", ".join(name for name, is_on in platforms.items() if not is_on) or words("settings.none")
        found = (finding(GROUP, "ok", "sound", on=on, off=off),)
    return Given(settings, sound, (*found, *left, *_unknown()))


def _left(settings: Settings) -> Iterator[Finding]:
    placeholders = {name for name, value in _secrets(settings) if value and _PLACEHOLDER.search(value)}
    for name in sorted(placeholders):
        yield finding(GROUP, "fix", "placeholder", setting=name)
    token = settings.slack_bot_token.get_secret_value()
    if token and f"{PREFIX}SLACK_BOT_TOKEN" not in placeholders and not token.startswith("xoxb-"):
        yield finding(GROUP, "fix", "token_kind")
    if settings.teams_app_id:
        for name in ("TEAMS_APP_ID", "TEAMS_TENANT_ID"):
            value = str(getattr(settings, name.lower()))
            if value and f"{PREFIX}{name}" not in placeholders and not _is_id(value):
                yield finding(GROUP, "fix", "not_an_id", setting=f"{PREFIX}{name}")
    if _is_id(settings.teams_app_password.get_secret_value()):
        yield finding(GROUP, "fix", "secret_id")
    for file in _with_secrets(settings):
        if readable_by_others(file):
            yield finding(GROUP, "look", "secrets_open", file=file)
    if settings.playground_clock:
        yield finding(GROUP, "look", "playground")


def _secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    for name, value in settings:
        if isinstance(value, SecretStr):
            yield PREFIX + name.upper(), value.get_secret_value()
    yield f"{PREFIX}TEAMS_APP_ID", settings.teams_app_id
    yield f"{PREFIX}TEAMS_TENANT_ID", settings.teams_tenant_id
    try:
        password = make_url(settings.database_url).password
    except ArgumentError:
        return
    yield f"{PREFIX}DATABASE_URL", str(password or "")


def _with_secrets(settings: Settings) -> Iterator[Path]:
    """The files that hold secrets of the settings, beside the environment itself."""
    for file in (settings.secret_key_file, settings.teams_registrations_file):
        if file is not None:
            yield file


def _is_id(value: str) -> bool:
    try:
        return str(UUID(value)) == value.casefold()
    except ValueError:
        return False


def _unknown() -> Iterator[Finding]:
    """Misspelt settings would otherwise pass for settings that were left out."""
    known = {PREFIX + name.upper() for name in (*Settings.model_fields, *_BESIDE)}
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = instead(name.upper(), known)
            remedy = near if near.startswith("Did") else words("settings.no_others.remedy")
            yield Finding(GROUP, "look", words("settings.unknown.what", setting=name), remedy)
