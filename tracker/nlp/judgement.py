"""A candidate in its sentence → mode, intensity, factuality and flags (codebook §3.2, §3.3, §5)."""

# ruff: noqa: E501 - regular expressions read best unbroken

import re
from typing import Final

from tracker.model.codebook import SignalDefinition
from tracker.model.signals import Factuality, Intensity, SpeakerClass, SpeakerSide
from tracker.nlp.modes import MODES, STRONG, WEAK
from tracker.nlp.passage import Candidate, Passage
from tracker.nlp.text import fold

_DENIES: Final = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|refut(?:e|es|ed)|dismiss(?:es|ed)? (?:reports|claims|suggestions)|not true)\b"
)
_ALLEGES: Final = re.compile(r"\b(?:claim(?:s|ed|ing)?|accus(?:es|ed|ing|ations?)|alleg\w+|reportedly|purported\w*)\b")
_CALLS: Final = re.compile(
    r"\b(?:urg(?:es|ed|ing)|call(?:s|ed|ing)? (?:on|for|upon)|appeal(?:s|ed|ing)? (?:to|for)|demand(?:s|ed|ing)?|ask(?:s|ed|ing)? (?:for|the|all)|"
    r"must|should|need(?:s)? to|plead(?:s|ed)?)\b"
)
_CONSIDERS: Final = re.compile(
    r"\b(?:weigh(?:s|ing)|consider(?:s|ing)|explor(?:es|ing)|mull(?:s|ing)|could live with|fears? that|might|may|could|would consider|thinking about)\b"
)
_ANNOUNCES: Final = re.compile(
    r"\b(?:will|set to|due to|plans? to|agree[sd]? to|pledg(?:es|ed|ing)|promis(?:es|ed|ing)|vow(?:s|ed|ing)|intends? to|is to|are to|going to|"
    r"expected to|scheduled|'ll|ready to|prepared to)\b"
)
_PAST: Final = frozenset({"VBD", "VBN"})
_BELIEFS: Final = frozenset(
    {"victory_confidence", "waiting_out", "adverse_inference", "strategic_adaptation", "public_opinion"}
)
_CONDITION: Final = re.compile(
    r"\b(?:if|unless|once|until|provided|only (?:after|when|if|once)|on condition|as long as|in (?:return|exchange) for)\b"
)
_CONDITIONED: Final = frozenset(
    {"negotiation_openness", "inducement", "concession_signal", "mediation_offer", "external_support"}
)
_AUDIENCE: Final = (
    (
        "domestic",
        re.compile(
            r"\b(?:voters?|coalition|parliament|hard-?liners?|treason|traitors?|constituents?|our people|society|at home)\b"
        ),
    ),
    ("ally", re.compile(r"\b(?:allies|ally|partners|west|nato|backers?)\b")),
)
_TREND: Final = (
    (
        "rising",
        re.compile(r"\b(?:up from|rose|risen|rising|gr[eo]w\w*|increas\w+|climb\w*|more than (?:last|a year))\b"),
    ),
    (
        "falling",
        re.compile(r"\b(?:down from|fell|fallen|falling|dropp\w+|declin\w+|wan(?:e|es|ed|ing)|eroding|slipp\w+)\b"),
    ),
    ("flat", re.compile(r"\b(?:unchanged|steady|stable)\b")),
)


def mode_of(definition: SignalDefinition, candidate: Candidate, text: str) -> str:
    """The mode of a signal: that of the frame, else the first whose words are in the sentence, else the usual one."""
    if candidate.mode:
        return candidate.mode
    low = fold(text).lower()
    for mode, polarity, regex in MODES.get(definition.id, ()):
        if (polarity is None or polarity == candidate.polarity) and mode in definition.modes and regex.search(low):
            return mode
    for mode in definition.modes:
        if mode.replace("_", " ") in low:
            return mode
    return definition.modes[0] if definition.modes else ""


