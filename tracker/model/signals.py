"""What a sentence says about readiness: signals with their evidence, and candidates that were refused."""

from dataclasses import dataclass
from typing import Literal

SpeakerClass = Literal[
    "leader", "official", "official_anon", "faction", "third_party", "pollster", "narration", "analyst", "public"
]
SpeakerSide = Literal["self", "opponent", "backer_self", "backer_opp", "neutral", "media"]
Factuality = Literal["done", "ongoing", "announced", "alleged", "considered", "called_for", "denied"]
Polarity = Literal[-1, 0, 1]
Intensity = Literal[1, 2, 3]
ALL = "ALL"  # locus of a signal that concerns every principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a person can read it: the sentence with its place in the article."""

    sentence: int  # index in the article, 0 is the title, body sentences follow from 1
    quote: str  # the sentence as printed
    before: str = ""  # the sentence in front of it, for context
    cue: tuple[int, int] | None = None  # character span in `quote`


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One party's (or both parties') showing on one codebook signal in one sentence (codebook §2)."""

    conflict: str
    signal: str
    mode: str
    polarity: Polarity
    intensity: Intensity
    locus: str  # registry id of a principal, or "ALL"
    speaker_class: SpeakerClass
    speaker_side: SpeakerSide
    factuality: Factuality
    rule: str  # frame id, or "recogniser"
    probability: float  # calibrated, in (0, 1]; enters the weight as rule precision
    evidence: Evidence
    speaker: str = ""  # words of the attribution, e.g. "the defence minister"
    actor: str = ""
    target: str = ""
    third_party: str = ""
    conditional: bool = False
    contested: bool = False
    imputed: bool = False
    self_perceived: bool = False
    is_spoiler: bool = False
    audience: str = ""
    trend: str = ""
    unit: Literal["sentence", "headline"] = "sentence"
    layers: int = 0  # attribution layers beyond the first; each multiplies the weight by 0.8

    @property
    def key(self) -> str:
        """Stable within one article revision and codebook: an actor says one thing per sentence and signal."""
        return f"{self.conflict}:{self.evidence.sentence}:{self.signal}:{self.locus}:{self.polarity:+d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A candidate that was looked at and not coded, with the exclusion code (X1-X14)."""

    sentence: int
    signal: str
    rule: str
    why: str
    quote: str = ""
