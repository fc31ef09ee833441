"""What is asked and taken by e-mail and its page, as data. Times are in seconds where they are numbers."""

from datetime import timedelta

from bot.chat.port import Rate

LINK_LASTS = timedelta(days=7)
CODE_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(hours=8)
TRIES = 5
"""Wrong codes for one link; the last of them ends the link."""
CODES_AN_HOUR = 3
LINKS_AN_HOUR = 3

VISITS = Rate(120, 60.0)
"""To the pages of one letter. What is done on them is bounded with all that its person does."""
STRANGE = Rate(600, 60.0)
"""To all pages of links that are not ours."""

TOKEN = 400
"""Characters of a link's token: ours have about 110."""
CODE_DIGITS = 6
NONCE = 40
ADDRESS = 254

REQUEST_BODY = 512_000
"""Bytes of a form that is sent to us: the longest that we draw has some 60,000."""
BODY_WITHIN = 10.0
FIELDS = 1_000
"""Fields of one request, each ticked box for itself."""
WORDS = 30_000
"""Characters of one typed text; a longer one is given back to be shortened."""
SEARCH_WORDS = 100
FOUND = 25

CARDS = 10
"""Further cards that stand on a page beside the letter's own, the newest ones."""

ANSWER_WITHIN = 10.0
"""Until the page is answered. What takes longer is not confirmed, and the page gives the words back."""
CONNECT_WITHIN = 4.0
SEND_WITHIN = 10.0
"""For one letter, from the connection to the mail server's word that it has it."""

EARLIEST, LATEST = 2002, 2285
"""Years of a date in a form: the whole ones that a picker of Slack has."""
