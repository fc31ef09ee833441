"""A tree of hashes over a list: its root stands for all of it, and a short path shows that one is in it.

As in RFC 6962: what is hashed says whether it is a leaf or a pair, so that neither is taken for the other.
All hashes are SHA-256, in hexadecimal digits.
"""

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").hexdigest()


def leaf(text: str) -> str:
    return hashlib.sha256(b"\x00" + text.encode()).hexdigest()


def root(leaves: Sequence[str]) -> str:
    """`leaves` are hashes made by `leaf`."""
    return EMPTY if not leaves else _levels(leaves)[-1][0]


def path(leaves: Sequence[str], position: int) -> list[str]:
    """The hashes that lead from the leaf at `position` (from 0) to the root."""
    found = []
    for level in _levels(leaves)[:-1]:
        beside = position ^ 1
        if beside < len(level):
            found.append(level[beside])
        position //= 2
    return found


def root_by(one: str, position: int, number: int, path: Sequence[str]) -> str:
    """The root of a list of `number` leaves in which `one` is at `position`, by its path; empty where that
    can't be one."""
    if not 0 <= position < number:
        return ""
    left = list(path)
    while number > 1:
        if position ^ 1 < number:
            if not left:
                return ""
            beside = left.pop(0)
            one = _pair(beside, one) if position % 2 else _pair(one, beside)
        position, number = position // 2, (number + 1) // 2
    return "" if left else one


def _levels(leaves: Sequence[str]) -> list[list[str]]:
    """From the leaves up to the root. What has none beside it goes up as it is."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = [
            _pair(*below[at : at + 2]) if at + 1 < len(below) else below[at] for at in range(0, len(below), 2)
        ]
        levels.append(pairs)
    return levels


def _pair(left: str, right: str) -> str:
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()
