"""`braver audit export` and `check`: one history as a file that proves itself, as whoever runs the service
and whoever gets the file meet them."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.audit import exporting
from bot.audit.checking import KINDS, Checked, checked
from bot.audit.exporting import Exported, exported
from bot.audit.outside import kept_in
from bot.engine.anchors import Anchoring
from bot.files import BadFile
from bot.guidance.words import Words
from bot.signing import Signer, public_keys
from bot.store.chain import fingerprint
from bot.store.database import CannotOpen, Database
from bot.store.tables import EventRow
from tests.units.kept import WORDS, keep, raised_at
from tests.units.recorder import meddle, opened

BRAVER = Path(sys.executable).parent / "braver"
SECRET = "a key of more than thirty-two characters"
OTHER = "another key of more than thirty-two characters"
(KEY,) = public_keys((SECRET,))
Lines = list[dict[str, Any]]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Some cases and a security log; most of it is anchored."""
    async with opened(database_url, secrets=(SECRET,)) as database:
        async with database.work() as work:
            for number in range(9):
                await keep(work, raised_at(work.now, f"c{number}"))
            for number in range(5):
                await work.append("security", "not_on_case", {"n": number}, "slack:T1:U1")
        await Anchoring(database, (SECRET,), None).step()
        yield database


async def export(database: Database, called: str, file: Path, *, readable: bool = False) -> Exported:
    signer = Signer(SECRET)
    return await exported(database, called, file, by="command:alex", readable=readable, signer=signer)


def lines_of(file: Path) -> Lines:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def rewrite(file: Path, lines: Lines) -> Path:
    changed = file.with_suffix(".changed")
    changed.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return changed


async def test_a_case_is_written_out_with_its_proof(database: Database, tmp_path: Path) -> None:
    """As it is stored, and of other cases nothing at all; that it was is in the security log. Whoever has the
    file needs nothing else."""
    file = tmp_path / "history"
    done = await export(database, "BR-c3", file)
    assert file.stat().st_mode & 0o777 == 0o600
    seen = checked(file, {KEY}, {})
    assert seen.faults == []
    assert (seen.stream, seen.called, seen.events) == ("case:c3", "BR-c3", done.events)
    assert seen.last is not None
    assert (seen.last.events, seen.last.key) == (done.events, KEY)
    text = file.read_text(encoding="utf-8")
    assert not any(
        f"case:c{number}" in text or f"BR-c{number}" in text for number in (0, 1, 2, 4, 5, 6, 7, 8)
    )
    assert "readable" not in text
    async with database.reading() as work:
        rows = await work.events_of(["case:c3"])
        last = (await work.history("security"))[-1]
    assert [line["event"]["body"] for line in lines_of(file) if "event" in line] == [row.body for row in rows]
    assert (last.kind, last.actor) == ("exported", "command:alex")
    assert last.body == {
        "what": "exported", "case": "c3", "person": "", "stream": "case:c3", "readable": False,
    }  # fmt: skip


