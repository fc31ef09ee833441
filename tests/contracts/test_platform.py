"""Every adapter keeps the one contract."""

from collections.abc import AsyncIterator

import pytest

from tests.contracts.email_harness import email_harness
from tests.contracts.slack_harness import slack_harness
from tests.contracts.teams_harness import teams_harness

pytest.register_assert_rewrite("tests.contracts.platform_contract", "tests.contracts.conversation_contract")

# Imported after that, so that a failing assertion shows its values.
from tests.contracts.conversation_contract import ConversationContract  # noqa: E402
from tests.contracts.platform_contract import Harness, SendingContract  # noqa: E402


@pytest.fixture(params=["slack", "teams", "email"])
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    """The platform under test."""
    match request.param:
        case "slack":
            async with slack_harness() as slack:
                yield slack
        case "teams":
            async with teams_harness() as teams:
                yield teams
        case _:
            async with email_harness() as email:
                yield email


class TestSending(SendingContract):
    """Posts, updates, look-ups and errors."""


class TestConversations(ConversationContract):
    """Words, buttons and forms."""
