"""Any card and any form becomes an Adaptive Card that Teams draws, and says what was written."""

import base64
import json
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given

from adapters.teams import forms, limits
from adapters.teams.render import OURS, Renderer, size
from bot.chat.action import Payload
from bot.chat.card import Button, Card, Divider, Fact, Facts, Link, Progress, Status, Text, fallback
from bot.chat.form import (
    ChoiceField,
    ChoicesField,
    DateTimeField,
    Field,
    Form,
    LongTextField,
    Option,
    PersonField,
    TextField,
    Value,
    YesNoField,
    refused,
)
from bot.chat.text import Bullets, Paragraph, Quote, Span, markup, plain
from playground.teams_cards import card_problems, draw
from tests.contracts import vocabulary
from tests.contracts.adaptive_validity import assert_valid, complaints
from tests.contracts.inbox import PHRASES

CARDS = Renderer(PHRASES, dialogs=False)
DIALOGS = Renderer(PHRASES, dialogs=True)
ACTION = Payload("raise.file", 1, '{"case":"WIC-7"}')

Json = dict[str, Any]


def words(content: Json) -> str:
    """What a person reads on the card."""
    return draw("", [content]).words


def parts(item: Any, kind: str) -> Iterator[Json]:
    """Every part of this type, outermost first."""
    if isinstance(item, dict):
        if item.get("type") == kind:
            yield item
        for value in item.values():
            yield from parts(value, kind)
    elif isinstance(item, list):
        for value in item:
            yield from parts(value, kind)


def form(*fields: Field, errors: dict[str, str] | None = None, problem: str = "") -> Form:
    return Form("Raise it", fields, ACTION, "instance-1", "Send", errors=errors or {}, problem=problem)


def sent(content: Json, typed: dict[str, str] | None = None) -> dict[str, Value]:
    """The values of the form when it comes back with what it holds, and with `typed`."""
    held = {
        item["id"]: item["value"]
        for kind in ("Text", "ChoiceSet", "Date", "Time")
        for item in parts(content["body"], f"Input.{kind}")
        if "value" in item
    }
    data = next(parts(content, "Action.Execute"))["data"][OURS]
    return forms.values({**held, **(typed or {})}, data["t"])


def test_any_card_is_valid() -> None:
    """Any card, of any length and script, is valid for the vendor's renderer and for Teams, and fits."""
    drawn: list[Json] = []

    @given(vocabulary.cards())
    def render(card: Card) -> None:
        for content in (CARDS.cards(card).content, DIALOGS.cards(card).content):
            assert size(content) <= limits.CARD
            assert card_problems(content) == []
            drawn.append(content)

    render()
    assert_valid(drawn)


def test_any_card_in_a_dialog_is_valid() -> None:
    """Any cards under one another in a dialog are valid, fit, and have no action but submits."""
    drawn: list[Json] = []

    @given(vocabulary.cards(), vocabulary.cards())
    def render(first: Card, second: Card) -> None:
        content = DIALOGS.cards(first, second, in_dialog=True).content
        assert size(content) <= limits.CARD
        assert not list(parts(content, "Action.Execute"))
        drawn.append(content)

    render()
    assert_valid(drawn)


def test_any_form_is_valid() -> None:
    """Any form, fresh or given back, is valid for the vendor's renderer and for Teams, and fits."""
    drawn: list[Json] = []

    @given(vocabulary.forms())
    def render(shown: Form) -> None:
        for content in (CARDS.form(shown).content, CARDS.form(shown, in_dialog=True).content):
            assert size(content) <= limits.CARD
            assert card_problems(content) == []
            drawn.append(content)

    render()
    assert_valid(drawn)


def test_the_judge_can_say_no() -> None:
    """The vendor's code complains of unknown elements, choices without a value and inputs without a label."""
    broken = [
        {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "Banner"}]},
        {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "Input.ChoiceSet", "id": "a"}]},
        {
            "type": "AdaptiveCard",
            "version": "1.5",
            "body": [{"type": "Input.Text", "id": "a", "isRequired": True}],
        },
    ]
    assert all(complaints(broken))


