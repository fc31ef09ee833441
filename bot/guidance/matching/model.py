"""A model: how much each row of stems, and the meaning as a whole, speaks for each label."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.guidance.matching.stems import rows, words

Numbers = npt.NDArray[np.float32]
_TELLING = 3.3
"""Words that more than one example in ten has explain nothing to a person."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The rows of stems that are known, each with its place and with how telling it is."""

    places: Mapping[str, int]
    telling: Numbers

    def weighed(self, counted: Mapping[str, int]) -> dict[int, float]:
        """Place → weight of what is known of a text; of length 1."""
        known = {self.places[row]: times for row, times in counted.items() if row in self.places}
        raw = {at: (1 + np.log(times)) * float(self.telling[at]) for at, times in known.items()}
        length = float(np.sqrt(sum(weight * weight for weight in raw.values())))
        return {at: weight / length for at, weight in raw.items()} if length else {}


@dataclass(frozen=True, slots=True)
class Model:
    """`of_terms` is (labels, terms), `of_meaning` (labels, SIZE), `offset` one number a label. `pull` is how
    much the meaning counts beside the terms."""

    labels: tuple[str, ...]
    of_terms: Numbers
    of_meaning: Numbers
    offset: Numbers
    pull: float

    def scores(self, weighed: Mapping[int, float], point: Numbers) -> Numbers:
        """One number a label: the larger, the more the text is like its examples."""
        found = self.offset + self.of_meaning @ (self.pull * point)
        for at, weight in weighed.items():
            found = found + weight * self.of_terms[:, at]
        scores: Numbers = found
        return scores

    def because(self, label: str, text: str, terms: Terms) -> tuple[str, ...]:
        """The typed words that spoke most for the label, rather than for the others; at most three, none
        inside another."""
        mine = self.labels.index(label)
        spoke: list[tuple[float, int, int]] = []
        for row, start, end in rows(words(text)):
            at = terms.places.get(row)
            if at is None or terms.telling[at] < _TELLING:
                continue
            weights = self.of_terms[:, at]
            other = float(weights.sum() - weights[mine]) / max(1, len(self.labels) - 1)
            spoke.append((float(terms.telling[at]) * (float(weights[mine]) - other), start, end))
        chosen: list[tuple[int, int]] = []
        said: set[str] = set()
        for worth, start, end in sorted(spoke, key=lambda one: (-one[0], one[1])):
            apart = all(end <= begun or ended <= start for begun, ended in chosen)
            heard = {word.stem for word in words(text[start:end])}
            if worth > 0 and apart and not heard <= said and len(chosen) < 3:
                chosen.append((start, end))
                said |= heard
        return tuple(text[start:end] for start, end in sorted(chosen))
