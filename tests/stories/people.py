"""Who is on which platform in the stories: each is written once and runs in every pairing.

What people do and see is said with `playground.people.Actor`: `await jo.says("raise")`,
`await helen.expects("…")`.
"""

from dataclasses import dataclass

from playground.house import shipped

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

    def platforms(self) -> dict[str, str]:
        """Person → platform, for everybody of the two sides, as `House.open` takes it."""
        sides = {RAISING: self.raising, RECEIVING: self.receiving}
        people = shipped().people
        return {person.id: sides[person.agency] for person in people if person.agency in sides}


BY_EMAIL = Pairing("slack", "email")
"""The receiving side is on no chat."""
CHATS = tuple(Pairing(one, other) for one in sorted(PLATFORMS) for other in sorted(PLATFORMS))
PAIRINGS = (*CHATS, BY_EMAIL)
"""For `@pytest.mark.parametrize("pairing", PAIRINGS, ids=str)`."""