@given(vocabulary.forms())
def test_a_form_that_holds_everything_gives_everything_back(shown: Form) -> None:
    """What a whole form holds is what comes back from it; a form that cut typed words says that it is not."""
    drawn = CARDS.form(shown)
    if not drawn.whole:
        return
    back = sent(drawn.content)
    for item in shown.fields:
        match item:
            case TextField(value=value) | LongTextField(value=value):
                assert back[item.id] == (value or None)
            case DateTimeField(value=at):
                fits = at is not None and limits.EARLIEST <= at.year <= limits.LATEST
                assert back[item.id] == (at.replace(second=0, microsecond=0, fold=0) if at and fits else None)
            case YesNoField(value=answer):
                assert back[item.id] is answer
            case ChoicesField(value=chosen):
                assert back[item.id] == (chosen or None)
            case ChoiceField(value=chosen) | PersonField(value=chosen):
                assert back[item.id] == (chosen or None)


@given(vocabulary.forms())
def test_a_form_can_be_made_again_from_its_submission(shown: Form) -> None:
    """A submission that carries its form gives the same form back, with its id and what was typed."""
    data = forms.submission(shown, "nonce", packed=True)
    if "x" not in data:
        return
    again = forms.unpack(data["x"])
    assert again is not None
    assert (again.title, again.instance, again.submit, again.action) == (
        shown.title,
        shown.instance,
        shown.submit,
        Payload.decode(shown.action.encode()),
    )
    typed = {item.id: item.value for item in shown.fields}
    assert refused(again, typed, {}).fields == shown.fields


def test_a_forged_form_is_none() -> None:
    """What came along as a form and is none of ours is left alone."""
    wrong = base64.b85encode(zlib.compress(b'["a","b","c","d",[["nothing",{}]]]')).decode()
    for packed in (None, 7, "", "§", "abc", wrong):
        assert forms.unpack(packed) is None


def test_a_forged_form_takes_no_memory() -> None:
    """A form that would unpack to ten million bytes is not unpacked."""
    bomb = base64.b85encode(zlib.compress(b"[" + b" " * 10_000_000, 9)).decode()
    tracemalloc.start()
    try:
        assert forms.unpack(bomb) is None
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_typed_words_are_literal() -> None:
    """Markup, mentions and links that a person typed are drawn as they were typed."""
    typed = "**b** _i_ [x](http://x.example) <at>Jo</at> # h - l `c` {{DATE(2026-01-01T00:00:00Z,SHORT)}}"
    card = Card(typed, (Text(plain(typed)), Facts((Fact("Who", typed),)), Status(typed)))
    content = CARDS.cards(card).content
    assert not list(parts(content, "TextBlock"))
    runs = [run["text"] for run in parts(content, "TextRun")]
    assert len([text for text in runs if text.startswith("**b** _i_ [x](http://x.example) <at>Jo</at>")]) == 4
    assert not any("{{" in text for text in runs)
    assert "entities" not in content["msteams"]


def test_a_plain_title_is_a_heading() -> None:
    """A screen reader finds the title as a heading, and the card by its name."""
    content = CARDS.cards(Card("Your cases")).content
    assert content["body"][0]["style"] == "heading"
    assert content["speak"] == "Your cases"


def test_a_card_says_everything_in_order() -> None:
    """Title, text, facts, progress, status, links and footnote all stand on the card, in reading order."""
    card = Card(
        "Case WIC-7",
        (
            Text(
                markup("One **bold** and *leaning* word, [a page](https://x.example).\n\n- first\n- second")
            ),
            Text((Quote((Span("she said\nso"),)), Bullets(((Span("one"),), (Span("two"),)), ordered=True))),
            Divider(),
            Facts((Fact("Due", "Tuesday"),)),
            Progress(3, 21, "Skill"),
            Status("Waiting for an answer", "urgent"),
            Link("Out of hours", "tel:0300-123"),
        ),
        (Button("Answer", ACTION, "primary", opens_form=True), Button("Withdraw", ACTION, "danger")),
        plain("Example ladder"),
    )
    drawn = CARDS.cards(card)
    assert words(drawn.content).splitlines() == [
        "Case WIC-7",
        "One bold and leaning word, a page (https://x.example).",
        "• first",
        "• second",
        "she said",
        "so",
        "1. one",
        "2. two",
        "Due: Tuesday",
        "Skill (3 of 21)",
        "Waiting for an answer",
        "Out of hours: 0300-123",
        "[Answer] [Withdraw]",
        "Example ladder",
    ]
    assert drawn.content["fallbackText"] == fallback(card)
    assert drawn.summary == fallback(card)
    assert [action["style"] for action in parts(drawn.content["body"], "Action.Execute")] == [
        "positive",
        "destructive",
    ]


