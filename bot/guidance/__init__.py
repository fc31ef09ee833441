"""What Braver has to say: the briefing, the skills, the advice, and the words of the conversations.

All of it is read from `content/`, which a partnership edits without a programmer.
"""
