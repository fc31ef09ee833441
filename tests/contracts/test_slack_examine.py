"""Looking at Slack: each thing that can be wrong with the token is told apart, and nothing is sent."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from adapters.slack import SlackExaminer
from bot.chat.port import DeliveryError, Finding
from bot.manifests import slack_scopes
from playground.faults import Broken, DropBefore, Refuse, TooMany
from playground.slack_workspace import SlackWorkspace
from tests.contracts.slack_harness import slack_harness

WANTED = slack_scopes()


@pytest.fixture
async def workspace() -> AsyncIterator[SlackWorkspace]:
    async with SlackWorkspace() as workspace:
        yield workspace


async def _seen(workspace: SlackWorkspace, token: str = "") -> tuple[Finding, ...]:
    return await SlackExaminer(token or workspace.bot_token, workspace.api_url, WANTED).examine()


def _of(found: tuple[Finding, ...], group: str) -> list[tuple[str, str]]:
    return [(one.state, one.what) for one in found if one.group == group]


@asynccontextmanager
async def _answering(body: str, headers: Mapping[str, str], status: int = 200) -> AsyncIterator[str]:
    """The address of a server that gives this answer to everything."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=body, headers=headers, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    finally:
        await runner.cleanup()


async def test_a_token_as_it_should_be(workspace: SlackWorkspace) -> None:
    """Slack takes the token, it may do what the manifest asks for, the clocks agree; what can't be seen from
    here is said; and Slack was asked one thing, which tells nobody anything."""
    found = await _seen(workspace)
    assert [one.group for one in found if one.state == "ok"] == ["credentials", "scopes", "clock"]
    [unseen] = [one for one in found if one.state != "ok"]
    assert (unseen.group, unseen.state) == ("scopes", "look")
    assert "signing secret" in unseen.what
    assert [method for method, _ in workspace.calls] == ["auth.test"]


@pytest.mark.parametrize("scope", sorted(WANTED))
async def test_each_missing_permission_is_named(workspace: SlackWorkspace, scope: str) -> None:
    """A permission that the token lacks is to be put right, with what does not work without it."""
    workspace.scopes.discard(scope)
    [wrong] = [one for one in await _seen(workspace) if one.state == "fix"]
    assert wrong.group == "scopes"
    assert wrong.what.startswith(f"The token lacks the permission {scope}: ")
    assert "the manifest asks" not in wrong.what
    assert "install the app" in wrong.remedy
    assert "braver manifest slack --address https://" in wrong.remedy


async def test_needless_permissions_are_named(workspace: SlackWorkspace) -> None:
    """A permission that Braver does not need is looked at, since it should have as few as it can."""
    workspace.scopes.update({"files:read", "channels:manage"})
    found = _of(await _seen(workspace), "scopes")
    assert found[0] == ("look", "The token may do more than Braver needs: channels:manage, files:read.")
    assert "fix" not in {state for state, _ in found}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("token_revoked", "was revoked"),
        ("token_expired", "has expired"),
        ("account_inactive", "was removed"),
        ("not_allowed_token_type", "not one of a bot"),
        ("team_access_not_granted", "does not take this token (team_access_not_granted)"),
        ("<b>xoxb-secret</b>", "does not take this token."),
    ],
)
async def test_slack_does_not_take_the_token(workspace: SlackWorkspace, code: str, said: str) -> None:
    """Each of Slack's reasons has words and a remedy; what is not a word of Slack's is not shown."""
    workspace.faults.next("auth.test", Refuse(code))
    [wrong] = [one for one in await _seen(workspace) if one.group == "credentials"]
    assert wrong.state == "fix"
    assert said in wrong.what
    assert wrong.remedy
    assert "secret" not in wrong.what


async def test_a_wrong_token(workspace: SlackWorkspace) -> None:
    """A token that Slack does not know is to be copied anew, and does not stand in what is said."""
    found = await _seen(workspace, "xoxb-of-somebody-else")
    assert _of(found, "credentials") == [("fix", "Slack does not know this token.")]
    assert "of-somebody-else" not in repr(found)


async def test_the_app_was_removed(workspace: SlackWorkspace) -> None:
    """After the app was removed from the workspace, that is what is said."""
    await workspace.uninstall()
    [(state, what)] = _of(await _seen(workspace), "credentials")
    assert state == "fix"
    assert "removed from the workspace" in what


@pytest.mark.parametrize("fault", [TooMany(), Broken(500), Broken(503)])
async def test_slack_can_not_say_now(workspace: SlackWorkspace, fault: TooMany | Broken) -> None:
    """Where Slack asks to wait, or has a fault of its own, nothing is wrong with the token: look again."""
    workspace.faults.next("auth.test", fault)
    assert [state for state, _ in _of(await _seen(workspace), "credentials")] == ["look"]


async def test_slack_is_not_reached(workspace: SlackWorkspace) -> None:
    """A connection that breaks, and one that nobody takes, are about the network and not about the token."""
    workspace.faults.next("auth.test", DropBefore())
    await_cut = await _seen(workspace)
    await workspace.close()
    for found in (await_cut, await _seen(workspace)):
        assert _of(found, "credentials") == [("fix", "127.0.0.1 can't be reached from here.")]
        assert "firewall" in found[0].remedy


async def test_somebody_else_answers_for_slack() -> None:
    """A page of a proxy in Slack's place is told apart from Slack."""
    async with _answering("<html>Please sign in</html>", {"Content-Type": "text/html"}) as url:
        [wrong, *_] = await SlackExaminer("xoxb-1", url, WANTED).examine()
    assert (wrong.state, wrong.what) == ("fix", "127.0.0.1 does not answer as Slack does.")
    assert "BRAVER_SLACK_API_URL" in wrong.remedy


async def test_a_token_of_a_person() -> None:
    """The token of a person is not the bot's; and where Slack does not tell permissions, that is said."""
    body = '{"ok": true, "team": "Little Wickering", "user": "jo"}'
    async with _answering(body, {"Content-Type": "application/json"}) as url:
        found = await SlackExaminer("xoxp-1", url, WANTED).examine()
    assert _of(found, "credentials") == [("fix", "This token is a person's, not the bot's.")]
    assert _of(found, "scopes")[0] == ("look", "Slack did not say what this token may do.")


@pytest.mark.parametrize(
    ("apart", "state", "said"),
    [
        (30, "look", "behind Slack's"),
        (-30, "look", "ahead of Slack's"),
        (3_600, "fix", "60 minutes behind"),
        (-420, "fix", "7 minutes ahead of"),
    ],
)
async def test_clocks_that_disagree(workspace: SlackWorkspace, apart: float, state: str, said: str) -> None:
    """The `Date` of Slack's answer is compared with this machine's clock."""
    workspace.set_clock_apart(apart)
    [(found, what)] = _of(await _seen(workspace), "clock")
    assert found == state
    assert said in what


async def test_the_running_adapter_knows_whether_slack_lets_it_in() -> None:
    """A call refused for the token is remembered until one is taken; other refusals say nothing of it."""
    async with slack_harness() as harness:
        platform, faults = harness.platform, harness.faults
        assert not harness.adapter.admission.shut_out
        for code, shut_out in (
            ("user_not_found", False), ("invalid_auth", True), ("internal_error", True), ("", False),
        ):  # fmt: skip
            if code:
                faults.next("users.lookupByEmail", Refuse(code))
                with pytest.raises(DeliveryError):
                    await platform.reach("jo@wickering.example", ())
            else:
                await platform.reach("jo@wickering.example", ())
            assert harness.adapter.admission.shut_out is shut_out
