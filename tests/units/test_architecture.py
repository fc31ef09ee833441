"""The shape of the house, where import-linter's contracts do not reach."""

import re
from pathlib import Path

import grimp
import pytest
from importlinter import ContractCheck

from tests.allowlist import AllowlistContract

ROOT = Path(__file__).parents[2]


def _modules(folder: str) -> set[str]:
    return {path.name for path in (ROOT / folder).glob("*.py")}


def test_twin_adapters_keep_twin_file_names() -> None:
    """Whoever knows one adapter's folder finds the same files in the others'."""
    assert _modules("adapters/slack") == _modules("adapters/teams") == _modules("adapters/email")
    assert {"intake.py", "render.py", "send.py", "limits.py"} <= _modules("adapters/slack")


@pytest.mark.parametrize("path", sorted((ROOT / "flows").rglob("*.py")), ids=lambda path: path.name)
def test_no_flow_names_a_platform(path: Path) -> None:
    """A conversation is written once, for no platform in particular."""
    named = re.findall(r"slack|teams", path.read_text(encoding="utf-8"), flags=re.IGNORECASE)
    assert not named


def _check(allowed: list[str], *imports: tuple[str, str]) -> ContractCheck:
    graph = grimp.ImportGraph()
    graph.add_module("outside", is_squashed=True)
    for importer, imported in imports:
        graph.add_import(importer=importer, imported=imported)
    contract = AllowlistContract(
        name="flows",
        session_options={},
        contract_options={"source_modules": ["flows"], "allowed_modules": allowed},
    )
    return contract.check(graph, verbose=False)


def test_the_allowlist_keeps_what_is_allowed() -> None:
    """A package may import itself, what it is allowed with all beneath it, and what is not of the house."""
    check = _check(
        ["bot.chat"], ("flows", "flows.home"), ("flows.home", "bot.chat.card"), ("flows.home", "outside")
    )
    assert check.kept


@pytest.mark.parametrize("imported", ["bot.store", "bot.chatter", "bot"])
def test_the_allowlist_breaks_on_all_else(imported: str) -> None:
    """An import that nobody allowed breaks the contract, also of a module whose name begins alike."""
    check = _check(["bot.chat"], ("flows", "flows.home"), ("flows.home", imported))
    assert not check.kept
    assert check.metadata["illegal"] == [("flows.home", imported)]


def test_an_allowlist_about_nothing_is_an_error() -> None:
    """A contract about a package that does not exist does not count as kept."""
    with pytest.raises(ValueError, match="flows, which does not exist"):
        _check(["bot.chat"], ("bot.app", "bot.chat"))
