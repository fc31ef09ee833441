"""The app manifests: what an administrator pastes or uploads is whole, and asks for what is needed only."""

import ast
import json
import re
import struct
import zipfile
import zlib
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from ruamel.yaml import YAML

import adapters.slack
import adapters.teams
from adapters.slack import intake
from adapters.slack.workspaces import install
from bot import manifests
from bot.chat.router import Command
from bot.desk import Desk
from bot.files import BadFile
from flows import all_flows
from playground.house import House
from tests.stories.people import Pairing

Json = dict[str, Any]
ADDRESS = "https://braver.little-wickering.example"
APP_ID = "00000000-0000-0000-0000-00000000b0b0"

METHOD_SCOPES = {
    "auth_test": set[str](),
    "bots_info": {"users:read"},
    "chat_delete": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history", "im:history"},
    "conversations_open": {"im:write"},
    "conversations_replies": {"channels:history", "groups:history", "im:history"},
    "users_info": {"users:read", "users:read.email"},
    "users_lookupByEmail": {"users:read.email"},
    "views_open": set(),
    "views_publish": set(),
    "views_update": set(),
}
"""What Slack's reference of its Web API asks for, for each call that may be made."""

EVENT_SCOPES = {
    "app_home_opened": set[str](),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "tokens_revoked": set(),
}
"""What Slack's reference of its events asks for, for each event that is understood."""


def _slack() -> Json:
    manifest = YAML(typ="safe", pure=True).load(manifests.slack(ADDRESS))
    assert isinstance(manifest, dict)
    return manifest


def _package() -> zipfile.ZipFile:
    return zipfile.ZipFile(BytesIO(manifests.teams(ADDRESS, APP_ID)))


def _teams() -> Json:
    manifest = json.loads(_package().read("manifest.json"))
    assert isinstance(manifest, dict)
    return manifest


def _commands() -> dict[str, Command[Desk]]:
    return {word: command for flow in all_flows() for command in flow.commands for word in command.words}


def _calls() -> set[str]:
    """The methods of Slack's Web API that the adapter calls."""
    folder = Path(adapters.slack.__file__).parent
    called = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(ast.Attribute(ast.Name("self"), "_client"), method)):
                    called.add(method)
    return called


# --- Slack


def test_slack_is_asked_for_exactly_the_permissions_that_are_used() -> None:
    """The scopes are those of the calls, the events and the commands: none is missing, none is too much."""
    manifest = _slack()
    needed = {"commands"}
    for method in _calls():
        needed |= METHOD_SCOPES[method]
    for event in manifest["settings"]["event_subscriptions"]["bot_events"]:
        needed |= EVENT_SCOPES[event]
    asked = manifest["oauth_config"]["scopes"]["bot"]
    assert set(asked) == needed
    assert len(asked) == len(needed)


@pytest.mark.parametrize("name", EVENT_SCOPES)
def test_every_subscribed_event_is_understood(name: str) -> None:
    """What Slack sends for each subscription becomes an act of a person."""
    kind, _, where = name.partition(".")
    channel_type = {"channels": "channel", "groups": "group", "im": "im"}.get(where, "channel")
    event = {
        "type": kind, "user": "U1", "text": "<@UBOT> hello" if kind == "app_mention" else "hello",
        "tab": "home", "channel": "C1", "channel_type": channel_type,
        "ts": "2.0", "event_ts": "2.0", "thread_ts": "1.0", "tokens": {"bot": ["UBOT"]},
    }  # fmt: skip
    body = {"team_id": "T1", "api_app_id": "A1", "event_id": "E1", "event": event}
    assert intake.event(body, "UBOT") is not None
    assert name in _slack()["settings"]["event_subscriptions"]["bot_events"]


