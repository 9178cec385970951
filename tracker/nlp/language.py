"""Whether a text is English, by its small words: enough to keep other languages out of an English codebook."""

import re
from typing import Final

from tracker.nlp.phrases import listed

_SMALL: Final = frozenset(
    listed(
        """
    the of and to in a is that for on with as was by at it from he his are be has have this not but an will its
    were they who said
    """
    )
)
_WORD: Final = re.compile(r"[^\W\d_]+")


def is_english(text: str) -> bool:
    """At least one word in ten of the first three hundred is a small English word; short texts pass.

    >>> is_english("Die Regierung hat erklärt, dass sie zu keinen Gesprächen mit dem Gegner bereit ist und bleibt.")
    False
    """
    words = [m[0].lower() for m in _WORD.finditer(text[:3_000])][:300]
    if len(words) < 12:
        return all(ord(c) < 0x250 or not c.isalpha() for c in text[:300])
    return sum(word in _SMALL for word in words) >= 0.1 * len(words)
