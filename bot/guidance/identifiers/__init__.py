"""What must not stand in a chat: words that would say which child or family is meant.

Found before anything is stored: NHS numbers, unique pupil numbers, dates of birth, postcodes, phone numbers,
e-mail addresses, and what looks like somebody's full name. Staff are named freely. Pure, and bounded in time
whatever is typed. How much it finds, and what it can't find, is measured: docs/least-data.md.
"""

from bot.guidance.identifiers.finding import GRAVITY, Finding, Kind, find, identifiers
from bot.guidance.identifiers.known import NOBODY, Known
from bot.guidance.identifiers.replacing import Offer, offer, put_back

__all__ = [
    "GRAVITY",
    "NOBODY",
    "Finding",
    "Kind",
    "Known",
    "Offer",
    "find",
    "identifiers",
    "offer",
    "put_back",
]