def test_many_buttons_are_all_there() -> None:
    """No button is lost to the number that Teams shows in one row."""
    card = Card("Menu", buttons=tuple(Button(f"Do {n}", ACTION) for n in range(13)))
    content = CARDS.cards(card).content
    rows = [len(item["actions"]) for item in content["body"] if item["type"] == "ActionSet"]
    assert sum(rows) == 13
    assert max(rows) <= 5


def test_a_long_text_is_shortened_and_says_so() -> None:
    """A text beyond the budget is cut at its end, says so, and costs no button."""
    card = Card("Long", (Text(plain("word " * 10_000)),), (Button("Go on", ACTION),))
    content = CARDS.cards(card).content
    assert PHRASES.shortened in words(content)
    assert "[Go on]" in words(content)
    assert limits.CARD - 200 < size(content) <= limits.CARD


def test_what_has_no_room_is_left_out_and_said() -> None:
    """Where even short texts are too many the first ones stay, with a word that this is not all."""
    card = Card("Many", tuple(Text(plain(f"line {n} " * 20)) for n in range(500)), (Button("Go on", ACTION),))
    content = CARDS.cards(card).content
    assert "line 0" in words(content)
    assert PHRASES.shortened in words(content).splitlines()
    assert "[Go on]" in words(content)


def test_each_drawing_is_its_own() -> None:
    """The same card drawn twice has buttons that can be told apart."""
    first, second = (CARDS.cards(Card("A", buttons=(Button("Go", ACTION),))).content for _ in range(2))
    assert next(parts(first, "Action.Execute"))["data"] != next(parts(second, "Action.Execute"))["data"]


def test_a_button_that_opens_a_form_asks_for_a_dialog_where_dialogs_are_used() -> None:
    """With dialogs the button fetches a task and keeps its style; the others act at once, and old clients
    can submit them."""
    card = Card("A", buttons=(Button("Fill", ACTION, "danger", opens_form=True), Button("Go", ACTION)))
    fill, go = next(parts(DIALOGS.cards(card).content, "ActionSet"))["actions"]
    assert (fill["type"], fill["data"]["msteams"]) == ("Action.Submit", {"type": "task/fetch"})
    assert fill["style"] == "destructive"
    assert (go["type"], go["fallback"]["type"]) == ("Action.Execute", "Action.Submit")
    assert {action["type"] for action in next(parts(CARDS.cards(card).content, "ActionSet"))["actions"]} == {
        "Action.Execute"
    }


def test_a_form_given_back_says_what_is_wrong_where_it_is_wrong() -> None:
    """The problem stands at the top, the error by its field, and every word is still there."""
    shown = form(
        TextField("ref", "Your reference", value="X-1"),
        LongTextField("why", "Why?", hint="No names", value="because\nof that"),
        errors={"why": "Too long"},
        problem="Nothing was saved",
    )
    content = CARDS.form(shown).content
    drawing = draw("", [content])
    assert drawing.lines[:3] == ("Raise it", "Nothing was saved", "Your reference: [X-1]")
    assert [(item.id, item.shown, item.error) for item in drawing.fields] == [
        ("ref", "X-1", ""),
        ("why", "because\nof that", "Too long"),
    ]
    assert "No names" in drawing.words


def test_required_fields_say_so_and_nothing_is_cut_by_the_client() -> None:
    """A required field is marked with its own error; no client-side limit cuts pasted words in silence."""
    content = CARDS.form(
        form(LongTextField("why", "Why?"), TextField("note", "Note", required=False))
    ).content
    why, note = parts(content, "Input.Text")
    assert (why["isRequired"], why["errorMessage"]) == (True, "Why? required")
    assert "isRequired" not in note
    assert "maxLength" not in why


def test_a_hint_belongs_to_its_field() -> None:
    """Each field is a group of its own: what is wrong, the input with its label, and the hint below it."""
    shown = form(
        TextField("ref", "Reference", hint="Your own number"),
        LongTextField("why", "Why?", hint="No names"),
        errors={"why": "Too long"},
    )
    groups = list(parts(CARDS.form(shown).content["body"], "Container"))
    assert [draw("", [{"body": [group]}]).lines for group in groups] == [
        ("Reference: []", "Your own number"),
        ("Why? Too long", "Why?: []", "No names"),
    ]


