"""The page's server over two real simulators, spoken to by HTTP as a browser would."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from playground.page_view import in_words
from playground.server import FILES, NotBuilt, Stage, page
from playground.world import World

LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2026, 11, 23, 10, 42, tzinfo=LONDON)
ROLES = {
    "jo": ("Health visitor", "Little Wickering Community Health"),
    "priya": ("Team lead", "Little Wickering Community Health"),
    "helen": ("Team manager", "Little Wickering Children's Social Care"),
}
ACKNOWLEDGE = {
    "type": "button",
    "action_id": "ack",
    "value": "1",
    "text": {"type": "plain_text", "text": "Ack"},
}
CARD = [
    {"type": "header", "text": {"type": "plain_text", "text": "Challenge LW-104"}},
    {"type": "actions", "block_id": "row", "elements": [ACKNOWLEDGE]},
]
FORM = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [
        {"type": "Input.Text", "id": "plan", "label": "What do you propose?", "isRequired": True},
        {"type": "Input.Date", "id": "day", "label": "By which day?"},
    ],
    "actions": [{"type": "Action.Submit", "title": "Send", "data": {"case": "LW-104"}}],
}


@dataclass(frozen=True)
class Someone:
    id: str
    name: str
    email: str
    platform: str


PEOPLE = (
    Someone("jo", "Jo Marsh", "jo@health.example", "slack"),
    Someone("priya", "Priya Okafor", "priya@health.example", "slack"),
    Someone("helen", "Helen Castle", "helen@care.example", "teams"),
)


class Wound:
    """The clock of a partnership that is open from nine to five, with one deadline."""

    def __init__(self) -> None:
        self.at = MONDAY
        self.due: tuple[datetime, str] | None = (MONDAY + timedelta(minutes=125), "answer to LW-104")

    async def now(self) -> datetime:
        return self.at

    async def is_working(self, at: datetime) -> bool:
        return 9 <= at.hour < 17

    async def next_deadline(self) -> tuple[datetime, str] | None:
        return self.due

    async def working_day_after(self, at: datetime) -> datetime:
        return at + timedelta(days=1)

    async def wind(self, to: datetime) -> None:
        self.at = to
        self.due = None


@dataclass
class Browser:
    """What a browser on the page does, over HTTP."""

    http: TestClient[web.Request, web.Application]
    world: World
    clock: Wound
    heard: list[dict[str, Any]]

    async def state(self, *people: str) -> dict[str, Any]:
        answer = await self.http.get("/state", params={"people": ",".join(people)})
        return dict(await answer.json())

    async def post(self, path: str, asked: object, **headers: str) -> ClientResponse:
        origin = str(self.http.make_url("")).rstrip("/")
        return await self.http.post(path, json=asked, headers={"Origin": origin, **headers})

    async def messages(self, person: str, chat: int = 0) -> list[dict[str, Any]]:
        return list((await self.state(person))["screens"][person]["chats"][chat]["messages"])


@pytest.fixture
def built(tmp_path: Path) -> Path:
    for name in ("index.html", *FILES):
        (tmp_path / name).write_text(f"this is {name}", "utf-8")
    return tmp_path


@pytest.fixture
async def browser(built: Path) -> AsyncIterator[Browser]:
    heard: list[dict[str, Any]] = []

    async def hear(request: web.Request) -> web.Response:
        form = request.content_type != "application/json"
        heard.append(dict(await request.post()) if form else await request.json())
        return web.json_response({}) if request.path == "/api/messages" else web.Response()

    service = web.Application()
    service.router.add_post("/slack/events", hear)
    service.router.add_post("/api/messages", hear)
    world = World(PEOPLE, channels={"duty-team": ["jo", "priya", "helen"]})
    clock = Wound()
    async with TestServer(service) as listening, world:
        world.serve(str(listening.make_url("")))
        async with TestClient(TestServer(page(Stage.of(world, clock, ROLES), built=built))) as http:
            yield Browser(http, world, clock, heard)


def direct(world: World) -> Any:
    state = world.slack.state
    return next(c for c in state.channels.values() if c.kind == "im" and jo_user(world) in c.members)


def jo_user(world: World) -> str:
    return next(user.id for user in world.slack.state.users.values() if user.name == "Jo Marsh")


def bot_posts(world: World, text: str = "", blocks: Any = ()) -> Any:
    return world.slack.state.post(direct(world), world.slack.state.bot_user, text, blocks)


async def test_the_page_names_everybody_to_be(browser: Browser) -> None:
    """Each person comes with their platform, role and agency."""
    people = (await browser.state())["people"]
    assert [(one["name"], one["platform"], one["role"]) for one in people] == [
        ("Jo Marsh", "slack", "Health visitor"),
        ("Priya Okafor", "slack", "Team lead"),
        ("Helen Castle", "teams", "Team manager"),
    ]
    assert people[2]["agency"] == "Little Wickering Children's Social Care"


async def test_only_the_watched_screens_are_sent(browser: Browser) -> None:
    """Nobody's screen leaves the server unless the page shows that person."""
    assert list((await browser.state("jo", "helen"))["screens"]) == ["jo", "helen"]
    assert (await browser.state("stranger"))["screens"] == {}


