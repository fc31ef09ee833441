"""The urgent numbers before go-live: a named person rings each, and everybody sees who did and when."""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from playground.house import KEY, House
from tests.stories.people import PLATFORMS
from tests.stories.policies import policy_file

FRONT, NIGHT = "01632 960100", "01632 960199"
OURS: dict[str, Any] = {
    "id": "ours", "status": "provisional", "partnership": "Little Wickering", "unconfirmed": ["the times"],
    "urgent": [
        {"name": "Emergency", "number": "999", "open": "always"},
        {"name": "Night team", "number": NIGHT, "open": "out of hours", "hours": "nights and weekends"},
        {"name": "Front door", "number": FRONT, "open": {
            **dict.fromkeys(("monday", "tuesday", "wednesday", "thursday"), "08:30-17:00"),
            "friday": "08:30-16:30"}},
    ],
}  # fmt: skip


@pytest.fixture(params=sorted(PLATFORMS))
def everybody(request: pytest.FixtureRequest) -> dict[str, str]:
    """The coordinator and a practitioner, on each platform."""
    return dict.fromkeys(("sam", "jo"), request.param)


async def test_the_coordinator_rings_the_numbers_and_everybody_sees_it(
    tmp_path: Path, everybody: dict[str, str]
) -> None:
    """Asked once, also after a restart; one is right, one is wrong; nobody else can say so; it is printed."""
    policy = policy_file(tmp_path, **OURS)
    settings = {"policy": policy}
    url = f"sqlite+aiosqlite:///{tmp_path / 'braver.db'}"
    async with House.open(tmp_path, platforms=everybody, settings=settings) as house:
        await house.quiet()
        sam, jo = house.world.person("sam"), house.world.person("jo")
        asked = await sam.expects("Please ring each one")
        assert "The national emergency number" in asked.words
        await jo.says("urgent")
        assert "Not all of these numbers have been checked yet." in jo.newest().words
        await jo.says("numbers")
        assert f"{FRONT} is right" not in jo.buttons(jo.newest())
        await sam.presses(f"{FRONT} is right")
        await sam.presses(f"{NIGHT} is wrong")
        await house.quiet()
        assert f"{NIGHT} is reported wrong." in sam.screen()
        await jo.says("numbers")
        seen = jo.newest().words
        assert "Front door (Mon to Thu 8.30 to 17.00, Fri 8.30 to 16.30). Checked by Sam Ellery" in seen
        assert "Reported wrong by Sam Ellery" in seen
        await jo.says("urgent")
        assert f"Reported wrong: {NIGHT}. If it does not answer, ring 999." in jo.newest().words
        sheet = tmp_path / "sheet.html"
        printing = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "policy", "print", str(policy), "--out", str(sheet),
            "--database", url, env=os.environ | {"BRAVER_SECRET_KEY": KEY},
        )  # fmt: skip
        assert await printing.wait() == 0
        assert "Confirmed by Sam Ellery" in sheet.read_text(encoding="utf-8")
    async with House.open(tmp_path, platforms=everybody, settings=settings) as house:
        await house.quiet()
        assert not house.world.person("sam").sees("Please ring each one")


def moment(what: str, year: int) -> tuple[datetime, str]:
    """A moment of that year, and when the front door opens then, in words; no bank holiday is near those of
    December's first days."""
    friday = next(day for day in range(1, 8) if datetime(year, 12, day, tzinfo=UTC).weekday() == 4)
    monday = datetime(year, 12, friday + 3, tzinfo=UTC)
    if what == "Monday morning":
        return monday.replace(hour=10), "now"
    if what == "Friday at 16.45":
        return monday.replace(day=friday, hour=16, minute=45), f"Mon {monday.day} Dec, 8.30"
    if what == "Monday evening":
        return monday.replace(hour=22), "tomorrow, 8.30"
    if what == "night":
        return monday.replace(hour=3), "today, 8.30"
    # Two bank holidays, on the next weekdays that are free where they fall on a weekend.
    christmas = datetime(year, 12, 25, 11, 0, tzinfo=UTC)
    opens = christmas + timedelta(days=(2, 2, 2, 4, 4, 4, 3)[christmas.weekday()])
    return christmas, f"{opens:%a} {opens.day} Dec, 8.30"


