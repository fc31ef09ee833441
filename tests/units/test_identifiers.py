"""What must not stand in a chat is found; what people write every day is let through."""

import pytest

from bot.guidance.identifiers import Known, identifiers

STOPPED = [
    ("NHS number 943 476 5919 was on the form", "nhs_number"),
    ("9434765919", "nhs_number"),
    ("DOB 03/04/2019", "date_of_birth"),
    ("he was born on 3 April 2019", "date_of_birth"),
    ("d.o.b. 3.4.19", "date_of_birth"),
    ("Oscar Placeholder 12/03/2018 was seen", "likely_name"),
    ("Oscar Placeholder, 12 March 2018", "likely_name"),
    ("they live at CW1 2AB now", "postcode"),
    ("in cw12ab", "postcode"),
    ("ring mum on 07700 900123", "phone"),
    ("01632 960001 is the number of the family", "phone"),
    ("dad is at dad.placeholder@mail.example", "email"),
]
LET_THROUGH = [
    "The referral of 3 November was closed at the front door.",
    "I rang on 03/11/2026 and again on 10/11/2026.",
    "Case reference HV-2231, weight 12.4 kg on 4 November 2026.",
    "The child said that mum sleeps all day. Two visits in October found no food.",
    "Helen Castle, Team manager, said on 3 November 2026 that the decision stands.",
    "CIN plan from 01/09/26; ICPC did not happen; DSL and HV raised it.",
    "We ask for a section 47 strategy meeting within 5 working days.",
    "1234567890 is our file number",
    "Stage 2, 15:30, room B12",
]


@pytest.mark.parametrize(("text", "kind"), STOPPED)
def test_an_identifier_is_found(text: str, kind: str) -> None:
    """NHS numbers, dates of birth, names with a date, postcodes, phones and e-mail addresses are named."""
    assert kind in identifiers(text)


@pytest.mark.parametrize("text", LET_THROUGH)
def test_everyday_words_are_let_through(text: str) -> None:
    """Facts and dates are what a good challenge is made of: they are not stopped."""
    assert identifiers(text, Known.of(["Helen Castle"])) == ()