async def test_the_clock_speaks_in_words(browser: Browser) -> None:
    """The time, whether people work now, and the next deadline are told as people say them."""
    clock = (await browser.state())["clock"]
    assert (clock["now"], clock["working"]) == ("Mon 23 Nov 2026, 10.42", True)
    assert clock["deadline"] == {
        "at": "Mon 23 Nov, 12.47",
        "words": "answer to LW-104",
        "wait": "in 2 hours 5 minutes",
    }


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(days=1, hours=1), "in 1 day 1 hour"),
        (timedelta(seconds=20), "now"),
        (timedelta(hours=-3), "now"),
    ],
)
def test_a_wait_is_told_to_the_minute(wait: timedelta, words: str) -> None:
    """A wait reads as people say it, and what is due already is due now."""
    assert in_words(wait) == words


async def test_words_typed_on_the_page_reach_the_service_signed(browser: Browser) -> None:
    """What somebody types arrives at the service as their platform sends it, and stands on their screen."""
    answer = await browser.post("/act", {"person": "jo", "do": "say", "text": "raise"})
    assert answer.status == 200
    assert browser.heard[-1]["event"]["text"] == "raise"
    assert [one["text"] for one in await browser.messages("jo")] == ["raise"]


async def test_a_channel_message_mentions_the_bot_only_where_asked(browser: Browser) -> None:
    """In a channel the mention is a choice."""
    channel = (await browser.state("jo"))["screens"]["jo"]["chats"][1]["id"]
    act = {"person": "jo", "do": "post", "chat": channel, "text": "hello"}
    await browser.post("/act", {**act, "mention": False})
    await browser.post("/act", {**act, "mention": True})
    texts = [one["text"] for one in await browser.messages("jo", 1)]
    assert texts == ["hello", f"<@{browser.world.slack.state.bot_user}> hello"]


async def test_a_reply_stands_in_its_thread(browser: Browser) -> None:
    """A reply belongs to the message under which it was typed."""
    post = bot_posts(browser.world, "Please answer")
    act = {"person": "jo", "do": "reply", "chat": post.channel, "message": post.ts, "text": "ack"}
    assert (await browser.post("/act", act)).status == 200
    assert [(one["text"], one["thread"]) for one in await browser.messages("jo")] == [
        ("Please answer", ""),
        ("ack", post.ts),
    ]


