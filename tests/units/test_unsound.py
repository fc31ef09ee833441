"""What is wrong with an entry that was typed stands at its field, in the words that the directory has."""

import pytest
from pydantic import ValidationError

from bot.desk.unsound import by_field
from bot.escalation.mistake import Mistake, wrong
from bot.people.entries import Entry
from tests.units.cases import DIRECTORY

HELEN = DIRECTORY.person("helen")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("phone", "ring me", "“ring me” is not a phone number. Write digits and spaces"),
        ("works", "most days", "“most days” is not a working pattern. Write the days"),
        ("role", "", "This is empty. Write a text."),
        ("ways", (), "Something must stand here. Write 1 or more of them."),
        ("email", "helen", "“helen” is not an e-mail address. Write one such as"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object, said: str) -> None:
    """Without the key that a file would have: the form shows it at its label."""
    assert HELEN is not None
    with pytest.raises(ValidationError) as caught:
        Entry.model_validate(HELEN.model_dump() | {field: value})
    (where,) = by_field(caught.value).items()
    assert where[0] == field
    assert where[1].startswith(said)


def test_a_mistake_within_the_directory_is_told_of_its_field() -> None:
    """The place in the list of people or posts is not the reader's business; a deputy has a number."""
    error = wrong(
        Mistake("They are their own.", "Name another.", ("people", 7, "line_manager")),
        Mistake("Already there.", "Once only.", ("posts", 2, "deputies", 1)),
        Mistake("It ends too soon.", "Later.", ("until",)),
        Mistake("All is wrong.", "Begin anew."),
    )
    assert by_field(error) == {
        "line_manager": "They are their own. Name another.",
        "deputies.1": "Already there. Once only.",
        "until": "It ends too soon. Later.",
        "": "All is wrong. Begin anew.",
    }


def test_an_error_of_ours_is_none_of_theirs() -> None:
    """It is not shown as if somebody had typed something wrong."""
    with pytest.raises(ValueError, match="a mistake of ours"):
        by_field(ValueError("a mistake of ours"))
