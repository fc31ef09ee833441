"""One conversation stays one, whatever is known of the app when somebody is first written to."""

from pathlib import Path

import pytest

from playground.house import House
from playground.screen import Json
from playground.slack_api import SlackApi
from playground.slack_error import SlackError
from tests.stories.filing import filed
from tests.stories.people import Pairing


async def test_a_thread_that_began_before_the_app_was_known_is_the_cases_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack does not say which app we are, and a manager is messaged before anybody there did anything: her
    reply in the thread still acknowledges that case, of two that she has."""

    def refused(api: SlackApi, args: Json) -> Json:
        raise SlackError("missing_scope")

    monkeypatch.setattr(SlackApi, "_bot_info", refused)
    async with House.open(tmp_path, platforms=Pairing("teams", "slack").platforms()) as house:
        await house.to_working_time()
        first, second = await filed(house), await filed(house)
        jo, helen = house.world.person("jo"), house.world.person("helen")
        (slack,) = (
            adapter.platform for adapter in house.service.adapters if adapter.platform.name == "slack"
        )
        place = await slack.reach("helen.castle@social-care.little-wickering.example", ())
        assert place.address.app == ""
        await helen.replies(f"Escalation {first} for you", "ack")
        await house.quiet()
        await jo.expects(f"has acknowledged {first}")
        assert not jo.sees(f"has acknowledged {second}")