def test_everything_of_slack_comes_to_the_one_address_that_is_served() -> None:
    """Events, commands, buttons and searches all have the address that the adapter answers."""
    manifest = _slack()
    settings = manifest["settings"]
    addresses = {
        settings["event_subscriptions"]["request_url"],
        settings["interactivity"]["request_url"],
        settings["interactivity"]["message_menu_options_url"],
        *(command["url"] for command in manifest["features"]["slash_commands"]),
    }
    assert addresses == {ADDRESS + adapters.slack.PATH}
    assert settings["interactivity"]["is_enabled"] is True
    assert settings["socket_mode_enabled"] is False


def test_only_an_app_for_several_workspaces_sends_people_back() -> None:
    """With several workspaces the manifest names the way back that is served; else it is the same without."""
    several = YAML(typ="safe", pure=True).load(manifests.slack(ADDRESS, several=True))
    assert several["oauth_config"].pop("redirect_urls") == [ADDRESS + install.BACK]
    assert several == _slack()
    assert "several" not in manifests.slack(ADDRESS).partition("_metadata")[2]


def test_an_installation_asks_for_what_the_manifest_asks() -> None:
    """Whoever installs the app is asked for the permissions of the manifest, in its order."""
    assert list(manifests.slack_scopes()) == _slack()["oauth_config"]["scopes"]["bot"]


def test_people_can_write_to_braver_in_slack() -> None:
    """The home tab is on, the messages tab is on, and people may type there."""
    home = _slack()["features"]["app_home"]
    assert home == {
        "home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False,
    }  # fmt: skip


def test_each_slack_shortcut_says_a_command() -> None:
    """A shortcut's id, read as words, is a command; on a message it takes the message's words along."""
    shortcuts = _slack()["features"]["shortcuts"]
    commands = _commands()
    for shortcut in shortcuts:
        command = commands[shortcut["callback_id"].replace("_", " ")]
        assert shortcut["type"] == "global" or not command.exact
    ids = [shortcut["callback_id"] for shortcut in shortcuts]
    assert len(ids) == len(set(ids)), "Slack tells shortcuts apart by their id"
    assert {shortcut["type"] for shortcut in shortcuts} == {"global", "message"}


def test_the_slash_command_hints_at_real_commands() -> None:
    """Every word that the hint of /braver names is a command."""
    [command] = _slack()["features"]["slash_commands"]
    assert command["command"] == "/braver"
    hinted = re.findall(r"[a-z]+", command["usage_hint"].replace(" or ", " "))
    assert set(hinted) <= set(_commands())


def test_slack_takes_every_text_at_its_length() -> None:
    """All texts keep the limits of Slack's manifest reference."""
    manifest = _slack()
    display, features = manifest["display_information"], manifest["features"]
    assert len(display["name"]) <= 35
    assert len(display["description"]) <= 140
    assert 174 <= len(display["long_description"]) <= 4000
    assert re.fullmatch(r"#[0-9a-f]{6}", display["background_color"])
    assert len(features["bot_user"]["display_name"]) <= 80
    assert len(features["shortcuts"]) <= 10
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
    for command in features["slash_commands"]:
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000


async def test_the_permissions_asked_for_are_enough_to_work(tmp_path: Path) -> None:
    """With the manifest's scopes and no others, home, direct messages, channels and notices work in Slack."""
    granted = set(_slack()["oauth_config"]["scopes"]["bot"])
    platforms = Pairing("slack", "slack").platforms()
    async with House.open(tmp_path, platforms=platforms) as house:
        house.world.slack.scopes.intersection_update(granted)
        jo, helen = house.world.person("jo"), house.world.person("helen")
        await jo.visits_home()
        await house.quiet()
        await jo.expects_new("Braver")
        await jo.mentions("urgent", channel="safeguarding")
        await house.quiet()
        await jo.expects_new("999")
        await helen.says("hello")
        await house.quiet()
        await helen.expects_new("Braver")
        assert not [method for method, _ in house.world.slack.calls if not _is_granted(method, granted)]


def _is_granted(method: str, granted: set[str]) -> bool:
    return METHOD_SCOPES[method.replace(".", "_")] <= granted


# --- Teams


