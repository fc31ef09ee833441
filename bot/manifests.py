"""The app manifests for a real workspace or tenant: the templates of `content/manifests`, filled in.

A template is an ordinary YAML or JSON file that a partnership may edit; `{address}`, `{host}` and `{app_id}`
are replaced. What is filled in is checked first, so that it can't become anything else than itself.
"""

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from urllib.parse import urlsplit
from uuid import UUID

from bot.files import bad, read, text_of
from bot.guidance.content import root

_SEVERAL = "# several"
"""What stands at the end of a line that is for an app in several workspaces only."""
ICONS = ("color.png", "outline.png")
_HOLE = re.compile(r"\{(address|host|app_id)\}")
_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_NEVER_CHANGES = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the package: the same input gives the same bytes."""


def slack(address: str, *, several: bool = False) -> str:
    """The Slack app manifest, as YAML. `address` is the public https address of the service; `several`: more
    than one workspace installs the app, and whoever does is sent back there.

    Raises BadFile for an address that Slack could not call.
    """
    lines = _filled("slack.yaml", _public(address)).splitlines(keepends=True)
    return "".join(line for line in lines if several or not line.rstrip().endswith(_SEVERAL))


def slack_scopes() -> tuple[str, ...]:
    """The permissions that the Slack app manifest asks for, in its order. Raises BadFile."""
    tree = read(root() / "manifests" / "slack.yaml")
    try:
        return tuple(map(str, tree.data["oauth_config"]["scopes"]["bot"]))
    except (KeyError, TypeError):
        what = "The manifest asks for no permissions."
        raise bad(tree.file, 0, what, "List them under oauth_config, scopes, bot.") from None


def teams(address: str, app_id: str) -> bytes:
    """The Teams app package, a zip: manifest and both icons. `app_id` is that of the bot's registration.

    Raises BadFile for an address that Teams could not call, or an id that is none.
    """
    manifest = _filled("teams.json", {**_public(address), "app_id": _id(app_id)})
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(zipfile.ZipInfo("manifest.json", _NEVER_CHANGES), manifest)
        for icon in ICONS:
            image = (root() / "manifests" / icon).read_bytes()
            package.writestr(zipfile.ZipInfo(icon, _NEVER_CHANGES), image)
    return packed.getvalue()


def _filled(name: str, values: Mapping[str, str]) -> str:
    return _HOLE.sub(lambda hole: values[hole[1]], text_of(root() / "manifests" / name))


def _public(address: str) -> dict[str, str]:
    """The address without a slash at its end, and its host."""
    remedy = "Write the address that your https proxy answers, for example https://braver.example.org"
    try:
        parts = urlsplit(address.strip())
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise bad("--address", 0, "This is not an address.", remedy) from None
    if parts.scheme != "https":
        raise bad("--address", 0, "It must begin with https://, or neither platform will call it.", remedy)
    if parts.username is not None or parts.query or parts.fragment:
        raise bad("--address", 0, "It must hold a host and at most a path.", remedy)
    if not _NAME.fullmatch(host):
        raise bad("--address", 0, "It needs the name of a host that can be found from outside.", remedy)
    path = parts.path.rstrip("/")
    if not _PATH.fullmatch(path):
        raise bad("--address", 0, "Its path may hold letters, digits and . _ ~ - only.", remedy)
    place = f"{host}:{port}" if port not in (None, 443) else host
    return {"address": f"https://{place}{path}", "host": host}


def _id(app_id: str) -> str:
    """The id as Microsoft writes it."""
    try:
        return str(UUID(app_id.strip()))
    except ValueError:
        remedy = "Copy the “Application (client) ID” from the bot's registration."
        raise bad("--app-id", 0, "This is not an app id.", remedy) from None
