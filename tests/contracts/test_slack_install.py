"""Installing Braver in a Slack workspace: what whoever does it sees, and what is kept."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from yarl import URL

from adapters.slack.workspaces.install import COOKIE
from bot.chat.card import Card
from bot.chat.turn import Say
from bot.manifests import slack_scopes
from playground.faults import Broken, DropBefore, Refuse, TooMany
from playground.slack_installer import SlackInstaller
from tests.contracts.slack_town import COUNCIL, ELSEWHERE, HEALTH, Town, town
from tests.faults.door import PostgresDoor
from tests.postgres import Postgres


@pytest.fixture
async def nowhere(sqlite_url: str) -> AsyncIterator[Town]:
    """A town in which Braver is installed nowhere."""
    async with town(sqlite_url, installed=()) as found:
        yield found


@pytest.fixture
async def somebody(nowhere: Town) -> AsyncIterator[SlackInstaller]:
    """Somebody with a browser, in that town."""
    async with nowhere.installer() as found:
        yield found


async def installed(town: Town) -> set[str]:
    return set(await town.installations.stamps())


async def test_the_page_says_what_comes_and_has_one_link(somebody: SlackInstaller, nowhere: Town) -> None:
    """The page is ours, is kept by nobody, and its one link asks Slack for exactly what the manifest asks."""
    page = await somebody.open(f"{nowhere.address}/slack/install")
    assert page.status == 200
    assert page.text.count("<h1>") == 1
    assert page.text.count("<a ") == 1
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    asked = parse_qs(urlsplit(await somebody.begin()).query)
    assert asked["scope"][0].split(",") == list(slack_scopes())
    assert asked["redirect_uri"] == [f"{nowhere.address}/slack/oauth_redirect"]
    assert "user_scope" not in asked


async def test_the_cookie_is_for_this_alone(somebody: SlackInstaller, nowhere: Town) -> None:
    """No script reads the cookie, it travels over HTTPS only, and no other site makes use of it."""
    cookie = (await somebody.open(f"{nowhere.address}/slack/install")).headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Max-Age=600"} <= {
        part.strip() for part in cookie.split(";")
    }


async def test_a_link_says_nothing_to_slack(somebody: SlackInstaller, nowhere: Town) -> None:
    """What somebody adds to the address of the page does not reach Slack."""
    page = await somebody.open(f"{nowhere.address}/slack/install?team=T1%26redirect_uri=https://evil.example")
    assert "evil" not in page.text
    assert "team=" not in page.text


async def test_it_works_once_it_is_installed(somebody: SlackInstaller, nowhere: Town) -> None:
    """After consent the page names the workspace, the security log says who did it, and Braver answers."""
    page = await somebody.install(HEALTH)
    assert page.status == 200
    assert "Health" in page.text
    assert await installed(nowhere) == {HEALTH}
    assert await nowhere.history() == [("installed", "installed", f"slack:{HEALTH}:U0INSTALLER")]
    nowhere.inbox.answers = lambda act: Say(Card("I am here"))
    await nowhere.actor("jo").says("hello")
    await nowhere.settled()
    assert nowhere.actor("jo").sees("I am here")
    kept = await nowhere.installations.find(HEALTH)
    assert kept is not None
    assert set(kept.scopes) == set(slack_scopes())


async def test_no_token_can_be_read_in_the_database(
    somebody: SlackInstaller, nowhere: Town, sqlite_url: str
) -> None:
    """Neither the token nor the state lies in the database as it is; nor does a page show any secret."""
    link = await somebody.begin()
    back = await somebody.choose(link, HEALTH)
    page = await somebody.open(back)
    token = nowhere.health.bot_token
    engine = create_async_engine(sqlite_url)
    async with engine.connect() as connection:
        rows = [*await connection.execute(text("SELECT * FROM installations"))]
        rows += [*await connection.execute(text("SELECT * FROM install_states"))]
        rows += [*await connection.execute(text("SELECT * FROM events"))]
    await engine.dispose()
    assert rows
    for secret in (token, URL(back).query["state"], URL(back).query["code"], nowhere.slack.client_secret):
        assert secret not in str(rows)
        assert secret not in page.text


async def test_a_state_is_good_once(somebody: SlackInstaller, nowhere: Town) -> None:
    """The way back can't be gone twice, not even by the same browser with another code."""
    link = await somebody.begin()
    first, second = await somebody.choose(link, HEALTH), await somebody.choose(link, COUNCIL)
    assert (await somebody.open(first)).status == 200
    # The cookie went with the first answer; a browser that kept it is refused all the same.
    state = URL(first).query["state"]
    somebody.browser.cookie_jar.update_cookies({COOKIE: state}, URL(nowhere.address))
    page = await somebody.open(second)
    assert page.status == 400
    assert await installed(nowhere) == {HEALTH}
    assert nowhere.inbox.refusals == [("slack", "installation with a stale state")]


