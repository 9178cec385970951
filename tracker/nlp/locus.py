"""Whose readiness a candidate concerns, where neither frame nor recogniser could say (roles of codebook §5)."""

# ruff: noqa: E501 - regular expressions read best unbroken

import re
from typing import Final

from tracker.model.signals import ALL
from tracker.nlp.passage import Candidate, Passage
from tracker.nlp.speakers import Speaker
from tracker.nlp.text import fold

_MUTUAL: Final = re.compile(
    r"\b(?:neither side|neither army|both (?:sides|armies|parties)|the (?:two )?sides|front ?lines?|stalemate|deadlock|no winners?|"
    r"military solution)\b",
    re.IGNORECASE,
)
_BENEFICIARY: Final = re.compile(
    r"\b(?:to|for|with|of|behind|by|support(?:s|ed|ing)?|help(?:s|ed|ing)?|arm(?:s|ed|ing)?|back(?:s|ed|ing)?|giv(?:e|es|ing)|"
    r"send(?:s|ing)?|provid(?:e|es|ed|ing))\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_ASKS: Final = re.compile(
    r"\b(?:ask(?:s|ed|ing)?|call(?:s|ed|ing)? (?:for|on|upon)|welcom\w+|accept\w*|thank\w*|appreciat\w+|grateful|agree[sd]?|"
    r"invit\w+|propos\w+|would like)\b",
    re.IGNORECASE,
)
_FIRST: Final = re.compile(r"\b(?:we|our|ours|us|i|my)\b", re.IGNORECASE)
_BELIEFS: Final = frozenset(
    {
        "negotiation_openness",
        "concession_signal",
        "victory_confidence",
        "persuasion_campaign",
        "waiting_out",
        "adverse_inference",
    }
)
_SUPPORT: Final = frozenset({"external_support", "ally_rift", "attention_shift", "persuasion_campaign"})


def is_first_person(text: str) -> bool:
    """Whether a sentence speaks of we or I."""
    return _FIRST.search(fold(text)) is not None


def voice_of(passage: Passage) -> str:
    """The party that speaks in the first person: a leader in the headline, else the one that is not spoken about."""
    titled = [m for m in passage.mentions if m.rank and m.actor]
    others = [p for p in passage.parties if p not in passage.named]
    if len(passage.named) == 1 and len(others) == 1 and not titled:
        return others[0]
    return ""


def locus_of(passage: Passage, candidate: Candidate, speaker: Speaker) -> str:
    """A principal's id or ALL; empty when it cannot be told, and then there is no code (codebook §4 G)."""
    signal, named = candidate.signal, spoken_of(passage)
    if signal in {"talks_activity", "back_channel"}:
        return _talks(candidate, named, speaker)
    if signal == "mediation_offer":
        return _mediation(passage, candidate, named, speaker)
    if signal in _SUPPORT and not (signal == "persuasion_campaign" and speaker.party):
        return _supported(passage, named, speaker)
    if signal == "strategic_adaptation":
        return _fearful(passage, named, speaker)
    if signal == "mediator_credibility":
        return speaker.party or ALL
    if signal in _BELIEFS:
        return _believer(passage, candidate, named, speaker)
    if signal == "battlefield_stalemate" and candidate.polarity >= 0 and (not named or _MUTUAL.search(passage.text)):
        return ALL
    if signal == "inducement" and len(named) > 1 and candidate.polarity > 0:
        return next((p for p in named if p != speaker.party), named[0])
    return _first(passage, named, speaker)


def _believer(passage: Passage, candidate: Candidate, named: tuple[str, ...], speaker: Speaker) -> str:
    """Who holds a belief or takes a stance: the subject of what is said, or who says it."""
    if speaker.party:
        if candidate.signal in {"victory_confidence", "persuasion_campaign"} or is_first_person(passage.text):
            return speaker.party
        return subject_of(passage) or speaker.party
    if is_first_person(passage.text) and voice_of(passage):
        return voice_of(passage)
    return _first(passage, named, speaker)


def spoken_of(passage: Passage) -> tuple[str, ...]:
    """Principals named in the sentence outside the words that say who speaks; adjectives count after names."""
    sources = [a.source for a in passage.attributions if a.source is not None]
    outside = [
        m for m in passage.mentions if m.role == "party" and m.actor and not any(s <= m.start < e for s, e in sources)
    ]
    return tuple(dict.fromkeys(m.actor for m in outside))


def subject_of(passage: Passage) -> str:
    """The principal that is the grammatical subject of what is said, outside the words that say who speaks."""
    sentence = passage.parsed
    if sentence is None:
        return ""
    sources = [a.source for a in passage.attributions if a.source is not None]
    for mention in passage.mentions:
        if mention.role != "party" or not mention.actor or any(s <= mention.start < e for s, e in sources):
            continue
        for index in sentence.at(mention.start, mention.end)[-1:]:
            for at in (index, *sentence.ancestors(index)):
                if sentence.tokens[at].dep in {"nsubj", "nsubjpass"}:
                    return mention.actor
                if sentence.tokens[at].dep not in {"compound", "poss", "amod", "nmod", "appos", "conj"}:
                    break
    return ""


def _first(passage: Passage, named: tuple[str, ...], speaker: Speaker) -> str:
    subject = subject_of(passage)
    if subject or named:
        return subject or named[0]
    if speaker.party:
        return speaker.party
    return passage.focus[0] if passage.focus else ""


def _talks(candidate: Candidate, named: tuple[str, ...], speaker: Speaker) -> str:
    if candidate.polarity >= 0:
        return ALL
    accused = [party for party in named if party != speaker.party]
    return accused[0] if accused else named[0] if named else ALL


def _mediation(passage: Passage, candidate: Candidate, named: tuple[str, ...], speaker: Speaker) -> str:
    if candidate.polarity < 0:
        return (named or (speaker.party,))[0] or ALL
    if speaker.party and _ASKS.search(passage.text):
        return speaker.party
    first = min((m for m in passage.mentions if m.role != "place"), key=lambda m: m.start, default=None)
    if first is not None and first.role == "party" and first.actor and _ASKS.search(passage.text) and not speaker.known:
        return first.actor
    return ALL


def _fearful(passage: Passage, named: tuple[str, ...], speaker: Speaker) -> str:
    """Not the exploiter but who fears it."""
    if speaker.party:
        return speaker.party
    exploiter = named[0] if named else ""
    return next((p for p in passage.parties if p != exploiter), "") if exploiter else ""


def _supported(passage: Passage, named: tuple[str, ...], speaker: Speaker) -> str:
    """The side that is helped: after a preposition, else that of the backer named, else who is named or speaks."""
    helped = [
        m.actor
        for m in passage.mentions
        if m.role == "party" and m.actor and m.kind != "demonym" and _BENEFICIARY.search(passage.text[: m.start])
    ]
    supported = [p.id for p in passage.conflict.parties if p.backers]
    backed = [m.backs for m in passage.mentions if m.backs]
    for party in helped:
        if (not backed and (not supported or party in supported)) or party in backed:
            return party
    if backed:
        return backed[0]
    if named and (not supported or set(named) & set(supported)):
        return next((p for p in named if p in supported), named[0])
    if speaker.party and speaker.party in supported:
        return speaker.party
    if speaker.backs:
        return speaker.backs
    if is_first_person(passage.text) and voice_of(passage):
        return voice_of(passage)
    return next((f for f in passage.focus if f in supported), (supported or list(passage.focus) or [""])[0])
