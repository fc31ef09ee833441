"""Why another machine could not be asked, and what to do: the same words for every platform."""

from typing import Literal

import aiohttp

Trouble = Literal["silent", "certificate", "name", "away"]

WITHIN = 5.0
"""Seconds that one look at another machine may take."""


def of(error: Exception) -> Trouble:
    """What an error of aiohttp, or a time that ran out, says of the other side."""
    if isinstance(error, TimeoutError):
        return "silent"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "certificate"
    return "name" if isinstance(error, aiohttp.ClientConnectorDNSError) else "away"


def in_words(host: str, trouble: Trouble) -> tuple[str, str]:
    """What is wrong, and what to do. `host` is a name, without anything secret."""
    match trouble:
        case "silent":
            what = f"{host} did not answer within {WITHIN:.0f} seconds."
        case "certificate":
            return (
                f"{host} shows a certificate that this machine does not believe.",
                "Install the certificates of the system anew (ca-certificates), or have the proxy that looks "
                "inside leave this host alone.",
            )
        case "name":
            return (
                f"No address is known here for {host}.",
                "Check how it is spelt, and that this machine can look up names (DNS).",
            )
        case "away":
            what = f"{host} can't be reached from here."
    return what, "Let this machine connect to it by https: look at the firewall and the proxy (HTTPS_PROXY)."
