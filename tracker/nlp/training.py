"""`tracker train`: from labelled sentences to the weights the product ships.

The order of the work: read the labels, fit the cheap linear reader, fit the
encoder, learn calibration and thresholds from sentences held out of both (grouped
by document), export to eight-bit ONNX, write the folder. Needs the extra `train`.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tracker.nlp.rendering import Renderer
from tracker.nlp.training_data import (
    SIGNALS,
    SPEAKERS,
    Example,
    read_examples,
    read_gold,
    read_pointers,
    reweighted,
)
from tracker.nlp.training_words import fit_words
from tracker.nlp.words import Words

Floats = np.ndarray[Any, np.dtype[np.float64]]


def load_examples(
    gold: Sequence[Path],
    *,
    examples: Path | None = None,
    invented: Path | None = None,
    pointers: Sequence[Path] = (),
    sentences: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Example]:
    """Everything there is to learn from, each sentence once."""
    found = [example for path in gold for example in read_gold(path)]
    if examples is not None and examples.is_file():
        found += read_examples(examples)
    if invented is not None and invented.is_file():
        found += reweighted(read_gold(invented), 0.8)
    for path in pointers:
        found += read_pointers(path, sentences or {})
    seen: set[str] = set()
    return [one for one in found if not (one.text in seen or seen.add(one.text))]  # type: ignore[func-returns-value]


def folds_of(examples: Sequence[Example], count: int, seed: int) -> list[int]:
    """A fold per example; one document never spans two."""
    docs = sorted({example.doc for example in examples})
    random.Random(seed).shuffle(docs)
    place = {doc: at % count for at, doc in enumerate(docs)}
    return [place[example.doc] for example in examples]


def calibrate(
    presence: Floats, linear: Floats, examples: Sequence[Example], shrink: float = 40.0
) -> tuple[Floats, Floats]:
    """Slope, share of the linear reader and shift per signal, then the threshold of best F1.

    Rare signals lean on what all signals say together: their own evidence counts
    n / (n + shrink).
    """
    target, heed = targets_of(examples)
    common = _logistic(presence.ravel(), linear.ravel(), target.ravel(), heed.ravel())
    rows, thresholds = [], []
    everything = _probability(common, presence, linear)
    common_threshold = _best_threshold(everything.ravel(), target.ravel(), heed.ravel())
    for at in range(len(SIGNALS)):
        positives = float(target[:, at].sum())
        trust = positives / (positives + shrink)
        own = _logistic(presence[:, at], linear[:, at], target[:, at], heed[:, at], prior=common)
        row = trust * own + (1.0 - trust) * common
        rows.append(row)
        best = _best_threshold(_probability(row, presence[:, at], linear[:, at]), target[:, at], heed[:, at])
        thresholds.append(trust * best + (1.0 - trust) * common_threshold)
    return np.array(rows), np.array(thresholds)


def targets_of(examples: Sequence[Example]) -> tuple[Floats, Floats]:
    """What should be found, and how much each cell counts (debatable codes: half)."""
    target = np.zeros((len(examples), len(SIGNALS)))
    heed = np.ones_like(target)
    for row, example in enumerate(examples):
        for code in example.codes:
            at = SIGNALS.index(code.signal)
            target[row, at], heed[row, at] = 1.0, 1.0 if code.sure else 0.5
    return target, heed


def _probability(row: Floats, presence: Floats, linear: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-(row[0] * presence + row[1] * linear + row[2]))))


def _logistic(presence: Floats, linear: Floats, target: Floats, heed: Floats, prior: Floats | None = None) -> Floats:
    """Weighted logistic regression on two scores by Newton's method, pulled to the prior."""
    base = np.array([1.0, 0.0, 0.0]) if prior is None else prior
    strength = np.diag([4.0, 4.0, 1.0]) if prior is not None else np.diag([0.01, 0.01, 0.01])
    inputs = np.stack([presence, linear, np.ones_like(presence)], axis=1)
    row = base.copy()
    for _ in range(25):
        share = 1.0 / (1.0 + np.exp(-np.clip(inputs @ row, -30, 30)))
        slope = inputs.T @ (heed * (share - target)) + strength @ (row - base)
        curve = (inputs * (heed * share * (1.0 - share))[:, None]).T @ inputs + strength
        step = np.linalg.solve(curve, slope)
        row = row - step
        if float(np.abs(step).max()) < 1e-7:
            break
    row[1] = max(row[1], 0.0)
    return np.asarray(row)


