"""Who is told what by `/healthz`, `/readyz` and `/metrics`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app import Service
from bot.settings import Settings

TOKEN = "the-token-of-whoever-watches-the-service"


@asynccontextmanager
async def _served(folder: Path, *, host: str = "127.0.0.1", token: str = "") -> AsyncIterator[str]:
    settings = Settings(
        database_url=f"sqlite+aiosqlite:///{folder / 'braver.db'}", host=host, port=0,
        teams_allow_anonymous=True, watch_token=SecretStr(token),
    )  # fmt: skip
    service = Service(settings)
    async with service.serving(moving=False) as port:
        yield f"http://127.0.0.1:{port}"


async def _told(address: str, path: str, shown: str = "") -> tuple[int, str]:
    headers = {"Authorization": shown} if shown else {}
    async with (
        aiohttp.ClientSession() as session,
        session.get(address + path, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


@pytest.fixture
def unwell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something is wrong, and the engine's parts stand still."""
    monkeypatch.setattr("bot.app.Engine.failing", ("chain", "loop_sweeper"))


@pytest.mark.usefixtures("unwell")
async def test_whoever_shows_the_token_is_told_everything(tmp_path: Path) -> None:
    """Others learn that not all is well, and neither what nor how much."""
    async with _served(tmp_path, host="0.0.0.0", token=TOKEN) as address:
        status, said = await _told(address, "/healthz", f"Bearer {TOKEN}")
        assert status == 503
        assert '"chain"' in said
        assert (await _told(address, "/metrics", f"Bearer {TOKEN}"))[0] == 200
        for shown in ("", "Bearer ", f"bearer {TOKEN}", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer é"):
            assert await _told(address, "/healthz", shown) == (503, '{"well": false}')
            assert await _told(address, "/readyz", shown) == (200, '{"ready": true}')
            assert await _told(address, "/metrics", shown) == (401, "")


@pytest.mark.usefixtures("unwell")
async def test_without_a_token_only_its_own_machine_is_told(tmp_path: Path) -> None:
    """A service that others can reach says yes or no, and has no numbers to show."""
    async with _served(tmp_path, host="0.0.0.0") as address:
        assert await _told(address, "/healthz") == (503, '{"well": false}')
        assert await _told(address, "/metrics") == (404, "")
    async with _served(tmp_path) as address:
        assert '"failing": ["chain", "loop_sweeper"]' in (await _told(address, "/healthz"))[1]
        assert "braver_turns" in (await _told(address, "/metrics"))[1]


def test_in_earnest_there_are_limits(tmp_path: Path) -> None:
    """How much in a minute is limited wherever the clock is not the playground's."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'braver.db'}"
    settings = Settings(database_url=url, teams_allow_anonymous=True)
    assert Service(settings).inbox._limits is not None
    assert Service(settings.model_copy(update={"playground_clock": True})).inbox._limits is None
