"""What the documents name already and other branches of the same work bring: nothing, once all is merged."""

FILES = {"retention.md", "audit.md", "least-data.md", "hardening.md"}
"""Pages of `docs`."""
TABLES: set[str] = set()
COLUMNS: set[str] = set()
WORDS: set[str] = set()
"""Events that hold words of people."""
COMMANDS: set[str] = set()
"""What can be typed after `braver`."""
TESTS = {
    "tests/contracts/test_every_text_is_guarded.py::test_every_form_that_is_built_comes_back_to_a_guarded_handler",
    "tests/contracts/test_every_text_is_guarded.py::test_every_typed_answer_is_guarded",
    "tests/faults/test_shut_in.py::test_it_works_shut_in",
    "tests/stories/test_leaving.py::test_a_post_that_goes_to_somebody_else_takes_the_case_along",
    "tests/stories/test_leaving.py::test_a_redrawing_that_fails_comes_later",
    "tests/stories/test_leaving.py::test_an_account_that_is_shut_out_sees_nothing_at_once",
    "tests/stories/test_leaving.py::test_nobody_shuts_out_the_account_that_they_use_nor_that_of_others",
    "tests/stories/test_leaving.py::test_who_hands_a_case_over_sees_nothing_of_it_any_more",
    "tests/stories/test_leaving.py::test_who_is_gone_from_the_directory_sees_nothing_of_any_case",
    "tests/stories/test_nothing_leaks.py::test_a_case_of_others_is_answered_as_one_that_never_was",
    "tests/stories/test_nothing_leaks.py::test_a_form_of_somebody_who_left_meanwhile_gives_the_words_back",
    "tests/stories/test_nothing_leaks.py::test_each_attempt_is_an_event_with_who_what_and_when",
    "tests/stories/test_nothing_leaks.py::test_no_search_finds_a_case",
    "tests/stories/test_nothing_leaks.py::test_what_is_counted_outside_tells_of_no_case",
    "tests/units/test_compose.py::test_braver_runs_as_nobody_in_particular_over_a_root_that_it_can_not_write",
    "tests/units/test_dependencies.py::test_the_bill_is_valid_and_always_the_same",
    "tests/units/test_dependencies.py::test_what_is_known_to_be_vulnerable_is_refused",
    "tests/units/test_dependencies.py::test_whom_nobody_could_be_asked_about_is_said_aloud",
    "tests/units/test_identifiers_measured.py::test_it_finds_what_it_should_and_lets_the_rest_through",
    "tests/units/test_secrets_compared.py::test_a_signature_counts_for_five_minutes",
    "tests/units/test_secrets_compared.py::test_each_opens_what_it_was_made_for_and_nothing_else",
    "tests/units/test_secrets_compared.py::test_no_secret_is_compared_sign_by_sign",
    "tests/units/test_seeing.py::test_a_note_for_one_side_is_on_no_card_of_anybody_else",
    "tests/units/test_seeing.py::test_no_card_offers_what_is_refused",
}
