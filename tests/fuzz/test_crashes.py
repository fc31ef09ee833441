"""What a fuzzer once broke a law with never breaks it again: bytes in `crashes/`, named by their target."""

from pathlib import Path

import pytest

import flows  # noqa: F401 - its conversations bring the actions
from tests.fuzz.guided import CRASHES, targets

FOUND = sorted(CRASHES.iterdir()) if CRASHES.is_dir() else []
TARGETS = {name: target for name, target in targets().items() if name != "service"}
"""All but the whole service, for which there are tests of its own."""


@pytest.mark.parametrize("crash", FOUND, ids=lambda crash: crash.name)
def test_a_crash_that_was_found(crash: Path) -> None:
    name = max((name for name in TARGETS if crash.name.startswith(f"{name}-")), key=len)
    TARGETS[name](crash.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_takes_some_bytes(name: str) -> None:
    """What `make fuzz` runs can be run."""
    for data in (b"", b"\x00" * 40, bytes(range(256)), b"\xff" * 300):
        TARGETS[name](data)
