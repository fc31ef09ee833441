"""Slack turns: (a) signed request → answer on the screen, (d) fifty people at once.

`ours` is Braver as it runs, with its database; `echo` a bare slack-bolt app that posts one message, and the
same with one row committed first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Drive, Row, Subject, interleaved
from bench.turns import people
from bench.turns.slack_side import (
    CONCURRENT,
    SECRET,
    TOKEN,
    Body,
    SlackSide,
    command,
    driver,
    home,
    press,
    somebody,
    words,
)
from bot.chat.action import Action
from bot.guidance.skills import skills
from flows.coaching.checklist_state import ALL, Answer, StartRound
from flows.entries import OpenCases, OpenHelp, OpenHome, OpenPlan, OpenRehearsals
from playground.house import KEY

NO_EFFECT, ONE_COMMIT, PEOPLE_P99 = 0.7, 0.7, 250.0


def _press(action: Action) -> Body:
    return press(lambda _: action.payload().encode())


_FIRST = skills()[0].id
SHOWING: Mapping[str, Body] = {
    "command: help": command("help"),
    "press: help": _press(OpenHelp()),
    "command: cases": command("cases"),
    "press: menu": _press(OpenHome()),
}
COMMITTING: Mapping[str, Body] = {
    "press: an answer of the checklist": _press(Answer(skill=_FIRST, sure="partly")),
    "command: urgent contacts": command("urgent"),
}
MIXED: Sequence[Body] = (
    command("help"), command("menu"), _press(OpenCases()), home,
    words("My manager says that we can't do anything, and I am worried about a child"),
    _press(StartRound(what=ALL)), command("urgent"), command("cases"), _press(OpenPlan()),
    _press(OpenRehearsals()), command("raise"), words("they closed my referral and nobody answers the phone"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bench:
    """`databases`: what each is called, and the addresses of two fresh ones, ours and the yardstick's."""

    side: SlackSide
    directory: Path
    databases: Mapping[str, tuple[str, str]]

    def echo(self, name: str, bodies: Sequence[Body], database: str = "") -> Subject:
        command_ = ("-m", "bench.turns.slack_echo", self.side.url, *([database] if database else ()))
        return Subject(name, command_, self._drive(bodies, CONCURRENT))

    def ours(self, name: str, bodies: Sequence[Body], database: str, people_: int = CONCURRENT) -> Subject:
        environment = {
            "BRAVER_SECRET_KEY": KEY, "BRAVER_DATABASE_URL": database,
            "BRAVER_DIRECTORY": str(self.directory),
            "BRAVER_POLICY": str(people.POLICY), "BRAVER_PORT": "0",
            "BRAVER_SLACK_BOT_TOKEN": TOKEN, "BRAVER_SLACK_SIGNING_SECRET": SECRET,
            "BRAVER_SLACK_API_URL": self.side.url,
        }  # fmt: skip
        return Subject(name, ("-m", "bench.turns.braver"), self._drive(bodies, people_), environment)

    def _drive(self, bodies: Sequence[Body], people_: int) -> Drive:
        return driver(self.side, [somebody(id) for id in people.crowd()[:people_]], bodies)

    async def rows(self, rounds: int, requests: int) -> list[Row]:
        """(a) and (d)."""
        showing, committing = tuple(SHOWING.values()), tuple(COMMITTING.values())
        mixed = (command("help"), _press(OpenHelp()))
        subjects = [self.echo("echo", mixed)]
        for name, (url, other) in self.databases.items():
            subjects += [
                self.echo(f"echo and a commit, {name}", mixed, other),
                self.ours(f"showing, {name}", showing, url),
                self.ours(f"committing, {name}", committing, url),
                self.ours(f"mixed, {name}", MIXED, url, people.CROWD),
            ]
        found = await interleaved(subjects, rounds=rounds, requests=requests)
        rows = list[Row]()
        for name in self.databases:
            rows += [
                Row(f"(a) Slack turn without an effect, {name}", found[f"showing, {name}"], found["echo"],
                    NO_EFFECT),
                Row(f"(a) Slack turn with one commit, {name}", found[f"committing, {name}"],
                    found[f"echo and a commit, {name}"], ONE_COMMIT),
                Row(f"(d) {people.CROWD} people at once, mixed Slack turns, {name}", found[f"mixed, {name}"],
                    p99_ms=PEOPLE_P99),
            ]  # fmt: skip
        return rows


async def rows(
    folder: Path, databases: Mapping[str, tuple[str, str]], rounds: int, requests: int
) -> list[Row]:
    """The rows of (a) and (d)."""
    async with SlackSide(people.directory("slack")).serving() as side:
        bench = Bench(side, people.written(folder, "slack"), databases)
        found = await bench.rows(rounds, requests)
        assert not side.unexpected, side.unexpected
    return found
