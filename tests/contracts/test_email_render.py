"""Cards and forms as pages: sound whatever they hold, everything escaped, everything labelled."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given

from adapters.email.auth import Keys
from adapters.email.forms import Shown
from adapters.email.render import EmailWords, Renderer, Stood, View
from bot import files
from bot.chat.action import Payload
from bot.chat.card import Button, Card, Fact, Facts, Link, Progress, Status, Text
from bot.chat.form import (
    ChoiceField,
    ChoicesField,
    DateTimeField,
    Form,
    LongTextField,
    Option,
    PersonField,
    TextField,
    YesNoField,
)
from bot.chat.text import Bullets, Paragraph, Quote, Span
from bot.guidance.content import root
from playground.mail_page import Page, read
from tests.contracts.html_validity import assert_page
from tests.contracts.inbox import PHRASES
from tests.contracts.vocabulary import cards, forms

WORDS = EmailWords(**files.read(root() / "email.yaml").data)
KEYS = Keys(["a key that is only for tests, and long enough"])
RENDERER = Renderer(WORDS, PHRASES, KEYS)
PRESS = Payload("case.acknowledge", 1, '{"case":"WIC-7"}')
SEND = Payload("raise.file", 1)
PEOPLE = (Option("p1", "Priya Okafor"), Option("p2", "Helen Castle"))
FIELDS = (
    TextField("ref", "Your reference", "No names"),
    LongTextField("risk", "What is the risk?"),
    ChoiceField("stage", "Which stage?", (Option("1", "First"), Option("2", "Second"))),
    ChoicesField("seen", "Who has seen the child?", (Option("s", "School"), Option("h", "Health"))),
    PersonField("who", "Who decided?", "colleagues:7", PEOPLE),
    DateTimeField("when", "When was it?", required=False),
    YesNoField("spoke", "Have you spoken?", required=False),
)
FORM = Form("Raise a concern", FIELDS, SEND, "instance-1", "Send")


def drawn(view: View) -> str:
    return RENDERER.view(view, "token", "session")


def page(view: View) -> Page:
    return read("https://braver.example/mail/token", 200, drawn(view))


@given(cards(), cards())
def test_any_cards_make_a_sound_page(first: Card, second: Card) -> None:
    """Whatever two cards hold, the page is well-formed, and each input and button has words."""
    assert_page(drawn(View((Stood(first, "m1"), Stood(second, fresh=True)), "nonce")))


@given(forms(), cards())
def test_any_form_makes_a_sound_page(form: Form, card: Card) -> None:
    """Whatever a form holds, the page is well-formed, and each input has its label."""
    assert_page(drawn(View((Stood(card),), "nonce", Shown(form))))


@given(forms())
def test_any_form_is_given_back_soundly(form: Form) -> None:
    """A form with what was typed in it, whatever that was, is a sound page too."""
    typed = {f"f.{item.id}": ["\x00<script>", "é 長"] for item in form.fields}
    assert_page(drawn(View((), "nonce", Shown(form, typed, problem="<b>Not saved</b>"))))


def test_a_card_is_shown_with_everything_that_it_says() -> None:
    """Each element of the vocabulary has its words on the page, in reading order."""
    card = Card(
        "Case BR-7",
        (
            Status("Answer due", "attention"),
            Facts((Fact("Raised by", "Jo Marsh"), Fact("Ready?", "Yes"))),
            Progress(3, 21, "Skill 3 of 21"),
            Progress(1, 2, "Card"),
            Text((Paragraph((Span("Bold", bold=True), Span(" and "), Span("thin", italic=True))),)),
            Text((Quote((Span("It rained.\nA lot."),)), Bullets(((Span("one"),), (Span("two"),)), True))),
            Link("The policy", "https://policy.example/a?b=c"),
        ),
        (Button("Acknowledge", PRESS, "primary"), Button("Stop", PRESS, "danger")),
        (Paragraph((Span("No names."),)),),
    )
    source = drawn(View((Stood(card, "m1"),), "nonce"))
    assert_page(source)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", source.partition("<main")[2]))
    told = ("Case BR-7", "Answer due", "Raised by:", "Jo Marsh", "Ready?", "Skill 3 of 21", "Card (1 of 2)",
            "Bold", "thin", "It rained. A lot.", "one", "two", "The policy", "Acknowledge", "Stop",
            "No names.")  # fmt: skip
    at = [words.index(one) for one in told]
    assert at == sorted(at)
    assert "Skill 3 of 21 (" not in words
    for markup in (
        "<strong>Bold</strong>",
        "<em>thin</em>",
        "<blockquote",
        "<ol>",
        'class="status attention"',
    ):
        assert markup in source
    (seen,) = page(View((Stood(card, "m1"),), "nonce")).cards
    assert seen.message == "m1"
    assert [button.style for button in seen.drawing.buttons] == ["primary", "danger"]


def test_nothing_that_was_typed_becomes_markup() -> None:
    """Tags, quotes, entities and addresses of scripts are shown as they were written."""
    nasty = "<img src=x onerror=alert(1)>\" ' &amp; </textarea><script>"
    card = Card(
        nasty,
        (Text((Paragraph((Span(nasty, href="javascript:alert(1)"),)),)), Link(nasty, "data:text/html,x")),
        (Button(nasty, PRESS),),
    )
    form = Form(nasty, (LongTextField("risk", nasty, nasty, value=nasty),), SEND, "i", nasty, problem=nasty)
    for source in (
        drawn(View((Stood(card),), "nonce", words=nasty, problem=nasty)),
        drawn(View((Stood(card),), "nonce", Shown(form))),
    ):
        assert_page(source)
        assert "<img" not in source
        assert "<script" not in source
        assert "javascript:" not in source
        assert "data:text" not in source
    assert page(View((), "nonce", Shown(form))).forms[0].holds[1] == ("f.risk", nasty)


def test_words_that_begin_with_a_line_end_keep_it() -> None:
    """Browsers leave out the first line end of a large field, so one more is written."""
    form = replace(FORM, fields=(LongTextField("risk", "Risk", value="\nsecond line"),))
    assert ">\n\nsecond line</textarea>" in drawn(View((), "nonce", Shown(form)))


def test_a_form_has_a_field_for_each_kind() -> None:
    """Text, long text, choice, choices, person, date and yes/no, each with its label, hint and choices."""
    source = drawn(View((), "nonce", Shown(FORM)))
    assert_page(source)
    shown = page(View((), "nonce", Shown(FORM)))
    assert shown.kind == "form"
    assert shown.title == "Raise a concern"
    found = {item.id: item for item in shown.drawing.fields}
    assert {id: item.kind for id, item in found.items()} == {
        "ref": "text", "risk": "long_text", "stage": "choice", "seen": "choices", "who": "choice",
        "when": "datetime", "spoke": "choice",
    }  # fmt: skip
    assert [found[item.id].label for item in FIELDS] == [item.label for item in FIELDS]
    assert "Required. No names" in found["ref"].hint
    assert [one.label for one in found["who"].choices] == ["Priya Okafor", "Helen Castle"]
    assert [one.label for one in found["spoke"].choices] == ["Yes", "No", WORDS.no_answer]
    assert found["who"].searches


def test_a_form_shows_what_it_holds() -> None:
    """A form that comes with values shows them, dates as a browser's own field wants them."""
    at = datetime(2026, 7, 6, 9, 30)  # noqa: DTZ001 - wall time is meant
    held = (
        replace(FIELDS[0], value="WIC-7"), replace(FIELDS[2], value="2"), replace(FIELDS[3], value=("h",)),
        replace(FIELDS[4], value="p2"), replace(FIELDS[5], value=at), replace(FIELDS[6], value=False),
    )  # fmt: skip
    shown = page(View((), "nonce", Shown(replace(FORM, fields=held))))
    assert [item.shown for item in shown.drawing.fields] == [
        "WIC-7", "Second", "Health", "Helen Castle", "2026-07-06T09:30", "No",
    ]  # fmt: skip


