"""What is worth the encoder's time, learned from the encoder itself. Needs the extra `train`.

A gate that learns only from labelled sentences lets most war news through, since few of its words were ever seen.
The encoder, once trained, can say of any unlabelled sentence whether it would find something; the gate learns that.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from tracker.nlp.markers import principals_of
from tracker.nlp.training_calibration import probability_of
from tracker.nlp.training_corpora import windows_in
from tracker.nlp.training_data import SIGNALS, Example, sentence_hash
from tracker.nlp.words import Words, terms_of

Floats = np.ndarray[Any, np.dtype[np.float64]]
SAMPLE: Final = 30_000  # unlabelled sentences the encoder is asked about
LONGEST: Final = 90  # words; longer pieces are lists and tables
_LITTLE, _MUCH = 0.25, 0.75  # of a signal's threshold: below nothing is there, above something is
GATE_LOSS: Final = 0.01  # share of clearly coded sentences that may fail to reach the encoder


def unlabelled(
    corpora: Path, apart: frozenset[str], documents: frozenset[str] = frozenset(), *, seed: int, most: int = SAMPLE
) -> list[Example]:
    """A sample of the sentences of the corpora; none among the hashes, or of the documents, to keep apart."""
    seen = set(apart)
    kept = []
    for row in windows_in(corpora):
        name = sentence_hash(row["text"])
        if name not in seen and str(row["doc"]) not in documents and 5 <= len(row["text"].split()) <= LONGEST:
            seen.add(name)
            kept.append(row)
    random.Random(seed).shuffle(kept)  # noqa: S311 - repeatable, not secret
    return [_example(row) for row in kept[:most]]


def _example(row: Any) -> Example:
    before, title = tuple(row["before"]), row["title"]
    return Example(
        text=row["text"],
        before=before,
        title=title,
        doc=str(row["doc"]),
        codes=(),
        rejects=frozenset(),
        principals=principals_of([row["text"], title, *before]),
        origin="unlabelled",
    )


def worth_of(presence: Floats, linear: Floats, calibration: Floats, thresholds: Floats) -> Floats:
    """How much each sentence is worth the encoder's time, 0 to 1: its likeliest signal against that one's threshold."""
    against = np.stack(
        [
            probability_of(calibration[at], presence[:, at], linear[:, at]) / thresholds[at]
            for at in range(len(SIGNALS))
        ],
        axis=1,
    )
    return np.asarray(np.clip((against.max(1) - _LITTLE) / (_MUCH - _LITTLE), 0.0, 1.0))


def threshold_of(gate: Words, held: Sequence[Example], loss: float = GATE_LOSS) -> float:
    """The score below which a sentence need not be read, so that hardly a clearly coded one is lost."""
    scores = [
        float(gate.judge(terms_of(example.text))[0]) for example in held if any(code.sure for code in example.codes)
    ]
    return float(np.quantile(scores, loss)) if scores else -1e9
