"""Words of an article → a small signature by which copies of one text find each other, the same on every machine.

The signature is a one-permutation MinHash (Li, Owen and Zhang, NIPS 2012) over three-word shingles: shingles are
hashed into bins and each bin keeps its smallest hash. The share of equal bins estimates the Jaccard similarity.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from operator import eq, or_
from zlib import crc32

BINS = 64
_SOME = range(0, 64, 7)  # bins that are keys by which every article is found again …
_MORE = (*_SOME, 3, 17, 31, 45)  # … and those of a text that may be joined at a lower similarity
SHORT = 60  # content words; shorter texts also count single words, or one edited word would hide a headline
ALIKE = 0.4  # least estimated similarity of two texts of one story
LONG = 80  # shingles from which a text decides without its title
FULL = 150  # shingles from which chance agreement is so rare that rewritten copies may be admitted:
FULL_ALIKE = 0.25  # least similarity of two full texts …
CONTAINED = 0.5  # … or least share of the shorter text that is found in the longer one
CONTAINED_ALIKE = 0.15  # … when the similarity is at least this
SHORT_CONTAINED = 0.6  # the same for texts between LONG and FULL, at a similarity of FULL_ALIKE
SAME_TEXT = 0.8  # so like that another number in the headline is an update, not another happening
TITLES = 0.5  # least share of common words in the titles, when the texts are too short to decide alone

_MIX = 0x9E3779B97F4A7C15  # 2^64 / golden ratio: multiplicative hashing (Knuth)
_MASK = (1 << 64) - 1
_WORD = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]|\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|\w+")
_COUNTING = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
_SEPARATOR = re.compile(r"(?<=\d),(?=\d)")
_NUMBERS = {word: str(value) for value, word in enumerate(_COUNTING.split())}
_COUNTED = frozenset(_NUMBERS)
_MARKS = "“”„«»‘–—"  # frequent, and between words always: without them most texts are plain letters
_PARTING = str.maketrans({chr(n): " " for n in range(128) if not (chr(n).isalnum() or chr(n) in "_.,'")})
_WORDS_OF_NO_WEIGHT = (
    "a an the of to in on at by for from with and or but as is are was were be been has have had it its it's that "
    "this these those he she they his her their will would than then there here who which what says said say"
)
_FILLER = frozenset(_WORDS_OF_NO_WEIGHT.split())


def words(text: str) -> list[str]:
    """Words in lower case, numbers in figures without separators, apostrophes folded; punctuation is dropped.

    >>> words("Two more countries’ 1,200 troops")
    ['2', 'more', 'countries', '1200', 'troops']
    """
    folded = text.lower()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
        for mark in _MARKS:
            folded = folded.replace(mark, " ")
    if "," in folded:
        folded = _SEPARATOR.sub("", folded)
    found = _plain_words(folded) if folded.isascii() else _WORD.findall(folded)
    if "'s" in folded:
        found = [word.removesuffix("'s") for word in found]
    return found if _COUNTED.isdisjoint(found) else [_NUMBERS.get(word, word) for word in found]


def _plain_words(text: str) -> list[str]:
    """What `_WORD` finds in plain letters, in a quarter of the time: most words stand between spaces."""
    parts = text.translate(_PARTING).split()
    found: list[str] = []
    start = 0
    for place in [place for place, part in enumerate(parts) if not part.isalpha()]:
        bare = parts[place].strip(".,'")
        found += parts[start:place]
        found += (bare,) if bare.isalpha() else _WORD.findall(bare)
        start = place + 1
    return found + parts[start:] if start else parts


def signature(title: str, text: str) -> tuple[int, ...]:
    """The sketch of an article: number of distinct shingles, then 64 bins (0: empty). Deterministic everywhere."""
    return signature_of([*words(title), *words(text)])


def signature_of(found: Iterable[str]) -> tuple[int, ...]:
    """The sketch of the words of title and text, when these are at hand already."""
    content = [word for word in found if word not in _FILLER]
    parts = " ".join(content).encode("utf-8", "replace").split(b" ") if content else []
    shingles = set(map(b" ".join, zip(parts, parts[1:], parts[2:], strict=False)))
    if len(content) < SHORT:
        shingles.update(parts)
    hashed = sorted([(checksum * _MIX & _MASK) >> 26 for checksum in map(crc32, shingles)], reverse=True)
    bins = [0] * BINS
    for mixed in hashed:  # the smallest of each bin comes last
        bins[mixed >> 32] = (mixed & 0xFFFFFFFF) + 1
    return (len(shingles), *bins)


def bands(signature: tuple[int, ...]) -> tuple[int, ...]:
    """Keys of a signature: two articles that share none need not be compared.

    Single bins are keys, so texts of similarity s share one of k with probability 1 - (1 - s)^k: 0.994 at 0.4, where
    short texts begin to be one story; longer ones have four keys more, which makes 0.982 at 0.25 and 0.90 at 0.15.
    (A key of two bins tells more, but it takes 32 of them for 0.996, 0.87 and 0.52, and every key is a row.)
    Empty bins borrow from the next filled one (densification by rotation), so that short texts have keys too.
    An article without words has none. Keys have 39 bits at most.
    """
    bins = signature[1:]
    if not any(bins):
        return ()
    keys = set()
    for place in _SOME if signature[0] < LONG else _MORE:
        at = place
        while not bins[at]:
            at = (at + 1) % len(bins)
        keys.add(bins[at] << 6 | place)
    return tuple(sorted(keys))


def similarity(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """Estimated share of common shingles, 0 to 1; 0 when either has no words."""
    one, other = a[1:], b[1:]
    joint: int = sum(map(bool, map(or_, one, other)))
    if not joint:
        return 0.0
    equal: int = sum(map(eq, one, other))
    return (equal - len(one) + joint) / joint  # two empty bins are equal and say nothing


def same_story(a_title: str, a_signature: tuple[int, ...], b_title: str, b_signature: tuple[int, ...]) -> bool:
    """Whether two articles carry one text: a wire copy, a shortened copy, a headline edited a little.

    Different numbers in the two headlines make them different ("2 more countries", "4 more countries"), unless the
    texts below are nearly equal. The time window is the caller's business.
    """
    alike = similarity(a_signature, b_signature)
    if alike < CONTAINED_ALIKE:
        return False
    shorter = min(a_signature[0], b_signature[0])
    if shorter >= LONG and alike >= SAME_TEXT:
        return True
    if _numbers_differ(a_title, b_title):
        return False
    if shorter >= FULL:
        return alike >= FULL_ALIKE or _contained(alike, a_signature[0], b_signature[0]) >= CONTAINED
    if shorter >= LONG:
        return alike >= ALIKE or (
            alike >= FULL_ALIKE and _contained(alike, a_signature[0], b_signature[0]) >= SHORT_CONTAINED
        )
    if alike < ALIKE:
        return False
    return not (a_title and b_title) or _overlap(a_title, b_title) >= TITLES


def _contained(alike: float, a: int, b: int) -> float:
    """Share of the smaller set inside the larger one, from their Jaccard similarity J: J(a + b) / ((1 + J) min)."""
    smaller = min(a, b)
    return alike * (a + b) / ((1 + alike) * smaller) if smaller else 0.0


def _numbers_differ(a: str, b: str) -> bool:
    first, second = _figures(a), _figures(b)
    return bool(first and second) and first != second


@lru_cache(maxsize=2048)  # one title is compared with many
def _figures(title: str) -> frozenset[str]:
    return frozenset(word for word in words(title) if word[0].isdigit())


@lru_cache(maxsize=2048)
def _telling(title: str) -> frozenset[str]:
    return frozenset(words(title)) - _FILLER


def _overlap(a: str, b: str) -> float:
    """Common content words over those of the shorter title."""
    first, second = _telling(a), _telling(b)
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller else 1.0
