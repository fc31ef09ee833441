"""The test language of the stories: who is on which platform, and the world that they live in.

A story is written once and runs in every pairing of platforms. What people do and see is said with
`playground.people.Actor`: `await jo.says("raise")`, `await helen.expects("…")`.
"""

from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from bot.guidance.content import root
from bot.people import source
from playground.world import World

PLATFORMS = frozenset({"slack", "teams"})
RAISING, RECEIVING = "health", "social_care"
"""The agencies of the example directory on the two sides of the story."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """The platform of the raising side, and that of the receiving side."""

    raising: str
    receiving: str

    def __str__(self) -> str:
        return f"{self.raising}-to-{self.receiving}"


PAIRINGS = tuple(Pairing(one, other) for one in sorted(PLATFORMS) for other in sorted(PLATFORMS))
"""For `@pytest.mark.parametrize("pairing", PAIRINGS, ids=str)`."""


def placed(pairing: Pairing, folder: Path) -> Path:
    """The example directory as a file in `folder`, with the two sides on the platforms of the pairing."""
    yaml = YAML(typ="safe")
    directory = yaml.load(root() / "directories" / "example.yaml")
    platforms = {RAISING: pairing.raising, RECEIVING: pairing.receiving}
    for person in directory["people"]:
        person["platform"] = platforms.get(person["agency"], person["platform"])
    path = folder / f"{pairing}.yaml"
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(directory, file)
    return path


def world_of(directory: Path) -> World:
    """Both platforms with everybody of the directory, and a channel of each side's duty team."""
    people = source.load(directory, PLATFORMS).people
    channels = {
        f"{agency}-duty".replace("_", "-"): [person.id for person in people if person.agency == agency]
        for agency in (RAISING, RECEIVING)
    }
    return World(people, channels=channels)
