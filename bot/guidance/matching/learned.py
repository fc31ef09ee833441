"""What was learned of the examples: read when the service starts, written by `learn`."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from bot.files import bad
from bot.guidance.matching.examples import fingerprint, folder
from bot.guidance.matching.model import Model, Terms

_REMEDY = "Run `braver learn`."


@dataclass(frozen=True, slots=True)
class Learned:
    """`topics` tells the topics apart, `danger` whether somebody is at risk now. `seen` is the fingerprint of
    the examples that it was learned of."""

    terms: Terms
    topics: Model
    danger: Model
    seen: str

    @property
    def current(self) -> bool:
        """Whether the examples are still those that it was learned of."""
        return self.seen == fingerprint()


def place() -> Path:
    return folder() / "learned.npz"


@cache
def learned() -> Learned:
    """Raises BadFile where nothing was learned yet, or the file can't be read."""
    try:
        with np.load(place(), allow_pickle=False) as kept:
            terms = str(kept["terms"]).split("\n")
            return Learned(
                Terms({row: at for at, row in enumerate(terms)}, _numbers(kept, "telling")),
                _model(kept, "topics"),
                _model(kept, "danger"),
                str(kept["seen"]),
            )
    except (OSError, ValueError, KeyError, EOFError, TypeError, BadZipFile):
        raise bad(place(), 0, "What was learned of the examples is missing.", _REMEDY) from None


def keep(what: Learned) -> None:
    """Write it, in half precision: its size counts, and nothing hangs on the fourth digit."""
    terms = sorted(what.terms.places, key=lambda row: what.terms.places[row])
    kept = {"terms": np.array("\n".join(terms)), "telling": what.terms.telling, "seen": np.array(what.seen)}
    for name, model in (("topics", what.topics), ("danger", what.danger)):
        kept[f"{name}.labels"] = np.array("\n".join(model.labels))
        kept[f"{name}.pull"] = np.array(model.pull)
        for part in ("of_terms", "of_meaning", "offset"):
            kept[f"{name}.{part}"] = getattr(model, part).astype(np.float16)
    np.savez_compressed(place(), **kept)  # type: ignore[arg-type]
    learned.cache_clear()


def _model(kept: "np.lib.npyio.NpzFile", name: str) -> Model:
    return Model(
        tuple(str(kept[f"{name}.labels"]).split("\n")),
        _numbers(kept, f"{name}.of_terms"),
        _numbers(kept, f"{name}.of_meaning"),
        _numbers(kept, f"{name}.offset"),
        float(kept[f"{name}.pull"]),
    )


def _numbers(kept: "np.lib.npyio.NpzFile", name: str) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    numbers: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = kept[name].astype(np.float32)
    return numbers
