"""Daily counts → everything measured on chosen days: the board from which indicators and composites are read."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tracker.model.codebook import Codebook, Indicator
from tracker.model.readings import Inputs, Observed
from tracker.readiness.balance import Array, Flags, Measure, measure, weighted_mean
from tracker.readiness.rows import Names, Places, Rows, Table, counts_of, coverage_of, presence_of, rows_of

Key: TypeAlias = tuple[str, str, str]  # party, signal, "direction" | "pressure" | "self"
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
    blocs: tuple[str, ...]  # the names along the last axis
    stories: Mapping[Key, Array]  # decayed conflict stories by bloc, N_g
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
        told = presence_of([r for r in inputs.presence if r.indicator == indicator and r.party == party])
        return _window_sums(told.rows, {days - 1: np.arange(len(told.rows))}, self.days)


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


def board(
    inputs: Inputs | Rows, codebook: Codebook, days: Sequence[date], *, signals: Iterable[str] | None = None
) -> Board:
    """Measure all signals (or those named) of both parties on the given days, which must be in rising order.

    Decay runs as a recursion over whole days, so a value does not depend on which other days are asked for.
    """
    given = inputs if isinstance(inputs, Rows) else rows_of(inputs)
    parties = parties_of(codebook, given.conflict)
    named = None if signals is None else set(signals)
    wanted = keys(codebook, parties, named)
    half_lives = {s.id: s.half_life_days for i in codebook.indicators for s in i.signals}
    first, coverage, weights, squares = _arrays(given.counts, given.coverage, wanted)
    rates = np.array([0.5 ** (1 / half_lives[signal]) for _, signal, _ in wanted])
    at = [d.toordinal() - first for d in days]
    sums, square_sums, stories = decayed(weights, squares.sum(axis=(2, 3)), coverage, rates, at)
    present = [i for i in codebook.indicators if named is None or {s.id for s in i.signals} <= named]
    share, sources = _observed(given.observed, days)
    return Board(
        conflict=given.conflict,
        codebook=codebook,
        parties=parties,
        days=tuple(days),
        measures={key: measure(sums[:, k, 0], sums[:, k, 1], stories[:, k]) for k, key in enumerate(wanted)},
        plus_mass={key: sums[:, k, 0] for k, key in enumerate(wanted)},
        minus_mass={key: sums[:, k, 1] for k, key in enumerate(wanted)},
        blocs=_blocs(given.counts, given.coverage),
        stories={key: stories[:, k] for k, key in enumerate(wanted)},
        squares_mass={key: square_sums[:, k] for k, key in enumerate(wanted)},
        presence={(i.id, p): _presence(given.presence, i, p, days) for i in present for p in parties},
        observed=share,
        sources=sources,
    )


def arrays(inputs: Inputs | Rows, wanted: Sequence[Key]) -> tuple[int, Array, Array, Array]:
    """First day as an ordinal, coverage [day, bloc], weights and squares [day, key, sign, bloc]."""
    if isinstance(inputs, Rows):
        return _arrays(inputs.counts, inputs.coverage, wanted)
    return _arrays(counts_of(inputs.counts), coverage_of(inputs.coverage), wanted)


def _arrays(counts: Table, cover: Table, wanted: Sequence[Key]) -> tuple[int, Array, Array, Array]:
    index = {key: n for n, key in enumerate(wanted)}
    blocs = _blocs(counts, cover)
    place = {bloc: n for n, bloc in enumerate(blocs)}
    rows = counts.rows
    days = [int(d) for t in (rows, cover.rows) if len(t) for d in (t["day"].min(), t["day"].max())]
    first = min(days, default=0)
    length = max(days, default=0) - first + 1
    coverage = np.zeros((length, len(blocs)))
    bloc = np.array([place[line[0]] for line in cover.lines], dtype=np.int64)[cover.rows["line"]]
    _add(coverage, (cover.rows["day"].astype(np.int64) - first) * len(blocs) + bloc, cover.rows["stories"])
    weights = np.zeros((length, len(wanted), 2, len(blocs)))
    squares = np.zeros_like(weights)
    bloc = np.array([place[line[3]] for line in counts.lines], dtype=np.int64)
    direct = [index.get(line[:3], -1) for line in counts.lines]
    said = [
        index.get((*line[:2], "self"), -1) if line[:3] in index and line[2] == "direction" else -1
        for line in counts.lines
    ]
    for field, found, sums in (("{}", direct, weights), ("{}_squares", direct, squares), ("self_{}", said, weights)):
        key = np.array(found, dtype=np.int64)
        cell = key * 2 * len(blocs) + bloc
        asked = np.flatnonzero((key >= 0)[rows["line"]])
        some = rows if len(asked) == len(rows) else rows[asked]
        where = (some["day"].astype(np.int64) - first) * (len(wanted) * 2 * len(blocs)) + cell[some["line"]]
        for sign, name in enumerate(("plus", "minus")):
            _add(sums, where + sign * len(blocs), some[field.format(name)])
    return first, coverage, weights, squares


def _blocs(counts: Table, cover: Table) -> tuple[str, ...]:
    return tuple(sorted({line[0] for line in cover.lines} | {line[3] for line in counts.lines})) or ("",)


def _add(target: Array, where: Places, values: Array) -> None:
    """Add values at flat places; rows of one place add up in the order given."""
    if values.any():
        np.add.at(target.reshape(-1), where, np.ascontiguousarray(values, dtype=np.float64))


def decayed(
    weights: Array, squares: Array, coverage: Array, rates: Array, at: Sequence[int]
) -> tuple[Array, Array, Array]:
    """Decayed sums [point, key, sign, bloc], of squares [point, key], and stories [point, key, bloc] on days `at`.

    `at` are indices in rising order; `rates` is what a day leaves of each key, and of squares its square. Days before
    the first give zeros; after the last, decay goes on. All runs as one row of numbers: a day costs two steps.
    """
    if list(at) != sorted(at):
        raise ValueError("days must be in rising order")
    length, count, signs, blocs = weights.shape
    kinds, which = np.unique(rates, return_inverse=True)
    parts = (weights.reshape(length, -1), squares, np.tile(coverage, len(kinds)))
    each = (np.repeat(rates, signs * blocs), rates**2, np.repeat(kinds, blocs))
    rows, rate = np.concatenate(parts, axis=1), np.concatenate(each)
    state, found = np.zeros(len(rate)), np.zeros((len(at), len(rate)))
    read = 0
    for point, end in enumerate(at):
        for row in rows[read : max(end + 1, 0)]:
            state *= rate
            state += row
        read = max(read, min(end + 1, length))
        if end >= 0:
            found[point] = state * rate ** (end + 1 - read)
    sums, square_sums, stories = np.split(found, np.cumsum([part.shape[1] for part in parts])[:-1], axis=1)
    return (
        sums.reshape(len(at), count, signs, blocs),
        square_sums,
        stories.reshape(len(at), len(kinds), blocs).take(which, axis=1),
    )


def _presence(told: Table, indicator: Indicator, party: str, days: Sequence[date]) -> Presence:
    windows = [2 * s.half_life_days for s in indicator.signals]
    here = (indicator.id, party)
    reach = [
        max((w for n, w in enumerate(windows) if line[2] >> n & 1), default=-1) if line[:2] == here else None
        for line in told.lines
    ]
    some: dict[int, Places] = {}
    for length in sorted({length for length in reach if length is not None}):
        rows = np.flatnonzero(np.array([length == other for other in reach])[told.rows["line"]])
        some[length] = rows[np.argsort(told.rows["day"][rows], kind="stable")]
    outlets, owners = (_distinct(told.rows, names, some, days) for names in told.names)
    return Presence(stories=_window_sums(told.rows, some, days), outlets=outlets, owners=owners)


Windows: TypeAlias = Mapping[int, Places]  # days that count -> rows, in the order of their days


def _window_sums(rows: npt.NDArray[np.void], windows: Windows, days: Sequence[date]) -> Array:
    """Stories with an age from 0 to their window, on each of the days."""
    total = np.zeros(len(days))
    at = np.array([d.toordinal() for d in days], dtype=np.int64)
    for length, some in windows.items():
        published = rows["day"][some]
        running = np.concatenate([[0], np.cumsum(rows["stories"][some], dtype=np.int64)])
        until = running[np.searchsorted(published, at, side="right")]
        before = running[np.searchsorted(published, at - length, side="left")]
        total += np.maximum(until - before, 0)
    return total


def _distinct(rows: npt.NDArray[np.void], names: Names, windows: Windows, days: Sequence[date]) -> Array:
    """Distinct names that stand on at least one row inside its window."""
    at = np.array([d.toordinal() for d in days], dtype=np.int64)
    found = np.zeros((len(days), len(names.names)), dtype=np.bool_)
    for length, some in windows.items():
        published = rows["day"][some]
        until = np.searchsorted(published, at, side="right")
        since = np.searchsorted(published, at - length, side="left")
        cuts = np.unique(np.concatenate([since, until, [0]]))
        cuts = cuts[cuts < len(some)]  # between two of them no window begins or ends
        packed = np.bitwise_or.reduceat(names.bits[some], cuts, axis=0)
        seen = np.zeros((len(cuts) + 1, len(names.names)), dtype=np.int32)  # last piece with the name, counted from 1
        np.multiply(
            np.unpackbits(packed, axis=1, count=len(names.names)), np.arange(1, len(seen))[:, None], out=seen[1:]
        )
        np.maximum.accumulate(seen, axis=0, out=seen)
        found |= seen[np.searchsorted(cuts, until)] > np.searchsorted(cuts, since)[:, None]
    return np.asarray(found.sum(axis=1), dtype=np.float64)


def _observed(observed: Iterable[Observed], days: Sequence[date]) -> tuple[Array, tuple[tuple[int, int] | None, ...]]:
    """Share of expected source-days observed in the week up to each day, and the same in whole sources."""
    ledger = {o.day.toordinal(): (o.observed, o.expected) for o in observed}
    shares: list[float] = []
    sources: list[tuple[int, int] | None] = []
    for day in days:
        week = [ledger[o] for o in range(day.toordinal() - WITHHOLD_DAYS + 1, day.toordinal() + 1) if o in ledger]
        expected = sum(e for _, e in week)
        share = sum(o for o, _ in week) / expected if expected else (0.0 if week else np.nan)
        shares.append(share)
        sources.append((math.floor(share * week[-1][1] + 1e-9), week[-1][1]) if week else None)
    return np.array(shares), tuple(sources)
