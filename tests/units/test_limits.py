"""How much in a minute: for each person and each workspace, in bounded memory, by a clock of the test's."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.action import Payload
from bot.chat.allowance import Allowance
from bot.chat.port import Rate
from bot.chat.turn import (
    Account,
    Act,
    Address,
    Commanded,
    HomeOpened,
    Incoming,
    Installed,
    Place,
    Pressed,
    Removed,
    Said,
    Submitted,
)
from bot.limits import REPEATED, TOLD, Limits
from tests.units.moving import Moving

JO, SAM = Account("slack", "T1", "jo"), Account("slack", "T1", "sam")
ELSEWHERE = Account("slack", "T2", "jo")
PRESSED = Pressed(Payload("home.open", 1, "{}"))


def _act(key: str, account: Account = JO, act: Act = PRESSED) -> Incoming:
    return Incoming(key, account, Place(Address("slack", account.tenant, "A1", "D1"), "personal"), act)


def _acts(number: int, account: Account = JO, begin: str = "k") -> list[Incoming]:
    return [_act(f"{begin}{place}", account) for place in range(number)]


def _waits(limits: Limits, acts: Sequence[Incoming]) -> list[int]:
    return [limits.over(act) for act in acts]


@given(
    most=st.integers(1, 20),
    steps=st.lists(st.floats(0, 30, allow_nan=False), max_size=120),
)
def test_no_minute_has_more_than_twice_and_no_slow_one_is_refused(most: int, steps: list[float]) -> None:
    """Whenever somebody asks: never more in any minute than a full store and what a minute gives back; and
    whoever asks no faster than the rate is never refused."""
    clock = Moving()
    allowance = Allowance(Rate(most, 60.0), clock=clock)
    taken: list[float] = []
    for step in steps:
        clock.at += step
        wait = allowance.take("jo")
        assert wait >= 0
        if not wait:
            taken.append(clock.at)
        else:
            assert wait <= 60 / most + 1e-6
    for end in taken:
        assert sum(end - 60 < at <= end for at in taken) <= 2 * most
    slow = Allowance(Rate(most, 60.0), clock=clock)
    for _ in range(3 * most):
        assert slow.take("sam") == 0
        clock.at += 60 / most


def test_what_is_refused_costs_nothing_and_comes_back_in_time() -> None:
    """Asking again and again does not push the time away, and after that time there is one."""
    clock = Moving()
    allowance = Allowance(Rate(2, 60.0), clock=clock)
    assert [allowance.take("jo") for _ in range(2)] == [0, 0]
    waits = [allowance.take("jo") for _ in range(50)]
    assert waits == [pytest.approx(30)] * 50
    clock.at += 30
    assert allowance.take("jo") == 0
    assert allowance.take("jo") > 0


def test_the_number_of_those_who_are_known_is_bounded() -> None:
    """A flood of others takes no more room, and whoever asked last is still known."""
    clock = Moving()
    allowance = Allowance(Rate(1, 60.0), kept=100, clock=clock)
    for number in range(1_000):
        assert allowance.take(number) == 0
    assert len(allowance) == 100
    assert allowance.take(999) > 0


def test_a_person_who_does_too_much_stops_nobody_else() -> None:
    """Whoever is over it hears after how many seconds; a colleague is not touched."""
    clock = Moving()
    limits = Limits(30, 1_000, clock=clock)
    assert _waits(limits, _acts(30)) == [0] * 30
    assert limits.over(_act("more")) == 2
    assert limits.over(_act("k0", SAM)) == 0
    clock.at += 2
    assert limits.over(_act("more")) == 0
    assert limits.over(_act("yet more")) == 2


def test_a_workspace_that_does_too_much_stops_no_other() -> None:
    """Many people of one workspace are stopped together, those of another are not."""
    limits = Limits(30, 300, clock=Moving())
    people = [Account("slack", "T1", f"u{number}") for number in range(11)]
    waits = [limits.over(act) for person in people for act in _acts(30, person, person.user)]
    assert waits == [0] * 300 + [1] * 30
    assert limits.over(_act("x", ELSEWHERE)) == 0


def test_what_the_platform_sends_again_is_not_counted() -> None:
    """The same act, again and again, as often as platforms do; after that it counts like any other."""
    limits = Limits(30, 1_000, clock=Moving())
    assert _waits(limits, _acts(29)) == [0] * 29
    assert _waits(limits, [_act("k3")] * REPEATED) == [0] * REPEATED
    assert _waits(limits, [_act("k3"), _act("k3")]) == [0, 0]
    assert limits.over(_act("last")) > 0


def test_what_was_refused_may_come_again_with_the_same_key() -> None:
    """A form that was given back is the same form; it is taken as soon as there is one, and then repeated."""
    clock = Moving()
    limits = Limits(30, 1_000, clock=clock)
    _waits(limits, _acts(30))
    form = _act("form:1", act=Submitted(Payload("x", 1, "{}"), "1", {}))
    assert limits.over(form) == 2
    clock.at += 2
    assert limits.over(form) == 0
    assert limits.over(form) == 0


@pytest.mark.parametrize("act", [Installed(), Removed()], ids=lambda act: act.kind)
def test_what_a_platform_tells_by_itself_is_never_too_much(act: Act) -> None:
    """That the app was installed or removed is nobody's doing in haste."""
    limits = Limits(30, 300, clock=Moving())
    assert {limits.over(_act(str(number), act=act)) for number in range(1_000)} == {0}


def test_whoever_does_not_stop_is_told_so_many_times() -> None:
    """A flood makes no flood of answers; a home that is drawn again needs none."""
    limits = Limits(30, 300, clock=Moving())
    for act in (Said("hello"), Commanded("help"), PRESSED):
        assert limits.tells(_act("k", act=act))
    assert [limits.tells(_act("k")) for _ in range(TOLD)].count(True) == TOLD - 3
    assert limits.tells(_act("k", act=HomeOpened()))


def test_it_is_noted_once_in_an_hour() -> None:
    """For each person by themselves."""
    clock = Moving()
    limits = Limits(30, 300, clock=clock)
    assert [limits.notes(JO), limits.notes(JO), limits.notes(SAM)] == [True, False, True]
    clock.at += 3_600
    assert limits.notes(JO)
