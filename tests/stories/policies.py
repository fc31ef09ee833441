"""Houses that run a ladder of their own: the example's, with what a policy file says otherwise."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from playground.house import House
from playground.people import Actor, Given
from playground.story import ABOUT, SPOKEN
from tests.stories.filing import reference_in
from tests.stories.people import Pairing
from tests.units.rich_policy import policy_with


def policy_file(folder: Path, *, stages: dict[int, dict[str, Any]] | None = None, **changes: Any) -> Path:
    """The example ladder with these changes, as a file; `stages` gives those of a stage by its number. A JSON
    text is YAML too."""
    file = folder / "policy.yaml"
    policy = policy_with(stages=stages, **changes)
    file.write_text(policy.model_dump_json(indent=2, exclude_none=True), encoding="utf-8")
    return file


@contextlib.asynccontextmanager
async def house_by(
    folder: Path, pairing: Pairing, *, hour: int = 10, stages: dict[int, dict[str, Any]] | None = None,
    **changes: Any,
) -> AsyncIterator[House]:  # fmt: skip
    """A house with this ladder, at `hour` o'clock of a working day."""
    settings = {"policy": policy_file(folder, stages=stages, **changes)}
    async with House.open(folder, platforms=pairing.platforms(), settings=settings) as house:
        await house.to_working_time(hour)
        yield house


async def written(house: House, words: Mapping[str, Given] | None = None) -> Actor:
    """Jo has filled in what every policy asks for, in these words; what comes next is open."""
    jo = house.world.person("jo")
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits({**ABOUT, **(words or {})})
    return jo


async def confirmed(house: House, jo: Actor) -> str:
    """Jo files what the preview shows; all messages have arrived. The reference."""
    await jo.expects("Before it is filed")
    if jo.form() is None:  # nothing to fill in: on a card it is a button
        await jo.presses("File the escalation")
    else:
        await jo.submits({})
    await house.quiet()
    return reference_in((await jo.expects("Your own card with everything on it")).words)
