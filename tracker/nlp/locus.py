"""Whose readiness a candidate concerns, where neither frame nor recogniser could say (roles of codebook §5)."""

import re
from collections.abc import Mapping
from typing import Final

from tracker.model.signals import ALL
from tracker.nlp.passage import Candidate, Passage
from tracker.nlp.speakers import Speaker

_JOINT: Final = frozenset({"talks_activity", "back_channel", "mediation_offer"})
_BREAKS: Final = re.compile(
    r"\b(?:suspend|walk(?:ed|s)? out|withdr(?:e|a)w|violat|breach|break|broke|reject|refus|propos|offer|cancel|call(?:ed)? off)",
    re.IGNORECASE,
)
_MUTUAL: Final = re.compile(
    r"\b(?:neither side|both (?:sides|armies|parties)|the (?:two )?sides|front ?lines?|stalemate|deadlock)\b",
    re.IGNORECASE,
)
_BENEFICIARY: Final = re.compile(
    r"\b(?:to|for|with|of|behind|by|support(?:s|ed|ing)?|help(?:s|ed|ing)?|arm(?:s|ed|ing)?|back(?:s|ed|ing)?|giv(?:e|es|ing)|send(?:s|ing)?)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_SPEAKERS: Final = frozenset(
    {
        "negotiation_openness",
        "concession_signal",
        "victory_confidence",
        "persuasion_campaign",
        "strategic_adaptation",
        "adverse_inference",
    }
)


def locus_of(passage: Passage, candidate: Candidate, speaker: Speaker) -> str:
    """A principal's id or ALL; empty when it cannot be told, and then there is no code (codebook §4 G)."""
    named = passage.named
    signal = candidate.signal
    if signal in _JOINT:
        if candidate.polarity < 0 and _BREAKS.search(passage.text) and len(named) == 1:
            return named[0]
        return ALL
    if signal in {"external_support", "ally_rift", "attention_shift", "inducement"}:
        return _supported(passage, named, speaker)
    if signal in _SPEAKERS and speaker.party:
        if signal == "concession_signal" and candidate.polarity > 0 and named and named[0] != speaker.party:
            return named[0]
        return speaker.party
    if (
        signal == "battlefield_stalemate"
        and (len(named) != 1 or _MUTUAL.search(passage.text))
        and candidate.polarity >= 0
    ):
        return ALL
    if named:
        return named[0]
    if speaker.party:
        return speaker.party
    if passage.focus:
        return passage.focus[0]
    return ALL if signal in {"battlefield_stalemate", "mediator_credibility"} else ""


def _supported(passage: Passage, named: tuple[str, ...], speaker: Speaker) -> str:
    """The side that is helped: after a preposition, else that of the backer named, else who is named or speaks."""
    helped: Mapping[str, int] = {}
    for mention in passage.mentions:
        if mention.role == "party" and mention.actor and _BENEFICIARY.search(passage.text[: mention.start]):
            helped = {**helped, mention.actor: helped.get(mention.actor, 0) + 1}
    backed = [m.backs for m in passage.mentions if m.backs]
    for party in helped:
        if not backed or party in backed:
            return party
    if backed:
        return backed[0]
    if named:
        return named[0]
    if speaker.party:
        return speaker.party
    if speaker.backs:
        return speaker.backs
    supported = [p.id for p in passage.conflict.parties if p.backers]
    if passage.focus:
        return next((f for f in passage.focus if f in supported), passage.focus[0])
    return supported[0] if len(supported) == 1 else ""
