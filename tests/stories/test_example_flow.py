"""The example of docs/new-flow.md: a new conversation, added as the page says, is there on both platforms."""

import importlib.util
import re
import shutil
from pathlib import Path

import pytest

import bot.app
from bot.guidance.content import root
from flows import all_flows
from playground.house import House

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "example_flow.py"
EXAMPLE_WORDS = DOCS / "example_flow.yaml"


@pytest.fixture
def glossary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The house with the example in it: its words among the content, its flow among all flows."""
    content = tmp_path / "content"
    shutil.copytree(root(), content)
    shutil.copy(EXAMPLE_WORDS, content / "flows" / "glossary.yaml")
    monkeypatch.setenv("BRAVER_CONTENT", str(content))
    spec = importlib.util.spec_from_file_location("glossary", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(bot.app, "all_flows", lambda: (*all_flows(), module.flow))


@pytest.mark.usefixtures("glossary")
@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_a_new_conversation_is_there_on_both_platforms(platform: str, tmp_path: Path) -> None:
    """A typed word, a button and a form of the new flow work where the person is, and help names it."""
    async with House.open(tmp_path, platforms={"jo": platform}) as house:
        jo = house.world.person("jo")

        await jo.says("glossary MASH")
        await jo.expects_new("Multi-agency safeguarding hub")

        await jo.presses("Look up a word")
        await jo.submits({"Which word?": "LADO"})
        await jo.expects_new("Local authority designated officer")

        await jo.says("help")
        await jo.expects_new("glossary")


def test_the_page_shows_the_example_as_it_is() -> None:
    """What docs/new-flow.md quotes is the file that these stories run, and at most 40 lines long."""
    page = (DOCS / "new-flow.md").read_text(encoding="utf-8")
    for language, file in (("python", EXAMPLE), ("yaml", EXAMPLE_WORDS)):
        quoted = re.findall(rf"```{language}\n(.*?)```", page, flags=re.DOTALL)
        assert file.read_text(encoding="utf-8") in quoted
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) <= 40


def test_the_example_names_no_platform() -> None:
    """The example is written once, for no platform in particular."""
    assert not re.search(r"slack|teams", EXAMPLE.read_text(encoding="utf-8"), flags=re.IGNORECASE)
