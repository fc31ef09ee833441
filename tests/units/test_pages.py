"""The public pages: what Braver is, what it keeps, how to use it."""

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters.slack.workspaces.install import PAGES
from bot import pages
from bot.files import BadFile


@pytest.fixture
async def visitor() -> TestClient[web.Request, web.Application]:
    application = web.Application()
    application.add_routes(pages.routes())
    return TestClient(TestServer(application))


@pytest.mark.parametrize("name", pages.NAMES)
async def test_each_page_is_plain_html(name: str, visitor: TestClient[web.Request, web.Application]) -> None:
    """A page has a language, one title and paragraphs, and may load nothing from anywhere."""
    async with visitor, visitor.get(f"/{name}") as answer:
        text = await answer.text()
    assert answer.status == 200
    assert answer.content_type == "text/html"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert '<html lang="en-GB">' in text
    assert text.count("<h1>") == 1
    assert "<p>" in text


def test_words_of_a_page_never_become_html(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Titles, words, lists, quotes and links of a partnership's own page are shown as written."""
    (tmp_path / "pages").mkdir()
    for name in pages.NAMES:
        (tmp_path / "pages" / f"{name}.md").write_text("# A & B\n\nHello\n", encoding="utf-8")
    page = "# <b>\n\n1. **one <i>**\n2. *two*\n\n> said\n\n[here](https://example.org/?a=1&b=2)\n"
    (tmp_path / "pages" / "about.md").write_text(page, encoding="utf-8")
    monkeypatch.setenv("BRAVER_CONTENT", str(tmp_path))
    text = pages.page("about")
    assert "<h1>&lt;b&gt;</h1>" in text
    assert "<ol><li><strong>one &lt;i&gt;</strong></li><li><em>two</em></li></ol>" in text
    assert "<blockquote>said</blockquote>" in text
    assert '<a href="https://example.org/?a=1&amp;b=2">here</a>' in text


def test_a_page_without_a_title_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service does not start with a page that begins with anything but a title, and says where."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "about.md").write_text("Braver\n", encoding="utf-8")
    monkeypatch.setenv("BRAVER_CONTENT", str(tmp_path))
    with pytest.raises(BadFile, match=r"about\.md:1: A page begins with its title"):
        pages.routes()


def test_every_page_of_an_installation_is_there() -> None:
    """Each page that the installation shows has a title, words and, but for the last, a way to go on."""
    notices = pages.Notices("pages/slack-install.yaml", PAGES)
    for name in PAGES:
        page = notices(name, link="install", workspace="<b>Health</b>")
        assert page.count("<h1>") == 1
        assert "<p>" in page
        assert "{" not in page.partition("<main>")[2]
        assert "<b>" not in page
        assert (name in ("installed", "rotation")) != ('href="install"' in page)
    assert "&lt;b&gt;Health" in notices("installed", workspace="<b>Health</b>")


def test_a_page_of_an_installation_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service does not start without a page that it may have to show."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "some.yaml").write_text("one:\n  title: One\n  body: Words\n", encoding="utf-8")
    monkeypatch.setenv("BRAVER_CONTENT", str(tmp_path))
    with pytest.raises(BadFile, match=r"some\.yaml: The page “two” is missing"):
        pages.Notices("pages/some.yaml", {"one", "two"})
