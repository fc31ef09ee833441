"""Blocks as they travel."""

import json
from functools import cached_property
from typing import Any


class Encoded(list[Any]):
    """Blocks that nobody changes: they are put into JSON once, however often they are sent."""

    @cached_property
    def json(self) -> str:
        return json.dumps(self, separators=(",", ":"))