def test_the_teams_package_holds_the_manifest_and_both_icons() -> None:
    """The zip has three files at its top, and the same input gives the same bytes."""
    assert sorted(_package().namelist()) == ["color.png", "manifest.json", "outline.png"]
    assert _package().testzip() is None
    assert manifests.teams(ADDRESS, APP_ID) == manifests.teams(ADDRESS, APP_ID)


def test_the_teams_manifest_has_what_its_schema_demands() -> None:
    """Required keys, no unknown ones, and every text within its length."""
    manifest = _teams()
    assert set(manifest) == {
        "$schema", "manifestVersion", "version", "id", "developer", "name", "description", "icons",
        "accentColor", "defaultInstallScope", "defaultGroupCapability", "bots", "permissions", "validDomains",
        "webApplicationInfo", "authorization",
    }  # fmt: skip
    assert f"/v{manifest['manifestVersion']}/" in manifest["$schema"]
    assert re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", manifest["version"])
    lengths = [
        (manifest["developer"]["name"], 32), (manifest["name"]["short"], 30), (manifest["name"]["full"], 100),
        (manifest["description"]["short"], 80), (manifest["description"]["full"], 4000),
        *((manifest["developer"][url], 2048) for url in ("websiteUrl", "privacyUrl", "termsOfUseUrl")),
    ]  # fmt: skip
    assert [text for text, limit in lengths if not 0 < len(text) <= limit] == []
    assert re.fullmatch(r"#[0-9a-f]{6}", manifest["accentColor"])
    assert manifest["icons"] == {"color": "color.png", "outline": "outline.png"}
    assert manifest["validDomains"] == ["braver.little-wickering.example"]


def test_the_teams_bot_is_offered_where_it_answers() -> None:
    """Personal chats and teams, which intake takes, and no group chats, which it does not."""
    [bot] = _teams()["bots"]
    assert bot["botId"] == APP_ID
    assert set(bot["scopes"]) == {"personal", "team"}
    assert bot["isNotificationOnly"] is False


def test_each_command_that_teams_lists_is_one() -> None:
    """Every title is a command that is typed alone; lists and texts keep Teams' limits."""
    [bot] = _teams()["bots"]
    lists = bot["commandLists"]
    assert [scopes["scopes"] for scopes in lists] == [["personal"], ["team"]]
    for listed in lists:
        assert 0 < len(listed["commands"]) <= 10
        for command in listed["commands"]:
            assert command["title"] in _commands()
            assert len(command["title"]) <= 32
            assert len(command["description"]) <= 128


def test_teams_is_asked_to_let_threads_be_read_and_nothing_else() -> None:
    """The one consent is to read channel messages, so that a reply in a thread needs no mention."""
    manifest = _teams()
    assert manifest["webApplicationInfo"]["id"] == APP_ID
    assert manifest["webApplicationInfo"]["resource"]
    assert manifest["authorization"]["permissions"] == {
        "resourceSpecific": [{"name": "ChannelMessage.Read.Group", "type": "Application"}]
    }


async def test_every_address_of_the_manifests_is_served(tmp_path: Path) -> None:
    """The service answers wherever a manifest sends Slack, Teams or a reader; nothing is left to a 404."""
    slack, developer = _slack(), _teams()["developer"]
    linked = {developer[url] for url in ("websiteUrl", "privacyUrl", "termsOfUseUrl")}
    called = {slack["settings"]["interactivity"]["request_url"], f"{ADDRESS}/api/messages"}
    async with House.open(tmp_path) as house, ClientSession() as visitor:
        for link in linked:
            async with visitor.get(link.replace(ADDRESS, house.address)) as answer:
                assert answer.status == 200
        for address in called:
            async with visitor.post(address.replace(ADDRESS, house.address), data=b"{}") as answer:
                assert answer.status in (400, 401), "there, and not for strangers"


@pytest.mark.parametrize(("icon", "size"), [("color.png", 192), ("outline.png", 32)])
def test_the_icons_have_the_size_that_teams_wants(icon: str, size: int) -> None:
    """Full colour at 192 pixels, the outline at 32."""
    assert struct.unpack(">II", _package().read(icon)[16:24]) == (size, size)


