"""The guard against identifiers is as good as it is said to be, also where it was not made to fit."""

import re
from pathlib import Path

import pytest

from bench.identifiers import ALARMS, RECALL, SETS, measured, sentences, staff
from bot.guidance.identifiers import GRAVITY


@pytest.mark.parametrize("one_set", SETS)
def test_it_finds_what_it_should_and_lets_the_rest_through(one_set: str) -> None:
    """At least 95 % of the identifiers are found, and at most 3 % of the clean sentences stopped."""
    total = measured(one_set, staff())
    assert total.recall >= RECALL, total.missed
    assert total.false_alarms <= ALARMS, total.alarms


def test_the_sentences_are_many_and_of_every_kind() -> None:
    """More than 240, a good part of them clean, and no kind by one sentence alone."""
    sets = {one_set: sentences(one_set) for one_set in SETS}
    assert sum(map(len, sets.values())) >= 240
    texts = [one.text for found in sets.values() for one in found]
    assert len(set(texts)) == len(texts)
    for one_set in sets.values():
        kinds = [kind for one in one_set for kind, _, _ in one.marked]
        assert all(kinds.count(kind) >= 2 for kind in GRAVITY)
        assert sum(not one.marked for one in one_set) >= 50


def test_the_figures_that_are_published_are_those_that_are_measured() -> None:
    """docs/least-data.md says for each set how much was found and how many were stopped."""
    page = re.sub(r"\s+", " ", Path("docs/least-data.md").read_text(encoding="utf-8"))
    known = staff()
    for one_set in SETS:
        total = measured(one_set, known)
        for kind in GRAVITY:
            assert re.search(rf"\| {kind} .*?\|", page)
        found, there = total.found.total(), total.there.total()
        assert f"{found} of {there}" in page
        assert f"{total.stopped} of {total.clean}" in page
