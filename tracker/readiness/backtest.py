"""Dated expectations against what the counts show around them: detection, placebo, controls, lead and lag (§12.1)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import comb
from typing import TypeAlias

import numpy as np

from tracker.model.codebook import Codebook
from tracker.model.readings import Inputs
from tracker.model.signals import ALL
from tracker.readiness.balance import Array, measure
from tracker.readiness.board import Key, arrays, keys, parties_of
from tracker.readiness.truth import TURNING_POINT, Expectation

AFTER_DAYS, BEFORE_DAYS, GUARD_DAYS = 14, 28, 3
PLACEBO, VOLUME_MARGIN = 500, 0.2
OFFSETS = tuple(range(-6, 7))  # weeks, for lead and lag
Generator: TypeAlias = np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the signal did around one expectation; balances are None where no bloc had ten stories."""

    expectation: Expectation
    before: float | None
    after: float | None
    agrees: bool | None  # None when it cannot be scored

    @property
    def movement(self) -> float | None:
        """After minus before, in balance."""
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalScore:
    """Agreement of one signal's expectations, with that of the placebo dates."""

    signal: str
    scored: int
    agreed: int
    placebo: float | None  # mean share of agreement at placebo dates


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """The report: every figure with the number it rests on."""

    outcomes: tuple[Outcome, ...]
    scored: int
    agreed: int
    chance: float  # P(at least so many agree) at p = 1/2, as if expectations were independent
    low: float | None  # 5 % and 95 % points of agreement, bootstrap over dates
    high: float | None
    placebo: tuple[float, ...]  # agreement of each set of placebo dates, sorted
    placebo_limit: float | None  # its 95th percentile
    beyond_placebo: bool
    controls: int
    controls_quiet: int  # controls that stayed inside the spread of movements at placebo dates
    by_signal: tuple[SignalScore, ...]
    lead: Mapping[int, float] = field(default_factory=dict)  # weeks from the date -> agreement there
    unscored: Mapping[str, int] = field(default_factory=dict)  # why -> number

    @property
    def agreement(self) -> float | None:
        """Share of scored expectations whose sign was right."""
        return self.agreed / self.scored if self.scored else None


def backtest(
    inputs: Inputs,
    codebook: Codebook,
    truth: Sequence[Expectation],
    *,
    placebo: int = PLACEBO,
    draws: int = 500,
    seed: int = 7,
) -> Backtest:
    """Compare each signal's balance in the 14 days from the date with the 28 days that end 3 days before.

    Nothing after the 14 days is used; for codings as they stood, give inputs as of a log position. Placebo sets
    move every date of the truth to a random one whose 14 days hold a story volume within 20 %, `placebo` times; the
    dates near a real one (14 days) are not used. The binding tests are the bootstrap over dates and the placebo,
    because expectations of one date are not independent. Unknown signals and parties are counted as unscored.
    """
    table = _Table.of(inputs, codebook)
    rng = np.random.default_rng(seed)
    unscored: dict[str, int] = defaultdict(int)
    outcomes: list[Outcome] = []
    for row in (one for given in truth for one in _each(given, table)):
        if row.signal not in table.signals or row.party not in (*table.parties, ALL):
            unscored["unknown signal or party"] += 1
            continue
        before, after = table.around(row.signal, row.party, [row.day])
        outcome = _outcome(row, float(before[0]), float(after[0]))
        outcomes.append(outcome)
        if row.expected and outcome.agrees is None:
            unscored["no bloc with ten stories in a window"] += 1
    scored = [o for o in outcomes if o.agrees is not None]
    agreed = sum(bool(o.agrees) for o in scored)
    rows = [o.expectation for o in scored]
    shares, signal_shares, movements = _placebo(table, rows, truth, placebo, rng)
    low, high = _over_dates(scored, draws, rng)
    limit = float(np.quantile(shares, 0.95)) if len(shares) else None
    controls = [o for o in outcomes if o.expectation.kind != TURNING_POINT and o.movement is not None]
    return Backtest(
        outcomes=tuple(outcomes),
        scored=len(scored),
        agreed=agreed,
        chance=sum(comb(len(scored), k) for k in range(agreed, len(scored) + 1)) / 2 ** len(scored),
        low=low,
        high=high,
        placebo=tuple(sorted(float(s) for s in shares)),
        placebo_limit=limit,
        beyond_placebo=bool(scored and limit is not None and agreed / len(scored) > limit),
        controls=len(controls),
        controls_quiet=sum(_quiet(o, table, movements) for o in controls),
        by_signal=tuple(
            SignalScore(
                signal=signal,
                scored=sum(o.expectation.signal == signal for o in scored),
                agreed=sum(o.expectation.signal == signal and bool(o.agrees) for o in scored),
                placebo=signal_shares.get(signal),
            )
            for signal in sorted({o.expectation.signal for o in scored})
        ),
        lead={weeks: share for weeks in OFFSETS if (share := _shifted(table, rows, weeks)) is not None},
        unscored=dict(unscored),
    )


