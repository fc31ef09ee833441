"""What platforms send, one file for each kind of request: recorded from the playground, or by hand."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from playground.people import Actor
from playground.slack_client import SlackClient
from playground.teams_client import TeamsClient

Json = dict[str, Any]

FOLDER = Path(__file__).parent / "corpus"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
_PLAIN = ("event_callback", "url_verification", "app_rate_limited")

USER, CHAT, SERVICE = "USER-OF-JO", "CHAT-OF-JO", "http://127.0.0.1:9"
"""What stands in the files for the person who acts, their chat with the bot, and where the platform is."""


def generalised(text: str, jo: Actor) -> str:
    """The text of a recorded request, with the words above in the place of what differs from run to run."""
    for ours, theirs in zip((USER, CHAT, SERVICE), _theirs(jo), strict=True):
        for way in (str, quote, quote_plus):
            text = text.replace(way(theirs), way(ours))
    return text


def particular(text: str, jo: Actor) -> str:
    """The other way round: the text of a file, as of this person."""
    for ours, theirs in zip((USER, CHAT, SERVICE), _theirs(jo), strict=True):
        text = text.replace(ours, theirs)
    return text


def _theirs(jo: Actor) -> tuple[str, str, str]:
    client = jo.client
    if isinstance(client, SlackClient):
        return client.user, client._state.direct(client.user).id, client._responses.base
    assert isinstance(client, TeamsClient)
    service, _, _ = client._activities._service_url().partition("/emea")
    return client.user, client._state.chat(client.user), service


@cache
def corpus(platform: str) -> dict[str, Json]:
    """Name → body, of "slack" or "teams"."""
    files = sorted((FOLDER / platform).glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


def on_the_wire(body: Any) -> tuple[str, str]:
    """A request of Slack as it travels: its text, and its content type."""
    if not isinstance(body, dict) or body.get("type") in _PLAIN:
        return json.dumps(body), JSON
    if "command" in body or "ssl_check" in body:
        flat = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
        return urlencode(flat, errors="surrogatepass"), FORM
    return urlencode({"payload": json.dumps(body)}), FORM
