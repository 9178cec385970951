"""Cues of the indicator files → a gate that says in one pass which sentences are worth reading, and why."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tracker.errors import CatalogError
from tracker.model.codebook import Indicator, SignalDefinition
from tracker.nlp.phrases import pattern
from tracker.nlp.text import fold

_MARKED: Final = re.compile(r"^([+0-])\s+(?=\S)")
_DIRECTION: Final = {"+": 1, "0": 0, "-": -1}
MAX_CUE: Final = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class CueHit:
    """A cue found in a sentence; `polarity` is None for a cue that only gates."""

    signal: str
    start: int
    end: int
    polarity: int | None


class Gate:
    """All cues of a codebook: which sentences to read, and what speaking cues say in them."""

    def __init__(self, indicators: Iterable[Indicator]) -> None:
        """Compile the cues. Raises CatalogError for one that cannot be read, naming file, signal and cue."""
        words: list[str] = []
        regexes: list[str] = []
        self._speaking: list[tuple[str, int, re.Pattern[str]]] = []
        self._own: dict[str, re.Pattern[str]] = {}
        for indicator in indicators:
            file = f"indicators/{indicator.id}.yaml"
            for definition in indicator.signals:
                check_cues(definition, lambda *_, file=file: file)
                plain, patterns = _read(definition)
                words += plain
                regexes += patterns
                self._speaking += _speaking(definition)
        parts = [p.pattern for p in (pattern(words),) if p is not None]
        parts += [f"(?:{regex})" for regex in regexes]
        self._gate = re.compile("|".join(parts)) if parts else None

    def passes(self, text: str) -> bool:
        """Whether a sentence has any cue at all."""
        return self._gate is not None and self._gate.search(fold(text).lower()) is not None

    def first(self, text: str) -> tuple[int, int] | None:
        """Where the first cue stands."""
        found = self._gate.search(fold(text).lower()) if self._gate else None
        return found.span() if found else None

    def speaking(self, text: str) -> Sequence[CueHit]:
        """Cues that code by themselves: those marked `+`, `-` or `0`, and all cues of a signal without frames."""
        low = fold(text).lower()
        return [
            CueHit(signal=signal, start=m.start(), end=m.end(), polarity=polarity)
            for signal, polarity, regex in self._speaking
            for m in [regex.search(low)]
            if m is not None
        ]


def check_cues(definition: SignalDefinition, place: Callable[..., str]) -> None:
    """Raises CatalogError for a cue that cannot be used; `place(n)` says where the n-th of them stands."""
    for n, cue in enumerate(definition.cues):
        _check(_MARKED.sub("", cue.strip()), definition, n, place)


def _read(definition: SignalDefinition) -> tuple[list[str], list[str]]:
    plain, regexes = [], []
    for cue in definition.cues:
        bare = _MARKED.sub("", cue.strip())
        if _is_regex(bare):
            regexes.append(bare[1:-1])
        else:
            plain.append(fold(bare).lower())
    return plain, regexes


def _speaking(definition: SignalDefinition) -> list[tuple[str, int, re.Pattern[str]]]:
    marked: dict[int, list[str]] = {}
    alone = not definition.frames and not any(_MARKED.match(cue.strip()) for cue in definition.cues)
    for cue in definition.cues:
        match = _MARKED.match(cue.strip())
        if match is None and not alone:
            continue
        marked.setdefault(_DIRECTION[match[1]] if match else 1, []).append(_MARKED.sub("", cue.strip()))
    found = []
    for polarity, cues in sorted(marked.items()):
        trie = pattern(fold(cue).lower() for cue in cues if not _is_regex(cue))
        parts = [p.pattern for p in (trie,) if p is not None] + [f"(?:{c[1:-1]})" for c in cues if _is_regex(c)]
        if parts:
            found.append((definition.id, polarity, re.compile("|".join(parts))))
    return found


def _is_regex(cue: str) -> bool:
    return len(cue) > 2 and cue[0] == cue[-1] == "/"


def _check(cue: str, definition: SignalDefinition, n: int, place: Callable[..., str]) -> None:
    def error(problem: str, remedy: str) -> CatalogError:
        return CatalogError(f"{place(n)}: {definition.id}.cues: {cue[:MAX_CUE]!r} {problem}", remedy=remedy)

    if not cue or len(cue) > MAX_CUE:
        raise error(f"is empty or longer than {MAX_CUE} characters", "shorten or remove it")
    if not _is_regex(cue):
        if cue.strip("* ") == "":
            raise error("would match everything", "write at least one letter")
        return
    try:
        re.compile(cue[1:-1])
    except (re.error, OverflowError, RecursionError) as broken:
        raise error(f"is not a regular expression: {broken}", "mend it, or drop the slashes") from None
    if re.search(r"[*+}]\)[*+{]|\.\*.*\.\*.*\.\*", cue):
        raise error("could take very long", "avoid repeated groups and more than two `.*`")
