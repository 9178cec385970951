"""From raw scores to probabilities that mean what they say, and to decisions.

Fitted on sentences that neither reader was trained on. Rare signals lean on what
all signals say together: their own evidence counts n / (n + shrink).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from tracker.nlp.training_data import SIGNALS, Example

Floats = np.ndarray[Any, np.dtype[np.float64]]
SHRINK: Final = 150.0


def targets_of(examples: Sequence[Example]) -> tuple[Floats, Floats]:
    """What should be found, and how much each cell counts (debatable codes: half)."""
    target = np.zeros((len(examples), len(SIGNALS)))
    heed = np.ones_like(target)
    for row, example in enumerate(examples):
        for code in example.codes:
            at = SIGNALS.index(code.signal)
            target[row, at], heed[row, at] = 1.0, 1.0 if code.sure else 0.5
    return target, heed


def calibrate(
    presence: Floats, linear: Floats, examples: Sequence[Example], shrink: float = SHRINK
) -> tuple[Floats, Floats]:
    """Slope, share of the linear reader and shift per signal, then the threshold of best F1."""
    target, heed = targets_of(examples)
    common = _logistic(presence.ravel(), linear.ravel(), target.ravel(), heed.ravel())
    everything = probability_of(common, presence, linear)
    # With calibrated probabilities the threshold of best F1 is half of that F1.
    common_threshold = best_threshold(everything.ravel(), target.ravel(), heed.ravel())[1] / 2.0
    rows, thresholds = [], []
    for at in range(len(SIGNALS)):
        positives = float(target[:, at].sum())
        trust = positives / (positives + shrink)
        own = _logistic(presence[:, at], linear[:, at], target[:, at], heed[:, at], prior=common)
        row = trust * own + (1.0 - trust) * common
        best, _ = best_threshold(probability_of(row, presence[:, at], linear[:, at]), target[:, at], heed[:, at])
        rows.append(row)
        thresholds.append(trust * best + (1.0 - trust) * common_threshold)
    return np.array(rows), np.array(thresholds)


def probability_of(row: Floats, presence: Floats, linear: Floats) -> Floats:
    """The calibrated probability of one signal from both readers' scores."""
    return np.asarray(1.0 / (1.0 + np.exp(-(row[0] * presence + row[1] * linear + row[2]))))


def best_threshold(probability: Floats, target: Floats, heed: Floats) -> tuple[float, float]:
    """The threshold of best F1 and that F1, smoothed over neighbours so that chance decides less."""
    grid = np.linspace(0.15, 0.75, 61)
    scores = []
    for threshold in grid:
        hit = probability >= threshold
        right = float(target[hit].sum())
        wrong = float((1.0 - target[hit]).sum())
        missed = float(((target > 0) & ~hit & (heed == 1.0)).sum())
        scores.append(2.0 * right / max(1.0, 2.0 * right + wrong + missed))
    smooth = np.convolve(np.pad(scores, 5, mode="edge"), np.ones(11) / 11.0, mode="valid")
    best = int(smooth.argmax())
    return float(grid[best]), float(smooth[best])


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
