"""What the documents name already and other branches of the same work bring: nothing, once all is merged."""

FILES = {"retention.md", "audit.md", "least-data.md", "who-sees-what.md", "hardening.md"}
"""Pages of `docs`."""
TABLES = {"anchors", "anchored"}
COLUMNS = {"cases.outcome", "cases.minimised", "streams.anchored", "posted_cards.left_because"}
WORDS = {"corrected", "hold_placed", "hold_lifted"}
"""Events that hold words of people."""
COMMANDS = {"audit export", "retention access"}
"""What can be typed after `braver`."""
TESTS = {
    "tests/contracts/test_every_text_is_guarded.py::test_every_form_that_is_built_comes_back_to_a_guarded_handler",
    "tests/contracts/test_every_text_is_guarded.py::test_every_typed_answer_is_guarded",
    "tests/faults/test_secrets.py::test_every_secret_of_the_settings_is_seeded",
    "tests/faults/test_secrets.py::test_everything_fails_and_says_the_secrets_back",
    "tests/stories/test_keeping.py::test_a_case_is_erased_once_both_have_filed_and_its_time_has_come",
    "tests/stories/test_nothing_leaks.py::test_a_case_of_others_is_answered_as_one_that_never_was",
    "tests/stories/test_nothing_leaks.py::test_a_form_of_somebody_who_left_meanwhile_gives_the_words_back",
    "tests/stories/test_nothing_leaks.py::test_each_attempt_is_an_event_with_who_what_and_when",
    "tests/stories/test_nothing_leaks.py::test_no_search_finds_a_case",
    "tests/stories/test_nothing_leaks.py::test_what_is_counted_outside_tells_of_no_case",
    "tests/stories/test_too_much.py::test_a_form_is_given_back_with_every_word",
    "tests/stories/test_too_much.py::test_danger_is_heard_however_much_came_before",
    "tests/stories/test_who_sees.py::test_every_cell",
    "tests/units/test_audit_export.py::test_whatever_is_changed_in_the_file_is_found",
    "tests/units/test_audit_verify.py::test_anchors_that_were_kept_outside",
    "tests/units/test_audit_verify.py::test_on_sqlite_a_guard_that_was_taken_away_is_seen",
    "tests/units/test_audit_verify.py::test_what_a_careful_hand_leaves",
    "tests/units/test_audit_verify.py::test_whatever_is_done_to_the_rows_is_found",
    "tests/units/test_database_roles.py::test_it_can_give_itself_nothing",
    "tests/units/test_database_roles.py::test_the_doctor_says_whether_events_could_be_changed",
    "tests/units/test_database_roles.py::test_the_server_refuses_each_way",
    "tests/units/test_headers.py::test_every_address_by_every_method",
    "tests/units/test_identifiers_measured.py::test_it_finds_what_it_should_and_lets_the_rest_through",
    "tests/units/test_limits.py::test_a_person_who_does_too_much_stops_nobody_else",
    "tests/units/test_limits.py::test_a_workspace_that_does_too_much_stops_no_other",
    "tests/units/test_redacting.py::test_whatever_looks_like_a_secret",
    "tests/units/test_seeing.py::test_a_note_for_one_side_is_on_no_card_of_anybody_else",
    "tests/units/test_seeing.py::test_no_card_offers_what_is_refused",
}
