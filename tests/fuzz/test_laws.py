"""Pure readers of what comes from outside: nothing makes them fail in a way that nobody foresaw."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flows  # noqa: F401 - its conversations bring the actions
from adapters.slack import intake as slack
from adapters.teams import intake as teams
from bot.guidance.content import root
from tests.fuzz import laws
from tests.fuzz.mutating import Drawn
from tests.fuzz.shapes import FORM, JSON, corpus, on_the_wire

CRASHES = Path(__file__).parent / "crashes"
POLICIES = [path.read_text(encoding="utf-8") for path in sorted((root() / "policies").glob("*.yaml"))]
SHEET = (root() / "directories" / "people.csv").read_text(encoding="utf-8")
DIRECTORY = (root() / "directories" / "example.yaml").read_text(encoding="utf-8")
slowly = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.parametrize("name", corpus("slack"))
def test_what_slack_sends_is_taken(name: str) -> None:
    """Nothing that is in the corpus as Slack sends it is refused as malformed."""
    text, kind = on_the_wire(corpus("slack")[name])
    body = slack.parse(text.encode(), kind)
    assert body == corpus("slack")[name]


@pytest.mark.parametrize("name", corpus("teams"))
def test_what_teams_sends_is_taken(name: str) -> None:
    """Nothing that is in the corpus as Teams sends it is refused as malformed."""
    teams.read(teams.parse(json.dumps(corpus("teams")[name]).encode()))


@slowly
@given(st.data())
def test_slack_spoilt(data: st.DataObject) -> None:
    laws.slack_reads(Drawn(data))


@slowly
@given(st.data())
def test_teams_spoilt(data: st.DataObject) -> None:
    laws.teams_reads(Drawn(data))


@slowly
@given(st.data())
def test_a_page_spoilt(data: st.DataObject) -> None:
    laws.email_reads(Drawn(data))


@given(st.binary(max_size=200), st.sampled_from([JSON, FORM, ""]))
def test_any_bytes_at_all(raw: bytes, kind: str) -> None:
    laws.slack_takes(raw, kind)
    laws.teams_takes(raw)


@given(st.recursive(st.none() | st.text(max_size=5) | st.integers(), lambda some: st.lists(some, max_size=3)))
def test_any_payload(data: object) -> None:
    laws.payload_reads(json.dumps({"n": "raise.open", "v": 1, "d": {"case": data}}))
    laws.payload_reads(json.dumps(data))


@slowly
@given(st.data())
def test_any_metadata(data: st.DataObject) -> None:
    laws.metadata_reads(Drawn(data))


@slowly
@given(st.data())
def test_a_policy_spoilt(data: st.DataObject) -> None:
    laws.policy_reads(laws.spoilt(data.draw(st.sampled_from(POLICIES)), Drawn(data)))


@slowly
@given(st.data())
def test_a_sheet_spoilt(data: st.DataObject) -> None:
    laws.sheet_reads(laws.spoilt(SHEET, Drawn(data)))


@slowly
@given(st.data())
def test_a_directory_spoilt(data: st.DataObject) -> None:
    laws.directory_reads(laws.spoilt(DIRECTORY, Drawn(data)))


@given(st.text("ab*_[](){}>-.1 \n\\:/htps", max_size=80))
def test_any_markup(text: str) -> None:
    laws.markup_reads(text)
