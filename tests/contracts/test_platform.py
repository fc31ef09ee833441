"""Both adapters keep the one contract."""

from collections.abc import AsyncIterator

import pytest

from tests.contracts.slack_harness import slack_harness
from tests.contracts.teams_harness import teams_harness

pytest.register_assert_rewrite("tests.contracts.platform_contract", "tests.contracts.conversation_contract")

# Imported after that, so that a failing assertion shows its values.
from tests.contracts.conversation_contract import ConversationContract  # noqa: E402
from tests.contracts.platform_contract import Harness, SendingContract  # noqa: E402


@pytest.fixture(params=["slack", "teams"])
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    """The platform under test."""
    if request.param == "slack":
        async with slack_harness() as slack:
            yield slack
    else:
        async with teams_harness() as teams:
            yield teams


class TestSending(SendingContract):
    """Posts, updates, look-ups and errors."""


class TestConversations(ConversationContract):
    """Words, buttons and forms."""
