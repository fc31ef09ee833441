"""Settings, by environment: `BRAVER_…`. Combinations that would be unsafe refuse to start."""

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import registrations
from bot.chat.machine import on_this_machine, safe
from bot.complaints import complaints
from bot.exposure import in_the_open
from bot.files import BadFile, FileProblem, text_of
from bot.guidance.content import root
from bot.registrations import TeamsRegistration
from bot.sealing import SHORTEST, keys_of

PREFIX = "BRAVER_"
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\".]+(\.[^@\s<>,;\".]+)+")


class KeySettings(BaseSettings):
    """What a command needs that only opens the database."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    secret_key: SecretStr = SecretStr("")
    """With it the database is sealed, and links are signed. Several, with commas between them: the first is
    used, the others are still understood."""
    secret_key_file: Path | None = None
    """A file with the same, instead of it."""

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The first is used, all are understood. Raises BadFile where their file can't be read."""
        if self.secret_key_file is None:
            return keys_of(self.secret_key.get_secret_value())
        return keys_of(text_of(self.secret_key_file).replace("\n", ","))


class Settings(KeySettings):
    """What the service is started with. Secrets are never printed."""

    database_url: str = "sqlite+aiosqlite:///braver.db"
    database_tls: Literal["needed", "none"] = "needed"
    """"none": a database on another machine is spoken to in the open, since nobody else is on the network
    between."""
    database_owner_url: SecretStr = SecretStr("")
    """The same database by the role that owns its tables, for bringing them up to date. The role of
    `database_url` then can't change what is kept."""
    anchor_file: Path | None = None
    """Each anchor of the histories is written there as well: outside the database."""
    policy: Path = root() / "policies" / "cheshire-east.yaml"
    directory: Path = root() / "directories" / "example.yaml"
    host: str = "127.0.0.1"
    port: int = Field(default=3978, ge=0, le=65_535)
    public_url: str = ""
    """Where people and platforms reach the service: "https://braver.example". Links are made with it."""
    slack_bot_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_api_url: str = "https://slack.com/api/"
    slack_client_id: str = ""
    slack_client_secret: SecretStr = SecretStr("")
    slack_workspaces: str = ""
    """Ids of the workspaces that may be served, with commas between them."""
    teams_app_id: str = ""
    teams_app_password: SecretStr = SecretStr("")
    teams_tenant_id: str = ""
    teams_registrations_file: Path | None = None
    teams_allow_anonymous: bool = False
    teams_forms: Literal["card", "dialog"] = "card"
    teams_hears_threads: bool = False
    teams_login_url: str = "https://login.microsoftonline.com"
    teams_scope: str = "https://api.botframework.com"
    teams_keys_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    teams_issuer: str = "https://api.botframework.com"
    teams_ca_file: str = ""
    email_host: str = ""
    """The mail server (SMTP). It turns e-mail on, for people who are on neither chat."""
    email_port: int = Field(default=587, ge=1, le=65_535)
    email_user: str = ""
    email_password: SecretStr = SecretStr("")
    email_from: str = ""
    email_tls: Literal["starttls", "tls", "none"] = "starttls"
    email_ca_file: str = ""
    watch_token: SecretStr = SecretStr("")
    """Whoever shows it is told by `/healthz`, `/readyz` and `/metrics` what is wrong, and every number."""
    acts_a_minute: int = Field(default=120, ge=30, le=10_000)
    """How much one person may do."""
    workspace_acts_a_minute: int = Field(default=3_000, ge=300, le=1_000_000)
    """How much all people of one workspace or tenant may do."""
    heartbeat_url: SecretStr = SecretStr("")
    """An address outside, called every minute while all is well: whoever keeps it raises the alarm when the
    calls stay away. Who knows it can call it, so that it is a secret."""
    playground_clock: bool = False
    """The clock may be wound forward. For a service that listens on this machine only."""

    @property
    def slack(self) -> bool:
        return bool(self.slack_bot_token.get_secret_value()) or self.slack_installs

    @property
    def slack_installs(self) -> bool:
        """Braver is installed by each workspace itself, and has a token for each."""
        return bool(self.slack_client_id)

    @property
    def slack_allowed(self) -> tuple[str, ...]:
        """The workspaces that may be served, in order; empty: whichever the one token is for."""
        ids = (part.strip() for part in self.slack_workspaces.split(","))
        return tuple(dict.fromkeys(id for id in ids if id))

    @property
    def teams(self) -> bool:
        return bool(self.teams_app_id or self.teams_registrations_file) or self.teams_allow_anonymous

    @property
    def teams_registrations(self) -> tuple[TeamsRegistration, ...]:
        """All of them, that of the environment first. Raises BadFile."""
        found: list[TeamsRegistration] = []
        if self.teams_app_id:
            app_id, tenant_id, password = self.teams_app_id, self.teams_tenant_id, self.teams_app_password
            # What is missing in it is told with the other settings.
            one = TeamsRegistration.model_construct(app_id=app_id, tenant_id=tenant_id, password=password)
            found.append(one)
        if self.teams_registrations_file:
            found += registrations.load(self.teams_registrations_file, tuple(found))
        return tuple(found)

    @property
    def email(self) -> bool:
        return bool(self.email_host)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that no line of a log may hold. A file of registrations that can't be read has none."""
        found = list[str]()
        with contextlib.suppress(BadFile):
            found.extend(self.secret_keys)
        for _, value in self:
            text = value.get_secret_value() if isinstance(value, SecretStr) else value
            if isinstance(value, SecretStr):
                found.append(str(text))
            if isinstance(text, str) and "://" in text:
                found.extend(_in_address(text, whole=isinstance(value, SecretStr)))
        with contextlib.suppress(BadFile):
            found.extend(one.password.get_secret_value() for one in self.teams_registrations)
        return tuple(dict.fromkeys(secret for secret in found if secret))

    @property
    def platforms(self) -> frozenset[str]:
        """Those that are set up."""
        return frozenset(name for name in ("slack", "teams", "email") if getattr(self, name))