async def test_a_button_drawn_from_the_card_can_be_pressed(browser: Browser) -> None:
    """A press is found by the button's own JSON, as the page drew it."""
    post = bot_posts(browser.world, "Challenge", CARD)
    drawn = (await browser.messages("jo"))[0]["card"][1]
    button = {**drawn["elements"][0], "block_id": drawn["block_id"]}
    act = {"person": "jo", "do": "press", "chat": post.channel, "message": post.ts, "button": button}
    assert (await browser.post("/act", act)).status == 200
    assert '"action_id": "ack"' in browser.heard[-1]["payload"]


async def test_a_button_that_is_gone_is_said_to_be_gone(browser: Browser) -> None:
    """What the card does not offer any more can't be pressed, and the page is told so in words."""
    post = bot_posts(browser.world, "Challenge", CARD)
    act = {
        "person": "jo",
        "do": "press",
        "chat": post.channel,
        "message": post.ts,
        "button": {"type": "button"},
    }
    answer = await browser.post("/act", act)
    assert (answer.status, await answer.json()) == (409, {"problem": "That button is not there any more."})


async def test_a_form_card_is_sent_with_what_was_typed(browser: Browser) -> None:
    """The inputs of a Teams card travel with the button's own data, a date as a date."""
    state = browser.world.teams.state
    helen = next(id for id, member in state.members.items() if member.name == "Helen Castle")
    post = state.post(state.chat(helen), state.bot, "", [FORM])
    act = {
        "person": "helen", "do": "submit", "chat": post.chat, "message": post.id,
        "button": FORM["actions"][0], "values": {"plan": "Visit together", "day": "2026-11-24"},
    }  # fmt: skip
    assert (await browser.post("/act", act)).status == 200
    assert browser.heard[-1]["value"] == {"case": "LW-104", "plan": "Visit together", "day": "2026-11-24"}


async def test_a_value_that_a_field_cannot_hold_is_refused(browser: Browser) -> None:
    """A malformed date is told to the page and reaches nobody."""
    state = browser.world.teams.state
    helen = next(id for id, member in state.members.items() if member.name == "Helen Castle")
    post = state.post(state.chat(helen), state.bot, "", [FORM])
    act = {
        "person": "helen", "do": "submit", "chat": post.chat, "message": post.id,
        "button": FORM["actions"][0], "values": {"plan": "x", "day": "soon"},
    }  # fmt: skip
    answer = await browser.post("/act", act)
    assert (await answer.json())["problem"] == "“By which day?” can't hold that."
    assert browser.heard == []


@pytest.mark.parametrize(
    "asked",
    [
        {"person": "nobody", "do": "say", "text": "x"},
        {"person": "jo", "do": "fly"},
        {"person": "jo", "do": "say"},
        {"person": "jo", "do": "say", "text": "x" * 40_001},
        {"person": "jo", "do": "submit", "form": "V1", "values": {}},
        {"person": "jo", "do": "dismiss"},
    ],
)
async def test_an_act_that_makes_no_sense_is_answered_in_words(browser: Browser, asked: object) -> None:
    """Whatever is asked for, the page gets words that it can show and the service hears nothing."""
    answer = await browser.post("/act", asked)
    assert answer.status == 409
    assert (await answer.json())["problem"]
    assert browser.heard == []


async def test_a_new_message_counts_as_unread_until_it_was_seen(browser: Browser) -> None:
    """A message of somebody else is new until the page shows its chat; an edit makes nothing new."""
    post = bot_posts(browser.world, "Please answer")

    async def unread() -> dict[str, int]:
        return dict((await browser.state())["people"][0]["unread"])

    assert await unread() == {post.channel: 1}
    origin = str(browser.http.make_url("")).rstrip("/")
    async with browser.http.ws_connect("/ws", headers={"Origin": origin}) as line:
        await line.send_json({"people": ["jo"], "reading": {"jo": post.channel}})
        while "jo" not in (view := await line.receive_json(timeout=5))["screens"]:
            pass
        assert view["people"][0]["unread"] == {}
    browser.world.slack.state.redraw(post, "Please answer soon", [])
    assert await unread() == {}


