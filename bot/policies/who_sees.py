"""The page that says who sees what of a case: made from the rules themselves."""

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.escalation.matrix import READERS, STATES, Reader, State, allowed, seeing, with_everything
from bot.escalation.policy import Policy
from bot.escalation.seeing import SIGHTS
from bot.guidance.words import Words

words = Words("who_sees")
_NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
_YES = "●"


def page(policy: Policy) -> str:
    """The page in Markdown, for this ladder with all that a ladder can allow."""
    whole = with_everything(policy)
    parts = [f"# {words('title')}", words("note"), words("intro").strip(), words("how").strip()]
    parts += [f"## {words('readers')}", _bullets()]
    parts += [f"## {words('seeing_title')}", words("seeing"), _sights(whole)]
    for state in STATES:
        parts += [f"## {words(f'state.{state}')}", *_state(state, whole)]
    parts += [words("always"), f"## {words('record_title')}", words("record").strip()]
    return "\n\n".join(parts) + "\n"


def _bullets() -> str:
    return "\n".join(f"- **{words(f'short.{one}')}**: {words(f'reader.{one}')}" for one in READERS)


def _sights(policy: Policy) -> str:
    rows = [(words(f"sight.{sight}"), seeing(STATES[0], policy, _NOW, sight)) for sight in SIGHTS]
    return _table(rows)


def _state(state: State, policy: Policy) -> Iterable[str]:
    found = allowed(state, policy, _NOW)
    if state == "training":
        yield words("training")
    yield _table((words(f"act.{act}"), readers) for act, readers in found.items() if readers)
    nobody = [words(f"act.{act}") for act, readers in found.items() if not readers]
    if nobody:
        yield words("nobody", acts="; ".join(nobody))


def _table(rows: Iterable[tuple[str, tuple[Reader, ...]]]) -> str:
    head = ["", *(words(f"short.{reader}") for reader in READERS)]
    lines = [_row(head), _row(["---", *(":-:" for _ in READERS)])]
    lines += [_row([name, *(_YES if one in readers else "" for one in READERS)]) for name, readers in rows]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
