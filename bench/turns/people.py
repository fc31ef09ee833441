"""The people of the benchmark: a crowd of health visitors beside the example's own people."""

from datetime import UTC, datetime
from pathlib import Path

from bot.guidance.content import root
from bot.people import source
from bot.people.directory import Directory
from bot.people.entries import PLATFORMS, Entry

CROWD = 50
POLICY = root() / "policies" / "example.yaml"


def crowd() -> tuple[str, ...]:
    """The ids of those who act."""
    return tuple(f"hv{number}" for number in range(CROWD))


def directory(platform: str) -> Directory:
    """Everybody on this platform, and every entry right as of today, so that nobody is asked about theirs."""
    known = source.load(root() / "directories" / "example.yaml", PLATFORMS)
    jo = next(one for one in known.people if one.id == "jo")
    today = datetime.now(UTC).date()
    more = [
        jo.model_copy(update={"id": id, "name": f"Visitor {id}", "email": f"{id}@health.example"})
        for id in crowd()
    ]

    def placed(entry: Entry) -> Entry:
        return entry.model_copy(update={"ways": (platform,), "verified_on": today})

    return known.model_copy(update={"people": tuple(map(placed, (*known.people, *more)))})


def written(folder: Path, platform: str) -> Path:
    """The same as a file."""
    file = folder / f"{platform}.yaml"
    file.write_text(directory(platform).model_dump_json(indent=2, exclude_none=True), encoding="utf-8")
    return file
