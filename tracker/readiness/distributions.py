"""Beta and Gamma in the few forms needed here, to full precision and without a statistics library."""

import math

_TINY = 1e-300


def beta_cdf(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (Numerical Recipes §6.4).

    >>> round(beta_cdf(0.5, 2, 3), 10)
    0.6875
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > _TINY else _TINY)
    result = d
    for m in range(1, 10_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + term * d
            d = 1 / (d if abs(d) > _TINY else _TINY)
            c = 1 + term / c
            c = c if abs(c) > _TINY else _TINY
            step = c * d
            result *= step
        if abs(step - 1) < 1e-15:
            break
    return result


def beta_quantile(share: float, a: float, b: float) -> float:
    """The point below which a Beta(a, b) lies with the probability `share`.

    >>> round(beta_quantile(0.6875, 2, 3), 10)
    0.5
    """
    low, high = 0.0, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        if beta_cdf(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def rate_ratio_probability(
    count: float, exposure: float, baseline: float, baseline_exposure: float, *, prior: float = 0.5, ratio: float = 2.0
) -> float:
    """P(λ now > ratio · λ before) for independent λ ~ Gamma(prior + count, exposure) (codebook §6.3, §6.5).

    In closed form: with X, Y the two rates times their exposures, X / (X + Y) is Beta, so that the probability is
    1 - I_x(prior + count, prior + baseline) at x = ratio·e / (ratio·e + e_before).
    Raises ValueError when an exposure is not positive.

    >>> round(rate_ratio_probability(9, 100, 2, 400), 4)
    0.9995
    """
    if exposure <= 0 or baseline_exposure <= 0:
        raise ValueError("exposures must be positive")
    x = ratio * exposure / (ratio * exposure + baseline_exposure)
    return 1 - beta_cdf(x, prior + count, prior + baseline)


def normal_tail(z: float) -> float:
    """P(Z > z) for a standard normal.

    >>> round(normal_tail(1.959964), 4)
    0.025
    """
    return math.erfc(z / math.sqrt(2)) / 2


def student_tail(t: float, degrees: float) -> float:
    """P(T > t) for Student's t.

    >>> round(student_tail(2.364624, 7), 4)
    0.025
    """
    half = beta_cdf(degrees / (degrees + t * t), degrees / 2, 0.5) / 2
    return half if t >= 0 else 1 - half


def negative_binomial_tail(count: int, shape: float, odds: float) -> float:
    """P(X >= count) for counts whose rate is Gamma(shape), with success share `odds` = b / (b + e).

    P(X >= k) = I_{1 - odds}(k, shape): the predictive tail of a Gamma-Poisson baseline.

    >>> round(negative_binomial_tail(1, 1.0, 0.5), 6)
    0.5
    """
    return 1.0 if count <= 0 else beta_cdf(1 - odds, count, shape)


def fisher_tail(more: int, fewer: int, more_before: int, fewer_before: int) -> float:
    """Fisher's exact test, one-sided: the chance of as large a share of `more` or a larger one, all counts in one urn.

    Computed as the upper tail of the hypergeometric distribution; the textbook's lady who told four cups of eight:

    >>> round(fisher_tail(4, 0, 0, 4), 6), round(fisher_tail(3, 1, 1, 3), 6)
    (0.014286, 0.242857)
    >>> fisher_tail(0, 0, 5, 5)
    1.0
    """
    now, of_kind, total = more + fewer, more + more_before, more + fewer + more_before + fewer_before
    ways = sum(math.comb(of_kind, k) * math.comb(total - of_kind, now - k) for k in range(more, min(now, of_kind) + 1))
    return ways / math.comb(total, now)