@pytest.mark.parametrize(
    "what", ["Monday morning", "Monday evening", "Friday at 16.45", "night", "Christmas Day"]
)
async def test_who_answers_now_comes_first(tmp_path: Path, everybody: dict[str, str], what: str) -> None:
    """At night, at the weekend, on a bank holiday and on a Friday that ends earlier."""
    settings = {"policy": policy_file(tmp_path, **OURS)}
    async with House.open(tmp_path, platforms=everybody, settings=settings) as house:
        when, opens = moment(what, (await house.now()).year + 1)
        await house.wind(when)
        jo = house.world.person("jo")
        await jo.says("urgent")
        words = (await jo.expects("Ring 999")).words
        first, other = (FRONT, NIGHT) if opens == "now" else (NIGHT, FRONT)
        assert words.index("Ring 999") < words.index(f"Ring {first}") < words.index(f"Ring {other}")
        assert "answers now" in words.split(f"Ring {first}")[1].split("Ring")[0]
        note = "not the number for now" if opens == "now" else f"closed now, opens {opens}"
        assert note in words.split(f"Ring {other}")[1]


async def test_a_restart_does_not_ask_again(tmp_path: Path, everybody: dict[str, str]) -> None:
    """Also not where one of the numbers has been checked since; another number in the file is asked about."""
    settings = {"policy": policy_file(tmp_path, **OURS)}
    async with House.open(tmp_path, platforms=everybody, settings=settings) as house:
        await house.quiet()
        sam = house.world.person("sam")
        await sam.expects("Please ring each one")
        await sam.presses(f"{FRONT} is right")
        await house.quiet()
    async with House.open(tmp_path, platforms=everybody, settings=settings) as house:
        await house.quiet()
        assert not house.world.person("sam").sees("Please ring each one")
    changed = [*OURS["urgent"][:2], OURS["urgent"][2] | {"number": "01632 960111"}]
    policy_file(tmp_path, **OURS | {"urgent": changed})
    async with House.open(tmp_path, platforms=everybody, settings=settings) as house:
        await house.quiet()
        again = await house.world.person("sam").expects("Please ring each one")
        assert "01632 960111: Front door" in again.words
        assert FRONT not in again.words


async def test_a_number_that_was_right_can_turn_out_wrong(tmp_path: Path, everybody: dict[str, str]) -> None:
    """And right again; once all are checked, the urgent card says by whom and when."""
    settings = {"policy": policy_file(tmp_path, **OURS)}
    async with House.open(tmp_path, platforms=everybody, settings=settings) as house:
        await house.quiet()
        sam, jo = house.world.person("sam"), house.world.person("jo")
        for label in ("right", "wrong", "right"):
            await sam.presses(f"{FRONT} is {label}")
            await house.quiet()
        await sam.presses(f"{NIGHT} is right")
        await house.quiet()
        now = await house.now()
        await jo.says("urgent")
        words = (await jo.expects("Ring 999")).words
        assert f"Numbers checked by Sam Ellery, {now.day} {now:%b %Y}." in words


async def test_nobody_is_asked_to_ring_the_numbers_of_an_example(tmp_path: Path) -> None:
    """They are made up, and the card says nothing of it."""
    async with House.open(tmp_path) as house:
        await house.quiet()
        assert not house.world.person("sam").sees("Please ring each one")
        jo = house.world.person("jo")
        await jo.says("urgent")
        assert "checked" not in jo.newest().words
        sam = house.world.person("sam")
        await sam.says("numbers")
        shown = await sam.expects("Its numbers are made up")
        assert sam.buttons(shown) == ["Child at risk now?", "Menu"]
