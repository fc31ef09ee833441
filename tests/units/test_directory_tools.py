"""`braver directory`, on real databases: what is imported, refused, exported, and kept of it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.guidance.content import root
from bot.people.directory import Directory
from bot.people.entries import PLATFORMS
from bot.people.importing import carried_out, kept, planned
from bot.people.records import changes
from bot.people.source import load
from bot.people.written import MARK
from bot.store.database import CannotOpen, Database
from bot.store.work import Conflict
from tests.units.cases import DIRECTORY, POLICY
from tests.units.sheets import SHEET, sheet

EXAMPLE = root() / "directories" / "example.yaml"
LADDER = root() / "policies" / "example.yaml"
Braver = Callable[..., Result]


async def _filled(url: str) -> None:
    """The database as the first start of the service leaves it."""
    database = Database(url, patience=60)
    await database.open()
    async with database.work() as work:
        await work.change_directory(changes(None, DIRECTORY), "imported", "")
    await database.close()


async def _directory(url: str) -> Directory:
    async with Database(url, patience=60).looking() as work:
        return (await kept(work)).directory


def now_in(url: str) -> Directory:
    """What the database says now."""
    return asyncio.run(_directory(url))


def invoked(url: str, *arguments: str | Path) -> Result:
    given = {"BRAVER_DATABASE_URL": url, "BRAVER_POLICY": str(LADDER), "BRAVER_TEAMS_ALLOW_ANONYMOUS": "true"}
    return CliRunner().invoke(app, ["directory", *map(str, arguments)], env=given)


@pytest.fixture
def braver(database_url: str) -> Braver:
    """The commands, beside a database that has the example."""
    asyncio.run(_filled(database_url))
    return lambda *arguments: invoked(database_url, *arguments)


def edited(folder: Path, *edits: tuple[str, str]) -> Path:
    """The example with these words put in place of others, the first of each."""
    written = EXAMPLE.read_text(encoding="utf-8")
    for before, after in edits:
        assert before in written
        written = written.replace(before, after, 1)
    file = folder / "edited.yaml"
    file.write_text(written, encoding="utf-8")
    return file


@pytest.mark.parametrize(("option", "suffix"), [("--csv", "csv"), ("--yaml", "yaml")])
def test_what_was_exported_is_imported_without_a_change(
    braver: Braver, database_url: str, tmp_path: Path, option: str, suffix: str
) -> None:
    """Both formats say all that the database has. That it was written out is in the security log."""
    file = tmp_path / f"out.{suffix}"
    file.write_text(braver("export", option).stdout, encoding="utf-8")
    ended = braver("import", file)
    assert (ended.exit_code, ended.stdout) == (0, "The directory says this already: nothing was changed.\n")

    async def noted() -> list[str]:
        async with Database(database_url, patience=60).looking() as work:
            return [event.kind for event in await work.history("security")]

    assert asyncio.run(noted()) == ["directory_exported"]


def test_an_import_says_what_it_changes(braver: Braver, database_url: str, tmp_path: Path) -> None:
    """First without doing it, then done at once; the history says who, before and after."""
    file = edited(
        tmp_path, ("role: Health visitor", "role: Senior health visitor"),
        ("    deputies: [leo]", "    deputies: [leo, noor]"),
        ("  - id: nell", "  - id: ada\n    name: Ada Vale\n    email: ada@little-wickering.example\n"
         "    ways: email\n    agency: partnership\n    role: Administrator\n  - id: nell"),
    )  # fmt: skip
    asked = braver("import", file, "--dry-run")
    assert asked.exit_code == 0
    assert "New: 1\n  person ada (Ada Vale): new." in asked.stdout
    assert "  person jo (Jo Marsh): role: Health visitor → Senior health visitor\n" in asked.stdout
    said = "deputies: leo (Leo Ashby) → leo (Leo Ashby), noor (Noor Lindley)"
    assert f"  post social_care/line_manager: {said}\n" in asked.stdout
    assert "Nothing was changed" in asked.stdout
    assert now_in(database_url) == DIRECTORY
    done = braver("import", file, "--by", "Nell Orchard")
    assert done.exit_code == 0
    assert changes(load(file, PLATFORMS), now_in(database_url)) == ()
    ours = json.loads(braver("history", "--json").stdout)[-3:]
    assert {(one["id"], one["by"], one["how"]) for one in ours} == {
        ("ada", "Nell Orchard", "imported"), ("jo", "Nell Orchard", "imported"),
        ("social_care/line_manager", "Nell Orchard", "imported"),
    }  # fmt: skip
    [first, then] = json.loads(braver("history", "jo", "--json").stdout)
    assert (first["what"], then["fields"]) == ("new", {"role": ["Health visitor", "Senior health visitor"]})
    assert "Nell Orchard" in braver("history", "social_care/line_manager").stdout
    assert "Nothing of “nowhere” has changed." in braver("history", "nowhere").stdout


def test_an_import_may_remove(braver: Braver, database_url: str, tmp_path: Path) -> None:
    """Whoever holds nothing can go, and the history keeps who it was."""
    whole = EXAMPLE.read_text(encoding="utf-8")
    begins = whole.index("  - id: kit\n")
    file = tmp_path / "fewer.yaml"
    file.write_text(whole[:begins] + whole[whole.index("  - id: priya\n") :], encoding="utf-8")
    assert "Removed: 1\n  person kit (Kit Rowan): removed.\n" in braver("import", file).stdout
    assert now_in(database_url).person("kit") is None
    assert json.loads(braver("history", "kit", "--json").stdout)[-1]["what"] == "gone"


def test_a_stage_is_not_left_without_anybody_unsaid(
    braver: Braver, database_url: str, tmp_path: Path
) -> None:
    """The import is refused in words, and nothing is changed, until somebody says that it is meant."""
    whole = EXAMPLE.read_text(encoding="utf-8")
    post = "  - agency: police\n    post: service_manager\n    holder: carys\n    deputies: [ravi]\n"
    assert post in whole
    file = tmp_path / "without.yaml"
    file.write_text(whole.replace(post, ""), encoding="utf-8")
    for arguments in ((), ("--dry-run",)):
        refused = braver("import", file, *arguments)
        assert refused.exit_code == 1
        assert "Little Wickering Police would have nobody on the" in refused.stdout
        assert "--even-if" in refused.stdout
    assert now_in(database_url) == DIRECTORY
    assert braver("import", file, "--even-if").exit_code == 0
    assert now_in(database_url).post("police", "service_manager") is None


def test_the_coordinator_stays_reachable(braver: Braver, database_url: str, tmp_path: Path) -> None:
    """Who catches what reaches nobody else is not moved to where nobody is reached here: Teams alone is."""
    there = edited(tmp_path, ("coordinator: sam\n", "coordinator: viv\n"))
    assert braver("import", there).exit_code == 0
    refused = braver("import", EXAMPLE)
    assert refused.exit_code == 1
    assert "Sam Ellery would be the coordinator, and can't be reached" in refused.stdout
    assert now_in(database_url).coordinator == "viv"


def test_the_problems_of_a_file_stand_in_a_table(braver: Braver, database_url: str, tmp_path: Path) -> None:
    """Line, problem, remedy in columns; 200 at most, and how many more; nothing is half-imported."""
    rows = "".join(f"p{n},Person {n},none,slack,health,,Nurse,,,,,,\n" for n in range(250))
    file = sheet(tmp_path, SHEET + rows)
    ended = braver("import", file)
    assert ended.exit_code == 2
    title, _, heads, rule, first, *_ = ended.stderr.splitlines()
    assert title == f"{file} can't be used. Nothing was changed."
    assert heads.split() == ["Line", "What", "is", "wrong", "What", "to", "do"]
    problem, remedy = heads.index("What is"), heads.index("What to")
    assert (first[:4].strip(), first[problem:][:7], first[remedy:][:5]) == ("8", "email: ", "Write")
    assert rule[problem - 1 : problem + 1] == " -"
    assert ended.stderr.endswith("… and 50 more.\n")
    data = json.loads(braver("import", file, "--json").stdout)
    assert (len(data["problems"]), data["more"]) == (200, 50)
    assert data["problems"][0]["line"] == 8
    assert now_in(database_url) == DIRECTORY


def test_namesakes_are_asked_about(braver: Braver, tmp_path: Path) -> None:
    """One agency, nearly one name: refused with both lines, unless they are said to be two people."""
    file = edited(tmp_path, ("name: Kit Rowan", "name: Dr Jo Marsh"))
    assert "(See line " in braver("import", file).stderr
    assert braver("import", file, "--namesakes").exit_code == 0
    assert braver("check", file).exit_code == 2


def test_without_a_database_the_words_say_so(tmp_path: Path) -> None:
    """Nothing is made where nothing is."""
    ended = invoked(f"sqlite:///{tmp_path / 'none.db'}", "import", EXAMPLE)
    assert isinstance(ended.exception, CannotOpen)
    assert "there is no database yet" in str(ended.exception)
    assert list(tmp_path.iterdir()) == []


async def test_a_database_of_another_release_is_left_alone(database_url: str) -> None:
    """Its schema is not ours to change beside a service."""
    await _filled(database_url)
    database = Database(database_url)
    await database.open()
    async with database.work() as work:
        await work._execute(sql("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(CannotOpen, match="another release"):
        async with Database(database_url).beside():
            pytest.fail("it was opened")


async def test_who_changes_the_directory_meanwhile_is_not_overwritten(database_url: str) -> None:
    """A plan counts for the directory that it was made for."""
    await _filled(database_url)
    async with Database(database_url, patience=60).beside() as database:
        people = DIRECTORY.people
        mine, theirs = (
            DIRECTORY.model_copy(
                update={"people": (people[0].model_copy(update={"role": role}), *people[1:])}
            )
            for role in ("Mine", "Theirs")
        )
        plan = await planned(database, mine, POLICY, PLATFORMS)
        await carried_out(database, await planned(database, theirs, POLICY, PLATFORMS), "them")
        with pytest.raises(Conflict):
            await carried_out(database, plan, "me")
    found = await _directory(database_url)
    assert found.people[0].role == "Theirs"


def test_the_template_can_be_checked_and_imported(braver: Braver, tmp_path: Path) -> None:
    """What a business manager starts with is a file that works; Excel reads it by its mark."""
    template = braver("template").stdout
    assert template.startswith(f"{MARK}id,name,email,ways,")
    file = tmp_path / "people.csv"
    file.write_text(template, encoding="utf-8")
    assert braver("import", file, "--dry-run", "--even-if").exit_code == 0
    ended = braver("check", file)
    assert ended.exit_code == 1
    assert "Gap: " in ended.stdout


def test_what_a_sheet_can_not_say_is_not_exported_as_one(braver: Braver, tmp_path: Path) -> None:
    """The channel of a post would be lost: exit 2, and the words name it."""
    file = edited(
        tmp_path, ("    holder: viv\n", "    holder: viv\n    channel: {platform: teams, id: C1}\n")
    )
    assert braver("import", file).exit_code == 0
    ended = braver("export", "--csv")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "The channel of partnership/independent_chair can't be said in a spreadsheet." in ended.stderr
