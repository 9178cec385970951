"""The learned recogniser: what a sentence of war news signals, with a probability.

Three readers of growing cost, each given only what the one before lets through. A first
look over word pieces; the encoder's lower layers, which read every sentence alone, so that what they made of it is
kept for the sentences after it; the upper layers, which see the sentence together with
its title and the sentences before it. A linear model over words reads along. Both together are calibrated on
sentences they were not trained on. What a sentence gets does not depend on the company it is judged in:
every reader sees one sentence at a time, on one thread.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from tracker.nlp.glance import Glance, Singles, second_look
from tracker.nlp.identity import FILES, NAME
from tracker.nlp.rendering import MARKERS, Pieces, Renderer
from tracker.nlp.words import Words, terms_of

_READERS: Final = 3
_KEPT: Final = 256  # texts whose reading by the lower layers is remembered: more than an article's context needs


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
    """Judges sentences; of the last few it remembers, in memory, what the lower layers made of them."""

    name = NAME

    def __init__(self, folder: Path, *, gates: bool = True) -> None:
        """Open the weights in a folder; without gates every sentence goes through all readers, for measuring.

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
        self._gate = float(settings["gate"]) if gates else -math.inf
        self._early = float(settings["early"]) if gates else -math.inf
        self.thresholds: Mapping[str, float] = dict(zip(self._signals, map(float, settings["thresholds"]), strict=True))
        self._words = Words.load(folder / "words.npz")
        self._glance = Glance.load(folder / "gate.npz")
        self._renderer = Renderer(Tokenizer.from_file(str(folder / "tokenizer.json")))
        self._markers = [self._renderer.number_of(marker) for marker in MARKERS]
        self._lower, self._upper = (_session(folder / name) for name in ("lower.onnx", "upper.onnx"))
        self._size = int(self._lower.get_outputs()[0].shape[1])
        self._read: OrderedDict[Pieces, tuple[Singles, float]] = OrderedDict()

    def reach(self, unit: Unit) -> int:
        """How many of the three readers a sentence comes to: 1 stops at the first look, 2 at the lower layers."""
        return self._up_to(unit)[0]

    def judge(self, units: Sequence[Unit], *, floor: float = 0.05) -> list[tuple[Judgement, ...]]:
        """For each unit, every signal at least as likely as the floor, likeliest first."""
        return [self._one(unit, floor) for unit in units]

    def _one(self, unit: Unit, floor: float) -> tuple[Judgement, ...]:
        if not unit.text.strip():
            return ()
        reached, own = self._up_to(unit)
        if reached < _READERS:
            return ()
        hidden, _ = self._alone(own)
        linear = self._words.judge(terms_of(unit.text))
        around = self._renderer.around(
            unit.text, before=unit.before, title=unit.title, principals=unit.principals, supplied=unit.parties
        )
        beside = [self._alone(pieces)[0] for pieces, _ in around]
        feed = {
            "hidden": hidden,
            "around": np.concatenate([np.zeros((0, self._size), dtype=np.float32), *beside]),
            "role": np.repeat(np.asarray([role for _, role in around], dtype=np.int64), [len(one) for one in beside]),
        }
        output = np.asarray(self._upper.run(None, feed)[0], dtype=np.float64)
        count = len(self._signals)
        presence, rest = output[:count], output[count:]
        polarity = _shares(rest[: 3 * count].reshape(count, 3))
        locus = _shares(rest[3 * count : 6 * count].reshape(count, 3))
        speaker = _shares(rest[6 * count :])
        slope, words, shift = self._calibration.T
        probability = 1.0 / (1.0 + np.exp(-(slope * presence + words * linear + shift)))
        who = int(speaker.argmax())
        marked = {piece for pieces in (own, *(pieces for pieces, _ in around)) for piece in pieces}
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

    def _up_to(self, unit: Unit) -> tuple[int, Pieces]:
        """The last reader a sentence comes to, and its word pieces."""
        own = self._renderer.sentence(unit.text, principals=unit.principals, supplied=unit.parties)
        look = self._glance.score(own)
        if look < self._gate:
            return 1, own
        return (2 if second_look(self._alone(own)[1], look) < self._early else _READERS), own

    def _alone(self, pieces: Pieces) -> tuple[Singles, float]:
        """What the lower layers make of a text, and the likeliest thing to find in it by their early opinion."""
        known = self._read.get(pieces)
        if known is not None:
            self._read.move_to_end(pieces)
            return known
        hidden, early = self._lower.run(None, {"ids": np.asarray([pieces], dtype=np.int64)})
        self._read[pieces] = found = (hidden, float(early.max()))
        if len(self._read) > _KEPT:
            self._read.popitem(last=False)
        return found

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


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _shares(scores: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    exponential = np.exp(scores - scores.max(-1, keepdims=True))
    shares: np.ndarray[Any, np.dtype[np.float64]] = exponential / exponential.sum(-1, keepdims=True)
    return shares
