"""Reasons not to code a candidate (codebook §3.4), found by clause role and speaker rather than by a bare word."""

# ruff: noqa: E501 - regular expressions read best unbroken

import re
from typing import Final

from tracker.nlp.passage import Candidate, Passage
from tracker.nlp.text import fold

_QUESTION: Final = re.compile(r"\?[\"')\]]*\s*$")
_PROMO: Final = re.compile(
    r"^(?:read (?:more|also|the)|watch(?:\s*:| now| live)|photos?:|image:|picture:|related:|subscribe|sign up|follow us|listen to|"
    r"live updates|more on this|share this|advert|click here|copyright)\b",
    re.IGNORECASE,
)
_WORK: Final = re.compile(
    r"\b(?:premier(?:e|es|ed)|exhibition|podcast|novel|documentary|film festival|box office|theat(?:re|er) play|best-?seller|"
    r"victory day|museum|memoir|soundtrack)\b",
    re.IGNORECASE,
)
_FICTION: Final = re.compile(
    r"\b(?:in the (?:series|novel|film|video game)|in a simulation|war[- ]game|satir(?:e|ical)|fictional)\b",
    re.IGNORECASE,
)
_DEBUNKED: Final = re.compile(r"\b(?:fabricated|debunked|fact-?check\w*|deepfake|hoax)\b", re.IGNORECASE)
_HOMONYM: Final = re.compile(
    r"\b(?:chess|grandmaster|football|soccer|striker|midfielder|coach|league|cup final|stoppage time|goalkeeper|visitors lost|"
    r"shareholders?|airline|pilots' union|trade union|unions?|strike pay|regulators?|antitrust|tariffs?|wildfires?|firefighters|"
    r"miners|grandstand|stadium|divorce|couple|transfer fee|bond(?:holders)?|bondholders|nasdaq|interest rates?|rate decision|"
    r"coalition budget|deficit|carbon neutral\w*|net neutrality|referees?|jury|knee|concession stands?|concession speech|"
    r"opening batsman|innings|wicket|tournament|playoffs?|box-office|landlords?|tenants?|charity|student aid)\b",
    re.IGNORECASE,
)
_HISTORY: Final = re.compile(
    r"\b(?:anniversary|centenary|in the (?:19|18)\d0s|world war (?:i|ii|one|two)|second world war|first world war|cold war|"
    r"gallipoli|verdun|yalta|napoleon\w*|soviet[- ]afghan)\b",
    re.IGNORECASE,
)
_YEAR: Final = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b")
_SINCE: Final = re.compile(
    r"\b(?:since|for the first time since|from|after|until|by|borders? of|of the year)\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
_PRESENT: Final = re.compile(
    r"\b(?:now|today|this (?:week|month|year)|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|currently|again|is|are|has|have|will)\b",
    re.IGNORECASE,
)
_IF: Final = frozenset({"if", "unless", "should", "were", "had"})
_WHETHER: Final = frozenset({"wonder", "ask", "question"})
_COMMISSIVE: Final = frozenset({"inducement", "negotiation_openness", "concession_signal"})
_WISH: Final = re.compile(
    r"\b(?:pray(?:s|ed|ing)? for peace|talking is (?:always )?better|we (?:all )?want peace|peace (?:is|will be) always)\b",
    re.IGNORECASE,
)
_MODALS: Final = frozenset({"could", "may", "might", "would"})
_UNDENIED: Final = re.compile(
    r"\bno (?:\w+ )?(?:talks|negotiations|meetings?|rounds?|contacts)\b.{0,80}\b(?:scheduled|planned|planning|set|agreed)\b",
    re.IGNORECASE,
)


def whole_sentence(passage: Passage) -> str:
    """A reason against anything in the sentence; empty when there is none."""
    text = fold(passage.text)
    if _QUESTION.search(text):
        return "X3"
    if _PROMO.search(text):
        return "X11"
    if _FICTION.search(text):
        return "X12"
    if _DEBUNKED.search(text):
        return "X13"
    return ""


def exclusion(passage: Passage, candidate: Candidate) -> str:
    """A reason against one candidate of a frame or cue; the recogniser has learned these and is only asked the first kind."""
    whole = whole_sentence(passage)
    if whole:
        return whole
    if candidate.rule == "recogniser":
        return ""
    text = fold(passage.text)
    if _HOMONYM.search(text) and not passage.named:
        return "X6"
    if _WORK.search(text):
        return "X7"
    if _is_history(passage, text):
        return "X4"
    if _WISH.search(text):
        return "X9"
    if candidate.signal in {"talks_activity", "back_channel"} and _UNDENIED.search(text):
        return "X1"
    return _mood(passage, candidate)


def _is_history(passage: Passage, text: str) -> bool:
    if _HISTORY.search(text):
        return True
    year = passage.day.year if passage.day else None
    years = [(int(m[1]), m.start()) for m in _YEAR.finditer(text)]
    if year is None:
        return any(y < 1995 for y, _ in years)
    old = [(y, at) for y, at in years if y < year - 1 or (y == year - 1 and passage.day and passage.day.month > 4)]
    if not old or any(y >= year for y, _ in years):
        return False
    if all(_SINCE.search(text[:at]) for _, at in old):
        return False
    return not _PRESENT.search(text)


def _mood(passage: Passage, candidate: Candidate) -> str:
    sentence = passage.parsed
    if sentence is None or candidate.anchor is None:
        return ""
    tokens = sentence.tokens
    chain = [candidate.anchor, *sentence.ancestors(candidate.anchor)]
    for at in chain:
        marks = {tokens[k].lemma for k in sentence.kids[at] if tokens[k].dep in {"mark", "advmod"}}
        if "whether" in marks and tokens[tokens[at].head].lemma in _WHETHER:
            return "X3"
        if tokens[at].dep == "advcl" and marks & {"if", "unless"} and candidate.signal not in _COMMISSIVE:
            return "X2"
        if tokens[at].dep == "advcl" and sentence.kids[at] and tokens[sentence.kids[at][0]].text in {"Should", "Were"}:
            return "X2"
    modal = any(tokens[k].lemma in _MODALS for k in sentence.kids[candidate.anchor] if tokens[k].tag == "MD")
    if (
        modal
        and candidate.speaker_class in {"analyst", "narration"}
        and candidate.signal
        not in {
            "adverse_inference",
            "strategic_adaptation",
            "concession_signal",
        }
    ):
        return "X8"
    return ""
