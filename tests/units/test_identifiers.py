"""What must not stand in a chat is found, with its place; what people write every day is let through."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from bench.identifiers import staff
from bot.escalation.policy.rules import LeastData
from bot.guidance.identifiers import GRAVITY, Known, find, identifiers, offer, put_back
from bot.guidance.words import Words

KNOWN = Known.of(
    ["Helen Castle", "Jo Marsh", "Zoë O’Neill-Hart"],
    ["Little Wickering Primary School", "Grace Holloway House"],
    ["helen@council.example", "01632 960100", "07700 900101"],
)
CALLED = {kind: Words("identifiers")(f"called.{kind}") for kind in GRAVITY}

FOUND = [
    ("NHS number 943 476 5919 was on the form", "nhs_number", "943 476 5919"),
    ("9434765919", "nhs_number", "9434765919"),
    ("943\u00a0476\u00a05919", "nhs_number", "943\u00a0476\u00a05919"),
    ("９４３４７６５９１９", "nhs_number", "９４３４７６５９１９"),
    ("94347\u200b65919 on the list", "nhs_number", "94347\u200b65919"),
    ("943–476–5919", "nhs_number", "943–476–5919"),
    ("nhs no: 943 476 5918, one digit wrong", "nhs_number", "943 476 5918"),
    ("upn X875004743957", "upn", "X875004743957"),
    ("x 875 004 743 957", "upn", "x 875 004 743 957"),
    ("UPN A875004743957 with a wrong letter", "upn", "A875004743957"),
    ("DOB 03/04/2019", "date_of_birth", "03/04/2019"),
    ("he was born on 3 April 2019", "date_of_birth", "3 April 2019"),
    ("d.o.b. 3.4.19", "date_of_birth", "3.4.19"),
    ("aged 4 (12/03/2021)", "date_of_birth", "12/03/2021"),
    ("the child (12/03/21) is well", "date_of_birth", "12/03/21"),
    ("Oscar Placeholder 12/03/2018 was seen", "date_of_birth", "12/03/2018"),
    ("Oscar Placeholder 12/03/2018 was seen", "likely_name", "Oscar Placeholder"),
    ("they live at CW1 2AB now", "postcode", "CW1 2AB"),
    ("in cw12ab", "postcode", "cw12ab"),
    ("ring mum on 07700 900123", "phone", "07700 900123"),
    ("(01632) 960 001 is the family's", "phone", "(01632) 960 001"),
    ("+44 (0)7700 900123", "phone", "+44 (0)7700 900123"),
    ("dad is at dad.placeholder@mail.example", "email", "dad.placeholder@mail.example"),
    ("dad＠mail.example", "email", "dad＠mail.example"),
    ("Sam Carter's school", "likely_name", "Sam Carter"),
    ("Jose\u0301 Nu\u0301n\u0303ez came", "likely_name", "Jose\u0301 Nu\u0301n\u0303ez"),
    ("Mr and Mrs Carter came", "likely_name", "Mrs Carter"),
    ("“Sam Carter”", "likely_name", "Sam Carter"),
]
LET_THROUGH = [
    "The referral of 3 November was closed at the front door.",
    "I rang on 03/11/2026 and again on 10/11/2026.",
    "Case reference HV-2231, weight 12.4 kg on 4 November 2026.",
    "The child said that mum sleeps all day. Two visits in October found no food.",
    "Helen Castle, Team manager, said on 3 November 2026 that the decision stands.",
    "Helen CASTLE and Ms Castle; Castle, Helen; H. Castle; Zoe O'Neill-Hart.",
    "CIN plan from 01/09/26; ICPC did not happen; DSL and HV raised it.",
    "We ask for a section 47 strategy meeting within 5 working days.",
    "1234567890 is our file number",
    "Stage 2, 15:30, room B12",
    "Stage 1A, S47 2nd meeting, s17 5th visit, 2 x 3 hr",
    "Working Together, Early Help, the Children Act 1989, Little Wickering Primary School",
    "Grace Holloway House is shut.",
    "Ring 0300 123 5012, 0800 1111 or me on 07700 900101, or write to Helen@Council.example.",
    "01.09.2026 10.15 and 01-09-26 10-11 are times",
    "",
    " \u200b\n",
]


@pytest.mark.parametrize(("text", "kind", "words"), FOUND)
def test_an_identifier_is_found_where_it_stands(text: str, kind: str, words: str) -> None:
    """With its kind and the very words, in whatever letters and digits they were typed."""
    found = [(one.kind, one.words, text[one.start : one.end]) for one in find(text, KNOWN)]
    assert (kind, words, words) in found


@pytest.mark.parametrize("text", LET_THROUGH)
def test_everyday_words_are_let_through(text: str) -> None:
    """Facts, dates, staff, services and laws are what a good challenge is made of: they are not stopped."""
    assert find(text, KNOWN) == ()


def test_whoever_is_not_of_the_staff_is_not_known() -> None:
    assert identifiers("Helen Castle and 07700 900101") == ("likely_name", "phone")


def test_what_overlaps_is_named_once_by_the_gravest() -> None:
    """Nothing that is found overlaps, so each can be replaced."""
    text = "Sam Carter, born 12/03/2018, NHS 943 476 5919, CW1 2AB, 07700 900123, sam@mail.example"
    found = find(text)
    kinds = ["likely_name", "date_of_birth", "nhs_number", "postcode", "phone", "email"]
    assert [one.kind for one in found] == kinds
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_the_text_is_offered_without_what_was_found() -> None:
    """The same words have the same mark, others of the kind a further one; each can be put back alone."""
    text = "Sam Carter hit Tom Carter. Sam Carter (NHS 943 476 5919) ran."
    offered = offer(text, find(text), CALLED)
    assert offered.text == (
        "[name 1 removed] hit [name 2 removed]. [name 1 removed] (NHS [NHS number removed]) ran."
    )
    assert find(offered.text) == ()
    back = put_back(offered.text, offered.marks, ["[name 2 removed]"])
    assert back == "[name 1 removed] hit Tom Carter. [name 1 removed] (NHS [NHS number removed]) ran."


def test_a_policy_may_let_any_kind_be_kept_but_the_two_numbers() -> None:
    """What can be overruled is what a policy may name; the numbers of a child can't be."""
    words = Words("identifiers")
    assert all(kind in words and f"called.{kind}" in words for kind in GRAVITY)
    for kind in GRAVITY:
        if kind in ("nhs_number", "upn"):
            with pytest.raises(ValueError, match="overrule"):
                LeastData.model_validate({"overrule": [kind]})
        else:
            LeastData.model_validate({"overrule": [kind]})


PIECES = (
    "a.", "a-", "+44 ", "A a ", "0", "1/1/", "born ", "1 ", "0 1 ", "A.", "A. ", "Mr ", "Sam ", "Sam, ", "-",
    "mum ", "called ", "de ", "943 476 591", "X8", "CW1 ", "cw12a", "@", "a@", "(at) ", "é", "O'",
    "\u200b", "\u0301", "\uff13", "aged 4 (", "dob ", "1 jan ", "jan 1 ", "'s ", "ring 12", "((0)", "nhs ",
    "ﷺ", "Sam van ", "a [at] b ", "’",
)  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_the_time_is_bounded_whatever_is_typed(piece: str) -> None:
    """3,000 characters of anything take no longer than a few times those of plain words."""
    text = (piece * 3_000)[:3_000]
    find(text, KNOWN)
    began = time.perf_counter()
    find(text, KNOWN)
    assert time.perf_counter() - began < 0.3


def test_the_shipped_examples_name_nobody() -> None:
    """Thousands of lines as people write them, none of which was meant to be stopped."""
    known = staff()
    lines = [
        line
        for file in sorted(Path("content/examples").glob("*.txt"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    assert [line for line in lines if find(line, known)] == []
    assert len(lines) > 1_000
