"""The urgent numbers before go-live: a named person rings each, and everybody sees who did and when."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from playground.house import House
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
            "--database", url,
        )  # fmt: skip
        assert await printing.wait() == 0
        assert "Confirmed by Sam Ellery" in sheet.read_text(encoding="utf-8")
    async with House.open(tmp_path, platforms=everybody, settings=settings) as house:
        await house.quiet()
        assert not house.world.person("sam").sees("Please ring each one")


@pytest.mark.parametrize(
    ("when", "first", "note"),
    [
        (datetime(2026, 11, 30, 10, 0, tzinfo=UTC), FRONT, "not the number for now"),
        (datetime(2026, 11, 27, 16, 45, tzinfo=UTC), NIGHT, "closed now, opens Mon 30 Nov, 8.30"),
        (datetime(2026, 12, 1, 3, 0, tzinfo=UTC), NIGHT, "closed now, opens today, 8.30"),
        (datetime(2026, 12, 25, 11, 0, tzinfo=UTC), NIGHT, "closed now, opens Tue 29 Dec, 8.30"),
    ],
    ids=["Monday morning", "Friday at 16.45", "night", "Christmas Day"],
)
async def test_who_answers_now_comes_first(tmp_path: Path, when: datetime, first: str, note: str) -> None:
    """At night, at the weekend, on a bank holiday and on a Friday that ends earlier."""
    async with House.open(tmp_path, settings={"policy": policy_file(tmp_path, **OURS)}) as house:
        await house.wind(when)
        jo = house.world.person("jo")
        await jo.says("urgent")
        words = jo.newest().words
        other = NIGHT if first == FRONT else FRONT
        assert words.index("Ring 999") < words.index(f"Ring {first}") < words.index(f"Ring {other}")
        assert "answers now" in words.split(f"Ring {first}")[1].split("Ring")[0]
        assert note in words.split(f"Ring {other}")[1]


async def test_nobody_is_asked_to_ring_the_numbers_of_an_example(tmp_path: Path) -> None:
    """They are made up, and the card says nothing of it."""
    async with House.open(tmp_path) as house:
        await house.quiet()
        assert not house.world.person("sam").sees("Please ring each one")
        jo = house.world.person("jo")
        await jo.says("urgent")
        assert "checked" not in jo.newest().words
