"""Whether an address is on this machine, and whether what is secret may be sent to it."""

import ipaddress
from urllib.parse import urlsplit


def on_this_machine(host: str) -> bool:
    """Whether nothing that is sent to this host leaves the machine. No name is looked up: whoever answers for
    it could say anything."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_of(address: str) -> str:
    """The host in an address; empty where there is none, or it is no address."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def safe(address: str) -> bool:
    """Whether what is secret may be sent there: by https, or by plain http within this machine."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and on_this_machine(host)))
