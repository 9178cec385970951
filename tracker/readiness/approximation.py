"""Daily counts → resamples for archives too large to draw story by story: the same variance, drawn as one normal."""

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np

from tracker.model.codebook import Codebook
from tracker.model.readings import Inputs
from tracker.readiness.balance import Array, Measure, measure
from tracker.readiness.board import Key, arrays, keys, parties_of
from tracker.readiness.intervals import DRAWS, SEED, Resamples
from tracker.readiness.rows import Rows


def from_counts(
    inputs: Inputs | Rows,
    codebook: Codebook,
    days: Sequence[date],
    *,
    only: Iterable[str] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Resamples:
    """What `intervals.bootstrap` would give, from `counts` and `coverage` alone.

    The sum W of a bloc and week of n stories gets the variance that resampling and thinning give it,
    Σ E[w²] - W²/n, as a normal around its daily values, cut off at zero; the noise of a week is spread over its days
    in proportion to their variance. Stories on several signals are drawn apart for each. Good where a bloc's week
    has dozens of stories; below that use the bootstrap. Time grows with days, not with stories.
    """
    parties = parties_of(codebook, inputs.conflict)
    wanted = tuple(key for key in keys(codebook, parties, only) if key[2] != "self")
    half_lives = {s.id: s.half_life_days for i in codebook.indicators for s in i.signals}
    mean, deviation, coverage, first = _moments(inputs, wanted)
    rate = np.array([0.5 ** (1 / half_lives[signal]) for _, signal, _ in wanted])
    rng = np.random.default_rng(seed)
    length, columns, blocs = len(mean), 2 * len(wanted), coverage.shape[1]
    column_rate = np.repeat(rate, 2)[:, None]
    sums, stories = np.zeros((columns, blocs)), np.zeros((len(wanted), blocs))
    noise = np.zeros((columns * blocs, draws), dtype=np.float32)
    flat_rate = np.repeat(np.repeat(rate, 2), blocs).astype(np.float32)[:, None]
    spread = deviation.reshape(length, -1).astype(np.float32)
    measured: list[Measure] = []
    today = -1
    for day in days:
        end = day.toordinal() - first
        while today < min(end, length - 1):
            today += 1
            sums = sums * column_rate + mean[today]
            stories = stories * rate[:, None] + coverage[today]
            noise *= flat_rate
            rows = np.flatnonzero(spread[today])
            if len(rows):
                noise[rows] += rng.standard_normal((len(rows), draws), dtype=np.float32) * spread[today, rows, None]
        beyond = max(end - today, 0) if end >= 0 else 0
        seen = (sums * column_rate**beyond)[:, :, None] + noise.reshape(columns, blocs, draws) * (column_rate**beyond)[
            :, :, None
        ]
        drawn = np.maximum(seen, 0.0).transpose(0, 2, 1)  # column, draw, bloc
        heard = (stories * rate[:, None] ** beyond)[:, None, :] if end >= 0 else np.zeros((len(wanted), 1, blocs))
        measured.append(measure(drawn[0::2], drawn[1::2], np.broadcast_to(heard, drawn[0::2].shape)))
    measures = {
        key: Measure(
            balance=np.array([m.balance[n] for m in measured]),
            plus_rate=np.array([m.plus_rate[n] for m in measured]),
            minus_rate=np.array([m.minus_rate[n] for m in measured]),
            stories=np.array([m.stories[n] for m in measured]),
        )
        for n, key in enumerate(wanted)
    }
    return Resamples(days=tuple(days), draws=draws, measures=measures)


def _moments(inputs: Inputs | Rows, wanted: Sequence[Key]) -> tuple[Array, Array, Array, int]:
    """Per day: sums and standard deviations [day, column, bloc], coverage [day, bloc]; and the first day."""
    first, coverage, weights, squares = arrays(inputs, wanted)
    early = (first - 1) % 7  # begin on a Monday, end on a Sunday
    late = -(early + len(coverage)) % 7
    mean, squares, coverage = (
        np.pad(a, ((early, late), *((0, 0),) * (a.ndim - 1))) for a in (_columns(weights), _columns(squares), coverage)
    )
    weeks, first = len(mean) // 7, first - early
    blocs = coverage.shape[1]
    by_week = (weeks, 7, 2 * len(wanted), blocs)
    total = squares.reshape(by_week).sum(axis=1)
    stories = coverage.reshape(weeks, 7, 1, blocs).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        left = 1 - mean.reshape(by_week).sum(axis=1) ** 2 / np.maximum(stories, 1) / total
    share = np.clip(np.nan_to_num(left), 0.0, 1.0)
    variance = squares.reshape(by_week) * share[:, None]
    return mean, np.sqrt(variance).reshape(mean.shape), coverage, first


def _columns(by_sign: Array) -> Array:
    """[day, key, sign, bloc] as [day, 2·key + sign, bloc]."""
    days, wanted, signs, blocs = by_sign.shape
    return by_sign.reshape(days, wanted * signs, blocs)


LARGE = 20_000  # conflict stories from which drawing them one by one takes seconds


def large(inputs: Inputs | Rows) -> bool:
    """Whether an archive is large enough that `from_counts` should take the place of the bootstrap."""
    if isinstance(inputs, Rows):
        return int(inputs.coverage.rows["stories"].sum()) > LARGE
    return sum(c.stories for c in inputs.coverage) > LARGE
