"""Which addresses are on this machine, and to which what is secret may be sent."""

import pytest

from bot.chat.machine import host_of, on_this_machine, safe


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_on_this_machine(host: str) -> None:
    """Every address of loopback, and its one name."""
    assert on_this_machine(host)


@pytest.mark.parametrize(
    "host",
    [
        "", "0.0.0.0", "::", "10.0.0.1", "169.254.169.254", "127.0.0.1.example", "localhost.example",
        "2130706433", "LOCALHOST.", "127.1", "127.0.0.1 ", "[::1]", "mail", "x.localhost",
    ],
)  # fmt: skip
def test_elsewhere(host: str) -> None:
    """Any other, any name, and what only looks like loopback: where it leads nobody knows."""
    assert not on_this_machine(host)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://Braver.example:8443/x", "braver.example"), ("http://[::1]:3978/", "::1"),
        ("http://localhost@elsewhere.example/", "elsewhere.example"), ("http://[", ""),
        ("localhost", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_host_in_an_address(address: str, host: str) -> None:
    assert host_of(address) == host


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("https://braver.example", True), ("https://10.0.0.1:8443/x?y=z", True),
        ("http://127.0.0.1:3978", True), ("http://localhost/", True), ("http://[::1]:3978/", True),
        ("HTTP://LOCALHOST/", True),
        ("http://braver.example", False), ("http://0.0.0.0/", False), ("http://127.0.0.1.example/", False),
        ("http://127.0.0.1@elsewhere.example/", False), ("ftp://127.0.0.1/", False), ("//127.0.0.1/", False),
        ("https://", False), ("https://x.example:99999/", False), ("https://x.example:y/", False),
        ("http://[", False), ("127.0.0.1:3978", False), ("", False),
    ],
)  # fmt: skip
def test_what_is_secret_goes_by_https_or_stays_here(address: str, is_safe: bool) -> None:
    """A port that is none makes it no address at all."""
    assert safe(address) is is_safe
