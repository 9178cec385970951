"""Text → sentences with their places, for news as it is printed: abbreviations, quotations, missing blanks."""

import re
from dataclasses import dataclass
from typing import Final

from tracker.nlp.phrases import listed

MAX_TEXT: Final = 400_000  # characters read of one article; the rest of a longer text is not coded
MAX_SENTENCE: Final = 1_200  # characters; a longer stretch without an end is cut at a blank
MAX_SENTENCES: Final = 3_000  # of one article

_ABBREVIATIONS: Final = frozenset(
    listed(
        """
    mr mrs ms dr prof gen lt col maj sgt capt cpl pvt adm cmdr brig gov sen rep sens reps rev hon pres st ste mt
    ft vs no nos approx dept est fig jr sr inc ltd co corp bros llc al etc eg ie cf viz art sec para jan feb mar
    apr jun jul aug sept sep oct nov dec mon tue tues wed thu thurs fri sat sun u.s u.n u.k e.u u.a.e d.c p.m a.m
    i.e e.g ph.d m.d b.a m.a d.r.c r.s.f
    """
    )
)
_MAY_END: Final = frozenset(
    {"u.s", "u.n", "u.k", "e.u", "u.a.e", "d.c", "p.m", "a.m", "jr", "sr", "inc", "ltd", "co", "corp", "etc"}
)
_STARTERS: Final = frozenset(
    listed(
        """
    the a an he she it they we i you but and in on at this that these those however meanwhile if when while after
    before as for with from by his her its their our there here what who why how yet so still also although since
    both neither some many most no not all one two three earlier later last next according despite
    """
    )
)
_REPORTING: Final = re.compile(
    r"[^.?!\n]{0,60}?\b(?:said|says|asked|asks|told|wrote|added|replied|tweeted|shouted|argued)\b"
)
_END: Final = re.compile(
    r"(?P<mark>[.!?…]+)(?P<close>[\"'”’»)\]]*)(?P<gap>\s+|(?=[A-Z“][a-z]))(?=(?P<next>[\"'“‘«(\[—–\-]*\w*))"
    r"|(?P<line>[ \t]*\n\s*)"
)
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufffc\ud800-\udfff]"
)
_WORD_BEFORE: Final = re.compile(r"[\w.’']+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a text: `text` is what stands from `start` to `end`."""

    text: str
    start: int
    end: int


def plain(text: str) -> str:
    """The same text, character for character, with control and direction marks as blanks: places stay valid.

    Halves of a character (lone surrogates), which no encoding can write, are blanks too.
    """
    return _CONTROL.sub(" ", text)


def fold(text: str) -> str:
    """The same text with one kind of apostrophe, quotation mark and dash; places stay valid.

    >>> fold("“It’s over”")
    '"It\\'s over"'
    """
    return text.translate(_FOLD)


_FOLD: Final = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\u00a0": " ", "–": "-", "‑": "-"}
)


def sentences(text: str) -> tuple[Span, ...]:
    """Split a text into sentences, at most `MAX_SENTENCES` of at most `MAX_SENTENCE` characters.

    A line break always ends a sentence. A full stop after an abbreviation does not, unless a word follows that
    opens sentences ("in the U.S. The army"). A question or exclamation inside a quotation does not when its
    speaker follows ("Talk?" the minister asked).

    >>> [s.text for s in sentences('Lt. Gen. Omar met U.S. envoys. "We will talk." He left.')]
    ['Lt. Gen. Omar met U.S. envoys.', '"We will talk."', 'He left.']
    """
    text = plain(text[:MAX_TEXT])
    found: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if match["line"] is None and not _ends(text, start, match):
            continue
        end = match.end("close") if match["line"] is None else match.start()
        _cut(text, start, end, found)
        start = match.end()
        if len(found) >= MAX_SENTENCES:
            return tuple(found[:MAX_SENTENCES])
    _cut(text, start, len(text), found)
    return tuple(found[:MAX_SENTENCES])


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    if "\n" in match["gap"]:
        return True
    following = match["next"]
    word = following.lstrip("\"'“‘«([—–-")
    if not match["gap"]:  # "on Friday.The army": only between two words, never in a name or number
        before = _WORD_BEFORE.search(text, max(start, match.start() - 30), match.start())
        return before is not None and len(before[0]) > 2 and before[0][1:].islower()
    if word and not (word[0].isupper() or word[0].isdigit()):
        return False
    if not word and not following:
        return not text[match.end() : match.end() + 1].islower()
    if match["mark"] != ".":
        quoted = any(mark in match["close"] for mark in '"”’»')
        return not (quoted and _REPORTING.match(text, match.end()) and word.casefold() not in {"he", "she", "they"})
    before = _WORD_BEFORE.search(text, max(start, match.start() - 30), match.start())
    if before is None or match["close"]:
        return True
    last = before[0].casefold().lstrip("'’")
    if last in _ABBREVIATIONS:
        return last in _MAY_END and word.casefold() in _STARTERS
    return not (len(last) == 1 and last.isalpha() and before[0].isupper()) or word.casefold() in _STARTERS


def _cut(text: str, start: int, end: int, found: list[Span]) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_SENTENCE:
        blank = text.rfind(" ", start, start + MAX_SENTENCE)
        stop = blank if blank > start else start + MAX_SENTENCE
        found.append(Span(text=text[start:stop], start=start, end=stop))
        start = stop + (1 if blank > start else 0)
        if len(found) >= MAX_SENTENCES:
            return
    if any(character.isalnum() for character in text[start:end]):
        found.append(Span(text=text[start:end], start=start, end=end))
