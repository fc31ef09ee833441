"""What the documents name already and other branches of the same work bring: nothing, once all is merged."""

FILES = {"retention.md", "audit.md", "least-data.md", "who-sees-what.md", "hardening.md"}
"""Pages of `docs`."""
TABLES: set[str] = set()
TESTS: set[str] = set()
WORDS: set[str] = set()
"""Events that hold words of people."""
COMMANDS = {"retention access"}
"""What can be typed after `braver`."""
