"""Candidates of a sentence → signals and rejects, by the rules of the codebook; pure, with no grammar library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tracker.model.codebook import Party, SignalDefinition
from tracker.model.signals import ALL, Evidence, Reject, Signal, SpeakerClass
from tracker.nlp.attribution import Attribution
from tracker.nlp.exclusions import exclusion
from tracker.nlp.judgement import audience_of, factuality_of, flags_of, intensity_of, mode_of, trend_of
from tracker.nlp.locus import is_first_person, locus_of
from tracker.nlp.passage import Candidate, Passage
from tracker.nlp.speakers import NARRATION, Speaker, is_pronoun, side_of, speaker_of
from tracker.nlp.text import fold

MAX_CODES: Final = 3  # of one sentence (codebook §0, rule 1)
_CLASSES: Final = frozenset(
    {"leader", "official", "official_anon", "faction", "third_party", "pollster", "narration", "analyst", "public"}
)
SURE_OF_PARTY: Final = 0.93  # below, what is said of a party counts only if the rules find the same party
_SURE_OF_SPEAKER: Final = 0.55  # from here on the recogniser's class of speaker is preferred to that of the rules
_ONE_CUE: Final = (  # codebook §3.6: where frames of both stand on one cue, the first is coded
    ("back_channel", "talks_activity"),
    ("concession_signal", "negotiation_openness"),
    ("mediation_offer", "talks_activity"),
    ("strategic_adaptation", "adverse_inference"),
    ("strategic_adaptation", "waiting_out"),
    ("inducement", "external_support"),
    ("persuasion_campaign", "attention_shift"),
    ("external_support", "ally_rift"),
    ("waiting_out", "victory_confidence"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One candidate judged: the signal it became, or the reason why it did not."""

    candidate: Candidate
    signal: Signal | None = None
    why: str = ""
    speaker: Speaker = NARRATION


def code(
    passage: Passage, candidates: Sequence[Candidate], definitions: Mapping[str, SignalDefinition]
) -> tuple[Verdict, ...]:
    """Judge every candidate of a sentence; the signals among the verdicts are what is coded.

    At most three codes; one per signal and party; ties are broken by probability, then by the signal's name, so
    that the order of the candidates never matters.
    """
    verdicts = []
    ordered = sorted(candidates, key=lambda c: (-c.probability, c.signal, c.rule, c.locus))
    shadowed = _shadowed(ordered)
    taken: set[tuple[str, str]] = set()
    codes = 0
    for candidate in ordered:
        if candidate in shadowed:
            verdicts.append(Verdict(candidate=candidate, why="X14"))
            continue
        verdict = _judge(passage, candidate, definitions[candidate.signal])
        if verdict.signal is not None:
            place = (verdict.signal.signal, verdict.signal.locus)
            if place in taken or codes >= MAX_CODES:
                verdict = replace(verdict, signal=None, why="repeated" if place in taken else "more than three")
            else:
                taken.add(place)
                codes += 1
        verdicts.append(verdict)
    return tuple(verdicts)


def rejects(passage: Passage, verdicts: Sequence[Verdict]) -> tuple[Reject, ...]:
    """The vetoed candidates with their exclusion codes, for those who ask for them."""
    return tuple(
        Reject(sentence=passage.index, signal=v.candidate.signal, rule=v.candidate.rule, why=v.why, quote=passage.text)
        for v in verdicts
        if v.signal is None and v.why.startswith("X")
    )


def speaker_at(passage: Passage, place: tuple[int, int] | None) -> tuple[Speaker, int]:
    """Who says what stands at a place of the sentence, and how many layers of attribution lie around it.

    The innermost source wins; a pronoun or a floating quotation takes whoever was quoted last, else the leader
    of the party in focus.
    """
    covering = [a for a in passage.attributions if place is None or a.covers(*place)]
    if not covering and place is not None and len(passage.attributions) == 1:
        only = passage.attributions[0]
        covering = [only] if only.cue is not None and only.cue == place else []
    if not covering and is_first_person(passage.text) and not any(a.source for a in passage.attributions):
        return _voice(passage), 0
    if not covering:
        return NARRATION, 0
    inner = min(covering, key=_size)
    return _speaker(passage, inner), len(covering) - 1


def _voice(passage: Passage) -> Speaker:
    """Who says "we" in a text without quotation marks, such as a speech: who spoke before, or a leader in the title."""
    if passage.earlier is not None and passage.earlier.known:
        return passage.earlier
    return passage.author or NARRATION


def _size(attribution: Attribution) -> int:
    return sum(end - start for start, end in attribution.content)


def _speaker(passage: Passage, attribution: Attribution) -> Speaker:
    words = passage.text[slice(*attribution.source)] if attribution.source else ""
    if not words or is_pronoun(words):
        if passage.earlier is not None and passage.earlier.known:
            return passage.earlier
        if words.lower() in {"i", "we"} and passage.focus:
            return Speaker(words=words, speaker_class="official", party=passage.focus[0])
        return (
            replace(NARRATION, words=words, speaker_class="official", party=passage.focus[0])
            if (words and passage.focus)
            else NARRATION
        )
    start, end = attribution.source or (0, 0)
    inside = [m for m in passage.mentions if m.start < end and m.end > start]
    return speaker_of(words, inside, focus=passage.focus)


