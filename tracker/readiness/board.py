"""Daily counts → everything measured on chosen days: the board from which indicators and composites are read."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tracker.model.codebook import Codebook, Indicator
from tracker.model.readings import Inputs, Observed
from tracker.readiness.balance import Array, Flags, Measure, measure, weighted_mean
from tracker.readiness.rows import Names, Places, Rows, Table, by, counts_of, coverage_of, presence_of, rows_of

Key: TypeAlias = tuple[str, str, str]  # party, signal, "direction" | "pressure" | "self"
Window: TypeAlias = Callable[[int], int]  # mask of signals -> days that count
MIN_STORIES, MIN_OUTLETS = 5, 3
_NEVER = -(2**30)  # a day before every other
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
        told = presence_of([r for r in inputs.presence if r.indicator == indicator and r.party == party])
        return _window_sums(told, self.days, lambda _: days - 1)


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
    told = by(given.presence, lambda line: line[:2])
    nothing = presence_of(())
    share, sources = _observed(given.observed, days)
    return Board(
        conflict=given.conflict,
        codebook=codebook,
        parties=parties,
        days=tuple(days),
        measures={key: measure(sums[:, k, 0], sums[:, k, 1], stories[:, k]) for k, key in enumerate(wanted)},
        plus_mass={key: sums[:, k, 0] for k, key in enumerate(wanted)},
        minus_mass={key: sums[:, k, 1] for k, key in enumerate(wanted)},
        squares_mass={key: square_sums[:, k] for k, key in enumerate(wanted)},
        presence={(i.id, p): _presence(told.get((i.id, p), nothing), i, days) for i in present for p in parties},
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
    blocs = sorted({line[0] for line in cover.lines} | {line[3] for line in counts.lines}) or [""]
    place = {bloc: n for n, bloc in enumerate(blocs)}
    rows = counts.rows
    days = [int(d) for t in (rows, cover.rows) if len(t) for d in (t["day"].min(), t["day"].max())]
    first = min(days, default=0)
    length = max(days, default=0) - first + 1
    coverage = np.zeros((length, len(blocs)))
    bloc = np.array([place[line[0]] for line in cover.lines], dtype=np.int64)[cover.rows["line"]]
    _add(coverage, (cover.rows["day"] - first, bloc), cover.rows["stories"])
    weights = np.zeros((length, len(wanted), 2, len(blocs)))
    squares = np.zeros_like(weights)
    if not len(rows):
        return first, coverage, weights, squares
    day, line = rows["day"] - first, rows["line"]
    key = np.array([index.get(about[:3], -1) for about in counts.lines])[line]
    said = np.array([index.get((*about[:2], "self"), -1) if about[2] == "direction" else -1 for about in counts.lines])
    said = said[line]
    bloc = np.array([place[about[3]] for about in counts.lines])[line]
    asked = np.flatnonzero(key >= 0)
    own = np.flatnonzero((key >= 0) & (said >= 0) & ((rows["self_plus"] != 0) | (rows["self_minus"] != 0)))
    for target, sign, keyed, some, name in (
        (weights, 0, key, asked, "plus"),
        (weights, 1, key, asked, "minus"),
        (squares, 0, key, asked, "plus_squares"),
        (squares, 1, key, asked, "minus_squares"),
        (weights, 0, said, own, "self_plus"),
        (weights, 1, said, own, "self_minus"),
    ):
        _add(target, (day[some], keyed[some], sign, bloc[some]), rows[name][some])
    return first, coverage, weights, squares


def _add(target: Array, where: tuple[npt.NDArray[np.int64] | int, ...], values: Array) -> None:
    """Add values at places; rows of one place add up in the order given, which is that of their sorted keys."""
    full = np.broadcast_arrays(*where)
    flat = np.ravel_multi_index(tuple(np.asarray(axis, dtype=np.int64) for axis in full), target.shape)
    np.add.at(target.reshape(-1), flat, values)


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


def _presence(told: Table, indicator: Indicator, days: Sequence[date]) -> Presence:
    windows = [2 * s.half_life_days for s in indicator.signals]

    def window(mask: int) -> int:
        return max((w for n, w in enumerate(windows) if mask >> n & 1), default=-1)

    outlets, owners = (_distinct(told, names, days, window) for names in told.names)
    return Presence(stories=_window_sums(told, days, window), outlets=outlets, owners=owners)


def _by_window(told: Table, window: Window) -> Mapping[int, Places]:
    """Places of the rows whose mask has a window of that length."""
    lengths = np.array([window(line[2]) for line in told.lines], dtype=np.int64)[told.rows["line"]]
    return {int(length): np.flatnonzero(lengths == length) for length in np.unique(lengths)}


def _window_sums(told: Table, days: Sequence[date], window: Window) -> Array:
    """Stories with an age from 0 to the window of their mask, on each of the days."""
    total = np.zeros(len(days))
    at = np.array([d.toordinal() for d in days], dtype=np.int64)
    for length, some in _by_window(told, window).items():
        rows = told.rows[some[np.argsort(told.rows["day"][some], kind="stable")]]
        running = np.concatenate([[0], np.cumsum(rows["stories"], dtype=np.int64)])
        until = running[np.searchsorted(rows["day"], at, side="right")]
        before = running[np.searchsorted(rows["day"], at - length, side="left")]
        total += np.maximum(until - before, 0)
    return total


def _distinct(told: Table, names: Names, days: Sequence[date], window: Window) -> Array:
    """Distinct names with at least one row inside the window of its mask."""
    at = np.array([d.toordinal() for d in days], dtype=np.int64)
    found = np.zeros((len(days), len(names.names)), dtype=np.bool_)
    if not len(told.rows):
        return np.zeros(len(days))
    first = int(told.rows["day"].min())
    for length, some in _by_window(told, window).items():
        day = told.rows["day"][some] - first
        seen = np.full(
            (int(day.max()) + 2, len(names.names)), _NEVER, dtype=np.int32
        )  # day last seen; first of all: no day
        row, name = np.nonzero(names.on[some])
        seen[day[row] + 1, name] = day[row]
        np.maximum.accumulate(seen, axis=0, out=seen)
        last = seen[np.clip(at - first + 1, 0, len(seen) - 1)]
        found |= (at - first)[:, None] - last <= length
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
