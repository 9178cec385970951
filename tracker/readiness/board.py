"""Daily counts → everything measured on chosen days: the board from which indicators and composites are read."""

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np

from tracker.model.codebook import Codebook, Indicator
from tracker.model.readings import DailyPresence, Inputs
from tracker.readiness.balance import Array, Flags, Measure, measure, weighted_mean

Key: TypeAlias = tuple[str, str, str]  # party, signal, "direction" | "pressure" | "self"
Window: TypeAlias = Callable[[int], int]  # mask of signals -> days that count
MIN_STORIES, MIN_OUTLETS = 5, 3
WITHHOLD_DAYS, WITHHOLD_SHARE = 7, 0.5  # withheld when fewer than half of the expected sources answered in a week


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Presence:
    """Per day of the board: stories, outlets and owners with direction on an indicator within two half-lives."""

    stories: Array
    outlets: Array
    owners: Array

    @property
    def enough(self) -> Flags:
        """At least five stories of at least three outlets (codebook §6.4)."""
        return (self.stories >= MIN_STORIES) & (self.outlets >= MIN_OUTLETS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Board:
    """Measures of one conflict on `days`; a further axis behind the days holds resamples, if any."""

    conflict: str
    codebook: Codebook
    parties: tuple[str, str]
    days: tuple[date, ...]
    measures: Mapping[Key, Measure]
    plus_mass: Mapping[Key, Array]  # decayed weights by bloc (last axis)
    minus_mass: Mapping[Key, Array]
    squares_mass: Mapping[Key, Array]  # decayed sum of the stories' squared weights, for Kish's effective number
    presence: Mapping[tuple[str, str], Presence]  # by indicator and party
    observed: Array  # share of expected sources that answered in the last week, NaN when unknown
    sources: tuple[tuple[int, int] | None, ...]  # (observed, expected) of the week, in sources; None when unknown

    def balance(self, signal: str, party: str, channel: str = "direction") -> Array:
        """Balance of one signal; NaN where no bloc is usable."""
        return self.measures[party, signal, channel].balance

    def enough(self, indicator: str, party: str) -> Flags:
        """Where an indicator has evidence enough to be shown."""
        return self.presence[indicator, party].enough

    def indicator(self, indicator: Indicator, party: str, *, channel: str = "direction") -> Array:
        """Weighted mean of the signals' balances; NaN where there is no usable bloc."""
        values = [self.balance(s.id, party, channel) for s in indicator.signals]
        return weighted_mean(values, [s.weight for s in indicator.signals])

    def pressure(self, party: str) -> Array:
        """Balance of sticks and patron pressure, the modes routed to motivation; NaN without a usable bloc."""
        values = [m.balance for (p, _, channel), m in self.measures.items() if p == party and channel == "pressure"]
        if values:
            return weighted_mean(values, [1.0] * len(values))
        return np.full_like(next(iter(self.measures.values())).balance, np.nan)

    def new_stories(self, inputs: Inputs, indicator: str, party: str, days: int) -> Array:
        """Stories on an indicator first published within the `days` up to each day of the board."""
        return _window_sums(
            [r for r in inputs.presence if r.indicator == indicator and r.party == party], self.days, lambda _: days - 1
        )


def keys(codebook: Codebook, parties: Sequence[str], signals: Iterable[str] | None = None) -> tuple[Key, ...]:
    """All that is measured: each signal's direction and self-perception, and pressure where it has such modes."""
    wanted = None if signals is None else set(signals)
    definitions = {s.id: s for i in codebook.indicators for s in i.signals if wanted is None or s.id in wanted}
    return tuple(
        (party, d.id, channel)
        for party in parties
        for d in definitions.values()
        for channel in (("direction", "self", "pressure") if d.motivation_modes else ("direction", "self"))
    )


def parties_of(codebook: Codebook, conflict: str) -> tuple[str, str]:
    """The two principals in registry order. Raises KeyError for an unknown conflict."""
    first, second = (p.id for p in codebook.conflict(conflict).parties)
    return first, second


def board(inputs: Inputs, codebook: Codebook, days: Sequence[date], *, signals: Iterable[str] | None = None) -> Board:
    """Measure all signals (or those named) of both parties on the given days, which must be in rising order.

    Decay runs as a recursion over whole days, so a value does not depend on which other days are asked for.
    """
    parties = parties_of(codebook, inputs.conflict)
    wanted = keys(codebook, parties, signals)
    half_lives = {s.id: s.half_life_days for i in codebook.indicators for s in i.signals}
    first, coverage, weights, squares = arrays(inputs, wanted)
    rates = np.array([0.5 ** (1 / half_lives[signal]) for _, signal, _ in wanted])
    at = [d.toordinal() - first for d in days]
    sums, stories = decayed(weights, coverage, rates, at)
    square_sums, _ = decayed(squares, coverage[:, :1], rates**2, at)
    measures = {key: measure(sums[:, k, 0], sums[:, k, 1], stories[:, k]) for k, key in enumerate(wanted)}
    present = [i for i in codebook.indicators if signals is None or {s.id for s in i.signals} <= set(signals)]
    rows: dict[tuple[str, str], list[DailyPresence]] = {(i.id, p): [] for i in present for p in parties}
    for row in inputs.presence:
        if (row.indicator, row.party) in rows:
            rows[row.indicator, row.party].append(row)
    share, sources = _observed(inputs, days)
    return Board(
        conflict=inputs.conflict,
        codebook=codebook,
        parties=parties,
        days=tuple(days),
        measures=measures,
        plus_mass={key: sums[:, k, 0] for k, key in enumerate(wanted)},
        minus_mass={key: sums[:, k, 1] for k, key in enumerate(wanted)},
        squares_mass={key: square_sums[:, k, 0, 0] for k, key in enumerate(wanted)},
        presence={key: _presence(found, codebook.indicator(key[0]), days) for key, found in rows.items()},
        observed=share,
        sources=sources,
    )


def arrays(inputs: Inputs, wanted: Sequence[Key]) -> tuple[int, Array, Array, Array]:
    """First day as an ordinal, coverage [day, bloc], weights [day, key, sign, bloc], squares [day, key, 1, 1]."""
    blocs = tuple(sorted({c.bloc for c in inputs.coverage} | {c.bloc for c in inputs.counts})) or ("",)
    ordinals = [c.day.toordinal() for c in inputs.coverage] + [c.day.toordinal() for c in inputs.counts]
    first = min(ordinals, default=0)
    length = max(ordinals, default=0) - first + 1
    place = {bloc: n for n, bloc in enumerate(blocs)}
    index = {key: n for n, key in enumerate(wanted)}
    coverage = np.zeros((length, len(blocs)))
    for c in inputs.coverage:
        coverage[c.day.toordinal() - first, place[c.bloc]] += c.stories
    weights = np.zeros((length, len(wanted), 2, len(blocs)))
    squares = np.zeros((length, len(wanted), 1, 1))
    for row in inputs.counts:
        day, bloc = row.day.toordinal() - first, place[row.bloc]
        key = index.get((row.party, row.signal, row.channel))
        if key is None:
            continue
        weights[day, key, 0, bloc] += row.plus
        weights[day, key, 1, bloc] += row.minus
        squares[day, key] += row.plus_squares + row.minus_squares
        if row.channel == "direction" and (row.self_plus or row.self_minus):
            own = index[row.party, row.signal, "self"]
            weights[day, own, 0, bloc] += row.self_plus
            weights[day, own, 1, bloc] += row.self_minus
    return first, coverage, weights, squares


def decayed(weights: Array, coverage: Array, rates: Array, at: Sequence[int]) -> tuple[Array, Array]:
    """Decayed sums [point, key, sign, bloc] and stories [point, key, bloc] at day indices `at`, in rising order.

    `rates` is what a day leaves of each key. Days before the first give zeros; after the last, decay goes on.
    """
    if list(at) != sorted(at):
        raise ValueError("days must be in rising order")
    length, count, _, blocs = weights.shape
    sums, stories = np.zeros((len(at), count, 2, blocs)), np.zeros((len(at), count, blocs))
    kinds, which = np.unique(rates, return_inverse=True)
    weight_state, story_state = np.zeros((count, 2, blocs)), np.zeros((len(kinds), blocs))
    weight_rate, story_rate = rates[:, None, None], kinds[:, None]
    day = -1
    for point, end in enumerate(at):
        while day < min(end, length - 1):
            day += 1
            weight_state *= weight_rate
            weight_state += weights[day]
            story_state *= story_rate
            story_state += coverage[day]
        if end >= 0:
            beyond = end - day
            sums[point] = weight_state * weight_rate**beyond
            stories[point] = (story_state * story_rate**beyond)[which]
    return sums, stories


def _presence(rows: Sequence[DailyPresence], indicator: Indicator, days: Sequence[date]) -> Presence:
    windows = [2 * s.half_life_days for s in indicator.signals]

    def window(mask: int) -> int:
        return max((w for n, w in enumerate(windows) if mask >> n & 1), default=-1)

    return Presence(
        stories=_window_sums(rows, days, window),
        outlets=_distinct(((row.mask, row.day, row.outlets) for row in rows), days, window),
        owners=_distinct(((row.mask, row.day, row.owners) for row in rows), days, window),
    )


def _window_sums(rows: Sequence[DailyPresence], days: Sequence[date], window: Window) -> Array:
    """Stories with an age from 0 to the window of their mask, on each of the days."""
    total = np.zeros(len(days))
    at = np.array([d.toordinal() for d in days], dtype=np.int64)
    by_mask = sorted(rows, key=lambda r: (r.mask, r.day))
    for mask, group in itertools.groupby(by_mask, key=lambda r: r.mask):
        found = [(r.day.toordinal(), r.stories) for r in group if r.stories]
        if not found:
            continue
        published = np.array([day for day, _ in found])
        running = np.concatenate([[0], np.cumsum([stories for _, stories in found])])
        until = running[np.searchsorted(published, at, side="right")]
        before = running[np.searchsorted(published, at - window(mask), side="left")]
        total += np.maximum(until - before, 0)
    return total


def _distinct(rows: Iterable[tuple[int, date, tuple[str, ...]]], days: Sequence[date], window: Window) -> Array:
    """Distinct names with at least one row inside the window of its mask, on each of the days."""
    seen: dict[str, dict[int, list[int]]] = {}
    for mask, day, names in rows:
        ordinal = day.toordinal()
        for name in names:
            seen.setdefault(name, {}).setdefault(mask, []).append(ordinal)
    at = np.array([d.toordinal() for d in days], dtype=np.int64)
    total = np.zeros(len(days))
    for masks in seen.values():
        within = np.zeros(len(days), dtype=bool)
        for mask, found in masks.items():
            published = np.sort(np.array(found))
            last = np.searchsorted(published, at, side="right") - 1
            within |= (last >= 0) & (at - published[np.maximum(last, 0)] <= window(mask))
        total += within
    return total


def _observed(inputs: Inputs, days: Sequence[date]) -> tuple[Array, tuple[tuple[int, int] | None, ...]]:
    """Share of expected source-days observed in the week up to each day, and the same in whole sources."""
    ledger = {o.day.toordinal(): (o.observed, o.expected) for o in inputs.observed}
    shares: list[float] = []
    sources: list[tuple[int, int] | None] = []
    for day in days:
        week = [ledger[o] for o in range(day.toordinal() - WITHHOLD_DAYS + 1, day.toordinal() + 1) if o in ledger]
        expected = sum(e for _, e in week)
        share = sum(o for o, _ in week) / expected if expected else np.nan
        shares.append(share)
        sources.append((math.floor(share * week[-1][1] + 1e-9), week[-1][1]) if expected else None)
    return np.array(shares), tuple(sources)
