"""What `braver directory` says: problems of a file, what an import changes, gaps, who is reached."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.files import FileProblem
from bot.guidance.words import Words
from bot.people.entries import Entry
from bot.people.gaps import Gap, Looked
from bot.people.importing import Plan
from bot.people.live import Proof
from bot.people.shown import SHOWN, table
from bot.people.told import as_data, in_words, sorted_out

words = Words("directory_tools")


def problem_table(file: str, problems: Sequence[FileProblem]) -> str:
    heads = [words(f"problems.{key}") for key in ("line", "problem", "remedy")]
    rows = [(str(one.line or ""), one.what, one.remedy) for one in problems[:SHOWN]]
    more = len(problems) - len(rows)
    lines = [words("problems.title", file=file), "", table(heads, rows)]
    return "\n".join([*lines, words("problems.more", number=more)] if more else lines)


def problem_data(problems: Sequence[FileProblem]) -> dict[str, Any]:
    shown = [
        {"file": one.file, "line": one.line, "problem": one.what, "remedy": one.remedy}
        for one in problems[:SHOWN]
    ]
    return {"problems": shown, "more": len(problems) - len(shown)}


def plan_lines(plan: Plan, *, done: bool, refused: bool, dry_run: bool) -> Iterator[str]:
    def named(person: str) -> str:
        entry = plan.after.person(person) or (plan.before.person(person) if plan.before else None)
        return entry.name if entry else ""

    if not plan.changes:
        yield words("import.same")
        return
    for what, changes in sorted_out(plan.changes).items():
        if changes:
            yield words(f"import.{what}", number=len(changes))
            lines = (words("import.line", text=in_words(change, named)) for change in changes[:SHOWN])
            yield from _at_most(lines, len(changes), "import.more")
    if done:
        yield words("import.done")
        return
    if refused:
        yield words("import.refused_would" if dry_run else "import.refused")
        yield from (words("import.line", text=loss) for loss in plan.losses)
        yield words("import.even_if")
    if dry_run:
        yield words("import.would")


def plan_data(plan: Plan, *, done: bool) -> dict[str, Any]:
    """ "new", "changed" and "gone" are lists of records with their fields."""
    found = {what: [as_data(one) for one in changes] for what, changes in sorted_out(plan.changes).items()}
    return {**found, "missing": list(plan.losses), "done": done}


def gap_lines(looked: Looked, found: Sequence[Gap]) -> Iterator[str]:
    if not looked.directory.people:
        yield words("check.no_directory")
    if not looked.platforms:
        yield words("check.no_platform")
    lines = (words("check.note" if gap.note else "check.gap", text=gap.text) for gap in found[:SHOWN])
    yield from _at_most(lines, len(found), "check.more")
    notes = sum(gap.note for gap in found)
    number = len(found) - notes
    if not found:
        people, posts = len(looked.directory.people), len(looked.directory.posts)
        yield words("check.sound", people=people, posts=posts)
    elif not number:
        yield words("check.only_notes", notes=notes)
    else:
        yield words("check.found_notes" if notes else "check.found", number=number, notes=notes)


def live_lines(proofs: Sequence[Proof], needed: Sequence[Entry]) -> Iterator[str]:
    """Everybody whom a case could need, with each way of theirs that is set up here."""
    asked = {proof.entry.id for proof in proofs}
    rows = [(proof.entry.name, proof.way, proof.why_not or words("live.reachable")) for proof in proofs]
    rows += [(entry.name, "", words("live.none")) for entry in needed if entry.id not in asked]
    unreached = [row for row in rows if row[2] != words("live.reachable")]
    # Who can't be reached stands first, so that nobody is cut off unseen.
    shown = [*unreached, *(row for row in rows if row not in unreached)][: SHOWN * 5]
    yield ""
    yield table([words(f"live.{key}") for key in ("person", "way", "result")], shown)
    if len(rows) > len(shown):
        yield words("check.more", number=len(rows) - len(shown))
    if unreached:
        yield words("live.some", number=len(unreached), all=len(rows))
    else:
        yield words("live.all", people=len(needed))


def check_data(found: Sequence[Gap], proofs: Sequence[Proof]) -> dict[str, Any]:
    gaps = [{"kind": gap.kind, "text": gap.text, "note": gap.note} for gap in found]
    live = [
        {"person": one.entry.id, "way": one.way, "reachable": not one.why_not, "why_not": one.why_not}
        for one in proofs
    ]
    return {"gaps": gaps, "live": live}


def _at_most(lines: Iterable[str], number: int, key: str) -> Iterator[str]:
    yield from lines
    if number > SHOWN:
        yield words(key, number=number - SHOWN)
