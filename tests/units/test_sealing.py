"""Secrets in the database: readable with the key alone, also after it was changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sealing import Seal, WrongKey, keys_of

OLD = "the old key of more than thirty-two characters"
NEW = "the new key of more than thirty-two characters"


@given(st.text(), st.text())
def test_what_was_sealed_can_be_opened(secret: str, about: str) -> None:
    """Any text comes back as it was, with the same key, for the same thing."""
    sealed = Seal((OLD,)).close(secret, about)
    assert Seal((OLD,)).open(sealed, about) == secret


def test_nothing_of_it_can_be_read() -> None:
    """The sealed text shows neither the secret nor the key, and is another one each time."""
    first, second = (Seal((OLD,)).close("xoxb-secret", "slack:T1") for _ in range(2))
    assert first != second
    assert "secret" not in first
    assert "T1" not in first


def test_another_key_opens_nothing() -> None:
    """A wrong key is told by the name of the setting, and the message holds no secret."""
    sealed = Seal((OLD,)).close("xoxb-secret", "slack:T1")
    with pytest.raises(WrongKey, match="BRAVER_SECRET_KEY") as caught:
        Seal((NEW,)).open(sealed, "slack:T1")
    assert "xoxb" not in str(caught.value)
    assert NEW not in str(caught.value)


@pytest.mark.parametrize(
    "change", [lambda sealed: sealed[:-8] + "AAAAAAA=", lambda sealed: "x", lambda _: ""]
)
def test_what_was_changed_opens_no_more(change: "object") -> None:
    """A text that was tampered with is not believed."""
    assert callable(change)
    with pytest.raises(WrongKey):
        Seal((OLD,)).open(change(Seal((OLD,)).close("xoxb-secret", "slack:T1")), "slack:T1")


def test_it_opens_for_nothing_else() -> None:
    """A sealed token that was put into another workspace's row is refused."""
    sealed = Seal((OLD,)).close("xoxb-secret", "slack:T1")
    with pytest.raises(WrongKey, match="something else"):
        Seal((OLD,)).open(sealed, "slack:T2")


def test_the_key_is_changed_by_putting_the_new_one_in_front() -> None:
    """All keys open, the first seals, and what it has sealed needs no other."""
    before = Seal((OLD,)).close("xoxb-secret", "slack:T1")
    both = Seal((NEW, OLD))
    assert both.open(before, "slack:T1") == "xoxb-secret"
    assert not both.is_fresh(before)
    after = both.close("xoxb-secret", "slack:T1")
    assert both.is_fresh(after)
    assert Seal((NEW,)).open(after, "slack:T1") == "xoxb-secret"


def test_keys_stand_between_commas() -> None:
    """Blanks around a key and empty places do not count."""
    assert keys_of(f" {NEW} ,, {OLD},") == (NEW, OLD)
    assert keys_of(" , ") == ()
