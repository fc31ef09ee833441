"""Slack's limits, as data. A renderer splits or shortens to them, and never raises.

Source: Slack's Block Kit and Web API reference, unless said otherwise. Lengths are in UTF-16 units, the
narrowest reading of "characters": an emoji may count as two.
"""

from dataclasses import dataclass

from bot.chat.port import Pace, Rate


@dataclass(frozen=True, slots=True)
class Surface:
    """What a message, a modal or a home view may hold: so many blocks, so many characters in all texts."""

    blocks: int
    characters: int


MESSAGE = Surface(blocks=50, characters=12_500)
"""Slack refuses a message near 13,200 characters in all, which no page of its reference says."""
VIEW = Surface(blocks=100, characters=40_000)
"""A view may weigh 250 kB as JSON; 40,000 characters stay below that in any script."""

FALLBACK = 3_900
"""The plain text beside the blocks: `chat.update` refuses more than 4,000."""
HEADER = 150
RICH_TEXT = 2_900
"""One block of running text: what a section may hold, less a little for the breaks that are put in."""
CONTEXT = 1_900
URL = 3_000

BUTTONS_IN_ROW = 25
BUTTON_LABEL = 75
BUTTON_VALUE = 2_000
ACTION_ID = 255

VIEW_TITLE = 24
VIEW_BUTTON = 24
PRIVATE_METADATA = 3_000
LABEL = 2_000
HINT = 2_000
PLACEHOLDER = 150
INPUT_TEXT = 3_000
ERROR = 500
OPTION_LABEL = 75
OPTION_VALUE = 150
RADIO_OPTIONS = 10
SELECT_OPTIONS = 100
EARLIEST, LATEST = 1_000_000_000, 9_999_999_999
"""A date-time picker takes ten-digit epoch seconds."""

BODY = 1_000_000
"""Bytes of a request that are read at most; Slack's own are far smaller."""
BODY_WITHIN = 2.5
"""Seconds for reading it: after three Slack is gone."""
FORM_FIELDS = 100
"""Fields of a slash command; Slack sends some fifteen."""
WORDS = 40_000
"""Characters of one text: what Slack itself takes of a message."""
PACE = Pace(
    posts=(Rate(280, 60),), updates=(Rate(48, 60),), each=(Rate(4, 5),), asks=(Rate(45, 60),)
)  # fmt: skip
"""How fast we write by ourselves. Slack names one message a second to a conversation with short bursts,
"several hundred" a minute to a workspace, and 50 a minute (tier 3) for `chat.update`, `users.lookupByEmail`
and `conversations.open`. A little is left for the answers to what people do."""

FIND_PAGES, FIND_PAGE = 5, 200
"""How far back a post of unknown fate is looked for: pages, and messages on each."""
