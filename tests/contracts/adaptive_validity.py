"""The vendor's own parser and validator (npm `adaptivecards`) as a judge of cards, a batch at a time."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / "playground" / "page" / "node_modules"


def complaints(cards: Sequence[dict[str, Any]]) -> list[list[str]]:
    """What the vendor's code says against each card; an empty list for a card that is valid."""
    judged = subprocess.run(
        ["node", str(HERE / "adaptive_validity.mjs"), str(MODULES)],
        input=json.dumps(list(cards)),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: list[list[str]] = json.loads(judged.stdout)
    return found


def assert_valid(cards: Sequence[dict[str, Any]]) -> None:
    """Raises AssertionError with the first card that the vendor's code complains about."""
    for card, found in zip(cards, complaints(cards), strict=True):
        assert not found, f"{found}\n{json.dumps(card, ensure_ascii=False)[:4_000]}"