def test_errors_stand_at_the_top_and_at_their_fields() -> None:
    """A refused form begins with a summary that can be focused, and each error leads to its field."""
    wrong = replace(FORM, errors={"ref": "We need letters.", "who": "Choose somebody."}, problem="Not yet.")
    source = drawn(View((), "nonce", Shown(wrong)))
    assert_page(source)
    shown = page(View((), "nonce", Shown(wrong)))
    for words in ("Not yet.", "Your reference: We need letters.", "Who decided? Choose somebody."):
        assert words in shown.problem
    assert 'role="alert" class="problem" id="problem" tabindex="-1" autofocus' in source
    assert source.index('role="alert"') < source.index("<form")
    errors = {item.id: item.error for item in shown.drawing.fields if item.error}
    assert errors == {"ref": "We need letters.", "who": "Choose somebody."}
    assert 'href="#f.ref"' in source
    assert 'aria-describedby="e.ref h.ref" aria-invalid="true"' in re.sub(r"\s+", " ", source)


def test_what_a_page_carries_is_for_one_session() -> None:
    """A sealed value is read in the session that it was drawn for, and in no other, whole or not at all."""
    sealed = KEYS.seal("session", {"n": "nonce"})
    assert KEYS.unseal("session", sealed) == {"n": "nonce", "s": "session"}
    assert KEYS.unseal("another", sealed) is None
    assert KEYS.unseal("session", sealed[:-2]) is None
    assert KEYS.unseal("session", "x" + sealed) is None
    assert Keys(["another key that is long enough to be one"]).unseal("session", sealed) is None


