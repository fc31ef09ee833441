"""What the documents name already and what other branches of the same work bring: none once all are merged."""

FILES = {"retention.md", "audit.md", "least-data.md", "who-sees-what.md", "hardening.md"}
"""Pages of `docs`."""
TABLES: set[str] = set()
TESTS: set[str] = set()
