"""A folder in memory for the files of the tests, where the machine has a roomy one."""

import os
import shutil
from pathlib import Path

_ROOM = 2_000_000_000
"""Bytes that must be free: containers often have a small one."""
_SHARED = Path("/dev/shm")  # noqa: S108  # the folders below it are pytest's, and private


def _roomy() -> Path | None:
    if os.access(_SHARED, os.W_OK) and shutil.disk_usage(_SHARED).free > _ROOM:
        return _SHARED
    return None


MEMORY = _roomy()
"""None where files have to lie on the disk."""
