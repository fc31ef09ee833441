"""What the documents name already and other branches of the same work bring: nothing, once all is merged."""

FILES = {"retention.md", "audit.md", "least-data.md", "who-sees-what.md", "hardening.md"}
"""Pages of `docs`."""
TABLES = {"anchors", "anchored"}
COLUMNS = {"cases.outcome", "cases.minimised", "streams.anchored", "posted_cards.left_because"}
WORDS = {"corrected", "hold_placed", "hold_lifted"}
"""Events that hold words of people."""
COMMANDS = {"retention access"}
"""What can be typed after `braver`."""
TESTS = {
    "tests/stories/test_too_much.py::test_a_form_is_given_back_with_every_word",
    "tests/stories/test_too_much.py::test_danger_is_heard_however_much_came_before",
    "tests/units/test_audit_verify.py::test_anchors_that_were_kept_outside",
    "tests/units/test_audit_verify.py::test_on_sqlite_a_guard_that_was_taken_away_is_seen",
    "tests/units/test_audit_verify.py::test_what_a_careful_hand_leaves",
    "tests/units/test_audit_verify.py::test_whatever_is_done_to_the_rows_is_found",
    "tests/units/test_headers.py::test_every_address_by_every_method",
    "tests/units/test_limits.py::test_a_person_who_does_too_much_stops_nobody_else",
    "tests/units/test_limits.py::test_a_workspace_that_does_too_much_stops_no_other",
}
