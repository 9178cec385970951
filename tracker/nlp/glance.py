"""The first look: whether a sentence is worth the encoder's time, from its word pieces alone.

Two narrow convolutions over small embeddings; a sentence scores by the strongest
place it has. It learned from what the encoder itself found in many sentences, so
it looks for the same things, forty times faster and less exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

Singles = np.ndarray[Any, np.dtype[np.float32]]
REACH: Final = 3  # word pieces that a convolution sees at once
AT_ONCE: Final = 5  # rows of a product: so few that no library wakes threads for them, which cost more than the work
DIGITS: Final = 2  # scores are compared after rounding, so that no processor decides otherwise
PARTS: Final = ("place", "pieces", "scale", "first", "first_bias", "second", "second_bias", "last", "last_bias")


class Glance:
    """Small weights in memory; keeps no sentence."""

    def __init__(self, parts: dict[str, np.ndarray[Any, Any]]) -> None:
        self._place = parts["place"]  # token number → row of the embeddings
        self._pieces: Singles = parts["pieces"].astype(np.float32) * parts["scale"].astype(np.float32)
        names = ("first", "first_bias", "second", "second_bias", "last", "last_bias")
        self._first, self._first_bias, self._second, self._second_bias, self._last, self._last_bias = (
            parts[name].astype(np.float32) for name in names
        )

    def score(self, ids: Sequence[int]) -> float:
        """Log odds that the encoder would find something, rounded; `ids` are a sentence's word pieces."""
        at = np.asarray(ids, dtype=np.int64)
        hidden = self._pieces[self._place[at]]
        hidden = np.maximum(_times(_beside(hidden), self._first) + self._first_bias, 0.0)
        hidden = np.maximum(_times(_beside(hidden), self._second) + self._second_bias, 0.0)
        strongest = hidden.max(axis=0)
        return round(float(strongest @ self._last + self._last_bias), DIGITS)

    @classmethod
    def load(cls, path: Path) -> Glance:
        """What `tracker train` wrote. Raises OSError or KeyError for anything else."""
        with np.load(path, allow_pickle=False) as kept:
            return cls({name: kept[name] for name in PARTS})


def _beside(rows: Singles) -> Singles:
    """Every row with its neighbours before and after it, nothing beyond the ends."""
    none = np.zeros((1, rows.shape[1]), dtype=np.float32)
    return np.concatenate([np.vstack([none, rows[:-1]]), rows, np.vstack([rows[1:], none])], axis=1)


def _times(rows: Singles, weights: Singles) -> Singles:
    """The product, a few rows at a time."""
    out = np.empty((len(rows), weights.shape[1]), dtype=np.float32)
    for at in range(0, len(rows), AT_ONCE):
        np.matmul(rows[at : at + AT_ONCE], weights, out=out[at : at + AT_ONCE])
    return out
