"""The four corners of the fault matrix: each fault is met on each platform, over each database."""

from dataclasses import dataclass

from tests.stories.people import Pairing


@dataclass(frozen=True, slots=True)
class Corner:
    """Everybody of the story is on `platform`; `database` is "sqlite" or "postgres"."""

    platform: str
    database: str

    def __str__(self) -> str:
        return f"{self.platform}-{self.database}"

    def platforms(self) -> dict[str, str]:
        """Person → platform, as `House.open` takes it."""
        return Pairing(self.platform, self.platform).platforms()


DIAGONAL = (Corner("slack", "sqlite"), Corner("teams", "postgres"))
"""Each platform once, and each database: the shorter suite."""
REST = (Corner("slack", "postgres"), Corner("teams", "sqlite"))
