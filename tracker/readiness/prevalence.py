"""How much the news speak of an indicator at all: a share of stories, its interval, and what errors do to it."""

from dataclasses import dataclass
from datetime import date, timedelta

from tracker.model.codebook import Codebook, Indicator
from tracker.model.readings import Inputs
from tracker.readiness.distributions import beta_quantile
from tracker.readiness.intervals import HIGH, LOW

PRIOR_STRENGTH = 10.0  # stories' worth of the trailing mean
PRIOR_WEEKS = 26
NO_PRIOR = 0.05  # share taken as prior mean where there are no earlier weeks


@dataclass(frozen=True, slots=True, kw_only=True)
class Prevalence:
    """Share of conflict stories with direction on an indicator, in [0, 1]; `corrected` for the recogniser's errors."""

    share: float
    low: float
    high: float
    stories: float  # Kish's effective number of conflict stories
    prior: float
    corrected: float | None = None
    corrected_low: float | None = None
    corrected_high: float | None = None


def effective_number(weights: list[float]) -> float:
    """Kish's effective sample size, (Σw)² / Σw².

    >>> effective_number([1, 1, 1, 1]), round(effective_number([1, 1, 0.1, 0.1]), 2)
    (4.0, 2.4)
    """
    squares = sum(w * w for w in weights)
    return sum(weights) ** 2 / squares if squares else 0.0


def beta_binomial(share: float, stories: float, prior: float) -> tuple[float, float]:
    """5 % and 95 % points of θ ~ Beta(a + k, b + n - k), k = share·n, prior of strength 10 (codebook §6.3).

    >>> low, high = beta_binomial(0.2, 50, 0.2)
    >>> round(low, 3), round(high, 3)
    (0.122, 0.29)
    """
    prior = min(max(prior, 1e-6), 1 - 1e-6)
    a = PRIOR_STRENGTH * prior + share * stories
    b = PRIOR_STRENGTH * (1 - prior) + (1 - share) * stories
    return beta_quantile(LOW, a, b), beta_quantile(HIGH, a, b)


def rogan_gladen(share: float, sensitivity: float, specificity: float) -> float | None:
    """A share of flagged stories, freed of the recogniser's errors: (p + sp - 1) / (se + sp - 1), kept in [0, 1].

    Rogan and Gladen 1978. None where the recogniser is no better than chance (se + sp <= 1).

    >>> round(rogan_gladen(0.18, sensitivity=0.8, specificity=0.95), 4)
    0.1733
    >>> rogan_gladen(0.5, 0.5, 0.5) is None
    True
    """
    power = sensitivity + specificity - 1
    return None if power <= 0 else min(max((share + specificity - 1) / power, 0.0), 1.0)


def prevalence(
    inputs: Inputs,
    codebook: Codebook,
    indicator: Indicator,
    party: str,
    day: date,
    *,
    sensitivity: float | None = None,
    specificity: float | None = None,
) -> Prevalence | None:
    """Decayed share of conflict stories that speak on an indicator about a party; None without coverage.

    Stories fade with the longest half-life of the indicator's signals. The prior mean is the plain share of the 26
    weeks before. With the sensitivity and specificity measured per story, the corrected share stands beside the raw
    one; both are to be shown. Raises KeyError for an indicator that the codebook lacks.
    """
    half_life = max(s.half_life_days for s in codebook.indicator(indicator.id).signals)

    def fade(then: date) -> float:
        return 0.0 if then > day else float(0.5 ** ((day - then).days / half_life))

    told = [(r.day, r.stories) for r in inputs.presence if (r.indicator, r.party) == (indicator.id, party)]
    total = sum(fade(c.day) * c.stories for c in inputs.coverage)
    if total <= 0:
        return None
    size = total**2 / sum(fade(c.day) ** 2 * c.stories for c in inputs.coverage)
    share = min(sum(fade(d) * n for d, n in told) / total, 1.0)
    since = day - timedelta(weeks=PRIOR_WEEKS)
    covered = sum(c.stories for c in inputs.coverage if since <= c.day < day)
    prior = min(sum(n for d, n in told if since <= d < day) / covered, 1.0) if covered else NO_PRIOR
    low, high = beta_binomial(share, size, prior)
    fixed: list[float | None] = [None] * 3
    if sensitivity is not None and specificity is not None:
        fixed = [rogan_gladen(x, sensitivity, specificity) for x in (share, low, high)]
    return Prevalence(
        share=share,
        low=low,
        high=high,
        stories=size,
        prior=prior,
        corrected=fixed[0],
        corrected_low=fixed[1],
        corrected_high=fixed[2],
    )
