"""How often whole texts are misread on an indicator: what the correction of prevalence rests on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from tracker.readiness.evaluation import Compared

LEAST: Final = 10  # labelled texts of either kind below which nothing is corrected


@dataclass(frozen=True, slots=True, kw_only=True)
class Misreading:
    """Labelled texts by what they say on one indicator and what was found in them: true and false, yes and no."""

    tp: int
    fn: int
    fp: int
    tn: int

    @property
    def enough(self) -> bool:
        """Whether there are texts enough of either kind to correct by."""
        return min(self.tp + self.fn, self.fp + self.tn) >= LEAST

    @property
    def sensitivity(self) -> float:
        """Share found of the texts that speak on the indicator: tp / (tp + fn).

        >>> Misreading(tp=8, fn=2, fp=1, tn=19).sensitivity
        0.8
        """
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def specificity(self) -> float:
        """Share passed over of the texts that do not: tn / (tn + fp).

        >>> Misreading(tp=8, fn=2, fp=1, tn=19).specificity
        0.95
        """
        return self.tn / (self.tn + self.fp) if self.tn + self.fp else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What was measured with one recogniser: per indicator, the misreading of whole texts."""

    recogniser: str
    documents: int
    indicators: Mapping[str, Misreading]


def misreadings(sentences: Iterable[Compared], indicators: Mapping[str, Sequence[str]]) -> dict[str, Misreading]:
    """Per indicator (with its signals), texts by expected and found; debatable codes make a text count for neither.

    A text is all sentences of one document in the labelled files.
    """
    texts: dict[str, tuple[set[str], set[str], set[str]]] = {}
    for sentence in sentences:
        sure, debatable, found = texts.setdefault(sentence.doc or sentence.id, (set(), set(), set()))
        sure.update(c.signal for c in sentence.expected if c.sure == 2)
        debatable.update(c.signal for c in sentence.expected if c.sure != 2)
        found.update(c.signal for c in sentence.found)
    return {indicator: _misread(texts.values(), set(signals)) for indicator, signals in indicators.items()}


def _misread(texts: Iterable[tuple[set[str], set[str], set[str]]], signals: set[str]) -> Misreading:
    counts = {"tp": 0, "fn": 0, "fp": 0, "tn": 0}
    for sure, debatable, found in texts:
        flagged = bool(signals & found)
        if signals & sure:
            counts["tp" if flagged else "fn"] += 1
        elif not signals & debatable:
            counts["fp" if flagged else "tn"] += 1
    return Misreading(**counts)


def as_json(quality: Quality) -> dict[str, Any]:
    """The form in which it lies beside the recogniser's weights."""
    return asdict(quality)


def from_json(values: Mapping[str, Any]) -> Quality:
    """The inverse of `as_json`. Raises KeyError or TypeError for another shape."""
    return Quality(
        recogniser=str(values["recogniser"]),
        documents=int(values["documents"]),
        indicators={name: Misreading(**row) for name, row in values["indicators"].items()},
    )