def intensity_of(
    definition: SignalDefinition, candidate: Candidate, text: str, speaker_class: SpeakerClass
) -> Intensity:
    """1 hedged or low-rank, 2 clear, 3 leader-level, formal or quantified: by words, then by who speaks."""
    if candidate.negated and candidate.factuality == "denied":
        return 1
    if candidate.intensity in {1, 2, 3} and candidate.rule != "recogniser":
        return candidate.intensity  # type: ignore[return-value]  # checked in the line above
    low = fold(text).lower()
    strong, weak = STRONG.get(definition.id), WEAK.get(definition.id)
    if strong is not None and strong.search(low):
        return 3
    if weak is not None and weak.search(low):
        return 1
    if speaker_class in {"analyst", "public"}:
        return 1
    if speaker_class == "leader" and definition.id in {
        "negotiation_openness",
        "concession_signal",
        "victory_confidence",
        "ally_rift",
    }:
        return 3
    return 2


def factuality_of(
    definition: SignalDefinition, candidate: Candidate, passage: Passage, side: SpeakerSide
) -> Factuality:
    """How real the text says it is, by the verb at the cue and the words around it (codebook §3.3)."""
    if candidate.factuality:
        return candidate.factuality  # type: ignore[return-value]  # frames are checked when compiled
    low = fold(passage.text).lower()
    if _DENIES.search(low) and definition.id in {
        "back_channel",
        "battlefield_stalemate",
        "attrition_strain",
        "ally_rift",
    }:
        return "denied"
    if definition.id not in _BELIEFS:
        if (
            _CALLS.search(low)
            and definition.id in {"talks_activity", "mediation_offer", "external_support", "inducement"}
            and (not _ANNOUNCES.search(low))
        ):
            return (
                "called_for" if definition.id in {"talks_activity", "external_support"} else _tense(passage, candidate)
            )
        if _ALLEGES.search(low) and side in {"opponent", "backer_opp"}:
            return "alleged"
        if _CONSIDERS.search(low):
            return "considered"
        if _ANNOUNCES.search(low):
            return "announced"
    return _tense(passage, candidate)


def _tense(passage: Passage, candidate: Candidate) -> Factuality:
    sentence = passage.parsed
    if sentence is None:
        return "ongoing"
    tokens = sentence.tokens
    at = candidate.anchor
    if at is None and candidate.cue is not None:
        inside = sentence.at(*candidate.cue)
        at = inside[0] if inside else None
    if at is None:
        at = next((i for i, t in enumerate(tokens) if t.head == i), 0)
    for here in (at, *sentence.ancestors(at)):
        if tokens[here].is_verb:
            helpers = [tokens[k] for k in sentence.kids[here] if tokens[k].dep in {"aux", "auxpass"}]
            if any(h.lemma == "have" for h in helpers) or any(h.tag == "VBD" for h in helpers):
                return "done"
            if helpers:
                return "ongoing"
            return "done" if tokens[here].tag in _PAST else "ongoing"
    return "ongoing"


def flags_of(
    definition: SignalDefinition, candidate: Candidate, text: str, speaker_class: SpeakerClass, side: SpeakerSide
) -> dict[str, bool]:
    """conditional, contested, imputed, self_perceived and is_spoiler, as the codebook's sections ask."""
    low = fold(text).lower()
    signal = definition.id
    return {
        "conditional": signal in _CONDITIONED and _CONDITION.search(low) is not None,
        "contested": signal == "back_channel" and candidate.polarity == 0,
        "imputed": signal in {"waiting_out", "victory_confidence"} and side in {"opponent", "backer_opp"},
        "self_perceived": side == "self" and speaker_class != "narration" and signal != "adverse_inference",
        "is_spoiler": (signal == "adverse_inference" and speaker_class == "faction" and candidate.polarity < 0)
        or (
            signal == "talks_activity"
            and candidate.polarity < 0
            and re.search(r"\b(?:sabotag|disrupt|derail|spoiler)", low) is not None
        ),
    }


def audience_of(definition: SignalDefinition, text: str) -> str:
    """Before whom talking is costly; only for adverse_inference."""
    if definition.id != "adverse_inference":
        return ""
    low = fold(text).lower()
    return next((name for name, regex in _AUDIENCE if regex.search(low)), "enemy")


def trend_of(definition: SignalDefinition, text: str, mode: str) -> str:
    """Which way opinion moves; only where the codebook asks for it."""
    if definition.id != "public_opinion" and mode != "backer_public":
        return ""
    low = fold(text).lower()
    return next((name for name, regex in _TREND if regex.search(low)), "")
