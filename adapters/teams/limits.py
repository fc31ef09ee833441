"""What Teams takes, as data. Sizes are in bytes of the JSON as it is sent (UTF-8), lengths in characters."""

from bot.chat.port import Pace, Rate

VERSION = "1.5"
"""Adaptive Card version that every Teams client draws."""
VERSION_WITH_SEARCH = "1.6"
"""The version that knows choices found by typing; named only on cards that have such a field."""

CARD = 20_000
"""A card with everything in it. Teams refuses messages near 28 KB; what wraps a card stays well below 8."""
ACTIONS = 9_000
"""The part of a card that buttons may take, where there is not room for everything."""
ACTIONS_IN_A_ROW = 5
"""Teams shows six buttons of one set, the open-source renderer five; further ones go into the next set."""

FIELDS = 60
SUMMARY = 1_000
"""The text of a notification: what is said where no card can be drawn."""
FALLBACK = 4_000
SHORT_FALLBACK = 400
TITLE = 300
BUTTON = 80
DIALOG_TITLE = 60
URL = 2_000
SHORTEST = 60
"""Texts are cut no shorter than this; where that is not enough, what comes last is left out."""

REQUEST_BODY = 256_000
"""Bytes of a request to us: a message of Teams is at most about 100 KB."""
BODY_WITHIN = 10.0
WORDS = 30_000
"""Characters of one typed text that are read."""
SEARCH_WORDS = 100
NAME = 120
"""Characters of a person's name and role that travel with a choice found by typing."""
EARLIEST, LATEST = 2002, 2285
"""Years of a date in a form: the whole ones that a picker of Slack has. Teams' own takes 1 to 9999."""
FORM_PACK = 64_000
"""Bytes of an unpacked form that came back with its submission."""

ANSWER_WITHIN = 4.0
"""Seconds until an invoke must be answered, with a margin: Teams itself gives up after 5 to 15."""
TOKEN_EARLY = 300.0
"""Seconds before its end in which the next token is fetched, while this one is still used."""
TOKEN_LAST = 60.0
"""Seconds before its end in which a token is not used any more."""
TOKEN_AGAIN = 20.0
"""Seconds between two tries to fetch the next token."""
BELIEVED = 200
"""Tokens of Teams that were checked and are kept in mind; the oldest go first."""
PREPARED_WITHIN = 1.5
"""Seconds for which the start waits for keys and tokens. Who comes later waits for them themselves."""
KEYS_FRESH = 86_400.0
KEYS_AGAIN = 300.0
"""Seconds between two looks for a signing key that was not known."""
FIRST_KEYS_AGAIN = 5.0
"""The same while no key at all is known."""
CONNECT_WITHIN = 3.0
SEND_WITHIN = 10.0
SENT_AGAIN_WITHIN = 60.0
"""Seconds in which Teams, or a person who got no answer, may press the same button once more."""
ROSTER_PAGE = 500
ROSTER_PAGES = 20
ROSTERS_WITHIN = 10.0
"""Seconds for which somebody is looked for in the rosters of all tenants."""
REMEMBERED = 2_000
"""Acts whose replies were shown, and personal chats, kept in mind; the oldest go first."""
SERVICES = 100
"""Addresses of Teams' service to which the way is kept; there is one for each part of the world."""
PACE = Pace(posts=(Rate(45, 1),), each=(Rate(6, 1), Rate(7, 2), Rate(55, 30), Rate(1_700, 3_600)))
"""How fast we write by ourselves. Microsoft names 50 requests a second for an app in a tenant and, for one
conversation, 7 in a second, 8 in two, 60 in thirty, 1,800 in an hour; redrawing counts like posting. A little
is left for the answers to what people do."""
PATIENCE = 3.0
"""Seconds for which a reply waits when Teams asks to come back later."""
