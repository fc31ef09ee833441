"""Settings, by environment: `BRAVER_…`. Combinations that would be unsafe refuse to start."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.complaints import complaints
from bot.files import BadFile, FileProblem
from bot.guidance.content import root

PREFIX = "BRAVER_"


class Settings(BaseSettings):
    """What the service is started with. Secrets are never printed."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: str = "sqlite+aiosqlite:///braver.db"
    policy: Path = root() / "policies" / "cheshire-east.yaml"
    directory: Path = root() / "directories" / "example.yaml"
    host: str = "127.0.0.1"
    port: int = Field(default=3978, ge=0, le=65_535)
    public_url: str = ""
    """Where people and platforms reach the service: "https://braver.example". Links are made with it."""
    secret_key: SecretStr = SecretStr("")
    """Encrypts tokens in the database and signs links. Several, with commas between them: the first is used,
    the others are still understood."""
    slack_bot_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_api_url: str = "https://slack.com/api/"
    teams_app_id: str = ""
    teams_app_password: SecretStr = SecretStr("")
    teams_tenant_id: str = ""
    teams_allow_anonymous: bool = False
    teams_forms: Literal["card", "dialog"] = "card"
    teams_hears_threads: bool = False
    teams_login_url: str = "https://login.microsoftonline.com"
    teams_scope: str = "https://api.botframework.com"
    teams_keys_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    teams_issuer: str = "https://api.botframework.com"
    teams_ca_file: str = ""
    playground_clock: bool = False
    """The clock may be wound forward. For a service that listens on this machine only."""

    @property
    def slack(self) -> bool:
        return bool(self.slack_bot_token.get_secret_value())

    @property
    def teams(self) -> bool:
        return bool(self.teams_app_id) or self.teams_allow_anonymous

    @property
    def platforms(self) -> frozenset[str]:
        """Those that are set up."""
        return frozenset(name for name in ("slack", "teams") if getattr(self, name))


def read() -> Settings:
    """The settings of the environment, for a command that serves nobody. Raises BadFile."""
    try:
        return Settings()
    except ValidationError as error:
        raise BadFile(tuple(_malformed(error))) from None


def load() -> Settings:
    """The settings of the environment. Raises BadFile, in words, for what is missing or unsafe."""
    settings = read()
    found = tuple(_problems(settings))
    if found:
        raise BadFile(found)
    return settings


def _problems(settings: Settings) -> list[FileProblem]:
    """What stands against starting with these settings."""
    found: list[FileProblem] = []

    def refuse(setting: str, what: str, remedy: str) -> None:
        found.append(FileProblem(f"{PREFIX}{setting}", 0, what, remedy))

    local = _on_loopback(settings.host)
    if not settings.slack and not settings.teams:
        refuse(
            "SLACK_BOT_TOKEN",
            "No chat platform is set up.",
            "Set it and BRAVER_SLACK_SIGNING_SECRET, or BRAVER_TEAMS_APP_ID with its password and tenant.",
        )
    if settings.slack and not settings.slack_signing_secret.get_secret_value():
        refuse(
            "SLACK_SIGNING_SECRET",
            "Without it nobody can tell Slack's requests from forged ones.",
            "Copy it from the app's page “Basic Information”.",
        )
    if settings.slack_signing_secret.get_secret_value() and not settings.slack and settings.teams:
        refuse(
            "SLACK_BOT_TOKEN",
            "It is missing beside the signing secret.",
            "Copy it from the app's page “Install App”, or leave both out.",
        )
    if not _callable(settings.slack_api_url):
        refuse(
            "SLACK_API_URL",
            "The bot's token must not be sent there.",
            "Write an https address, or leave it out. A simulator on this machine may have http.",
        )
    if settings.teams_app_id:
        if not settings.teams_app_password.get_secret_value():
            refuse(
                "TEAMS_APP_PASSWORD", "It is missing beside the app id.", "Make a client secret for the app."
            )
        if not settings.teams_tenant_id:
            refuse("TEAMS_TENANT_ID", "It is missing beside the app id.", "Copy the tenant id of the app.")
        if settings.teams_allow_anonymous:
            refuse(
                "TEAMS_ALLOW_ANONYMOUS",
                "It can't be true beside an app id.",
                "Leave it out: tokens are checked.",
            )
    elif settings.teams_allow_anonymous and not local:
        refuse(
            "TEAMS_ALLOW_ANONYMOUS",
            f"Anybody could act as anybody: BRAVER_HOST is {settings.host}, not this machine alone.",
            "Set BRAVER_HOST=127.0.0.1, or leave this out and set BRAVER_TEAMS_APP_ID.",
        )
    elif settings.teams_app_password.get_secret_value() or settings.teams_tenant_id:
        refuse("TEAMS_APP_ID", "It is missing beside the password or the tenant.", "Copy the app's id.")
    if settings.playground_clock and not local:
        refuse(
            "PLAYGROUND_CLOCK", "A clock that can be wound belongs on this machine alone.", "Leave it out."
        )
    return found


def _on_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _callable(address: str) -> bool:
    """Whether the token may be sent there: by https, or within this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _on_loopback(host)))


def _malformed(error: ValidationError) -> Iterator[FileProblem]:
    for complaint in complaints(error, Settings):
        field = str(complaint.where[-1])
        yield FileProblem(
            PREFIX + field.upper(), 0, complaint.what.removeprefix(f"{field}: "), complaint.remedy
        )