def test_a_date_and_its_time_are_told_apart() -> None:
    """The two inputs of a date-time have labels of their own, and an error stands above both."""
    shown = form(DateTimeField("until", "Answer by"), errors={"until": "Too early"})
    drawing = draw("", [CARDS.form(shown).content])
    assert [(item.label, item.error) for item in drawing.fields] == [
        ("Answer by (date)", "Too early"),
        ("Answer by (time)", ""),
    ]
    assert "Answer by: Too early" in drawing.lines


def test_a_title_stands_once_in_a_dialog() -> None:
    """The frame of a dialog shows the title, so the card in it does not; one too long for it is in full."""
    assert "Raise it" not in words(DIALOGS.form(form(TextField("a", "A")), in_dialog=True).content)
    filed = DIALOGS.cards(Card("Filed", (Text(plain("yes")),)), Card("More"), in_dialog=True).content
    assert words(filed).splitlines() == ["yes", "More"]
    long = "What has happened since the last time that both sides spoke with each other"
    assert words(DIALOGS.cards(Card(long), in_dialog=True).content) == long


def test_a_label_with_a_mark_of_its_own_gets_no_colon() -> None:
    """A question is followed by its answer, any other label by a colon."""
    card = Card("A", (Facts((Fact("Does the other side know?", "Yes"), Fact("Phone", "01632 960000"))),))
    assert words(CARDS.cards(card).content).splitlines()[1:] == [
        "Does the other side know? Yes",
        "Phone: 01632 960000",
    ]
    assert fallback(card).splitlines()[1:] == words(CARDS.cards(card).content).splitlines()[1:]


def test_a_person_field_searches_where_it_has_a_scope() -> None:
    """A person field offers the first people and asks for more; without a scope it is a plain list."""
    some = (Option("helen", "Helen Castle"),)
    content = CARDS.form(form(PersonField("who", "Who?", "colleagues:jo", some))).content
    field = next(parts(content, "Input.ChoiceSet"))
    assert (field["style"], field["choices.data"]["dataset"]) == ("filtered", "colleagues:jo")
    assert content["version"] == "1.6"
    static = CARDS.form(form(PersonField("who", "Who?", "", some))).content
    assert "choices.data" not in next(parts(static, "Input.ChoiceSet"))
    assert static["version"] == "1.5"


def test_what_was_typed_is_read_by_its_kind() -> None:
    """Text, choices, wall time and yes or no come back typed; what fits no kind counts as left empty."""
    some = (Option("a,b", "A and B"), Option("100%", "All"))
    shown = form(
        TextField("ref", "Ref"),
        ChoicesField("which", "Which?", some, value=("a,b", "100%")),
        DateTimeField("when", "When?", value=datetime.fromisoformat("2026-03-29T01:30")),
        YesNoField("spoken", "Spoken?", value=False),
    )
    content = CARDS.form(shown).content
    assert sent(content, {"ref": "X"}) == {
        "ref": "X",
        "which": ("a,b", "100%"),
        "when": datetime.fromisoformat("2026-03-29T01:30"),
        "spoken": False,
    }
    nonsense = {"when.date": "soon", "spoken": "perhaps", "ref": ""}
    assert sent(content, nonsense) == {"ref": None, "which": ("a,b", "100%"), "when": None, "spoken": None}


@pytest.mark.parametrize(
    ("day", "fits"),
    [
        ("0001-01-01", False),
        ("2001-12-31", False),
        ("2002-01-01", True),
        ("2285-12-31", True),
        ("2286-01-01", False),
        ("9999-12-31", False),
    ],
)
def test_a_date_beyond_what_a_picker_has_fits_no_field(day: str, fits: bool) -> None:
    """Nobody means such a date, and nothing can be reckoned from the first or the last of them."""
    content = CARDS.form(form(DateTimeField("when", "When?"))).content
    when = sent(content, {"when.date": day, "when.time": "23:59"})["when"]
    assert when == (datetime.fromisoformat(f"{day}T23:59") if fits else None)


def test_a_paragraph_over_several_lines_keeps_them() -> None:
    """Line breaks are kept on every client, since each line is a text of its own."""
    content = CARDS.cards(Card("A", (Text((Paragraph((Span("one\ntwo"), Span(" and\nthree"))),)),))).content
    assert words(content).splitlines() == ["A", "one", "two and", "three"]


def test_the_json_is_what_json_is() -> None:
    """A card with characters that JSON or a database can't hold is still sent as clean UTF-8."""
    content = CARDS.cards(Card("a\x00b\ud83dc", (Text(plain("\ud800x")),))).content
    assert json.loads(json.dumps(content, ensure_ascii=False).encode()) == content
    assert "abc" in words(content)
