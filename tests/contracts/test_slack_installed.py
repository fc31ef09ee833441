"""A workspace that installed the app keeps the same contract as one whose token stands in the settings."""

from collections.abc import AsyncIterator

import pytest

from tests.contracts.slack_harness import SlackHarness
from tests.contracts.slack_town import town

pytest.register_assert_rewrite("tests.contracts.platform_contract", "tests.contracts.conversation_contract")

# Imported after that, so that a failing assertion shows its values.
from tests.contracts.conversation_contract import ConversationContract  # noqa: E402
from tests.contracts.platform_contract import Harness, SendingContract  # noqa: E402


@pytest.fixture
async def harness(sqlite_url: str) -> AsyncIterator[Harness]:
    """The people of the contract in the second of two workspaces."""
    async with town(sqlite_url, people=()) as found:
        yield SlackHarness(found.council, found.adapter, found.inbox)
        assert found.slack.crossings == []


class TestSending(SendingContract):
    """Posts, updates, look-ups and errors."""


class TestConversations(ConversationContract):
    """Words, buttons and forms."""
