"""The garbage collector of a process that serves for long."""

import gc


def leave_alone() -> None:
    """What was imported and read until now stays. Looking through it for garbage would stop everybody, again
    and again, for half a second."""
    gc.collect()
    gc.freeze()
