"""The words of one conversation, from `content/flows/<name>.yaml`."""

import re
from functools import cache
from typing import Any

from bot.chat.card import Text
from bot.chat.form import FormWords
from bot.chat.text import Blocks, markup
from bot.files import bad, load, read
from bot.guidance.content import root

_HOLE = re.compile(r"\{(\w+)\}")


class Words:
    """Texts by key; nested keys are joined by dots. `{name}` in a text takes the value of that name.

    A key that the file does not have, or a hole without a value, raises KeyError: a wrong file fails
    a test and never reaches a person. The file is read when the conversation is imported.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._texts = _texts(name)

    def __call__(self, key: str, /, **values: object) -> str:
        """The text as plain words, for titles, labels and hints."""
        return _HOLE.sub(lambda hole: str(values[hole[1]]), self._texts[key])

    def blocks(self, key: str, /, **values: object) -> Blocks:
        """The text with its markup; what is filled in stays plain."""
        return markup(self._texts[key], **values)

    def text(self, key: str, /, **values: object) -> Text:
        """The text with its markup, as an element of a card."""
        return Text(self.blocks(key, **values))

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def keys(self) -> frozenset[str]:
        return frozenset(self._texts)

    @property
    def form_words(self) -> FormWords:
        """The error texts that all forms share."""
        return _form_words()


@cache
def _texts(name: str) -> dict[str, str]:
    tree = read(root() / "flows" / f"{name}.yaml")
    texts: dict[str, str] = {}

    def flatten(where: tuple[str, ...], value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                flatten((*where, key), inner)
        elif isinstance(value, str):
            texts[".".join(where)] = value
        else:
            raise bad(tree.file, tree.line(where), "A text belongs here.", "Write it after the colon.")

    flatten((), tree.data)
    return texts


@cache
def _form_words() -> FormWords:
    return load(root() / "flows" / "forms.yaml", FormWords)
