"""What every answer tells the browser, whatever it is an answer to: one place for all of it.

A page may load nothing, be shown inside no other page, and is kept by nobody. What is so for one kind of page
alone, its own style for example, stands in that page's own headers and is left as it is.
"""

from collections.abc import Mapping

from aiohttp import hdrs, web

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The Content-Security-Policy of what is no page."""
_UNUSED = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone",
    "midi", "payment", "usb",
)  # fmt: skip
ALWAYS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": NOTHING,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _UNUSED),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
BY_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}
"""For a year the browser comes by https alone."""
_SERVER = "braver"
"""Instead of the names and releases of what we are made of."""


def borne(*, by_https: bool) -> Mapping[str, str]:
    """The headers. `by_https`: people reach the service by https, and are to come by nothing else."""
    return {**ALWAYS, **(BY_HTTPS if by_https else {})}


def fitted(application: web.Application, bear: Mapping[str, str]) -> None:
    """Have every answer of the application bear them, also that something is not there, or failed."""

    async def fit(_request: web.Request, answer: web.StreamResponse) -> None:
        dress(answer, bear)

    application.on_response_prepare.append(fit)


def dress(answer: web.StreamResponse, bear: Mapping[str, str]) -> None:
    """Put the headers on one answer, but for those that it has."""
    for name, value in bear.items():
        answer.headers.setdefault(name, value)
    answer.headers[hdrs.SERVER] = _SERVER
