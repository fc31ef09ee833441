"""Which method reads best: `python -m bench.advice_methods`, on the development questions alone.

Every method learns of the same examples. The first topic right, and right among the first three, are counted
without the danger lines; for danger, what is missed when two in a hundred of the others raise an alarm.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics.pairwise import linear_kernel
from sklearn.naive_bayes import ComplementNB

from bench.advice import NONE, questions
from bot.guidance.danger import lines_hear
from bot.guidance.matching.examples import DANGER, NO_DANGER, examples
from bot.guidance.matching.learn import meaning_of, terms_of, weighed_of
from bot.guidance.matching.stems import counted

ALARMS = 0.02


def nearest(train: Any, labels: Any, asked: Any) -> tuple[Any, Any]:
    """The likeness to the nearest example of each label."""
    names = np.unique(labels)
    alike = linear_kernel(asked, train)
    return names, np.stack([alike[:, labels == name].max(axis=1) for name in names], axis=1)


def bayes(train: Any, labels: Any, asked: Any) -> tuple[Any, Any]:
    fitted = ComplementNB(alpha=0.3).fit(abs(train), labels)
    return fitted.classes_, fitted.predict_log_proba(abs(asked))


def linear(train: Any, labels: Any, asked: Any) -> tuple[Any, Any]:
    fitted = RidgeClassifier(alpha=1.0, class_weight="balanced", random_state=0).fit(train, labels)
    scores = fitted.decision_function(asked)
    return fitted.classes_, scores if scores.ndim == 2 else np.stack([-scores, scores], axis=1)


def main() -> int:
    lines = [(label, text) for label, texts in examples().items() for text in texts]
    asked = questions("development")
    terms = terms_of([counted(text) for _, text in lines])
    by_words, by_meaning = _both(terms, [text for _, text in lines])
    asked_words, asked_meaning = _both(terms, [text for _, text in asked])
    kinds = {
        "words": (by_words, asked_words),
        "meaning": (by_meaning, asked_meaning),
        "words and meaning": (_joined(by_words, by_meaning), _joined(asked_words, asked_meaning)),
    }
    labels = np.array([label for label, _ in lines])
    wanted = np.array([label for label, _ in asked])
    _say("| method | reads | first topic right | among three | danger missed at 2 % alarms |")
    _say("|---|---|---|---|---|")
    for name, method in (("nearest example", nearest), ("naive Bayes", bayes), ("linear", linear)):
        for read, (train, test) in kinds.items():
            if name == "naive Bayes" and read != "words":
                continue
            _say(f"| {name} | {read} | {_row(method, train, labels, test, wanted)} |")
    urgent = wanted == DANGER
    heard = np.array([lines_hear(text) for _, text in asked])
    alarms = heard[~urgent].mean()
    _say(f"| lines of words | words | | | {(~heard[urgent]).sum()}/{urgent.sum()} (alarms {alarms:.1%}) |")
    return 0


def _row(method: Callable[..., tuple[Any, Any]], train: Any, labels: Any, test: Any, wanted: Any) -> str:
    topical = ~np.isin(labels, (DANGER, NO_DANGER))
    ours = ~np.isin(wanted, (DANGER, NONE))
    names, scores = method(train[topical], labels[topical], test[ours])
    first = names[np.argsort(-scores, axis=1)[:, :3]]
    right = (first[:, 0] == wanted[ours]).mean()
    among = (first == wanted[ours][:, None]).any(axis=1).mean()
    kinds, loud = method(train, np.where(labels == DANGER, DANGER, NO_DANGER), test)
    heard = loud[:, list(kinds).index(DANGER)] - loud[:, list(kinds).index(NO_DANGER)]
    urgent = wanted == DANGER
    limit = np.sort(heard[~urgent])[::-1][int(ALARMS * (~urgent).sum())]
    return f"{right:.1%} | {among:.1%} | {(heard[urgent] <= limit).sum()}/{urgent.sum()}"


def _both(terms: Any, texts: Sequence[str]) -> tuple[Any, Any]:
    return weighed_of(terms, [counted(text) for text in texts]), sparse.csr_matrix(meaning_of(texts))


def _joined(words: Any, meaning: Any) -> Any:
    return sparse.hstack([words, meaning]).tocsr()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
