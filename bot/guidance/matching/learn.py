"""Learning from the examples: a linear model over stems and meaning, by scikit-learn.

It takes a minute or two, and is done when the examples have changed; the service itself does not need it.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse
from sklearn.linear_model import RidgeClassifier

from bot.guidance.matching.examples import DANGER, NO_DANGER, NO_TOPIC, examples, fingerprint
from bot.guidance.matching.learned import Learned
from bot.guidance.matching.meaning import Points, points
from bot.guidance.matching.model import Model, Terms
from bot.guidance.matching.stems import counted

PULL = 1.0
"""How much the meaning counts beside the words; chosen on the development questions."""
_NEAR_MISS = 2.0
"""How much more an example that is no topic's, but was written down so as not to alarm, counts."""
_FEWEST = 2
"""A row of stems counts when so many examples have it."""
_AT_ONCE = 64


def learn(given: Mapping[str, Sequence[str]] | None = None) -> Learned:
    """Learn from `given` (label → lines), or from the content's examples."""
    lines = [(label, text) for label, texts in (given or examples()).items() for text in texts]
    counts = [counted(text) for _, text in lines]
    terms = terms_of(counts)
    weighed = weighed_of(terms, counts)
    meaning = meaning_of([text for _, text in lines])
    labels = np.array([label for label, _ in lines])
    topical = (labels != DANGER) & (labels != NO_DANGER)
    topics = _fit(weighed[topical], meaning[topical], labels[topical])
    urgent = np.where(labels == DANGER, DANGER, NO_DANGER)
    alarms = np.count_nonzero(labels == DANGER)
    weights = np.where(labels == DANGER, (len(labels) - alarms) / alarms, 1.0)
    weights[np.isin(labels, (NO_DANGER, *NO_TOPIC))] = _NEAR_MISS
    danger = _fit(weighed, meaning, urgent, weights)
    return Learned(terms, topics, danger, fingerprint())


def terms_of(counts: Sequence[Mapping[str, int]]) -> Terms:
    """The rows that at least two examples have; the rarer, the more telling."""
    spread = Counter(row for one in counts for row in one)
    known = sorted(row for row, times in spread.items() if times >= _FEWEST)
    telling = [math.log((1 + len(counts)) / (1 + spread[row])) + 1 for row in known]
    return Terms({row: at for at, row in enumerate(known)}, np.array(telling, dtype=np.float32))


def weighed_of(terms: Terms, counts: Sequence[Mapping[str, int]]) -> sparse.csr_matrix:
    """A row for each text: what is known of its stems, weighed."""
    rows = [terms.weighed(one) for one in counts]
    data = [weight for row in rows for weight in row.values()]
    columns = [at for row in rows for at in row]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    return sparse.csr_matrix((data, columns, ends), shape=(len(rows), len(terms.places)))


def meaning_of(texts: Sequence[str]) -> Points:
    """A row for each text: its meaning."""
    return np.vstack([points(texts[at : at + _AT_ONCE]) for at in range(0, len(texts), _AT_ONCE)])


def _fit(
    weighed: sparse.csr_matrix, meaning: Points, labels: "np.ndarray[tuple[int], np.dtype[np.str_]]",
    weights: "np.ndarray[tuple[int], np.dtype[np.float64]] | None" = None,
) -> Model:  # fmt: skip
    joined = sparse.hstack([weighed, sparse.csr_matrix(PULL * meaning)]).tocsr()
    fitted = RidgeClassifier(alpha=1.0, random_state=0).fit(joined, labels, sample_weight=weights)
    found, offset = np.atleast_2d(fitted.coef_), np.atleast_1d(fitted.intercept_)
    if len(found) == 1:  # of two labels only the second one is written
        found, offset = np.vstack([-found, found]), np.concatenate([-offset, offset])
    of_terms = found[:, : weighed.shape[1]].astype(np.float32)
    of_meaning = found[:, weighed.shape[1] :].astype(np.float32)
    return Model(tuple(map(str, fitted.classes_)), of_terms, of_meaning, offset.astype(np.float32), PULL)
