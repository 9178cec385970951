"""Sentence → candidates: what the recogniser, the frames and the speaking cues propose, put together."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from tracker.model.codebook import SignalDefinition
from tracker.nlp.cues import Gate
from tracker.nlp.frames import FrameHit, FrameSet
from tracker.nlp.passage import Candidate, Passage
from tracker.nlp.phrases import pattern
from tracker.nlp.recogniser import Judgement, Recogniser, Unit
from tracker.nlp.text import fold

FLOOR: Final = 0.05  # below this the recogniser's guesses are not even explained
CUE_PRECISION: Final = 0.5  # of a speaking cue: the user has said nothing better
_DEFAULT_THRESHOLD: Final = 0.5
SURE_OF_DIRECTION: Final = 0.7  # what may point the wrong way is not coded: precision and sign first (codebook §9.3)
SURE_FRAME: Final = 0.85  # beside the recogniser a frame of a signal it knows counts by itself only when this precise


class Finder:
    """Proposes candidates; decides nothing but which proposals are likely enough."""

    def __init__(
        self,
        definitions: Mapping[str, SignalDefinition],
        gate: Gate,
        frames: FrameSet,
        recogniser: Recogniser | None,
    ) -> None:
        self._definitions = definitions
        self._gate = gate
        self._frames = frames
        self._recogniser = recogniser
        known = recogniser.thresholds if recogniser is not None else {}
        self._thresholds = {
            signal: definition.acceptance
            if definition.acceptance is not None
            else known.get(signal, _DEFAULT_THRESHOLD)
            for signal, definition in definitions.items()
        }
        self._learned = frozenset(known) & frozenset(definitions)
        self._frames_alone = any(
            c.signal not in self._learned or c.frame.precision >= SURE_FRAME for c in frames.frames
        )
        self._cues = {s: _cue_pattern(d) for s, d in definitions.items()}

    def propose(self, passage: Passage) -> tuple[Candidate, ...]:
        """What needs no parse: the recogniser's judgements and the cues that speak for themselves."""
        found: list[Candidate] = []
        if self._recogniser is not None:
            judgements = self._recogniser.judge([unit_of(passage)], floor=FLOOR)[0]
            found += [self._learnt(judgement, passage) for judgement in judgements if judgement.signal in self._learned]
        for hit in self._gate.speaking(passage.text):
            if hit.signal not in self._learned:
                found.append(
                    Candidate(
                        signal=hit.signal,
                        rule="cue",
                        probability=CUE_PRECISION,
                        polarity=hit.polarity or 0,
                        cue=(hit.start, hit.end),
                    )
                )
        return tuple(c for c in found if c.accepted or c.probability >= FLOOR)

    def wants_parse(self, text: str, proposed: Sequence[Candidate]) -> bool:
        """Whether a sentence is worth parsing: something is likely enough, or a frame could hold and would count."""
        if any(c.accepted for c in proposed):
            return True
        return self._frames_alone and self._frames.might_hold(text)

    def complete(self, passage: Passage, proposed: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Add what frames find in the parse, and settle what they and the recogniser say of the same signal."""
        if passage.parsed is None:
            return tuple(proposed)
        hits = self._frames.match(passage.parsed, passage.mentions)
        found = [self._settled(c, hits, passage) for c in proposed]
        spoken = {c.signal for c in found if c.accepted}
        best: dict[tuple[str, str], Candidate] = {}
        for hit in hits:
            candidate = self._framed(hit, passage, proposed)
            if candidate.signal in spoken:
                continue
            key = (candidate.signal, candidate.locus)
            if key not in best or (candidate.probability, candidate.rule) > (best[key].probability, best[key].rule):
                best[key] = candidate
        return (*found, *(best[key] for key in sorted(best)))

    def _learnt(self, judgement: Judgement, passage: Passage) -> Candidate:
        likely = judgement.probability >= self._thresholds[judgement.signal]
        sure = judgement.polarity_probability >= SURE_OF_DIRECTION
        found = self._cues[judgement.signal]
        place = found.search(fold(passage.text).lower()) if found is not None else None
        return Candidate(
            signal=judgement.signal,
            rule="recogniser",
            probability=min(max(judgement.probability, 0.01), 1.0),
            polarity=judgement.polarity,
            locus=judgement.locus or "",
            locus_probability=judgement.locus_probability,
            cue=place.span() if place else None,
            speaker_class=judgement.speaker_class or "",
            speaker_probability=judgement.speaker_probability,
            accepted=likely and sure,
            doubtful=likely and not sure,
        )

    def _settled(self, candidate: Candidate, hits: Sequence[FrameHit], passage: Passage) -> Candidate:
        """A judgement of the recogniser with the place and mode of a frame that agrees; in doubt where frames only
        disagree about its direction."""
        of_it = [hit for hit in hits if hit.frame.signal == candidate.signal]
        for hit in of_it:
            if hit.polarity == candidate.polarity and passage.parsed is not None:
                token = passage.parsed.tokens[hit.anchor]
                return replace(
                    candidate,
                    cue=(token.start, token.end),
                    anchor=hit.anchor,
                    mode=hit.frame.frame.mode,
                    also=(hit.frame.frame.id,),
                )
        if of_it and candidate.accepted:
            return replace(candidate, accepted=False, doubtful=True)
        return candidate

    def _framed(self, hit: FrameHit, passage: Passage, proposed: Sequence[Candidate]) -> Candidate:
        frame = hit.frame.frame
        token = passage.parsed.tokens[hit.anchor] if passage.parsed is not None else None
        learned = next((c for c in proposed if c.signal == hit.frame.signal and c.rule == "recogniser"), None)
        probability, accepted = frame.precision, True
        if self._recogniser is not None and hit.frame.signal in self._learned:
            accepted = frame.precision >= SURE_FRAME
        threshold = self._definitions[hit.frame.signal].acceptance
        if threshold is not None and probability < threshold:
            accepted = False
        return Candidate(
            signal=hit.frame.signal,
            rule=f"frame:{frame.id}",
            probability=probability,
            polarity=hit.polarity,
            locus=_frame_locus(hit, passage, learned),
            cue=(token.start, token.end) if token is not None else None,
            anchor=hit.anchor,
            mode=frame.mode if not hit.negated else "",
            intensity=frame.intensity,
            factuality=frame.factuality,
            speaker_class=learned.speaker_class if learned is not None else "",
            speaker_probability=learned.speaker_probability if learned is not None else 0.0,
            accepted=accepted,
            negated=hit.negated and hit.frame.negated == "flip",
        )


def unit_of(passage: Passage) -> Unit:
    """A passage as the recogniser wants it."""
    return Unit(
        text=passage.text,
        before=passage.before,
        title=passage.title,
        parties=tuple((m.start, m.end, m.actor) for m in passage.mentions if m.role == "party" and m.actor),
        principals=passage.parties,
        others=tuple(
            (m.start, m.end, m.role) for m in passage.mentions if m.role in {"backer", "mediator", "outsider"}
        ),
    )


def _frame_locus(hit: FrameHit, passage: Passage, learned: Candidate | None) -> str:
    asked = hit.frame.frame.locus
    if asked == "all":
        return "ALL"
    if asked == "subject" and hit.subject:
        return hit.subject
    if asked == "object" and hit.object:
        return hit.object
    if asked == "speaker":
        return ""
    if asked in passage.parties:
        return asked
    return learned.locus if learned is not None else ""


def _cue_pattern(definition: SignalDefinition) -> re.Pattern[str] | None:
    plain = [fold(c.lstrip("+-0 ")).lower() for c in definition.cues if not c.strip().startswith("/")]
    return pattern(plain)
