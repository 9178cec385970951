"""The first look: whether a sentence is worth the encoder's time, from its word pieces alone.

Two narrow convolutions over small embeddings, the first of them worked out beforehand
for every word piece; a sentence scores by the strongest place it has. It learned from
what the encoder itself found in many sentences, so it looks for the same things, many
times faster and less exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

Singles = np.ndarray[Any, np.dtype[np.float32]]
REACH: Final = 3  # word pieces that a convolution sees at once
DIGITS: Final = 2  # scores are compared after rounding, so that no processor decides otherwise
PARTS: Final = ("place", "pieces", "scale", "first", "first_bias", "second", "second_bias", "last", "last_bias")


class Glance:
    """Small weights in memory; keeps no sentence."""

    def __init__(self, parts: dict[str, np.ndarray[Any, Any]]) -> None:
        self._place = parts["place"]  # token number → row of the embeddings
        pieces: Singles = parts["pieces"].astype(np.float32) * parts["scale"].astype(np.float32)
        names = ("first", "first_bias", "second", "second_bias", "last", "last_bias")
        first, self._first_bias, self._second, self._second_bias, self._last, self._last_bias = (
            parts[name].astype(np.float32) for name in names
        )
        size = pieces.shape[1]
        self._seen = [pieces @ first[at * size : (at + 1) * size] for at in range(REACH)]

    def score(self, ids: Sequence[int]) -> float:
        """Log odds that the encoder would find something, rounded; `ids` are a sentence's word pieces."""
        rows = self._place[np.asarray(ids, dtype=np.int64)]
        before, here, after = self._seen
        hidden = here[rows] + self._first_bias
        hidden[1:] += before[rows[:-1]]
        hidden[:-1] += after[rows[1:]]
        hidden = np.maximum(hidden, 0.0, out=hidden)
        hidden = _beside(hidden) @ self._second
        strongest = np.maximum(hidden.max(axis=0) + self._second_bias, 0.0)
        return round(float(strongest @ self._last + self._last_bias), DIGITS)

    @classmethod
    def load(cls, path: Path) -> Glance:
        """What `tracker train` wrote. Raises OSError or KeyError for anything else."""
        with np.load(path, allow_pickle=False) as kept:
            return cls({name: kept[name] for name in PARTS})


def _beside(rows: Singles) -> Singles:
    """Every row with its neighbours before and after it, nothing beyond the ends."""
    count, size = rows.shape
    wide = np.zeros((count, REACH * size), dtype=np.float32)
    wide[1:, :size] = rows[:-1]
    wide[:, size : 2 * size] = rows
    wide[:-1, 2 * size :] = rows[1:]
    return wide
