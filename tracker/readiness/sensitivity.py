"""Would another choice of weights have told another story? The share of weeks whose direction flips (codebook §7.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from tracker.model.codebook import Codebook, Composite
from tracker.model.readings import Inputs
from tracker.readiness.balance import Array
from tracker.readiness.board import Board, board
from tracker.readiness.composites import value_of

SPREAD = 0.5  # each weight between half and one and a half times its value
DROP_ARROW = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How often the direction of the four-week change depends on the weights."""

    composite: str
    party: str | None
    weeks: int  # with a change to compare
    joint: float  # share of weeks and draws that flip when all weights vary together
    single: Mapping[str, float]  # weight -> share of weeks that flip at half or at one and a half times it

    @property
    def arrow(self) -> bool:
        """Whether the composite may show an arrow: no more than a fifth of the weeks flip."""
        return self.joint <= DROP_ARROW


def latin_hypercube(draws: int, weights: int, *, seed: int = 7) -> Array:
    """`draws` points in [0, 1)^`weights`, each coordinate once in every stratum of width 1/draws.

    >>> bool((np.sort(latin_hypercube(4, 2), axis=0) // 0.25 == [[0, 0], [1, 1], [2, 2], [3, 3]]).all())
    True
    """
    rng = np.random.default_rng(seed)
    strata = np.argsort(rng.random((draws, weights)), axis=0)
    return np.asarray((strata + rng.random((draws, weights))) / draws)


def sensitivity(
    inputs: Inputs,
    codebook: Codebook,
    composite: Composite,
    party: str | None,
    days: Sequence[date],
    *,
    draws: int = 1000,
    seed: int = 7,
) -> Sensitivity:
    """Vary every weight by ±50 %, one at a time and jointly by Latin hypercube, and compare directions of change.

    `days` are the weekly days on which the four-week change is looked at, in rising order. Weights are those of the
    signals in their indicators and of the legs in the composite.
    """
    all_days = sorted({*days, *(d - timedelta(weeks=4) for d in days)})
    found = board(inputs, codebook, all_days)
    now = np.array([all_days.index(d) for d in days], dtype=np.int64)
    then = np.array([all_days.index(d - timedelta(weeks=4)) for d in days], dtype=np.int64)
    names = [f"{i.id}/{s.id}" for i in codebook.indicators for s in i.signals]
    names += [f"{composite.id}/{n + 1}:{leg.source}" for n, leg in enumerate(composite.legs)]

    def direction(factors: Array) -> Array:
        value = _value(found, composite, party, factors)
        return np.sign(value[now] - value[then])

    usual = direction(np.ones(len(names)))
    known = ~np.isnan(usual) & (usual != 0)
    weeks = int(known.sum())

    def flipped(factors: Array) -> float:
        other = direction(factors)
        return float(np.sum(known & (other == -usual)) / weeks) if weeks else 0.0

    single = {}
    for n, name in enumerate(names):
        shares = []
        for factor in (1 - SPREAD, 1 + SPREAD):
            factors = np.ones(len(names))
            factors[n] = factor
            shares.append(flipped(factors))
        single[name] = max(shares)
    points = 1 - SPREAD + 2 * SPREAD * latin_hypercube(draws, len(names), seed=seed)
    joint = float(np.mean([flipped(row) for row in points])) if draws else 0.0
    return Sensitivity(composite=composite.id, party=party, weeks=weeks, joint=joint, single=single)


def _value(found: Board, composite: Composite, party: str | None, factors: Array) -> Array:
    scale = iter(float(f) for f in factors)
    indicators = tuple(
        replace(i, signals=tuple(replace(s, weight=s.weight * next(scale)) for s in i.signals))
        for i in found.codebook.indicators
    )
    legs = tuple(replace(leg, weight=leg.weight * next(scale)) for leg in composite.legs)
    varied = replace(found, codebook=replace(found.codebook, indicators=indicators))
    return value_of(varied, replace(composite, legs=legs), party)