def test_older_keys_are_understood_and_newer_ones_sign() -> None:
    """After a change of keys links that were sent before still open, and new ones need the new key."""
    old, new = "the old key, which is long enough too", "the new key, which is long enough too"
    before, after = Keys([old]), Keys([new, old])
    token = before.token("letter", "link")
    read_again = after.read(token)
    assert read_again is not None
    assert (read_again.letter, read_again.link, read_again.over) == ("letter", "link", False)
    assert before.read(after.token("letter", "link")) is None


@pytest.mark.parametrize(
    ("words", "ground"),
    [
        ("#1d2420", "#f4f5f3"), ("#1d2420", "#ffffff"), ("#1f5a45", "#f4f5f3"), ("#14523d", "#ffffff"),
        ("#4a544e", "#ffffff"), ("#a3211b", "#ffffff"), ("#ffffff", "#1f5a45"), ("#1d2420", "#eef1ee"),
        ("#1d2420", "#e7f4ec"), ("#1d2420", "#fdf3dc"), ("#1d2420", "#fdeceb"), ("#4a544e", "#f4f5f3"),
    ],
)  # fmt: skip
def test_words_stand_out_from_their_ground(words: str, ground: str) -> None:
    """Every pair of colours that the style uses has a contrast of 4.5 to 1 at least."""
    lighter, darker = sorted((_luminance(words), _luminance(ground)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_the_style_uses_no_other_colours() -> None:
    """The list above has every colour in which words are written, and every ground."""
    style = (Path(__file__).parents[2] / "adapters/email/templates/style.css").read_text(encoding="utf-8")
    used = set(re.findall(r"(?<![-\w])(?:color|background):(#[0-9a-f]+)", style))
    assert used == {
        "#f4f5f3", "#1d2420", "#1f5a45", "#14523d", "#fff", "#eef1ee", "#e7f4ec", "#fdf3dc", "#fdeceb",
        "#4a544e", "#a3211b",
    }  # fmt: skip


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
