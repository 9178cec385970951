"""What coding is given of one sentence, and what it proposes: frozen words between finding and judging."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from tracker.model.codebook import Conflict
from tracker.nlp.attribution import Attribution
from tracker.nlp.linking import Mention
from tracker.nlp.parsed import Parsed
from tracker.nlp.speakers import Speaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One sentence of one conflict with its surroundings, ready to be judged."""

    index: int  # 0 is the title, body sentences follow from 1
    text: str
    conflict: Conflict
    mentions: tuple[Mention, ...]
    before: tuple[str, ...] = ()  # up to two sentences, the nearest last
    title: str = ""
    parsed: Parsed | None = None
    attributions: tuple[Attribution, ...] = ()
    focus: tuple[str, ...] = ()  # parties named before, nearest first
    earlier: Speaker | None = None  # who was last quoted
    author: Speaker | None = None  # whose speech the text is, by its headline
    day: date | None = None
    unit: Literal["sentence", "headline"] = "sentence"

    @property
    def parties(self) -> tuple[str, ...]:
        """Ids of the principals, in registry order."""
        return tuple(party.id for party in self.conflict.parties)

    @property
    def named(self) -> tuple[str, ...]:
        """Principals that the sentence names, in the order of their first mention."""
        return tuple(dict.fromkeys(m.actor for m in self.mentions if m.role == "party" and m.actor))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A signal that a frame, a cue or the recogniser proposes for a sentence."""

    signal: str
    rule: str  # "frame:<id>", "cue" or "recogniser"
    probability: float
    polarity: int
    locus: str = ""  # empty: to be found
    locus_probability: float = 1.0  # how sure the recogniser is of it
    cue: tuple[int, int] | None = None
    anchor: int | None = None  # token of the parsed sentence
    mode: str = ""
    intensity: int = 0  # 0: to be found
    factuality: str = ""
    speaker_class: str = ""
    speaker_probability: float = 0.0
    accepted: bool = True  # False: below its threshold, or of a doubtful direction; kept for explanation
    doubtful: bool = False  # likely enough, but its direction is not
    negated: bool = False
    also: tuple[str, ...] = ()  # other rules that proposed the same
