"""Codes found against codes expected → precision, recall, F1 and the rest of what `tracker evaluate` prints."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

NOTHING: Final = "nothing"  # the row or column of a confusion where no code stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code of a sentence. `sure` 2 is clear, 1 debatable; `probability` is that of a found code."""

    signal: str
    polarity: int
    locus: str
    speaker_class: str = ""
    sure: int = 2
    probability: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A sentence with the codes that readers gave it and those that were found."""

    id: str
    text: str
    expected: tuple[Code, ...]
    found: tuple[Code, ...]
    title: str = ""
    doc: str = ""  # the text that the sentence is of


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Hits, false alarms and misses with the usual ratios; 0 where a ratio has no denominator."""

    tp: int
    fp: int
    fn: int

    @property
    def precision(self) -> float:
        """tp / (tp + fp)."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        """tp / (tp + fn)."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall: 2 tp / (2 tp + fp + fn).

        >>> Score(tp=6, fp=2, fn=4).f1
        0.6666666666666666
        """
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One wrong code: a miss (`found` is None), a false alarm (`expected` is None), or a hit with the wrong side.

    `cost` orders failures: a clear miss or a confident false alarm is worst.
    """

    sentence: Compared
    signal: str
    kind: str  # "miss", "false alarm", "polarity", "locus"
    cost: float
    expected: Code | None = None
    found: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Everything `tracker evaluate` says."""

    sentences: int
    codes: int
    micro: Score
    any: Score
    per_signal: Mapping[str, Score]
    polarity_accuracy: float | None  # over hits; None without hits
    locus_accuracy: float | None
    speaker_accuracy: float | None
    confusion: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (expected, found) -> sentences
    failures: tuple[Failure, ...] = ()

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the signals that were expected or found at all."""
        rows = [score.f1 for score in self.per_signal.values() if score.tp + score.fp + score.fn]
        return sum(rows) / len(rows) if rows else 0.0

    def largest_confusions(self, most: int) -> list[tuple[str, str, int]]:
        """What was found in place of what was expected, the most frequent first: expected, found, sentences."""
        wrong = [(*pair, n) for pair, n in self.confusion.items() if pair[0] != pair[1]]
        return sorted(wrong, key=lambda row: (-row[2], row))[:most]

    def as_json(self) -> dict[str, Any]:
        """The public format of `tracker evaluate --json`."""
        return {
            "sentences": self.sentences,
            "codes": self.codes,
            "micro": _ratios(self.micro),
            "macro_f1": round(self.macro_f1, 4),
            "any": _ratios(self.any),
            "polarity_accuracy": _rounded(self.polarity_accuracy),
            "locus_accuracy": _rounded(self.locus_accuracy),
            "speaker_accuracy": _rounded(self.speaker_accuracy),
            "per_signal": {
                signal: {"tp": score.tp, "fp": score.fp, "fn": score.fn, **_ratios(score)}
                for signal, score in sorted(self.per_signal.items())
            },
        }


def evaluation(sentences: Sequence[Compared], signals: Iterable[str] = ()) -> Evaluation:
    """Compare. A hit is the same sentence and signal; polarity, locus and speaker are judged over hits.

    A debatable code (`sure` 1) is a hit when found and neither hit nor miss when not. A signal counts once a
    sentence: found or expected for two parties, it is judged right when one of the pairs agrees.
    """
    counts: dict[str, Counter[str]] = {signal: Counter() for signal in signals}
    some: Counter[str] = Counter()
    right: Counter[str] = Counter()
    confusion: Counter[tuple[str, str]] = Counter()
    failures: list[Failure] = []
    hits = 0
    for sentence in sentences:
        expected, found = _by_signal(sentence.expected), _by_signal(sentence.found)
        for signal in {**expected, **found}:
            row = counts.setdefault(signal, Counter())
            wanted, given = expected.get(signal, ()), found.get(signal, ())
            if wanted and given:
                row["tp"] += 1
                hits += 1
                failures += _judged(sentence, signal, wanted, given, right)
            elif given:
                row["fp"] += 1
                failures.append(
                    Failure(
                        sentence=sentence, signal=signal, kind="false alarm", cost=given[0].probability, found=given[0]
                    )
                )
            elif any(code.sure > 1 for code in wanted):
                row["fn"] += 1
                failures.append(Failure(sentence=sentence, signal=signal, kind="miss", cost=1.0, expected=wanted[0]))
        some[_any(sentence)] += 1
        _confuse(expected, found, confusion)
    total = Counter(part for row in counts.values() for part in row.elements())
    return Evaluation(
        sentences=len(sentences),
        codes=sum(len(sentence.expected) for sentence in sentences),
        micro=_score(total),
        any=_score(some),
        per_signal={signal: _score(row) for signal, row in sorted(counts.items())},
        polarity_accuracy=right["polarity"] / hits if hits else None,
        locus_accuracy=right["locus"] / hits if hits else None,
        speaker_accuracy=right["speaker"] / hits if hits else None,
        confusion=dict(confusion),
        failures=tuple(sorted(failures, key=lambda f: (-f.cost, f.sentence.id, f.signal, f.kind))),
    )


def _by_signal(codes: Iterable[Code]) -> dict[str, tuple[Code, ...]]:
    found: dict[str, tuple[Code, ...]] = {}
    for code in codes:
        found[code.signal] = (*found.get(code.signal, ()), code)
    return found


def _judged(
    sentence: Compared, signal: str, wanted: Sequence[Code], given: Sequence[Code], right: Counter[str]
) -> list[Failure]:
    checks = {
        "polarity": {code.polarity for code in wanted} & {code.polarity for code in given},
        "locus": {code.locus for code in wanted} & {code.locus for code in given},
        "speaker": {code.speaker_class for code in wanted} & {code.speaker_class for code in given},
    }
    failures = []
    for name, agreed in checks.items():
        if agreed:
            right[name] += 1
        elif name != "speaker":
            cost = (0.9 if name == "polarity" else 0.6) * given[0].probability
            failures.append(
                Failure(sentence=sentence, signal=signal, kind=name, cost=cost, expected=wanted[0], found=given[0])
            )
    return failures


def _any(sentence: Compared) -> str:
    if sentence.found:
        return "tp" if sentence.expected else "fp"
    return "fn" if any(code.sure > 1 for code in sentence.expected) else "tn"


def _confuse(
    expected: Mapping[str, Sequence[Code]], found: Mapping[str, Sequence[Code]], confusion: Counter[tuple[str, str]]
) -> None:
    missed = [s for s, codes in expected.items() if s not in found and any(code.sure > 1 for code in codes)]
    extra = [s for s in found if s not in expected]
    for signal in expected:
        if signal in found:
            confusion[signal, signal] += 1
    for signal in missed:
        for other in extra or [NOTHING]:
            confusion[signal, other] += 1
    if not missed:
        for signal in extra:
            confusion[NOTHING, signal] += 1


def _score(row: Mapping[str, int]) -> Score:
    return Score(tp=row.get("tp", 0), fp=row.get("fp", 0), fn=row.get("fn", 0))


def _ratios(score: Score) -> dict[str, float]:
    return {"precision": round(score.precision, 4), "recall": round(score.recall, 4), "f1": round(score.f1, 4)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
