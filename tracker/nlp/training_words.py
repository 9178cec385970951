"""Fitting the linear reader. Needs the extra `train`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from tracker.nlp.training_data import SIGNALS, Example
from tracker.nlp.words import Words, terms_of

Floats = np.ndarray[Any, np.dtype[np.float64]]


def fit_words(examples: Sequence[Example], *, least: int = 3, most: int = 24000) -> Words:
    """One logistic regression per signal: the second opinion."""
    terms, rarity, inputs = _table([example.text for example in examples], least, most)
    found = [{code.signal for code in example.codes} for example in examples]
    heed = np.array([example.weight for example in examples])
    weights = np.zeros((len(terms), len(SIGNALS)))
    bias = np.full(len(SIGNALS), -6.0)
    for at, signal in enumerate(SIGNALS):
        target = np.array([signal in codes for codes in found])
        if target.sum() < 2:
            continue
        model = LogisticRegression(C=20.0, max_iter=400).fit(inputs, target, sample_weight=heed)
        weights[:, at] = model.coef_[0]
        bias[at] = float(model.intercept_[0])
    return Words(terms, rarity, weights, bias)


def _table(texts: Sequence[str], least: int, most: int) -> tuple[list[str], Floats, csr_matrix]:
    """The terms used at least so often, their rarity, and one row of weighted terms per text."""
    bags = [Counter(terms_of(text)) for text in texts]
    spread = Counter(term for bag in bags for term in bag)
    chosen = sorted((term for term, count in spread.items() if count >= least), key=lambda term: (-spread[term], term))[
        :most
    ]
    place = {term: at for at, term in enumerate(chosen)}
    rarity = np.array([1.0 + np.log((1 + len(bags)) / (1 + spread[term])) for term in chosen])
    rows, columns, values = [], [], []
    for row, bag in enumerate(bags):
        cells = sorted((place[term], count) for term, count in bag.items() if term in place)
        weights = np.array([(1.0 + np.log(count)) * rarity[at] for at, count in cells])
        length = float(np.sqrt((weights**2).sum())) or 1.0
        rows += [row] * len(cells)
        columns += [at for at, _ in cells]
        values += list(weights / length)
    return chosen, rarity, csr_matrix((values, (rows, columns)), shape=(len(bags), len(chosen)))
