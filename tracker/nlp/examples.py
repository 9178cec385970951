"""An indicator proves itself: its own sentences read, and a scaffold for a new one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tracker.errors import CatalogError
from tracker.model.codebook import Example, Indicator, SignalDefinition
from tracker.nlp.gold import GoldSentence, passages_of
from tracker.nlp.reader import Reader

_SLUG: Final = "abcdefghijklmnopqrstuvwxyz0123456789_-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleResult:
    """One example read: what the file says, what was found, and whether they agree."""

    indicator: str
    signal: str
    text: str
    expected: str  # "+1", "0", "-1", an exclusion code, or "frame <id>"
    found: str  # polarity found, "nothing", or what the frame did
    ok: bool


def check_examples(reader: Reader, indicators: Iterable[Indicator]) -> tuple[ExampleResult, ...]:
    """Read every example of every file, and of every frame.

    A positive example agrees when its signal is coded with its polarity, a negative one when it is not coded, a
    frame's example when that frame holds in it. Sentences stand alone, so what needs context may fail.
    """
    rows = [
        (indicator.id, definition, example)
        for indicator in indicators
        for definition in indicator.signals
        for example in definition.examples
    ]
    sentences = [GoldSentence(id=str(i), doc=str(i), text=example.text) for i, (_, _, example) in enumerate(rows)]
    passages = passages_of(reader, sentences)
    index = {passage.index: at for at, passage in enumerate(passages)}
    found: dict[int, list[tuple[str, int]]] = {}
    for passage, verdicts, _ in reader.judge(passages):
        found[index[passage.index]] = [(v.signal.signal, v.signal.polarity) for v in verdicts if v.signal is not None]
    results = [_result(*row, found.get(at, [])) for at, row in enumerate(rows)]
    return (*results, *_frame_results(reader, indicators))


def scaffold(indicator: str, title: str, question: str, parties: str = "Russia and Ukraine") -> str:
    """The text of a new indicator file with one signal, ready to be edited; `parties` are named in its example.

    A sentence that names no party of a registered conflict is not coded. Raises CatalogError for a bad id.
    """
    if not indicator or any(c not in _SLUG for c in indicator) or not indicator[0].isalnum():
        raise CatalogError(
            f"{indicator!r} cannot be an id", remedy="use lower-case letters, digits, hyphens and underscores"
        )
    title, question, parties = (text.replace("'", "''") for text in (title, question, parties or "Both parties"))
    return _SCAFFOLD.format(id=indicator, title=title, question=question, parties=parties)


def _result(
    indicator: str, definition: SignalDefinition, example: Example, found: list[tuple[str, int]]
) -> ExampleResult:
    own = [polarity for signal, polarity in found if signal == definition.id]
    said = f"{own[0]:+d}" if own else "nothing"
    if example.polarity is None:
        return ExampleResult(
            indicator=indicator,
            signal=definition.id,
            text=example.text,
            expected=example.exclusion or "nothing",
            found=said,
            ok=not own,
        )
    return ExampleResult(
        indicator=indicator,
        signal=definition.id,
        text=example.text,
        expected=f"{example.polarity:+d}",
        found=said,
        ok=example.polarity in own,
    )


def _frame_results(reader: Reader, indicators: Iterable[Indicator]) -> Iterator[ExampleResult]:
    for indicator in indicators:
        for definition in indicator.signals:
            for frame in definition.frames:
                for text in frame.examples:
                    sentence = GoldSentence(id=frame.id, doc=frame.id, text=text)
                    hits = reader.frame_hits(passages_of(reader, [sentence])[0])
                    yield ExampleResult(
                        indicator=indicator.id,
                        signal=definition.id,
                        text=text,
                        expected=f"frame {frame.id}",
                        found="holds" if frame.id in hits else "does not hold",
                        ok=frame.id in hits,
                    )


_SCAFFOLD: Final = """\
# What this file may say is described in docs/writing-an-indicator.md; `tracker indicator test` reads its examples.
id: {id}
title: '{title}'
question: '{question}'
theory: 'Why an answer bears on readiness to negotiate, with the work it rests on.'
level: party              # party, dyad or conflict
status: draft             # draft → trial → stable → retired
high: 'what a value above 50 says, in neutral words'
low: 'what a value below 50 says, in neutral words'
signals:
  - id: {id}_signal
    title: '{title}'
    definition: 'What a sentence must assert.'
    theory: 'Why it points towards talks or away from them.'
    weight: 1.0
    half_life_days: 30
    polarity: {{'+1': 'towards talks', '0': 'no direction', '-1': 'away from talks'}}
    modes: [stated]
    intensity: '1 = hedged. 2 = clear. 3 = leader-level, formal or quantified.'
    cues: ['+ first cue phrase', '- opposite cue phrase']
    examples:
      - {{text: '{parties} are at war and saw a first cue phrase.', polarity: 1}}
      - {{text: 'A sentence that must stay uncoded.', exclusion: X6}}
"""
