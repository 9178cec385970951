"""A board → readings of indicators, each with its state, and never a number without evidence (codebook §6.4)."""

from datetime import date
from math import isnan
from typing import TypeAlias

import numpy as np

from tracker.model.codebook import Codebook, Indicator
from tracker.model.readings import Inputs, Reading, State
from tracker.readiness.balance import Array, Flags, weighted_mean
from tracker.readiness.board import WITHHOLD_SHARE, Board, board

ONE_SIDED = 0.8  # share of the evidence mass from one bloc
CONTESTED = 0.3  # share of the evidence mass on each side
Interval: TypeAlias = tuple[Array, Array]


def value_on(found: Board, indicator: Indicator, party: str | None) -> Array:
    """Balance of an indicator where it may be shown, NaN elsewhere; without a party, the mean of the two.

    A pair counts from one available party on, as in the oracle's terms for contact and third parties.
    """
    if party is None:
        return weighted_mean([value_on(found, indicator, p) for p in found.parties], [0.5, 0.5])
    return np.where(
        _column(found, found.enough(indicator.id, party), indicator), found.indicator(indicator, party), np.nan
    )


def _column(found: Board, flags: Flags, indicator: Indicator) -> Flags:
    """Flags per day, widened to the shape of a board of resamples."""
    shape = found.balance(indicator.signals[0].id, found.parties[0]).shape
    return flags.reshape(flags.shape + (1,) * (len(shape) - 1))


def states(found: Board, indicator: Indicator, party: str | None) -> tuple[State, ...]:
    """The display state on each day of the board.

    `withheld` when fewer than half of the expected source-days of the last week were observed; then `insufficient`
    below five stories, three outlets or without a usable bloc; `one-sided` when at least 80 % of the evidence mass
    comes from one bloc; `contested` when both signs hold at least 30 % of it; `ok` otherwise.
    """
    value = value_on(found, indicator, party).tolist()
    plus, minus = _mass(found, indicator, party)
    mass = plus + minus
    total = mass.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        one_sided = (mass.max(axis=-1) >= ONE_SIDED * total).tolist()
        contested = (np.minimum(plus.sum(axis=-1), minus.sum(axis=-1)) >= CONTESTED * total).tolist()
    withheld, nothing = withheld_on(found).tolist(), (total <= 0).tolist()

    def state(day: int) -> State:
        if withheld[day]:
            return "withheld"
        if isnan(value[day]) or nothing[day]:
            return "insufficient"
        if one_sided[day]:
            return "one-sided"
        return "contested" if contested[day] else "ok"

    return tuple(state(day) for day in range(len(found.days)))


def withheld_on(found: Board) -> Flags:
    """Where too few of the expected sources answered to say anything.

    A week in which nothing was asked at all was not observed either. Days of which the ledger knows nothing (an
    archive that declares no coverage) withhold nothing.
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(found.observed < WITHHOLD_SHARE)


def _mass(found: Board, indicator: Indicator, party: str | None) -> tuple[Array, Array]:
    """Decayed weights by bloc, weighted as the signals are: the evidence mass of either sign.

    A signal without a usable bloc adds nothing: what does not enter the value cannot vouch for it.
    """
    parties = found.parties if party is None else (party,)
    plus, minus = [], []
    for signal in indicator.signals:
        for p in parties:
            key = (p, signal.id, "direction")
            counts = signal.weight * ~np.isnan(found.measures[key].balance)[:, None]
            plus.append(counts * found.plus_mass[key])
            minus.append(counts * found.minus_mass[key])
    return np.sum(plus, axis=0), np.sum(minus, axis=0)


def prevalence_on(found: Board, indicator: Indicator, party: str | None) -> Array:
    """Weighted mentions per conflict story, the signals weighted as in the indicator; NaN without a usable bloc."""
    parties = found.parties if party is None else (party,)
    terms = [(s.weight, found.measures[p, s.id, "direction"].prevalence) for p in parties for s in indicator.signals]
    return weighted_mean([value for _, value in terms], [weight for weight, _ in terms])


def points(balance: Array) -> Array:
    """A balance in (-1, 1) on the display scale of 0 to 100, where 50 is no direction."""
    return 50 * (1 + balance)


def readings(
    found: Board, indicator: Indicator, party: str | None, interval: Interval | None = None
) -> tuple[Reading, ...]:
    """One reading per day of the board; `interval` holds low and high per day on the display scale, NaN for none."""
    value = points(value_on(found, indicator, party)).tolist()
    prevalence = prevalence_on(found, indicator, party).tolist()
    parties = found.parties if party is None else (party,)
    present = [found.presence[indicator.id, p] for p in parties]
    stories, outlets, owners = (
        np.max([getattr(p, name) for p in present], axis=0).tolist() for name in ("stories", "outlets", "owners")
    )
    parts = _parts(found, indicator, party)
    result = []
    for day, state in enumerate(states(found, indicator, party)):
        shown = state in ("ok", "one-sided", "contested")
        sources = found.sources[day]
        result.append(
            Reading(
                subject=indicator.id,
                conflict=found.conflict,
                party=party,
                day=found.days[day],
                state=state,
                value=value[day] if shown else None,
                low=_number(interval[0][day]) if shown and interval else None,
                high=_number(interval[1][day]) if shown and interval else None,
                prevalence=None if state == "withheld" else _number(prevalence[day]),
                stories=int(stories[day]),
                owners=int(owners[day]),
                outlets=int(outlets[day]),
                sources_observed=sources[0] if sources else None,
                sources_expected=sources[1] if sources else None,
                parts=parts[day] if shown else {},
            )
        )
    return tuple(result)


def _parts(found: Board, indicator: Indicator, party: str | None) -> list[dict[str, float]]:
    """Per day, the balance of each signal that has one; for the pair, the mean of the parties."""
    parties = found.parties if party is None else (party,)
    even = [1.0] * len(parties)
    means = {s.id: weighted_mean([found.balance(s.id, p) for p in parties], even).tolist() for s in indicator.signals}
    return [
        {signal: values[day] for signal, values in means.items() if not isnan(values[day])}
        for day in range(len(found.days))
    ]


def _number(value: float) -> float | None:
    return None if isnan(value) else float(value)


def reading(inputs: Inputs, indicator: Indicator, party: str | None, day: date, codebook: Codebook) -> Reading:
    """One indicator of one party (or, with None, the mean of both) on one day, without an interval."""
    found = board(inputs, codebook, (day,), signals=[s.id for s in indicator.signals])
    return readings(found, indicator, party)[0]
