"""Records what the playground's platforms send, as the corpus of the fuzzers: `python -m tests.fuzz.record`.

One file for each kind of request; the first of each that was seen. What no simulator sends is written by hand
into the same folders, and is left alone here.
"""

import asyncio
import json
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl

from playground.house import House
from playground.slack_client import SlackClient
from playground.story import play
from tests.fuzz.shapes import FOLDER, Json, generalised
from tests.stories.people import Pairing


async def recorded(platform: str, **settings: object) -> dict[str, Json]:
    """Name → body, from the story of a case and a walk through everything else."""
    with tempfile.TemporaryDirectory(prefix="braver-record-") as folder:
        there = Pairing(platform, platform).platforms()
        async with House.open(Path(folder), platforms=there, settings=settings) as house:
            await house.to_working_time()
            await _walk(house, platform)
            await play(house)
            world = house.world
            attempts = world.slack.attempts if platform == "slack" else world.teams.attempts
            found: dict[str, Json] = {}
            for attempt in attempts:
                text = generalised(attempt.body, world.person("jo"))
                body = _slack_body(text) if platform == "slack" else json.loads(text)
                found.setdefault(_name(platform, body), body)
            return found


async def _walk(house: House, platform: str) -> None:
    jo = house.world.person("jo")
    await jo.says("help")
    await jo.visits_home()
    await jo.mentions("help", channel="safeguarding")
    await house.quiet()
    await jo.says("/braver away")
    await house.quiet()
    form = jo.form()
    searches = [item for item in form.drawing.fields if item.searches] if form else []
    if form is not None and searches:
        await jo.client.search(form, searches[0], "hel")
    if form is not None and form.surface != "card":
        await jo.dismisses()
    if isinstance(jo.client, SlackClient):
        await jo.client.shortcut("raise")
        await jo.client.shortcut("advice", jo.message("help"))
        await house.quiet()


def _slack_body(body: str) -> Json:
    if body.startswith("{"):
        event: Json = json.loads(body)
        return event
    fields = dict(parse_qsl(body, keep_blank_values=True))
    interaction: Json = json.loads(fields["payload"]) if "payload" in fields else fields
    return interaction


def _name(platform: str, body: Json) -> str:
    if platform == "teams":
        place = str(body["conversation"].get("conversationType"))
        kind = str(body.get("name") or body["type"]).replace("/", "_")
        more = "value" if body["type"] == "message" and body.get("value") else str(body.get("action", ""))
        if body.get("value") and '"i"' in json.dumps(body["value"]):
            more = "form"
        return "-".join(part for part in (kind, more, place) if part)
    if "event" in body:
        event = body["event"]
        return "-".join(part for part in ("event", event["type"], event.get("channel_type", "")) if part)
    if "command" in body:
        return "command"
    where = str((body.get("container") or {}).get("type", ""))
    return "-".join(part for part in (str(body["type"]), where) if part)


async def main() -> None:
    for platform, settings in (
        ("slack", {}), ("teams", {}), ("teams", {"teams_forms": "dialog"}),
    ):  # fmt: skip
        for name, body in (await recorded(platform, **settings)).items():
            file = FOLDER / platform / f"{name}.json"
            file.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            print(file.relative_to(FOLDER))  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
