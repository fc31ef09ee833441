"""Whatever is wrong in a policy file is refused: its line, what is wrong, and what to write."""

from pathlib import Path

import pytest

from bot.files import BadFile
from bot.policies import load

OURS = 'extends: example\nid: ours\nversion: "7"\n'


def clock(*lines: str, stage: int = 1) -> str:
    """A clock of a stage, on line 7 with its first line."""
    head = f"stages:\n  - number: {stage}\n    clocks:\n      - "
    return head + "\n        ".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "line", "what", "remedy"),
    [
        ("priority: high\n", 4, "“priority” has no meaning here.", "“priorities”"),
        (clock("name: respnd", "starts: messaged", "within: 1 day"), 7,
         "“respnd” is not possible", "“respond”"),
        (clock("name: confirm", "starts: messaged", "within: 1 day"), 8,
         "A clock to confirm can't start with “messaged”.", "“talked”"),
        (clock("name: decide", "starts: answered", "owner: receiving", "within: 1 day"), 9,
         "A clock to decide is not the receiving side's.", "owner: raising"),
        (clock("name: raise", "starts: decision", "within: 1 day", stage=2), 7,
         "The clock for raising it runs before the first stage only.", "stage 1"),
        (clock("name: notify", "starts: messaged", "within: 1 day"), 7,
         "Nobody gets a copy of this stage", "copies"),
        (clock("name: respond", "within: -3 days"), 8,
         "“-3 days” is not a length of time.", "“2 working days”"),
        (clock("name: respond", "within: {soon: 1 day}"), 8, "There is no priority “soon”.", "Leave it out."),
        (clock("name: respond", "binding: indicative", "when_due: go_up"), 9,
         "A time that is only a guide takes no case up by itself.", "when_due: prompt"),
        (clock("name: acknowledge", "or_sooner: yes"), 8,
         "Only the time for the other side's answer can be asked for sooner.", "Leave this out."),
        (clock("name: respond", "tell: raiser"), 8,
         "“raiser” is no post that somebody holds.", "Write a post"),
        ("priorities:\n  - {id: high, label: High}\n", 4, "No clock differs by priority", "a time for each"),
        ("urgent_track:\n  label: Fast\n  when: A child may come to harm.\n", 4,
         "Nothing differs in the urgent track.", "“urgent:”"),
        ("stages:\n  - number: 2\n    urgent:\n      skip: yes\n", 6,
         "There is no urgent track.", "urgent_track"),
        ("caps:\n  - {first: 3, last: 2, within: 1 day}\n", 5, "Stage 3 comes after stage 2.", "lower stage"),
        ("caps:\n  - {first: 1, last: 9, within: 1 day}\n", 5, "There is no stage 9.", "The last one is 4."),
        ("copies:\n  - {to: service_manager, on: [stage], sees: case}\n", 5,
         "It is not said whose post this is.", "side: raising"),
        ("copies:\n  - {to: a/b, on: [meeting], sees: case}\n", 5,
         "No stage of this ladder has a meeting.", "Leave"),
        ("moves:\n  reopen: {by: raiser}\n", 5, "“within” is missing.", "Add a line"),
        ("moves:\n  withdraw: {by: safeguarding_lead}\n", 5,
         "The safeguarding lead is not on every case", "Add “raiser”"),
        ("closing:\n  agree: [boss]\n", 5, "“boss” is not possible here.", "Write one of these"),
        ("after_closing:\n  - {id: letter, question: Is it?, ask: raiser, tell: raiser}\n", 5,
         "When this is asked has not been said.", "Write “within”"),
        ("stages:\n  - number: 1\n    raising: practitioner\n", 6,
         "The practitioner is not on the raising", "post"),
        ("stages:\n  - number: 1\n    raising: raiser\n", 6,
         "Nobody is messaged on the raising side", "Leave"),
        ("stages:\n  - number: 4\n    receiving: strategic_lead\n    meeting: {convener: a/b, chair: a/b, "
         "quorum: 2, decides: no}\n", 6, "The receiving side of a meeting's stage", "Leave “receiving” out"),
        ("stages:\n  - number: 4\n    receiving: a/b\n    meeting: {convener: a/b, chair: a/b, "
         "quorum: 9, decides: no}\n", 7, "9 people must be there, but only 3 are invited.", "smaller quorum"),
        ("stages:\n  - number: 6\n    label: Far\n    name: Far\n    raising: a\n    receiving: b\n"
         "    clocks:\n"
         "      - {name: respond, starts: messaged, within: 1 day}\n", 5,
         "This stage is numbered 6, but it is number 5 from the top.", "Number the stages"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_line(tmp_path: Path, text: str, line: int, what: str, remedy: str) -> None:
    """Unknown keys, impossible stages, clocks that start at nothing, durations of minus three."""
    path = tmp_path / "ours.yaml"
    path.write_text(OURS + text, encoding="utf-8")
    with pytest.raises(BadFile) as caught:
        load(path)
    first = caught.value.problems[0]
    assert what in first.what
    assert remedy in first.remedy
    assert (first.file, first.line) == (str(path), line)
