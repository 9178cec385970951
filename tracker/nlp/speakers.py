"""The words of a source → who speaks: registered actor, class and side (codebook §3.5)."""

# ruff: noqa: E501 - regular expressions read best unbroken

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tracker.model.codebook import Conflict
from tracker.model.signals import ALL, SpeakerClass, SpeakerSide
from tracker.nlp import speech
from tracker.nlp.linking import Mention

_PRONOUN: Final = re.compile(
    r"^(?:he|she|they|it|we|i|you|who|him|her|them|everyone|everybody|nobody|this|that|the (?:former|latter|two))$",
    re.IGNORECASE,
)
_TITLED: Final = re.compile(
    r"^(?:the |a |his |her |its |their )?(?:\w+ )?(?:president|prime minister|minister|spokes\w+|general|commander|leader|"
    r"official|ministry|army|military|government|chief|premier|head of state|secretary|diplomat|envoy|adviser)$",
    re.IGNORECASE,
)
_FOREIGN: Final = re.compile(
    r"\b(?:american|british|french|german|polish|turkish|chinese|italian|canadian|egyptian|qatari|saudi|emirati|norwegian|swiss|"
    r"swedish|finnish|dutch|spanish|japanese|indian|brazilian|south african|hungarian|slovak|czech|estonian|latvian|lithuanian|"
    r"belarusian|iranian|jordanian|irish|austrian|greek|australian|european|pakistani|kenyan|"
    r"us|u\.s\.|uk|britain|france|germany|poland|turkey|china|italy|canada|egypt|qatar|white house|pentagon|state department)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who says it. `party` is a principal, `outsider` another registered actor; both empty for the world at large."""

    words: str = ""
    speaker_class: SpeakerClass = "narration"
    party: str = ""
    outsider: str = ""
    backs: str = ""

    @property
    def known(self) -> bool:
        """Whether anybody at all is quoted."""
        return bool(self.words)


NARRATION: Final = Speaker()


def is_pronoun(words: str) -> bool:
    """Whether a source must be looked up in the sentences before."""
    return _PRONOUN.match(words.strip()) is not None


def speaker_of(words: str, mentions: Sequence[Mention], *, focus: Sequence[str] = ()) -> Speaker:
    """Class and actor of a source phrase, given the registered mentions inside it.

    Registered persons in office decide by their rank; then words of class are tried, the unnamed before the
    titled. A title without a side ("the minister") belongs to the party in focus.
    """
    words = " ".join(words.split())
    own = [m for m in mentions if m.role == "party" and m.actor]
    foreign = [m for m in mentions if m.role in {"backer", "mediator", "outsider"}]
    ranked = [m for m in own if m.rank]
    party = (ranked or own)[0].actor if own else ""
    if foreign and not ranked and (not own or foreign[0].start < own[0].start):
        party = ""
    if ranked and not speech.ANALYST.search(words):
        rank: SpeakerClass = "leader" if ranked[0].rank == "leader" else "official"
        titled = speech.OFFICIAL.search(words)
        aide = titled is not None and re.search(
            r"(?:'s|s') |\b(?:adviser|advisor|aide|spokes\w+|envoy|office)\b", words
        )
        return Speaker(words=words, speaker_class="official" if aide else rank, party=ranked[0].actor)
    outsider = foreign[0] if foreign and not party else None
    kind = _class(words, party=party, foreign=outsider is not None or (not own and bool(_FOREIGN.search(words))))
    if not party and outsider is None and kind in {"leader", "official"} and _TITLED.match(words) and focus:
        party = focus[0]
    return Speaker(
        words=words,
        speaker_class=kind,
        party=party,
        outsider=outsider.actor if outsider else "",
        backs=outsider.backs if outsider else "",
    )


_AIDE: Final = re.compile(r"\b(?:spokes\w+|adviser|advisor|aide|deputy|vice|office)\b", re.IGNORECASE)
_IN_ORDER: Final[tuple[tuple[re.Pattern[str], SpeakerClass], ...]] = (
    (speech.POLLSTER, "pollster"),
    (speech.ANONYMOUS, "official_anon"),
    (speech.ANALYST, "analyst"),
    (speech.FACTION, "faction"),
    (speech.THIRD, "third_party"),
)
_AFTERWARDS: Final[tuple[tuple[re.Pattern[str], SpeakerClass], ...]] = (
    (speech.OFFICIAL, "official"),
    (speech.PUBLIC, "public"),
    (speech.PRESS, "narration"),
)


def _class(words: str, *, party: str, foreign: bool) -> SpeakerClass:
    for regex, kind in _IN_ORDER:
        if regex.search(words):
            return kind
    if foreign:
        return "third_party"
    if speech.LEADER.search(words) and not _AIDE.search(words):
        return "leader"
    if party:
        return "official"
    return next(
        (kind for regex, kind in _AFTERWARDS if regex.search(words)), "official" if words[:1].isupper() else "analyst"
    )


def side_of(speaker: Speaker, locus: str, conflict: Conflict) -> SpeakerSide:
    """Where the speaker stands towards the party concerned; a joint locus counts a principal as itself."""
    if not speaker.known or speaker.speaker_class == "narration":
        return "media"
    if speaker.party:
        return "self" if locus in {ALL, speaker.party} else "opponent"
    if speaker.backs:
        if locus == ALL:
            return "neutral"
        return "backer_self" if speaker.backs == locus else "backer_opp"
    if locus != ALL and speaker.outsider:
        for party in conflict.parties:
            if speaker.outsider in party.backers:
                return "backer_self" if party.id == locus else "backer_opp"
    return "neutral"


_SPEECH: Final = re.compile(
    r"\b(?:address|speech|statement|remarks|interview|message|video)\b.{0,80}?\bby\b|\b(?:president|leader|minister)\b",
    re.IGNORECASE,
)


def author_of(title: str, mentions: Sequence[Mention]) -> Speaker | None:
    """Whose speech or statement a text is, by a headline that says so and names a person in office."""
    ranked = [m for m in mentions if m.rank and m.actor]
    if not ranked or _SPEECH.search(title) is None:
        return None
    first = ranked[-1]
    kind: SpeakerClass = "leader" if first.rank == "leader" else "official"
    return Speaker(words=title[first.start : first.end], speaker_class=kind, party=first.actor)
