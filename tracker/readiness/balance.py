"""Decayed story weights and coverage → direction and prevalence of one signal (codebook §6.2.4-§6.2.8)."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

RHO = 0.01  # neutral mentions per conflict story: silence pulls towards no direction
KAPPA = 1.0  # one neutral pseudo-story: small samples pull towards no direction
MIN_BLOC_STORIES = 10.0  # decayed conflict stories that a bloc needs to be heard


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measure:
    """Direction and prevalence of one signal; arrays of the same shape, NaN where no bloc is usable."""

    balance: Array  # in (-1, 1)
    plus_rate: Array  # weighted mentions per conflict story
    minus_rate: Array
    stories: Array  # decayed conflict stories of the usable blocs

    @property
    def prevalence(self) -> Array:
        """Weighted mentions per conflict story, whatever their direction."""
        return self.plus_rate + self.minus_rate

    @property
    def reach(self) -> Array:
        """The largest balance these mentions could show if all had one sign, in [0, 1)."""
        mentions = self.prevalence
        with np.errstate(divide="ignore"):  # without stories nothing can show: the limit is 0
            return mentions / (mentions + RHO + KAPPA / self.stories)


def decay(age_days: int, half_life_days: float) -> float:
    """What is left of a story after so many whole days; nothing of one not yet published.

    >>> decay(14, 7)
    0.25
    >>> decay(-1, 7)
    0.0
    """
    return 0.0 if age_days < 0 else float(2 ** (-age_days / half_life_days))


def measure(plus: Array, minus: Array, stories: Array) -> Measure:
    """Balance b = (r⁺ - r⁻) / (r⁺ + r⁻ + ρ + κ/N) from decayed sums whose last axis is the bloc.

    r± is the plain mean over the blocs with at least ten decayed stories of W± / N, so that a bloc with ten times
    the stories has no more say. The worked example of the codebook: one bloc, 100 stories of which 86.9 are left,
    supporting weights .336 x 1.5 today and 1.08 x 1.25 of 14 days ago, and for the party that denies
    a contrary .4 x 1.5 of 7 days ago; the half-life is 60 days.

    >>> w_plus = 0.336 * 1.5 * decay(0, 60) + 1.08 * 1.25 * decay(14, 60)
    >>> w_minus = 0.400 * 1.5 * decay(7, 60)
    >>> blocs = lambda value: np.array([value])
    >>> round(float(measure(blocs(w_plus), blocs(w_minus), blocs(86.9)).balance), 2)
    0.27
    >>> round(float(measure(blocs(w_plus), blocs(0.0), blocs(86.9)).balance), 2)
    0.47
    """
    usable = stories >= MIN_BLOC_STORIES
    heard = usable.sum(axis=-1)
    safe = np.where(usable, stories, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        plus_rate = np.where(usable, plus / safe, 0.0).sum(axis=-1) / heard
        minus_rate = np.where(usable, minus / safe, 0.0).sum(axis=-1) / heard
        total = np.where(usable, stories, 0.0).sum(axis=-1)
        silence = RHO + KAPPA / total
        value = (plus_rate - minus_rate) / (plus_rate + minus_rate + silence)
    return Measure(
        balance=np.where(heard > 0, value, np.nan), plus_rate=plus_rate, minus_rate=minus_rate, stories=total
    )


def weighted_mean(values: list[Array], weights: list[float], needs: float = 0.0) -> Array:
    """Mean of what can be assessed (not NaN); NaN where less than the share `needs` of the weight can.

    >>> weighted_mean([np.array([1.0, 1.0]), np.array([0.0, np.nan])], [0.6, 0.4], needs=0.7)
    array([0.6, nan])
    """
    top = np.zeros(np.broadcast_shapes(*(v.shape for v in values)))
    have = np.zeros_like(top)
    for value, weight in zip(values, weights, strict=True):
        known = ~np.isnan(value)
        top = top + np.where(known, value, 0.0) * weight
        have = have + known * weight
    enough = (have > 0) & (have >= needs * sum(weights) - 1e-9)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(enough, top / have, np.nan)


def unit(balance: Array) -> Array:
    """u(x) = (1 + x) / 2: a balance in (-1, 1) as a share of the way (codebook §7)."""
    return (1 + balance) / 2