def read() -> Settings:
    """The settings of the environment, for a command that serves nobody. Raises BadFile."""
    try:
        return Settings()
    except ValidationError as error:
        raise BadFile(tuple(_malformed(error))) from None


def load() -> Settings:
    """The settings of the environment. Raises BadFile, in words, for what is missing or unsafe."""
    settings = read()
    found = _problems(settings)
    try:
        _ = settings.teams_registrations
    except BadFile as bad:
        found += bad.problems
    if found:
        raise BadFile(tuple(found))
    return settings


def _problems(settings: Settings) -> list[FileProblem]:
    """What stands against starting with these settings."""
    found: list[FileProblem] = []

    def refuse(setting: str, what: str, remedy: str) -> None:
        found.append(FileProblem(f"{PREFIX}{setting}", 0, what, remedy))

    _about_the_key(settings, refuse)
    local = on_this_machine(settings.host)
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
    addresses = {
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url.get_secret_value(),
    }
    for setting, address in addresses.items():
        exposed = in_the_open(address)
        if not exposed or settings.database_tls == "none":
            continue
        refuse(
            setting,
            f"Everything would cross the network in the open, to {exposed}, password and all.",
            "Add “?ssl=verify-full” (or “?ssl=require”) to it. Where nobody else is on the network between, "
            "as inside one compose file, set BRAVER_DATABASE_TLS=none.",
        )
    if settings.public_url and not safe(settings.public_url):
        refuse(
            "PUBLIC_URL",
            "What people do and read would cross the network in the open.",
            "Write it with https: “https://braver.example”. On this machine alone it may have http.",
        )
    if not safe(settings.slack_api_url):
        refuse(
            "SLACK_API_URL",
            "The bot's token must not be sent there.",
            "Write an https address, or leave it out. A simulator on this machine may have http.",
        )
    for setting in ("teams_login_url", "teams_keys_url"):
        if not safe(getattr(settings, setting)):
            refuse(
                setting.upper(),
                "Whoever is on the network between could say who is Microsoft.",
                "Write an https address, or leave it out.",
            )
    watch_token = settings.watch_token.get_secret_value()
    if watch_token and len(watch_token) < SHORTEST:
        refuse(
            "WATCH_TOKEN",
            f"It could be guessed: it needs {SHORTEST} characters or more.",
            "Make one, for example with: openssl rand -hex 32",
        )
    found.extend(_about_workspaces(settings))
    if settings.teams_app_id:
        if not settings.teams_app_password.get_secret_value():
            refuse(
                "TEAMS_APP_PASSWORD", "It is missing beside the app id.", "Make a client secret for the app."
            )
        if not settings.teams_tenant_id:
            refuse("TEAMS_TENANT_ID", "It is missing beside the app id.", "Copy the tenant id of the app.")
    if settings.teams_allow_anonymous and (settings.teams_app_id or settings.teams_registrations_file):
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
    if not settings.teams_app_id and (
        settings.teams_app_password.get_secret_value() or settings.teams_tenant_id
    ):
        refuse("TEAMS_APP_ID", "It is missing beside the password or the tenant.", "Copy the app's id.")
    if settings.email:
        _email_problems(settings, refuse)
    if settings.anchor_file is not None and not settings.anchor_file.absolute().parent.is_dir():
        refuse("ANCHOR_FILE", "There is no such folder.", "Make it, or name a file in another one.")
    heartbeat = settings.heartbeat_url.get_secret_value()
    if heartbeat and not safe(heartbeat):
        refuse(
            "HEARTBEAT_URL",
            "It is no address that can be called safely: whoever reads it can pretend that all is well.",
            "Write it with https, or leave it out. On this machine it may have http.",
        )
    if settings.playground_clock and not local:
        refuse(
            "PLAYGROUND_CLOCK", "A clock that can be wound belongs on this machine alone.", "Leave it out."
        )
    return found


