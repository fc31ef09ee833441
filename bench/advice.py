"""How often advice is right: `python -m bench.advice [development|test]`. It fails where a target is missed.

The questions (`bench/questions/`) were written without sight of the examples, each with the topic that a
colleague would choose, and were split into two halves before anything was tried: thresholds and methods were
chosen on the development half alone. The label `none` stands for what is no danger and perhaps no
question at all; those lines count for false alarms only.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from bot.guidance.advice import DANGER, Advised, advise
from bot.guidance.danger import in_danger

QUESTIONS = Path(__file__).parent / "questions"
NONE = "none"
FIRST, AMONG_THREE, FALSE_ALARMS = 0.92, 0.98, 0.03
"""At least the first two, less than the last."""
MILLISECONDS = 100.0


@dataclass(frozen=True, slots=True)
class Answer:
    label: str
    text: str
    advised: Advised
    took: float

    @property
    def offered(self) -> tuple[str, ...]:
        return (self.advised.topic, *self.advised.alternatives)


def questions(half: str) -> list[tuple[str, str]]:
    """Label and text of each question of a half."""
    lines = (QUESTIONS / f"{half}.tsv").read_text(encoding="utf-8").splitlines()
    return [(label, text) for label, _, text in (line.partition("\t") for line in lines if line)]


def answered(asked: list[tuple[str, str]]) -> list[Answer]:
    in_danger("warm")
    advise("warm up")
    found = []
    for label, text in asked:
        began = perf_counter()
        advised = advise(text)
        found.append(Answer(label, text, advised, (perf_counter() - began) * 1000))
    return found


def among_others(danger: list[Answer], ordinary: list[Answer]) -> list[str]:
    """Each danger question behind two ordinary ones, as when somebody tells the whole story first."""
    texts = [one.text.rstrip(".") for one in ordinary]
    return [
        f"{texts[n % len(texts)]}. {texts[(7 * n + 3) % len(texts)]}. {one.text}"
        for n, one in enumerate(danger)
    ]


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main(half: str) -> int:
    answers = answered(questions(half))
    topical = [one for one in answers if one.label not in (DANGER, NONE)]
    danger = [one for one in answers if one.label == DANGER]
    calm = [one for one in answers if one.label != DANGER]
    right = [one for one in topical if one.advised.topic == one.label]
    among = [one for one in topical if one.label in one.offered]
    missed = [one for one in danger if not one.advised.urgent]
    alarmed = [one for one in calm if one.advised.urgent]
    sure = [one for one in topical if one.advised.sure]
    sure_right = [one for one in sure if one.advised.topic == one.label]
    say(f"{half}: {len(answers)} questions, {len(danger)} of them of danger")
    say(f"first topic right          {len(right)}/{len(topical)} = {_share(right, topical):.1%}")
    say(f"right among the first 3    {len(among)}/{len(topical)} = {_share(among, topical):.1%}")
    say(f"danger missed              {len(missed)}/{len(danger)}")
    say(f"false alarms               {len(alarmed)}/{len(calm)} = {_share(alarmed, calm):.1%}")
    hidden = among_others(danger, topical)
    unheard = [text for text in hidden if not in_danger(text)]
    say(f"danger missed after two ordinary sentences  {len(unheard)}/{len(hidden)}")
    say(f"answered without asking    {_share(sure, topical):.1%}, right {_share(sure_right, sure):.1%}")
    times = sorted(one.took for one in answers)
    say(f"time of an answer, ms      median {median(times):.1f}, slowest {times[-1]:.1f}")
    _confusion(topical)
    for one in missed:
        say(f"  danger missed: {one.text}")
    for one in alarmed:
        say(f"  false alarm ({one.label}): {one.text}")
    within = (
        _share(right, topical) >= FIRST,
        _share(among, topical) >= AMONG_THREE,
        not missed,
        _share(alarmed, calm) < FALSE_ALARMS,
        times[-1] < MILLISECONDS,
    )
    say("every target is met" if all(within) else "a target is missed")
    return 0 if all(within) else 1


def _share(some: list[Answer], of: list[Answer]) -> float:
    return len(some) / max(1, len(of))


def _confusion(topical: list[Answer]) -> None:
    """Each topic: how many questions, how many right, and what was taken for what."""
    say("\n| topic | questions | right | taken for |\n|---|---|---|---|")
    for label in sorted({one.label for one in topical}):
        mine = [one for one in topical if one.label == label]
        other = Counter(one.advised.topic or "none" for one in mine if one.advised.topic != label)
        taken = ", ".join(f"{id} {times}" for id, times in other.most_common())
        say(f"| {label} | {len(mine)} | {len(mine) - sum(other.values())} | {taken} |")
    sys.stdout.write("\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "test"))
