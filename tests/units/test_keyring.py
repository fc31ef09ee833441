"""Data keys: what they seal, and how they are wrapped."""

import pytest

from bot.store.keyring import SERVICE, Erased, Keyring, Locked, Wrapped, is_open, scope_of

OLD, NEW = "an older key of more than thirty-two characters", "a newer key of more than thirty-two characters"
TEXT = "The visit was not made. Ünïcode ﷽ 🚸"


def test_a_sealed_text_shows_nothing_and_opens_again() -> None:
    """It says under which scope it was sealed, and nothing more; the same text never looks the same twice."""
    key, _ = Keyring([OLD]).fresh("case:c1")
    first, second = (key.close(TEXT, "events") for _ in range(2))
    assert first != second
    assert "visit" not in first
    assert scope_of(first) == "case:c1"
    assert not is_open(first)
    assert key.open(first, "events") == key.open(second, "events") == TEXT


def test_what_was_never_sealed_lies_open() -> None:
    assert is_open(TEXT)
    assert not is_open("")
    assert scope_of(TEXT) == scope_of('{"a": 1}') == ""


@pytest.mark.parametrize("spoil", [lambda s: s[:-5] + "AAAA=", lambda s: s[:30], lambda s: s + "é"])
def test_a_changed_text_opens_no_more(spoil: object) -> None:
    key, _ = Keyring([OLD]).fresh(SERVICE)
    assert callable(spoil)
    with pytest.raises(Locked):
        key.open(spoil(key.close(TEXT, "here")), "here")


def test_a_text_opens_only_where_it_stands() -> None:
    """Nobody can put the words of one row into another."""
    ring = Keyring([OLD])
    key, other = ring.fresh("case:c1")[0], ring.fresh("case:c2")[0]
    sealed = key.close(TEXT, "events\nbody\ncase:c1\n1")
    with pytest.raises(Locked):
        key.open(sealed, "events\nbody\ncase:c1\n2")
    with pytest.raises(Locked):
        other.open(sealed, "events\nbody\ncase:c1\n1")


def test_a_data_key_is_wrapped_and_comes_out_again() -> None:
    """It is bound to its scope, and known only to who has the key that wraps it."""
    key, wrapped = Keyring([OLD]).fresh("case:c1")
    sealed = key.close(TEXT, "here")
    assert Keyring([OLD]).unwrapped(wrapped).open(sealed, "here") == TEXT
    with pytest.raises(Locked, match="BRAVER_SECRET_KEY"):
        Keyring([NEW]).unwrapped(wrapped)
    with pytest.raises(Locked):
        Keyring([OLD]).unwrapped(Wrapped("case:c2", wrapped.wrapped, wrapped.by))
    with pytest.raises(Erased):
        Keyring([OLD]).unwrapped(Wrapped("case:c1", "", ""))


def test_a_key_that_is_turned_seals_the_same() -> None:
    """What was sealed before opens after; the older key is not needed any more."""
    key, wrapped = Keyring([OLD]).fresh("case:c1")
    sealed = key.close(TEXT, "here")
    both = Keyring([NEW, OLD])
    turned = both.rewrapped(wrapped)
    assert (turned.by, turned.scope) == (both.first, "case:c1")
    assert turned.wrapped != wrapped.wrapped
    assert Keyring([NEW]).unwrapped(turned).open(sealed, "here") == TEXT


def test_the_key_at_hand_is_forgotten() -> None:
    ring = Keyring([OLD])
    key, _ = ring.fresh("case:c1")
    assert ring.at_hand("case:c1") is None
    ring.keep_at_hand(key)
    assert ring.at_hand("case:c1") is key
    ring.forget("case:c1")
    assert ring.at_hand("case:c1") is None
