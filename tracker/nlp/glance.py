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
SHARE: Final = 0.3  # of the first look in the second: the two err differently
PARTS: Final = ("place", "pieces", "scale", "first", "first_bias", "second", "second_bias", "last", "last_bias")


class Glance:
    """Small weights in memory; keeps no sentence."""

    def __init__(self, parts: dict[str, np.ndarray[Any, Any]]) -> None:
        self._place = parts["place"]  # token number → row of the embeddings
        pieces: Singles = parts["pieces"].astype(np.float32) * parts["scale"].astype(np.float32)
        names = ("first", "first_bias", "second", "second_bias", "last", "last_bias")
        first, first_bias, second, self._second_bias, self._last, self._last_bias = (
            parts[name].astype(np.float32) for name in names
        )
        before, here, after = _thirds(first)
        self._seen = pieces @ before, pieces @ here + first_bias, pieces @ after
        self._second = np.concatenate(_thirds(second), axis=1)  # all three in one product

    def score(self, ids: Sequence[int]) -> float:
        """Log odds that the encoder would find something, rounded; `ids` are a sentence's word pieces."""
        rows = self._place[np.asarray(ids, dtype=np.int64)]
        before, here, after = self._seen
        hidden = here.take(rows, 0)
        hidden[1:] += before.take(rows[:-1], 0)
        hidden[:-1] += after.take(rows[1:], 0)
        beside = np.maximum(hidden, 0.0, out=hidden) @ self._second
        width = len(self._last)
        here = beside[:, width : 2 * width]
        here[1:] += beside[:-1, :width]
        here[:-1] += beside[1:, 2 * width :]
        strongest = np.maximum(here.max(axis=0) + self._second_bias, 0.0)
        return round(float(strongest @ self._last + self._last_bias), DIGITS)

    @classmethod
    def load(cls, path: Path) -> Glance:
        """What `tracker train` wrote. Raises OSError or KeyError for anything else."""
        with np.load(path, allow_pickle=False) as kept:
            return cls({name: kept[name] for name in PARTS})


def _thirds(weights: Singles) -> list[Singles]:
    """What a convolution makes of the piece before, of the piece itself and of the piece after."""
    return np.split(weights, REACH)


def second_look(early: float, look: float) -> float:
    """What the lower layers' early opinion and the first look say together, rounded like the first look."""
    return round(early + SHARE * look, DIGITS)
