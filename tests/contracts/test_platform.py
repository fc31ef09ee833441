"""Both adapters keep the one contract."""

from collections.abc import AsyncIterator

import pytest

from tests.contracts.slack_harness import slack_harness
from tests.contracts.teams_harness import teams_harness

pytest.register_assert_rewrite("tests.contracts.platform_contract")

from tests.contracts.platform_contract import Harness, PlatformContract  # noqa: E402 - rewritten first


@pytest.fixture(params=["slack", "teams"])
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    """The platform under test."""
    if request.param == "slack":
        async with slack_harness() as slack:
            yield slack
    else:
        async with teams_harness() as teams:
            yield teams


class TestPlatform(PlatformContract):
    """Slack and Teams."""