def test_the_outline_is_white_on_nothing() -> None:
    """Teams paints the outline itself: every pixel of it is white or transparent, and there are both."""
    pixels = _pixels(_package().read("outline.png"))
    seen = [pixel for pixel in pixels if pixel[3]]
    assert 0 < len(seen) < len(pixels)
    assert {pixel[:3] for pixel in seen} == {(255, 255, 255)}


def _pixels(png: bytes) -> list[tuple[int, ...]]:
    """Red, green, blue and alpha of each pixel of an 8-bit RGBA picture."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, packed, width, height = 8, b"", 0, 0
    while at < len(png):
        (length,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        data = png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colours, *_, laced = struct.unpack(">IIBBBBB", data)
            assert (depth, colours, laced) == (8, 6, 0)
        packed += data if kind == b"IDAT" else b""
        at += 12 + length
    raw, stride = zlib.decompress(packed), width * 4
    rows: list[list[int]] = []
    for y in range(height):
        line = raw[y * (stride + 1) : (y + 1) * (stride + 1)]
        rows.append(_unfiltered(line[0], line[1:], rows[-1] if rows else [0] * stride))
    return [tuple(row[x * 4 : x * 4 + 4]) for row, x in product(rows, range(width))]


def _unfiltered(how: int, line: bytes, above: list[int]) -> list[int]:
    """One row of a PNG with its prediction undone, by the PNG specification."""
    row: list[int] = []
    for x, value in enumerate(line):
        left, corner = (row[x - 4], above[x - 4]) if x >= 4 else (0, 0)
        up = above[x]
        guess = left + up - corner
        nearest = min((left, up, corner), key=lambda pixel: abs(guess - pixel))
        row.append((value + (0, left, up, (left + up) // 2, nearest)[how]) % 256)
    return row


# --- What is filled in


@pytest.mark.parametrize(
    "address",
    [
        "", "braver.example.org", "http://braver.example.org", "https://", "https://localhost", "https://10.0.0.1",
        "https://[::1]", "https://braver.example.org:x", "https://jo:secret@braver.example.org",
        "https://braver.example.org?x=1", "https://braver.example.org/#top", "https://braver.example.org/a b",
        'https://braver.example.org/"', "https://braver_.example.org", "https://[", "ftp://braver.example.org",
        "https://braver.example.org/{app_id}", "https://braver.example.org/\n- x",
    ],
)  # fmt: skip
def test_an_address_that_nobody_could_call_is_refused(address: str) -> None:
    """Both manifests need https and a host that can be found from outside; the refusal says what to write."""
    for make in (manifests.slack, lambda address: manifests.teams(address, APP_ID)):
        with pytest.raises(BadFile) as refused:
            make(address)
        [problem] = refused.value.problems
        assert problem.file == "--address"
        assert "https://braver.example.org" in problem.remedy


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("https://Braver.Example.org/", "https://braver.example.org"),
        ("https://braver.example.org:443", "https://braver.example.org"),
        ("https://braver.example.org:8443/", "https://braver.example.org:8443"),
        (" https://braver.example.org/safe/braver/ ", "https://braver.example.org/safe/braver"),
    ],
)
def test_an_address_is_written_one_way(given: str, written: str) -> None:
    """Capitals, a usual port and a slash at the end make no difference; a path is kept."""
    manifest = YAML(typ="safe", pure=True).load(manifests.slack(given))
    assert manifest["settings"]["interactivity"]["request_url"] == f"{written}/slack/events"


@pytest.mark.parametrize("app_id", ["", "braver", "1234", f"{APP_ID}0", '"},{"'])
def test_an_app_id_that_is_none_is_refused(app_id: str) -> None:
    """The id is that of a registration; the refusal says where to copy it from."""
    with pytest.raises(BadFile) as refused:
        manifests.teams(ADDRESS, app_id)
    [problem] = refused.value.problems
    assert (problem.file, "Application (client) ID" in problem.remedy) == ("--app-id", True)
