"""The directory from within chat: entries and posts, being away, whoever covers, what did not arrive."""
