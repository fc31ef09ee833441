"""Policy files: where they come from, whether they are sound, and what they say in words and pictures."""

from bot.policies.source import load, shipped, tree_of

__all__ = ["load", "shipped", "tree_of"]