def _each(row: Expectation, table: "_Table") -> Sequence[Expectation]:
    if row.signal or row.kind == TURNING_POINT:
        return (row,)
    return tuple(replace(row, signal=signal, party=ALL) for signal in sorted(table.signals))


def _outcome(row: Expectation, before: float, after: float) -> Outcome:
    known = not (np.isnan(before) or np.isnan(after))
    agrees = None
    if known and row.expected and row.kind == TURNING_POINT:
        agrees = (after - before) * row.expected > 0
    return Outcome(
        expectation=row,
        before=None if np.isnan(before) else before,
        after=None if np.isnan(after) else after,
        agrees=agrees,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table:
    """Running totals per day, so that the balance of any window is two subtractions."""

    parties: tuple[str, str]
    signals: frozenset[str]
    index: Mapping[Key, int]
    first: int
    weights: Array  # [day, key, sign, bloc], running
    coverage: Array  # [day, bloc], running

    @classmethod
    def of(cls, inputs: Inputs, codebook: Codebook) -> "_Table":
        parties = parties_of(codebook, inputs.conflict)
        wanted = [key for key in keys(codebook, parties) if key[2] == "direction"]
        first, coverage, weights, _ = arrays(inputs, wanted)
        return cls(
            parties=parties,
            signals=frozenset(signal for _, signal, _ in wanted),
            index={key: n for n, key in enumerate(wanted)},
            first=first,
            weights=np.concatenate([np.zeros_like(weights[:1]), np.cumsum(weights, axis=0)]),
            coverage=np.concatenate([np.zeros_like(coverage[:1]), np.cumsum(coverage, axis=0)]),
        )

    def window(self, signal: str, party: str, starts: Array, length: int) -> Array:
        """Balance of the stories of `length` days from each start, without decay."""
        if party == ALL:
            both = [self.window(signal, p, starts, length) for p in self.parties]
            return np.asarray((both[0] + both[1]) / 2)
        begin = np.clip(starts.astype(np.int64), 0, len(self.coverage) - 1)
        end = np.clip(starts.astype(np.int64) + length, 0, len(self.coverage) - 1)
        sums = self.weights[end, self.index[party, signal, "direction"]]
        sums = sums - self.weights[begin, self.index[party, signal, "direction"]]
        return measure(sums[:, 0], sums[:, 1], self.coverage[end] - self.coverage[begin]).balance

    def around(self, signal: str, party: str, days: Sequence[date]) -> tuple[Array, Array]:
        """Balance in the 28 days that end 3 days before each day, and in the 14 days from it."""
        at = np.array([d.toordinal() - self.first for d in days], dtype=np.float64)
        before = self.window(signal, party, at - GUARD_DAYS - BEFORE_DAYS + 1, BEFORE_DAYS)
        return before, self.window(signal, party, at, AFTER_DAYS)

    def volumes(self) -> Array:
        """Conflict stories in the 14 days from each day that has them all."""
        totals = self.coverage.sum(axis=1)
        return np.asarray(totals[AFTER_DAYS:] - totals[:-AFTER_DAYS])


def _placebo(
    table: _Table, rows: Sequence[Expectation], truth: Sequence[Expectation], sets: int, rng: Generator
) -> tuple[Array, dict[str, float], dict[tuple[str, str], Array]]:
    """Agreement per placebo set, mean agreement per signal, and all movements at placebo dates by signal and party."""
    volumes = table.volumes()
    taken = np.array([r.day.toordinal() - table.first for r in truth])
    days = np.arange(len(volumes))
    free = (days >= BEFORE_DAYS + GUARD_DAYS) & (volumes > 0)
    if len(taken):
        free &= np.abs(days[:, None] - taken[None, :]).min(axis=1) > AFTER_DAYS
    chosen: dict[date, Array] = {}
    for day in sorted({r.day for r in rows}):
        own = day.toordinal() - table.first
        volume = volumes[own] if 0 <= own < len(volumes) else np.nan
        alike = days[free & (np.abs(volumes - volume) <= VOLUME_MARGIN * volume)]
        if len(alike):
            chosen[day] = rng.choice(alike, size=sets)
    hits, counted = np.zeros(sets), np.zeros(sets)
    by_signal: dict[str, list[float]] = defaultdict(list)
    movements: dict[tuple[str, str], list[Array]] = defaultdict(list)
    for row in rows:
        if row.day not in chosen:
            continue
        at = chosen[row.day].astype(np.float64)
        before = table.window(row.signal, row.party, at - GUARD_DAYS - BEFORE_DAYS + 1, BEFORE_DAYS)
        moved = table.window(row.signal, row.party, at, AFTER_DAYS) - before
        known = ~np.isnan(moved)
        right = known & (moved * row.expected > 0)
        hits += right
        counted += known
        if known.any():
            by_signal[row.signal].append(float(right.sum() / known.sum()))
            movements[row.signal, row.party].append(moved[known])
    used = counted > 0
    means = {signal: float(np.mean(values)) for signal, values in by_signal.items()}
    return hits[used] / counted[used], means, {key: np.concatenate(v) for key, v in movements.items()}


def _over_dates(scored: Sequence[Outcome], draws: int, rng: Generator) -> tuple[float | None, float | None]:
    """Agreement when the dates, with all their expectations, are drawn again."""
    by_day: dict[date, list[bool]] = defaultdict(list)
    for outcome in scored:
        by_day[outcome.expectation.day].append(bool(outcome.agrees))
    if not by_day:
        return None, None
    right = np.array([sum(v) for v in by_day.values()])
    size = np.array([len(v) for v in by_day.values()])
    pick = rng.integers(0, len(right), size=(draws, len(right)))
    shares = right[pick].sum(axis=1) / size[pick].sum(axis=1)
    return float(np.quantile(shares, 0.05)), float(np.quantile(shares, 0.95))


def _shifted(table: _Table, rows: Sequence[Expectation], weeks: int) -> float | None:
    """Agreement when every date is taken so many weeks later (or, below zero, earlier)."""
    hits = counted = 0
    for row in rows:
        before, after = table.around(row.signal, row.party, [row.day + timedelta(weeks=weeks)])
        if not np.isnan(after[0] - before[0]):
            counted += 1
            hits += bool((after[0] - before[0]) * row.expected > 0)
    return hits / counted if counted else None


def _quiet(outcome: Outcome, table: _Table, movements: Mapping[tuple[str, str], Array]) -> bool:
    """Whether a control moved no further than 95 % of the days of the record do, both ways."""
    row = outcome.expectation
    usual = movements.get((row.signal, row.party))
    if usual is None:
        days = np.arange(
            BEFORE_DAYS + GUARD_DAYS, max(len(table.volumes()), BEFORE_DAYS + GUARD_DAYS), dtype=np.float64
        )
        before = table.window(row.signal, row.party, days - GUARD_DAYS - BEFORE_DAYS + 1, BEFORE_DAYS)
        moved = table.window(row.signal, row.party, days, AFTER_DAYS) - before
        usual = moved[~np.isnan(moved)]
    if outcome.movement is None or not len(usual):
        return False
    return bool(abs(outcome.movement) <= np.quantile(np.abs(usual), 0.95))