def _about_the_key(settings: Settings, refuse: Callable[[str, str, str], None]) -> None:
    from_file, given = settings.secret_key_file is not None, settings.secret_key.get_secret_value()
    setting = "SECRET_KEY_FILE" if from_file else "SECRET_KEY"
    if from_file and given:
        refuse(setting, "It can't stand beside BRAVER_SECRET_KEY.", "Keep one of them.")
        return
    try:
        keys = settings.secret_keys
    except BadFile:
        refuse(setting, "The file can't be read.", "Write its path, and let the service's user read it.")
        return
    if not keys or any(len(key) < SHORTEST for key in keys):
        refuse(
            setting,
            f"What people write is sealed with it, and each key has {SHORTEST} characters at least.",
            "Make one with “openssl rand -hex 32”, and keep it apart from the backups.",
        )


def _about_workspaces(settings: Settings) -> Iterator[FileProblem]:
    """What stands against serving these Slack workspaces."""

    def problem(setting: str, what: str, remedy: str) -> FileProblem:
        return FileProblem(f"{PREFIX}{setting}", 0, what, remedy)

    for id in settings.slack_allowed:
        if re.fullmatch(r"E[A-Z0-9]+", id):
            what = f"{id} is a whole organisation, and Braver is installed workspace by workspace."
            yield problem("SLACK_WORKSPACES", what, "Write the ids of its workspaces, which begin with T.")
        elif not re.fullmatch(r"T[A-Z0-9]{2,20}", id):
            what = f"“{id[:30]}” is not the id of a workspace."
            yield problem("SLACK_WORKSPACES", what, "Write ids such as T024BE7LD, with commas between them.")
    if not settings.slack_installs:
        if settings.slack_client_secret.get_secret_value():
            what = "It is missing beside the client secret."
            yield problem("SLACK_CLIENT_ID", what, "Copy it from the app's page “Basic Information”.")
        return
    if settings.slack_bot_token.get_secret_value():
        what = "It can't stand beside BRAVER_SLACK_CLIENT_ID: it is one or the other."
        remedy = "For one workspace keep the token, for several the client id with its secret."
        yield problem("SLACK_BOT_TOKEN", what, remedy)
    if not settings.slack_client_secret.get_secret_value():
        what = "It is missing beside the client id."
        yield problem("SLACK_CLIENT_SECRET", what, "Copy it from the app's page “Basic Information”.")
    if not settings.slack_allowed:
        what = "Without it any workspace in the world could install Braver."
        yield problem("SLACK_WORKSPACES", what, "Write the ids of those that may, with commas between them.")
    if not settings.public_url:
        what = "Slack sends whoever installs Braver back there."
        yield problem("PUBLIC_URL", what, "Write the public https address, such as https://braver.example.")


def _email_problems(settings: Settings, refuse: Callable[[str, str, str], None]) -> None:
    """What stands against sending e-mail. That somebody is on a chat, who can raise, is checked above."""
    if not _ADDRESS.fullmatch(settings.email_from):
        refuse(
            "EMAIL_FROM",
            "It is missing beside the mail server, or is not an address.",
            "Write the address that e-mails are to come from: “braver@partnership.example”.",
        )
    if settings.email_tls == "none" and not on_this_machine(settings.email_host):
        refuse(
            "EMAIL_TLS",
            f"Links and codes would cross the network in the open, to {settings.email_host}.",
            "Leave it out, or write “tls”. Only a mail server on this machine may go without.",
        )
    if bool(settings.email_user) != bool(settings.email_password.get_secret_value()):
        missing = "EMAIL_USER" if settings.email_password.get_secret_value() else "EMAIL_PASSWORD"
        refuse(missing, "Of user and password one is missing.", "Set both, or leave both out.")
    if settings.email_ca_file and not Path(settings.email_ca_file).is_file():
        refuse(
            "EMAIL_CA_FILE", "There is no such file.", "Write the path of the certificates, or leave it out."
        )
    if not settings.public_url:
        refuse(
            "PUBLIC_URL",
            "Links in e-mails need an address by which people reach Braver safely.",
            "Write it with https: “https://braver.example”. On this machine alone it may have http.",
        )


def _in_address(address: str, *, whole: bool) -> Iterator[str]:
    """The password in an address; of one that is a secret as a `whole`, what stands behind its host."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(address)
        yield from (parts.password or "", unquote(parts.password or ""))
        if whole:
            yield from (parts.path.strip("/"), parts.query)


def _malformed(error: ValidationError) -> Iterator[FileProblem]:
    for complaint in complaints(error, Settings):
        field = str(complaint.where[-1])
        yield FileProblem(
            PREFIX + field.upper(), 0, complaint.what.removeprefix(f"{field}: "), complaint.remedy
        )