def _best_threshold(probability: Floats, target: Floats, heed: Floats) -> float:
    """Best F1, smoothed over neighbouring thresholds so that chance decides less."""
    grid = np.linspace(0.15, 0.75, 61)
    scores = []
    for threshold in grid:
        hit = probability >= threshold
        right = float(target[hit].sum())
        wrong = float((1.0 - target[hit]).sum())
        missed = float(((target > 0) & ~hit & (heed == 1.0)).sum())
        scores.append(2.0 * right / max(1.0, 2.0 * right + wrong + missed))
    smooth = np.convolve(np.pad(scores, 5, mode="edge"), np.ones(11) / 11.0, mode="valid")
    return float(grid[int(smooth.argmax())])


def train(
    gold: Sequence[Path],
    out: Path,
    *,
    seed: int = 7,
    examples: Path | None = None,
    invented: Path | None = None,
    pointers: Sequence[Path] = (),
    sentences: Mapping[str, Mapping[str, Any]] | None = None,
    encoder: Path | None = None,
    epochs: float = 5,
    folds: int = 3,
    say: Callable[[str], None] = print,
) -> Path:
    """Train, calibrate, export; the folder it returns is what `Recogniser` opens."""
    from tokenizers import Tokenizer

    from tracker.nlp.training_export import encoder_folder, export
    from tracker.nlp.training_model import Network, fit, load_encoder, outputs_of

    everything = load_examples(
        gold, examples=examples, invented=invented, pointers=pointers, sentences=sentences
    )
    start = encoder or encoder_folder()
    renderer = Renderer(Tokenizer.from_file(str(start / "tokenizer.json")))
    fold = folds_of(everything, folds, seed)
    trusted = {"train", "rare", "pointers"}
    held_presence: list[Floats] = []
    held_linear: list[Floats] = []
    held: list[Example] = []
    for part in range(folds):
        inside = [one for one, own in zip(everything, fold, strict=True) if own != part]
        outside = [
            one for one, own in zip(everything, fold, strict=True) if own == part and one.origin in trusted
        ]
        words = fit_words(inside)
        network = Network(load_encoder(start))
        say(f"fold {part + 1} of {folds}: {len(inside)} sentences")
        fit(network, inside, renderer, seed=seed + part, epochs=epochs, say=say)
        held_presence.append(outputs_of(network, outside, renderer)[:, : len(SIGNALS)].astype(np.float64))
        held_linear.append(np.stack([words.judge(one.text)[0] for one in outside]))
        held += outside
    calibration, thresholds = calibrate(np.concatenate(held_presence), np.concatenate(held_linear), held)
    words = fit_words(everything)
    network = Network(load_encoder(start))
    say(f"final: {len(everything)} sentences")
    fit(network, everything, renderer, seed=seed, epochs=epochs, say=say)
    with tempfile.TemporaryDirectory() as scratch:
        export(network, Path(scratch), out, start)
    write_settings(out, words, calibration, thresholds, gate=-4.5)
    return out


def write_settings(out: Path, words: Words, calibration: Floats, thresholds: Floats, *, gate: float) -> None:
    """The linear reader, the calibration and the thresholds beside the network."""
    words.save(out / "words.npz")
    settings = {
        "signals": list(SIGNALS),
        "speakers": list(SPEAKERS),
        "gate": gate,
        "calibration": [[round(float(value), 5) for value in row] for row in calibration],
        "thresholds": [round(float(value), 3) for value in thresholds],
    }
    (out / "thresholds.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
