"""The guard against identifiers is as good as it is said to be, also where it was not made to fit."""

import re
from pathlib import Path

import pytest

from bench.identifiers import ALARMS, HALVES, RECALL, measured, sentences, staff
from bot.guidance.identifiers import GRAVITY


@pytest.mark.parametrize("half", HALVES)
def test_it_finds_what_it_should_and_lets_the_rest_through(half: str) -> None:
    """At least 95 % of the identifiers are found, and at most 3 % of the clean sentences stopped."""
    total = measured(half, staff())
    assert total.recall >= RECALL, total.missed
    assert total.false_alarms <= ALARMS, total.alarms


def test_the_sentences_are_many_and_of_every_kind() -> None:
    """More than 240, a good part of them clean, and no kind by one sentence alone."""
    halves = {half: sentences(half) for half in HALVES}
    assert sum(map(len, halves.values())) >= 240
    assert not {one.text for one in halves["tuned-on"]} & {one.text for one in halves["held-out"]}
    for half in halves.values():
        kinds = [kind for one in half for kind, _, _ in one.marked]
        assert all(kinds.count(kind) >= 4 for kind in GRAVITY)
        assert sum(not one.marked for one in half) >= 70


def test_the_figures_that_are_published_are_those_that_are_measured() -> None:
    """docs/least-data.md says for each half how much was found and how many were stopped."""
    page = re.sub(r"\s+", " ", Path("docs/least-data.md").read_text(encoding="utf-8"))
    known = staff()
    for half in HALVES:
        total = measured(half, known)
        for kind in GRAVITY:
            assert re.search(rf"\| {kind} .*?\|", page)
        found, there = total.found.total(), total.there.total()
        assert f"{found} of {there}" in page
        assert f"{total.stopped} of {total.clean}" in page
