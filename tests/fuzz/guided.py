"""Fuzzing guided by coverage: `python -m tests.fuzz.guided TARGET --seconds 30 --seed 1`, or every target.

Each target runs in a process of its own, for so many seconds. What breaks a law is kept under `crashes/`, as
the bytes that did it: from then on the tests try it again. It ends with 1 where anything was found.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

HERE = Path(__file__).parent
CRASHES = HERE / "crashes"
SKIPPED = "There is no fuzzer guided by coverage for this machine: see `atheris` in pyproject.toml."
Target = Callable[[bytes], None]
_RUNS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERED = re.compile(r"cov: (\d+)")


def targets() -> dict[str, Target]:
    """Name → what is tried with the fuzzer's bytes. Imports what is fuzzed: only after it can be watched."""
    from tests.fuzz import laws, rendering, route
    from tests.fuzz.mutating import Fed

    return {
        "slack": lambda data: laws.slack_reads(Fed(data)),
        "slack_bytes": laws.slack_takes,
        "teams": lambda data: laws.teams_reads(Fed(data)),
        "teams_bytes": laws.teams_takes,
        "email": lambda data: laws.email_reads(Fed(data)),
        "payload": lambda data: laws.payload_reads(data.decode("utf-8", "surrogateescape")),
        "metadata": lambda data: laws.metadata_reads(Fed(data)),
        "policy": laws.policy_reads,
        "sheet": laws.sheet_reads,
        "directory": laws.directory_reads,
        "markup": lambda data: laws.markup_reads(data.decode("utf-8", "replace")),
        **rendering.targets(),
        "service": route.service_answers,
    }


def seeds(name: str) -> Iterable[bytes]:
    """What the fuzzer begins with: right inputs."""
    from bot.guidance.content import root
    from tests.fuzz.shapes import corpus

    match name:
        case "slack_bytes" | "teams_bytes":
            yield from (json.dumps(body).encode() for body in corpus(name.partition("_")[0]).values())
        case "policy":
            yield from (path.read_bytes() for path in (root() / "policies").glob("*.yaml"))
        case "sheet":
            yield b"\n".join((root() / "directories" / "people.csv").read_bytes().splitlines()[:12])
        case "directory":
            yield (root() / "directories" / "example.yaml").read_bytes()[:4_000]
        case "payload":
            yield b'{"n":"raise.open","v":1,"d":{"case":"x"}}'
        case "markup":
            yield b"**bold** *italic* [label](https://x.example)\n\n- item\n1. item\n\n> quote {hole}"
        case _:
            # These are choices, and no input: any will do to begin with.
            chance = random.Random(name)  # noqa: S311
            yield from (chance.randbytes(200) for _ in range(100))


def _run(name: str, folder: Path, seconds: int, seed: int) -> None:
    """Fuzz in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["adapters", "bot", "flows"]):
        target = targets()[name]
    # What is made once, be it the whole service, is no part of the first try.
    target(bytes(64))
    for number, right in enumerate(seeds(name)):
        (folder / f"seed-{number}").write_bytes(right)
    CRASHES.mkdir(exist_ok=True)
    options = (
        f"-max_total_time={seconds}", f"-seed={seed}", f"-artifact_prefix={CRASHES}/{name}-",
        "-max_len=20000", "-timeout=20", "-rss_limit_mb=1500", "-print_final_stats=1",
    )  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(folder)], target)
    atheris.Fuzz()


def _told(name: str, output: str, ended: int) -> str:
    runs, covered = _RUNS.findall(output), _COVERED.findall(output)
    how = "well" if ended == 0 else "BROKEN"
    return (
        f"{name:14} {how:6} {int(runs[-1]) if runs else 0:>9,} runs, {covered[-1] if covered else '?'} edges"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="*")
    parser.add_argument("--seconds", type=int, default=30, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    try:
        import atheris  # noqa: F401
    except ImportError:
        print(SKIPPED)  # noqa: T201
        return 0
    if given.here:
        _run(given.target[0], Path(tempfile.mkdtemp()), given.seconds, given.seed)
    broken = 0
    for name in given.target or targets():
        again = [sys.executable, "-m", "tests.fuzz.guided", name, "--here"]
        again += [f"--seconds={given.seconds}", f"--seed={given.seed}"]
        with tempfile.TemporaryDirectory(prefix="braver-fuzz-") as folder:
            # The fuzzer ends its process without a chance to tidy up.
            with_folder = {**os.environ, "TMPDIR": folder}
            done = subprocess.run(again, capture_output=True, text=True, errors="replace", env=with_folder)
        print(_told(name, done.stderr + done.stdout, done.returncode), flush=True)  # noqa: T201
        if done.returncode:
            broken += 1
            _, _, why = (done.stdout + done.stderr).rpartition("Uncaught Python exception")
            print(why.partition("\nINFO:")[0][:4_000] or done.stderr[-2_000:])  # noqa: T201
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main())