def _judge(passage: Passage, candidate: Candidate, definition: SignalDefinition) -> Verdict:
    place = candidate.cue if candidate.rule != "recogniser" else _content_place(passage, candidate)
    speaker, layers = speaker_at(passage, place)
    speaker = _with_class(passage, candidate, speaker)
    judged = replace(candidate, speaker_class=speaker.speaker_class)
    why = exclusion(passage, judged)
    if why:
        return Verdict(candidate=candidate, why=why, speaker=speaker)
    judged = _precondition(passage, judged, speaker)
    locus = judged.locus or locus_of(passage, judged, speaker)
    if not locus:
        return Verdict(candidate=candidate, why="X10", speaker=speaker)
    if _in_doubt(passage, judged, speaker):
        return Verdict(candidate=candidate, why="its party is in doubt", speaker=speaker)
    side = side_of(speaker, locus, passage.conflict)
    factuality = factuality_of(definition, judged, passage, side)
    if judged.negated and judged.rule.startswith("frame:") and definition.id != "back_channel":
        factuality = "denied"
    mode = mode_of(definition, judged, passage.text)
    signal = Signal(
        conflict=passage.conflict.id,
        signal=definition.id,
        mode=mode,
        polarity=judged.polarity,  # type: ignore[arg-type]  # frames and recogniser give -1, 0, 1
        intensity=intensity_of(definition, replace(judged, factuality=factuality), passage.text, speaker.speaker_class),
        locus=locus,
        speaker_class=speaker.speaker_class,
        speaker_side=side,
        factuality=factuality,
        rule=judged.rule.removeprefix("frame:"),
        probability=judged.probability,
        evidence=Evidence(
            sentence=passage.index,
            quote=passage.text,
            before=passage.before[-1] if passage.before else "",
            cue=judged.cue,
        ),
        speaker=speaker.words,
        target=_opponent(passage, locus) if definition.id in {"negotiation_openness", "concession_signal"} else "",
        actor=_actor(passage, definition.id, locus),
        third_party=next((m.actor for m in passage.mentions if m.role in {"mediator", "outsider", "backer"}), "")
        if definition.id
        in {"mediation_offer", "mediator_credibility", "inducement", "back_channel", "ally_rift", "talks_activity"}
        else "",
        audience=audience_of(definition, passage.text),
        trend=trend_of(definition, passage.text, mode),
        unit=passage.unit,
        layers=layers,
        **flags_of(definition, judged, passage.text, speaker.speaker_class, side),
    )
    return Verdict(candidate=candidate, signal=signal, speaker=speaker)


def _in_doubt(passage: Passage, candidate: Candidate, speaker: Speaker) -> bool:
    """Whether the recogniser is hardly sure whose readiness is concerned, and the rules say another's."""
    return (
        candidate.rule == "recogniser"
        and candidate.locus_probability < SURE_OF_PARTY
        and locus_of(passage, candidate, speaker) != candidate.locus
    )


def _content_place(passage: Passage, candidate: Candidate) -> tuple[int, int] | None:
    """Where to ask who speaks: at the cue when something is said there, else at whatever is said in the sentence."""
    if candidate.cue is not None and any(a.covers(*candidate.cue) for a in passage.attributions):
        return candidate.cue
    return None


def _with_class(passage: Passage, candidate: Candidate, speaker: Speaker) -> Speaker:
    """The recogniser has learned classes of speaker too; where it is sure, its class is taken with our words."""
    learned = candidate.speaker_class
    if learned not in _CLASSES or candidate.speaker_probability < _SURE_OF_SPEAKER or learned == speaker.speaker_class:
        return speaker
    kind: SpeakerClass = learned  # type: ignore[assignment]  # checked in the line above
    if kind == "narration":
        return NARRATION
    party = speaker.party
    if not party and kind in {"leader", "official"} and not speaker.outsider:
        party = passage.earlier.party if passage.earlier is not None else ""
        party = party or (passage.named or passage.focus or ("",))[0]
    return replace(
        speaker, words=speaker.words or "(implied)", speaker_class=kind, party="" if kind == "third_party" else party
    )


def _precondition(passage: Passage, candidate: Candidate, speaker: Speaker) -> Candidate:
    """Willingness on a condition that equals the issue in dispute for the speaker is a refusal (codebook §0)."""
    if candidate.signal != "negotiation_openness" or candidate.polarity != 1:
        return candidate
    low = fold(passage.text).lower()
    if not any(
        word in low for word in (" only ", " once ", " unless ", " until ", " after ", " if ", " when ", "condition")
    ):
        return candidate
    parties = {party.id: party for party in passage.conflict.parties}
    own = parties.get(candidate.locus or speaker.party)
    if own is not None and _names_dispute(own, low):
        return replace(candidate, polarity=-1, mode="precondition_substantive")
    return candidate


def _names_dispute(party: Party, low: str) -> bool:
    return any(fold(term).lower() in low for term in party.disputes)


def _shadowed(candidates: Sequence[Candidate]) -> set[Candidate]:
    """Candidates of frames and cues whose words another signal claims first (codebook §3.6)."""
    found = set()
    for one in candidates:
        for other in candidates:
            if (
                (other.signal, one.signal) in _ONE_CUE
                and one.rule != "recogniser"
                and one.anchor is not None
                and one.anchor == other.anchor
            ):
                found.add(one)
    return found


def _opponent(passage: Passage, locus: str) -> str:
    return "" if locus == ALL else passage.conflict.opponent(locus) if locus in passage.parties else ""


def _actor(passage: Passage, signal: str, locus: str) -> str:
    if signal == "external_support":
        return next((m.actor for m in passage.mentions if m.role in {"backer", "outsider", "mediator"}), "")
    if signal in {"talks_activity", "back_channel"}:
        return ",".join(passage.parties)
    return "" if locus == ALL else locus