async def test_a_state_that_was_made_up(somebody: SlackInstaller, nowhere: Town) -> None:
    """A state that Braver never gave out is refused, even with a cookie to match."""
    back = URL(await somebody.choose(await somebody.begin(), HEALTH))
    forged = "forged-state"
    somebody.browser.cookie_jar.update_cookies({COOKIE: forged}, URL(nowhere.address))
    page = await somebody.open(str(back.update_query(state=forged)))
    assert page.status == 400
    assert not await installed(nowhere)
    assert nowhere.inbox.refusals == [("slack", "installation with a stale state")]


async def test_a_state_that_is_over(somebody: SlackInstaller, nowhere: Town, sqlite_url: str) -> None:
    """After its time a state is worth nothing."""
    back = await somebody.choose(await somebody.begin(), HEALTH)
    engine = create_async_engine(sqlite_url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE install_states SET expires_at = '2020-01-01 00:00:00.000000'"))
    await engine.dispose()
    page = await somebody.open(back)
    assert page.status == 400
    assert "ten minutes" in page.text
    assert not await installed(nowhere)


async def test_another_browser(somebody: SlackInstaller, nowhere: Town) -> None:
    """A link that somebody else was sent does nothing, and does not use up the state."""
    back = await somebody.choose(await somebody.begin(), HEALTH)
    async with nowhere.installer() as victim:
        page = await victim.open(back)
    assert page.status == 400
    assert "sent you a link" in page.text
    assert not await installed(nowhere)
    assert nowhere.inbox.refusals == [("slack", "installation of another browser")]
    assert (await somebody.open(back)).status == 200


async def test_consent_was_denied(somebody: SlackInstaller, nowhere: Town) -> None:
    """Who presses Cancel in Slack reads that nothing was changed, and how to begin again."""
    page = await somebody.install(HEALTH, "cancel")
    assert page.status == 200
    assert "Nothing was installed" in page.text
    assert 'href="install"' in page.text
    assert not await installed(nowhere)


@pytest.mark.parametrize("query", ["", "?code=", "?error=<script>", "?code=1&state=", "?state=x", "?code=1"])
async def test_nonsense_comes_back(somebody: SlackInstaller, nowhere: Town, query: str) -> None:
    """Whatever stands in the address, Slack is asked nothing, and a page says what to do and repeats none."""
    page = await somebody.open(f"{nowhere.address}/slack/oauth_redirect{query}")
    assert page.status == 400
    assert "<script>" not in page.text
    assert 'href="install"' in page.text
    assert nowhere.slack.exchanges == 0


async def test_an_address_far_too_long(somebody: SlackInstaller, nowhere: Town) -> None:
    """A query longer than anything of Slack's is not even read."""
    page = await somebody.open(f"{nowhere.address}/slack/oauth_redirect?code={'x' * 3000}")
    assert page.status == 400
    assert not nowhere.inbox.refusals
    assert nowhere.slack.exchanges == 0


async def test_a_wrong_code(somebody: SlackInstaller, nowhere: Town) -> None:
    """A code that Slack does not know installs nothing."""
    back = URL(await somebody.choose(await somebody.begin(), HEALTH))
    page = await somebody.open(str(back.update_query(code="made-up")))
    assert page.status == 400
    assert "made-up" not in page.text
    assert not await installed(nowhere)


async def test_a_code_is_good_once(somebody: SlackInstaller, nowhere: Town) -> None:
    """A code that was used does not install a second time, whatever state comes with it."""
    used = URL(await somebody.choose(await somebody.begin(), HEALTH))
    await somebody.open(str(used))
    fresh = URL(await somebody.choose(await somebody.begin(), HEALTH))
    page = await somebody.open(str(fresh.update_query(code=used.query["code"])))
    assert page.status == 400


@pytest.mark.parametrize("code", ["bad_client_secret", "invalid_client_id", "bad_redirect_uri"])
async def test_settings_that_slack_does_not_accept(
    somebody: SlackInstaller, nowhere: Town, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong client secret installs nothing; the page says whom to tell, the log what it may be."""
    nowhere.slack.faults.next("oauth.v2.access", Refuse(code))
    page = await somebody.install(HEALTH)
    assert page.status == 400
    assert "whoever runs Braver" in page.text
    assert nowhere.slack.client_secret not in page.text + caplog.text
    assert "client id and secret" in caplog.text
    assert not await installed(nowhere)


@pytest.mark.parametrize("fault", [Broken(500), Broken(503), DropBefore(), TooMany()])
async def test_slack_does_not_answer(
    somebody: SlackInstaller, nowhere: Town, fault: Broken | DropBefore | TooMany
) -> None:
    """Where Slack fails, nothing is kept and the page says to begin again; that then works."""
    nowhere.slack.faults.next("oauth.v2.access", fault)
    page = await somebody.install(HEALTH)
    assert page.status >= 400
    assert "egin again" in page.text
    assert not await installed(nowhere)
    assert (await somebody.install(HEALTH)).status == 200


async def test_a_workspace_that_is_not_on_the_list(somebody: SlackInstaller, nowhere: Town) -> None:
    """Nothing of it is kept, its token is given back, and the attempt is counted and in the security log."""
    page = await somebody.install(ELSEWHERE)
    assert page.status == 403
    assert "not on the list" in page.text
    assert not await installed(nowhere)
    assert nowhere.inbox.refusals == [("slack", "workspace not allowed")]
    who = f"slack:{ELSEWHERE}:U0INSTALLER"
    assert await nowhere.history() == [("installation_turned_away", "workspace not allowed", who)]
    assert nowhere.elsewhere.bot_token in nowhere.elsewhere.api.worthless


async def test_a_whole_organisation(somebody: SlackInstaller, nowhere: Town) -> None:
    """An installation for a whole organisation is refused in words, and noted."""
    page = await somebody.install(HEALTH, "whole organisation")
    assert page.status == 403
    assert "one workspace" in page.text
    assert not await installed(nowhere)
    assert nowhere.inbox.refusals == [("slack", "organisation-wide installation")]
    assert [kind for kind, _, _ in await nowhere.history()] == ["installation_turned_away"]


async def test_tokens_that_expire_are_not_taken(sqlite_url: str) -> None:
    """An app whose tokens change by themselves would be dumb within a day: it is refused in words."""
    async with town(sqlite_url, installed=(), rotates=True) as found, found.installer() as somebody:
        page = await somebody.install(HEALTH)
        assert page.status == 403
        assert "token rotation" in page.text
        assert not await installed(found)


async def test_the_database_is_away(postgres: Postgres, postgres_url: str) -> None:
    """Whoever begins or comes back while nothing can be saved reads that nothing was saved."""
    async with (
        PostgresDoor.before(postgres, postgres_url) as door,
        town(door.url, installed=()) as found,
        found.installer() as somebody,
    ):
        back = await somebody.choose(await somebody.begin(), HEALTH)
        door.stick()
        begun, ended = await somebody.open(f"{found.address}/slack/install"), await somebody.open(back)
        door.free()
        assert (begun.status, ended.status) == (503, 503)
        assert "Nothing was saved" in begun.text
        assert "Nothing was saved" in ended.text
        assert (await somebody.install(HEALTH)).status == 200


async def test_only_a_person_begins(somebody: SlackInstaller, nowhere: Town) -> None:
    """A look at the address without reading the page begins nothing."""
    async with somebody.browser.head(f"{nowhere.address}/slack/install") as answer:
        assert answer.status == 405
