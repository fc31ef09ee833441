"""What the documents name already and other branches of the same work bring: nothing, once all is merged."""

FILES = {"retention.md", "audit.md", "least-data.md", "who-sees-what.md", "hardening.md", "keys.md"}
"""Pages of `docs`."""
TABLES = {"data_keys", "anchors", "anchored"}
COLUMNS = {"cases.outcome", "cases.minimised", "streams.anchored", "posted_cards.left_because"}
WORDS = {"corrected", "hold_placed", "hold_lifted"}
"""Events that hold words of people."""
COMMANDS = {"retention access", "audit verify"}
"""What can be typed after `braver`."""
TESTS: set[str] = set()