async def test_the_security_log_holds_its_own_writing_out(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anchored at that moment, and in portions of any size; anchors of before say since when it was there."""
    for portion in (1, 2, 500):
        monkeypatch.setattr(exporting, "EVENTS", portion)
        done = await export(database, "security", tmp_path / "log")
        seen = checked(tmp_path / "log", {KEY}, {})
        assert seen.faults == []
        assert lines_of(tmp_path / "log")[-2]["position"] >= 0
        assert seen.last is not None
        assert seen.first is not None
        assert (seen.first.events, seen.last.events) == (5, done.events)


async def test_what_is_readable_is_only_there_where_it_was_asked_for(
    database: Database, tmp_path: Path
) -> None:
    await export(database, "BR-c3", tmp_path / "plain", readable=True)
    said = [line["readable"] for line in lines_of(tmp_path / "plain") if "event" in line]
    async with database.reading() as work:
        assert said == [event.body for event in await work.history("case:c3")]
    assert checked(tmp_path / "plain", (), {}).readable


@pytest.mark.parametrize("called", ["BR-none", "case:c3", "", "training:3"])
async def test_what_is_not_there_can_not_be_written_out(
    database: Database, tmp_path: Path, called: str
) -> None:
    with pytest.raises(CannotOpen, match="there is no case"):
        await export(database, called, tmp_path / "history")
    assert not (tmp_path / "history").exists()


async def test_without_an_anchor_nothing_is_proven(database: Database, tmp_path: Path) -> None:
    """It is said, instead of passing as whole."""
    async with database.work() as work:
        await keep(work, raised_at(work.now, "new"))
    await exported(database, "BR-new", tmp_path / "new", by="", readable=False, signer=None)
    assert checked(tmp_path / "new", {KEY}, {}).faults == [("unanchored", "")]


async def test_an_end_that_no_anchor_holds_yet_is_told(database: Database, tmp_path: Path) -> None:
    async with database.work() as work:
        await work.append("case:c3", "told", {}, "jo")
    done = await exported(database, "BR-c3", tmp_path / "more", by="", readable=False, signer=None)
    seen = checked(tmp_path / "more", {KEY}, {})
    assert seen.faults == []
    assert seen.last is not None
    assert seen.last.events == done.events - 1 == seen.events - 1


def _anew(lines: Lines, place: int) -> Lines:
    """The events from there on with hashes that fit."""
    previous = ""
    for number, line in enumerate(lines):
        if "event" in line:
            event = line["event"]
            if number == place:
                event["body"] = '{"made": "up"}'
            event["previous"] = previous
            row = EventRow.model_validate({**event, "stream": lines[0]["stream"]})
            row.stream = lines[0]["stream"]
            previous = event["hash"] = fingerprint(row)
    return lines


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_changed_in_the_file_is_found(kept: tuple[Path, Lines], data: st.DataObject) -> None:
    """Any value of any line, a line that is gone, doubled or elsewhere, a chain that was made anew."""
    file, lines = kept[0], json.loads(json.dumps(kept[1]))
    place = data.draw(st.integers(0, len(lines) - 1))
    match data.draw(st.sampled_from(("alter", "remove", "double", "swap", "anew"))):
        case "alter":
            inner = lines[place]
            for part in ("event", "anchor", "end"):
                inner = inner.get(part, inner)
            # What a file says of itself is not what it proves.
            said = ("called", "version", "made_at", "braver_history")
            name = data.draw(st.sampled_from(sorted(set(inner) - set(said))))
            inner[name] = _other(inner[name])
        case "remove":
            del lines[place]
        case "double":
            lines.insert(place, lines[place])
        case "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            assume(lines[other] != lines[place])
            lines[place], lines[other] = lines[other], lines[place]
        case "anew":
            assume("event" in lines[place])
            lines = _anew(lines, place)
    try:
        seen = checked(rewrite(file, lines), {KEY}, {})
    except BadFile:
        return
    assert seen.faults or _less_is_proven(seen, checked(file, {KEY}, {}))
    assert checked(file, {KEY}, {}).faults == []


def _less_is_proven(seen: Checked, before: Checked) -> bool:
    return seen.last is None or before.last is None or seen.last.events < before.last.events


def _other(value: Any) -> Any:
    match value:
        case int():
            return value + 1
        case list():
            return [*value, "ab" * 32]
        case "":
            return "x"
    last = "1" if value[-1] != "1" else "2"
    return f"{value[:-1]}{last}" if not value.endswith("+00:00") else value.replace("+00:00", "+01:00")


@pytest.fixture
async def kept(sqlite_url: str, tmp_path: Path) -> tuple[Path, Lines]:
    """A file of a log that was anchored twice."""
    file = tmp_path / "log"
    async with opened(sqlite_url, secrets=(SECRET,)) as database:
        for _ in range(2):
            async with database.work() as work:
                await work.append("security", "not_on_case", {"n": 1}, "slack:T1:U1")
                await work.append("directory", "imported", {}, "")
            await export(database, "security", file)
    return file, lines_of(file)


def test_a_strangers_signature(kept: tuple[Path, Lines], tmp_path: Path) -> None:
    """Of a key that was not given, or an anchor that is not the one that was kept elsewhere."""
    file, lines = kept
    numbers = [line["anchor"]["number"] for line in lines if "anchor" in line]
    assert {kind for kind, _ in checked(file, set(public_keys((OTHER,))), {}).faults} >= {"key_unknown"}
    wrong = {numbers[0]: frozenset(("0" * 64,))}
    assert ("outside_differs", str(numbers[0])) in checked(file, {KEY}, wrong).faults
    kept_elsewhere = tmp_path / "anchors"
    kept_elsewhere.write_text(
        "".join(json.dumps(line["anchor"]) + "\n" for line in lines if "anchor" in line)
    )
    assert checked(file, {KEY}, kept_in([kept_elsewhere])).faults == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: "no history\n" + text,
        lambda text: text.replace("braver_history", "other"),
        lambda text: text.replace('"braver_history": 1', '"braver_history": 2'),
        lambda text: text + "\x00",
        lambda text: text.replace('"sequence": 1', '"sequence": "one"'),
        lambda text: text.replace('"path": [', '"path": ["no hash", '),
        lambda text: "[" * 100_000,
        lambda text: "\udcff",
    ],
)
def test_a_file_that_is_none(kept: tuple[Path, Lines], spoil: Callable[[str], str]) -> None:
    """It is refused with its line, in words; nothing else happens."""
    file = kept[0]
    text = spoil(file.read_text(encoding="utf-8"))
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadFile, match="no line of a history"):
        checked(file, (), {})


def test_anchors_kept_in_a_log(tmp_path: Path) -> None:
    """Whatever stands around them; a file without any is refused."""
    log = tmp_path / "log"
    log.write_text(
        'braver-1  | {"event": "listening"}\nnoise\n'
        'braver-1  | {"number": 4, "digest": "ab", "event": "anchored"}\n'
        '{"number": "4", "digest": "cd"}\n{"digest": broken\n'
    )
    assert kept_in([log]) == {4: frozenset(("ab",))}
    log.write_text("noise\n")
    with pytest.raises(BadFile, match="No line of it tells of an anchor"):
        kept_in([log])
    with pytest.raises(BadFile, match="It can't be read"):
        kept_in([tmp_path / "none"])


def test_every_fault_has_words() -> None:
    words = Words("verify")
    for kind in KINDS:
        assert f"check.{kind}" in words


def _braver(environment: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BRAVER, "audit", *arguments], env={**os.environ, **environment}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.full)], indirect=True
)
async def test_the_commands_beside_a_running_service(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """verify, export, check: what they say while all is well, and what when something was changed; never a
    word that a person wrote."""
    anchors, file = tmp_path / "anchors", tmp_path / "history"
    await Anchoring(database, (SECRET,), anchors).step()
    set = {
        "BRAVER_DATABASE_URL": database_url,
        "BRAVER_SECRET_KEY": SECRET,
        "BRAVER_ANCHOR_FILE": str(anchors),
    }
    well = _braver(set, "verify")
    assert (well.returncode, well.stderr) == (0, "")
    assert "Nothing was found." in well.stdout
    assert "Looked at: histories 10, " in well.stdout
    assert f"It is signed with the key {KEY}." in well.stdout
    assert "Compared with what was kept outside the database: 1 anchors." in well.stdout

    done = _braver(set, "export", "BR-c3", "--out", file, "--by", "alex")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Wrote {file}: the history case:c3, events " in done.stdout
    proof = _braver({}, "check", file, "--key", KEY, "--anchors", anchors)
    assert (proof.returncode, proof.stderr) == (0, "")
    assert "All of it is as it was written." in proof.stdout
    assert "Ask whoever runs Braver" in _braver({}, "check", file).stdout
    assert json.loads(_braver({}, "check", file, "--json").stdout)["proven"]["key"] == KEY
    missing = _braver(set, "export", "BR-none", "--out", tmp_path / "none")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "there is no case BR-none" in missing.stderr

    await meddle(database, "UPDATE events SET actor = 'mallory' WHERE stream = 'case:c3' AND sequence = 2")
    broken = _braver(set, "verify")
    assert broken.returncode == 1
    assert "✗ The history case:c3 is not as it was written: event 2 is not" in broken.stdout
    assert "  → Somebody or something changed the database from outside." in broken.stdout
    assert broken.stdout.endswith("Found: 1.\n")
    found = json.loads(_braver(set, "verify", "--json").stdout)
    assert [(one["kind"], one["subject"]) for one in found["findings"]] == [("chain", "case:c3")]
    stranger = _braver({**set, "BRAVER_SECRET_KEY": OTHER, "BRAVER_ANCHOR_FILE": ""}, "verify", "--key", KEY)
    assert "which is not known" not in stranger.stdout
    _braver(set, "export", "BR-c3", "--out", file)
    wrong = _braver({}, "check", file, "--key", KEY)
    assert wrong.returncode == 1
    assert "✗ An event is not as it was written: event 2 is not as it was written." in wrong.stdout
    assert not any(word in said.stdout for said in (well, done, proof, broken, wrong) for word in WORDS)
