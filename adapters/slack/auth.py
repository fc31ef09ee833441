"""Whether a request is Slack's own: checked before anything of it is parsed."""

import time
from collections.abc import Mapping

from slack_sdk.signature import SignatureVerifier

MAX_AGE = 5 * 60
"""Seconds: Slack's advice against replays. Within them, a replay meets the key of the act that it repeats."""


def distrust(verifier: SignatureVerifier, headers: Mapping[str, str], body: bytes) -> str:
    """Why the request is refused, for the counter; empty where it is signed by Slack, and now."""
    signature, stamp = headers.get("X-Slack-Signature"), headers.get("X-Slack-Request-Timestamp")
    if not signature or not stamp or not (stamp.isascii() and stamp.isdigit()):
        return "no signature"
    if abs(time.time() - int(stamp)) > MAX_AGE:
        return "too old"
    return "" if verifier.is_valid(body, stamp, signature) else "wrong signature"
