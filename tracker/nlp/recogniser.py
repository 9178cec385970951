"""The learned recogniser: what a sentence of war news signals, with a probability.

A first look over its word pieces decides cheaply which sentences the encoder need not see.
The encoder, a small one, reads the others with their title and the sentences before
them; a linear model over words reads them too. Both together are calibrated on sentences they were not
trained on. What a sentence gets does not depend on the company it is judged in:
the encoder sees one sentence at a time, on one thread.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from tracker.nlp.glance import Glance
from tracker.nlp.identity import FILES, NAME
from tracker.nlp.rendering import MARKERS, Renderer
from tracker.nlp.words import Words, terms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One sentence to judge, with what is known around it."""

    text: str
    before: tuple[str, ...] = ()
    title: str = ""
    parties: tuple[tuple[int, int, str], ...] = ()
    principals: tuple[str, ...] = ()
    others: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One signal found in a sentence: how likely, which way, about whom, by whom."""

    signal: str
    probability: float
    polarity: int
    polarity_probability: float
    locus: str | None
    locus_probability: float
    speaker_class: str | None
    speaker_probability: float


def default_folder() -> Path:
    """Where the shipped weights are."""
    return Path(__file__).parent / "weights"


class Recogniser:
    """Judges sentences; keeps none of them, but for the word pieces of the last few, in memory."""

    name = NAME

    def __init__(self, folder: Path, *, gate: bool = True) -> None:
        """Open the weights in a folder; without the gate every sentence goes to the encoder, for measuring.

        Raises FileNotFoundError naming what is missing.
        """
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise FileNotFoundError(
                f"the recogniser's weights in {folder} lack {', '.join(missing)}; run `tracker train` or reinstall"
            )
        digest = hashlib.sha256()
        for name in FILES:
            digest.update((folder / name).read_bytes())
        self.version = digest.hexdigest()[:12]
        settings: dict[str, Any] = json.loads((folder / "thresholds.json").read_text(encoding="utf-8"))
        self._signals: tuple[str, ...] = tuple(settings["signals"])
        self._speakers: tuple[str, ...] = tuple(settings["speakers"])
        self._calibration = np.asarray(settings["calibration"], dtype=np.float64)
        self._gate = float(settings["gate"]) if gate else -math.inf
        self.thresholds: Mapping[str, float] = dict(zip(self._signals, map(float, settings["thresholds"]), strict=True))
        self._words = Words.load(folder / "words.npz")
        self._glance = Glance.load(folder / "gate.npz")
        self._renderer = Renderer(Tokenizer.from_file(str(folder / "tokenizer.json")))
        self._markers = [self._renderer.number_of(marker) for marker in MARKERS]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def passes(self, unit: Unit) -> bool:
        """Whether the first look lets a sentence through to the encoder."""
        ids = self._renderer.sentence(unit.text, principals=unit.principals, supplied=unit.parties)
        return self._glance.score(ids) >= self._gate

    def judge(self, units: Sequence[Unit], *, floor: float = 0.05) -> list[tuple[Judgement, ...]]:
        """For each unit, every signal at least as likely as the floor, likeliest first."""
        return [self._one(unit, floor) for unit in units]

    def _one(self, unit: Unit, floor: float) -> tuple[Judgement, ...]:
        if not unit.text.strip():
            return ()
        ids = self._renderer.sentence(unit.text, principals=unit.principals, supplied=unit.parties)
        if self._glance.score(ids) < self._gate:
            return ()
        linear = self._words.judge(terms_of(unit.text))
        around = self._renderer.surroundings(
            unit.text, before=unit.before, title=unit.title, principals=unit.principals, supplied=unit.parties
        )
        segments = [0] * len(ids) + [1] * len(around)
        ids += around
        feed = {"ids": np.asarray([ids], dtype=np.int64), "segments": np.asarray([segments], dtype=np.int64)}
        output = np.asarray(self._session.run(None, feed)[0][0], dtype=np.float64)
        count = len(self._signals)
        presence, rest = output[:count], output[count:]
        polarity = _shares(rest[: 3 * count].reshape(count, 3))
        locus = _shares(rest[3 * count : 6 * count].reshape(count, 3))
        speaker = _shares(rest[6 * count :])
        slope, words, shift = self._calibration.T
        probability = 1.0 / (1.0 + np.exp(-(slope * presence + words * linear + shift)))
        who = int(speaker.argmax())
        marked = set(ids)
        found = [
            Judgement(
                signal=self._signals[at],
                probability=round(float(probability[at]), 4),
                polarity=int(polarity[at].argmax()) - 1,
                polarity_probability=round(float(polarity[at].max()), 4),
                locus=self._locus(locus[at], unit.principals, marked),
                locus_probability=round(float(locus[at].max()), 4),
                speaker_class=self._speakers[who],
                speaker_probability=round(float(speaker[who]), 4),
            )
            for at in range(count)
            if round(float(probability[at]), 4) >= floor
        ]
        return tuple(sorted(found, key=lambda one: (-one.probability, one.signal)))

    def _locus(
        self, scores: np.ndarray[Any, np.dtype[np.float64]], principals: Sequence[str], seen: set[int]
    ) -> str | None:
        """Whose readiness is concerned; nothing when no belligerent can be told."""
        if not principals:
            return "ALL" if scores.argmax() == 2 else None
        best = int(scores.argmax())
        if best == 2:
            return "ALL"
        if not seen.intersection(self._markers):
            return None
        return principals[best] if best < len(principals) else None


def _shares(scores: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    exponential = np.exp(scores - scores.max(-1, keepdims=True))
    shares: np.ndarray[Any, np.dtype[np.float64]] = exponential / exponential.sum(-1, keepdims=True)
    return shares