async def test_the_page_is_told_of_a_change_at_once(browser: Browser) -> None:
    """A message that arrives is sent to the page without being asked for."""
    origin = str(browser.http.make_url("")).rstrip("/")
    async with browser.http.ws_connect("/ws", headers={"Origin": origin}) as line:
        await line.send_json({"people": ["jo"], "reading": {}})
        while "jo" not in (await line.receive_json(timeout=5))["screens"]:
            pass
        bot_posts(browser.world, "Helen Castle has seen this")
        seen = (await line.receive_json(timeout=5))["screens"]["jo"]["chats"][0]["messages"]
    assert [one["text"] for one in seen] == ["Helen Castle has seen this"]


async def test_the_clock_goes_to_the_next_deadline(browser: Browser) -> None:
    """Winding ends where the deadline falls due; without a deadline the page is told that there is none."""
    assert (await browser.post("/clock", {"to": "next_deadline"})).status == 200
    assert browser.clock.at == MONDAY + timedelta(minutes=125)
    again = await browser.post("/clock", {"to": "next_deadline"})
    assert (again.status, await again.json()) == (409, {"problem": "No deadline is running."})


async def test_the_clock_goes_on_by_half_an_hour_or_a_working_day(browser: Browser) -> None:
    """The two other buttons move the clock from where it stands."""
    await browser.post("/clock", {"to": "half_hour"})
    await browser.post("/clock", {"to": "working_day"})
    assert browser.clock.at == MONDAY + timedelta(days=1, minutes=30)


async def test_starting_again_shows_a_fresh_stage(built: Path) -> None:
    """After starting again nothing of the old stage is shown."""
    old, new = World(PEOPLE), World(PEOPLE)
    bot_posts(old, "A case from before")

    async def again() -> Stage:
        return Stage.of(new, Wound(), ROLES)

    async with TestClient(TestServer(page(Stage.of(old, Wound(), ROLES), again, built))) as http:
        browser = Browser(http, new, Wound(), [])
        assert (await browser.state())["can_start_again"] is True
        assert len(await browser.messages("jo")) == 1
        assert (await browser.post("/clock", {"to": "start_again"})).status == 200
        assert await browser.messages("jo") == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "braver.attacker.example"},
        {"Origin": "http://attacker.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/state", "/ws"])
async def test_another_site_gets_nothing(browser: Browser, path: str, headers: dict[str, str]) -> None:
    """A rebound name or another site's page is turned away from whatever it asks for."""
    answer = await browser.http.get(path, headers=headers)
    assert answer.status == 403


async def test_an_act_without_an_origin_is_turned_away(browser: Browser) -> None:
    """Only a page of this server may act, and only in JSON, which no plain form of another site can send."""
    act = {"person": "jo", "do": "say", "text": "raise"}
    assert (await browser.http.post("/act", json=act)).status == 403
    origin = str(browser.http.make_url("")).rstrip("/")
    plain = await browser.http.post("/act", data='{"person": "jo"}', headers={"Origin": origin})
    assert plain.status == 415
    assert browser.heard == []


async def test_the_page_may_load_nothing_from_elsewhere(browser: Browser) -> None:
    """The page and every answer forbid inline scripts, frames and other hosts."""
    for path in ("/", "/main.js", "/state"):
        policy = (await browser.http.get(path)).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy


async def test_no_file_but_the_pages_own_is_served(browser: Browser) -> None:
    """Neither a path out of the folder nor a file that lies in it by chance is served."""
    base = str(browser.http.make_url("/"))
    async with ClientSession() as outside:
        for path in ("main.js.map", "..%2Fsteps.yaml", "server.py"):
            async with outside.get(base + path) as answer:
                assert answer.status == 404


def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    """Without the built page the server does not start, and names the command."""
    with pytest.raises(NotBuilt, match="make demo"):
        page(Stage.of(World(PEOPLE), Wound(), ROLES), built=tmp_path)
