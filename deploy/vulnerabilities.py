"""Whether anything that is locked is known to be vulnerable, as pip-audit is told by the databases of that.

Where none of them can be asked, that is said aloud: nothing was found out then, which is not the same as
nothing being wrong. A change is refused for what was found, and not because a database is away; `--strict` is
for a run that must not end without an answer.

    python -m deploy.vulnerabilities [--strict]
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from deploy.locked import FOLDER, Package, packages

LOCKS = ("build.txt", "runtime.txt", "dev.txt")
SERVICES = ("pypi", "osv")
"""The databases that pip-audit knows; the second is asked where the first does not answer for everything."""
FOUND, NOT_ASKED = 1, 3
"""Exit codes."""
_PATIENCE = 300.0
Asked = Callable[[str], str]


@dataclass(slots=True)
class Outcome:
    """`known` are vulnerabilities, each in a line; `silent` the packages about which nobody answered, and
    `why` what was said instead."""

    known: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    why: set[str] = field(default_factory=set)


def ask(service: str) -> str:
    """What pip-audit writes as JSON; empty where it did not come to that."""
    files = [argument for name in LOCKS for argument in ("--requirement", str(FOLDER / name))]
    command = [
        sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off",
        "--format", "json", "--vulnerability-service", service, "--timeout", "20", *files,
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def audited(wanted: Iterable[Package], asked: Asked = ask) -> Outcome:
    """Ask one database after the other until each package has been answered for."""
    outcome = Outcome(silent={package.name for package in wanted})
    for service in SERVICES:
        if not outcome.silent:
            break
        _take(outcome, service, asked(service))
    return outcome


def _take(outcome: Outcome, service: str, answer: str) -> None:
    try:
        told: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        outcome.why.add(f"{service}: no answer")
        return
    for one in told:
        if "skip_reason" in one:
            outcome.why.add(f"{service}: not known there, or no answer")
            continue
        outcome.silent.discard(str(one["name"]).lower())
        for known in one.get("vulns", []):
            better = ", ".join(known.get("fix_versions", [])) or "no release yet"
            outcome.known.add(f"{one['name']} {one['version']}: {known['id']}, mended in {better}")


def report(outcome: Outcome, number: int) -> str:
    """In words. `number` is how many packages are locked."""
    lines = [f"VULNERABLE: {line}" for line in sorted(outcome.known)]
    if outcome.silent:
        asked = number - len(outcome.silent)
        why = "; ".join(sorted(outcome.why))
        lines += [
            "!" * 78,
            f"NOT AUDITED: {len(outcome.silent)} of {number} locked packages ({why}).",
            f"Nothing is known about them. That is not “no vulnerabilities”: only {asked} were looked up.",
            "Run `make audit-dependencies` where the database can be reached, before a release.",
            "!" * 78,
        ]
    elif not outcome.known:
        lines.append(f"Audited {number} locked packages: no vulnerability is known.")
    return "\n".join(lines)


def verdict(outcome: Outcome, *, strict: bool) -> int:
    """The exit code."""
    if outcome.known:
        return FOUND
    return NOT_ASKED if outcome.silent and strict else 0


def main(*arguments: str) -> int:
    locked = packages(*LOCKS)
    outcome = audited(locked)
    sys.stdout.write(report(outcome, len(locked)) + "\n")
    return verdict(outcome, strict="--strict" in arguments)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
