"""Fitting the cheap linear reader. Needs the extra `train`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from tracker.nlp.training_data import SIGNALS, Example
from tracker.nlp.words import Words, terms_of


def fit_words(examples: Sequence[Example], *, least: int = 3, most: int = 24000) -> Words:
    """One logistic regression per signal, and one for any signal at all."""
    bags = [Counter(terms_of(example.text)) for example in examples]
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
    inputs = csr_matrix((values, (rows, columns)), shape=(len(bags), len(chosen)))
    found = [{code.signal for code in example.codes} for example in examples]
    heed = np.array([example.weight for example in examples])
    targets = [np.array([signal in codes for codes in found]) for signal in SIGNALS]
    targets.append(np.array([bool(codes) for codes in found]))
    weights_of = np.zeros((len(chosen), len(targets)))
    bias = np.full(len(targets), -6.0)
    for at, target in enumerate(targets):
        if target.sum() < 2:
            continue
        model = LogisticRegression(C=20.0, max_iter=400).fit(inputs, target, sample_weight=heed)
        weights_of[:, at] = model.coef_[0]
        bias[at] = float(model.intercept_[0])
    return Words(chosen, rarity, weights_of, bias)
