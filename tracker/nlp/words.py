"""The cheap reader: single words and pairs, weighed.

It gives a second opinion on what the encoder reads. Party names are folded into one
token, so no war is favoured.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from tracker.nlp.markers import mentions_in

Doubles = np.ndarray[Any, np.dtype[np.float64]]
_TOKEN: Final = re.compile(r"[a-z0-9$]+(?:'[a-z]+)?")


def folded(text: str) -> str:
    """The text with every known party reduced to one word per kind."""
    pieces, at = [], 0
    for mention in mentions_in(text):
        if mention.start >= at:
            pieces += [text[at : mention.start], f" party{mention.kind} "]
            at = mention.end
    pieces.append(text[at:])
    return "".join(pieces).lower().replace("’", "'")


def terms_of(text: str) -> list[str]:
    """Words, neighbouring pairs and prefixes of long words."""
    words = ["1" if word[0].isdigit() else word for word in _TOKEN.findall(folded(text))]
    stems = ["~" + word[:5] for word in words if len(word) > 5]
    return words + [f"{one} {other}" for one, other in pairwise(words)] + stems


class Words:
    """A linear model per signal, over the same terms."""

    def __init__(self, vocabulary: Sequence[str], rarity: Doubles, weights: Doubles, bias: Doubles) -> None:
        self._place = {term: at for at, term in enumerate(vocabulary)}
        self._rarity, self._weights, self._bias = rarity, weights, bias

    def judge(self, terms: Sequence[str]) -> Doubles:
        """One score per signal (log odds) for the terms of a text."""
        counts = Counter(at for at in map(self._place.get, terms) if at is not None)
        if not counts:
            return self._bias.copy()
        places = sorted(counts)
        at = np.array(places)
        value = np.array([1.0 + math.log(counts[one]) for one in places]) * self._rarity[at]
        scores: Doubles = (value / np.sqrt((value**2).sum())) @ self._weights[at] + self._bias
        return scores

    def save(self, path: Path) -> None:
        """Keep the model in one file."""
        terms = np.frombuffer("\n".join(self._place).encode(), dtype=np.uint8)
        np.savez_compressed(
            path,
            terms=terms,
            rarity=self._rarity.astype(np.float32),
            weights=self._weights.astype(np.float16),
            bias=self._bias.astype(np.float32),
        )

    @classmethod
    def load(cls, path: Path) -> Words:
        """Read what `save` wrote."""
        with np.load(path) as stored:
            terms = stored["terms"].tobytes().decode().split("\n")
            return cls(
                terms,
                stored["rarity"].astype(np.float64),
                stored["weights"].astype(np.float64),
                stored["bias"].astype(np.float64),
            )
