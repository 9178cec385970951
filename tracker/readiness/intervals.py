"""Stories → resamples → the 5 % and 95 % points of indicators, composites and their differences (codebook §6.3)."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tracker.model.codebook import Codebook, Composite, Indicator
from tracker.model.readings import ConflictStory, StorySignal
from tracker.readiness.balance import Array, Measure, measure, weighted_mean
from tracker.readiness.board import Board, Key, keys, parties_of
from tracker.readiness.composites import value_of
from tracker.readiness.distributions import beta_quantile
from tracker.readiness.indicators import Interval, points, value_on
from tracker.readiness.weights import bloc_in

DRAWS, SEED = 500, 7
LOW, HIGH = 0.05, 0.95
LEAST_VALID = 0.8  # share of resamples that must give a value
SMALL = 8  # below so many stories the bootstrap is not trusted
Indices: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resamples:
    """Measures of resampled news: arrays [day, resample] for the days of the board they belong to."""

    days: tuple[date, ...]
    draws: int
    measures: Mapping[Key, Measure]

    def values(self, found: Board, subject: Indicator | Composite, party: str | None) -> Array:
        """The subject on the display scale in every resample, [day, resample]; NaN where it cannot be assessed.

        Which legs have evidence enough is decided once, on the news as they are.
        Raises ValueError when the board is not of the same days.
        """
        if found.days != self.days:
            raise ValueError("resamples belong to other days than this board")
        resampled = replace(found, measures={key: self.measures[key] for key in found.measures if key in self.measures})
        if isinstance(subject, Composite):
            return value_of(resampled, subject, party)
        return points(value_on(resampled, subject, party))


def interval(found: Board, resamples: Resamples, subject: Indicator | Composite, party: str | None) -> Interval:
    """Low and high per day on the display scale, NaN where there is none; they always hold the value itself.

    Below eight stories an indicator's interval comes from a Beta over the share of supporting weight instead.
    """
    low, high = percentiles(resamples.values(found, subject, party))
    if isinstance(subject, Composite):
        value = value_of(found, subject, party)
    else:
        value = points(value_on(found, subject, party))
        parties = found.parties if party is None else (party,)
        stories = np.max([found.presence[subject.id, p].stories for p in parties], axis=0)
        for day in np.flatnonzero((stories < SMALL) & ~np.isnan(value)):
            low[day], high[day] = small_sample(found, subject, parties, int(day), float(stories[day]))
    with np.errstate(invalid="ignore"):
        return np.minimum(low, value), np.maximum(high, value)


def percentiles(values: Array, low: float = LOW, high: float = HIGH) -> Interval:
    """Empirical points of each row, as in the reference; NaN where fewer than 80 % of the resamples have a value."""
    ordered = np.sort(values, axis=-1)
    valid = (~np.isnan(ordered)).sum(axis=-1)
    rows = np.arange(len(ordered))
    at_low = np.minimum((low * valid).astype(np.int64), np.maximum(valid - 1, 0))
    at_high = np.minimum((high * valid).astype(np.int64), np.maximum(valid - 1, 0))
    enough = valid >= LEAST_VALID * values.shape[-1]
    return np.where(enough, ordered[rows, at_low], np.nan), np.where(enough, ordered[rows, at_high], np.nan)


def small_sample(
    found: Board, indicator: Indicator, parties: Sequence[str], day: int, stories: float
) -> tuple[float, float]:
    """Interval of an indicator on few stories: p = W⁺/(W⁺+W⁻) ~ Beta(½ + n·p, ½ + n·(1-p)), moved to the scale.

    n is Kish's effective number of stories, (Σw)²/Σw², at most their number. The transform is
    50·(1 + (2p - 1)·reach), reach being the value these mentions would show if all had one sign.
    """
    terms = [(s.weight, (p, s.id, "direction")) for p in parties for s in indicator.signals]
    plus = sum(w * float(found.plus_mass[k][day].sum()) for w, k in terms)
    minus = sum(w * float(found.minus_mass[k][day].sum()) for w, k in terms)
    squares = sum(w * w * float(found.squares_mass[k][day]) for w, k in terms)
    total = plus + minus
    if total <= 0:
        return float("nan"), float("nan")
    size = min(total * total / squares, stories) if squares > 0 else stories
    share = plus / total
    a, b = 0.5 + size * share, 0.5 + size * (1 - share)
    reach = float(weighted_mean([found.measures[k].reach[day] for _, k in terms], [w for w, _ in terms]))
    low, high = (50 * (1 + (2 * beta_quantile(q, a, b) - 1) * reach) for q in (LOW, HIGH))
    return low, high


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Records:
    """Records of the stories of one conflict, laid flat: parts of one draw, and the sums that they enter."""

    first_draw: Indices  # per story, where its distinct records begin; one more at the end
    probability: Array  # per distinct record
    first_entry: Indices  # per story, where its entries begin
    draw: Indices  # per entry: its record, counted from the story's first
    column: Indices  # per entry: key * 2 + sign
    weight: Array  # per entry


def bootstrap(
    signals: Iterable[StorySignal],
    stories: Iterable[ConflictStory],
    codebook: Codebook,
    conflict: str,
    days: Sequence[date],
    *,
    only: Iterable[str] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Resamples:
    """Resample stories within bloc and week, keep each record with its probability, measure again on `days`.

    Thinning takes the place of the precision factor. A record that concerns both parties is kept or dropped for
    both; equal records of one story are one. `only` names the signals needed. The same input and seed give the
    same output whatever the order of the stories. Time grows with stories and records times draws; for large
    archives see `from_counts`. It does not cover which sources were chosen, nor propaganda.
    """
    parties = parties_of(codebook, conflict)
    wanted = keys(codebook, parties, only)
    distinct = {s.story: (bloc_in(codebook, s.conflict, s.bloc), s.day) for s in stories}
    ordered = sorted((bloc, day, story) for story, (bloc, day) in distinct.items())
    place = {story: n for n, (_, _, story) in enumerate(ordered)}
    kept = [s for s in signals if s.story in place]
    present = [k for k in wanted if k[2] != "self" and k in {(s.party, s.signal, s.channel) for s in kept}]
    records = _records(kept, place, {key: n for n, key in enumerate(present)}, len(ordered))
    blocs = sorted({bloc for bloc, _, _ in ordered}) or [""]
    half_lives = {s.id: s.half_life_days for i in codebook.indicators for s in i.signals}
    rng = np.random.default_rng(seed)

    def week(item: tuple[int, tuple[str, date, str]]) -> int:
        return (item[1][1].toordinal() - 1) // 7

    def chunks() -> Iterator[tuple[int, Array, Array]]:
        by_week = sorted(enumerate(ordered), key=lambda item: (week(item), item[0]))
        for number, of_week in itertools.groupby(by_week, key=week):
            weights = np.zeros((7, draws, 2 * len(present), len(blocs)))
            coverage = np.zeros((7, draws, len(blocs)))
            for bloc, cell in itertools.groupby(of_week, key=lambda item: item[1][0]):
                found = [(n, (day.toordinal() - 1) % 7) for n, (_, day, _) in cell]
                at = blocs.index(bloc)
                coverage[:, :, at], weights[:, :, :, at] = _cell(np.array(found), records, rng, draws, 2 * len(present))
            yield number * 7 + 1, weights, coverage

    rates = [0.5 ** (1 / half_lives[signal]) for _, signal, _ in present]
    other = sorted({half_lives[signal] for _, signal, _ in wanted})
    states = _run(chunks(), days, rates, [0.5 ** (1 / h) for h in other], (draws, len(blocs)))
    return _resamples(
        states=states,
        wanted=wanted,
        present=present,
        half_life=[other.index(half_lives[signal]) for _, signal, _ in wanted],
        days=days,
        draws=draws,
    )


def _records(
    signals: Sequence[StorySignal], place: Mapping[str, int], index: Mapping[Key, int], stories: int
) -> _Records:
    by_story: dict[int, list[StorySignal]] = defaultdict(list)
    for s in signals:
        if (s.party, s.signal, s.channel) in index:
            by_story[place[s.story]].append(s)
    first_draw, first_entry = np.zeros(stories + 1, dtype=np.int64), np.zeros(stories + 1, dtype=np.int64)
    probability: list[float] = []
    entries: list[tuple[int, int, float]] = []
    for story in range(stories):
        draws: dict[tuple[str, str, tuple[float, float, bool]], int] = {}
        found = sorted(by_story.get(story, ()), key=lambda s: index[s.party, s.signal, s.channel])
        for sign in (1, -1):
            for s in found:
                for record in s.records:
                    if record[0] * sign > 0:
                        number = draws.setdefault((s.signal, s.channel, record), len(draws))
                        column = 2 * index[s.party, s.signal, s.channel] + (sign < 0)
                        entries.append((number, column, abs(record[0])))
        probability += [key[2][1] for key in draws]
        first_draw[story + 1] = len(probability)
        first_entry[story + 1] = len(entries)
        entries[first_entry[story] :] = sorted(entries[first_entry[story] :], key=lambda e: (e[1], e[0]))
    return _Records(
        first_draw=first_draw,
        probability=np.array(probability),
        first_entry=first_entry,
        draw=np.array([e[0] for e in entries], dtype=np.int64),
        column=np.array([e[1] for e in entries], dtype=np.int64),
        weight=np.array([e[2] for e in entries]),
    )


def _cell(found: Indices, records: _Records, rng: np.random.Generator, draws: int, columns: int) -> tuple[Array, Array]:
    """One bloc and week resampled: stories [weekday, resample] and weights [weekday, resample, column]."""
    number, weekday = found[:, 0], found[:, 1]
    chosen = rng.integers(0, len(number), size=(draws, len(number)))
    which = np.repeat(np.arange(draws), len(number)).reshape(chosen.shape)
    coverage = np.bincount((weekday[chosen] * draws + which).ravel(), minlength=7 * draws).reshape(7, draws)
    size = records.first_draw[number + 1] - records.first_draw[number]
    carriers = size[chosen] > 0
    pick, resample = chosen[carriers], which[carriers]
    story = number[pick]
    begin = np.concatenate([[0], np.cumsum(size[pick])])
    keep = rng.random(begin[-1]) < records.probability[spread(records.first_draw[story], size[pick])]
    length = records.first_entry[story + 1] - records.first_entry[story]
    entry = spread(records.first_entry[story], length)
    copy = np.repeat(np.arange(len(story)), length)
    weight = np.where(keep[begin[copy] + records.draw[entry]], records.weight[entry], 0.0)
    weights = np.zeros((7, draws, columns))
    if len(entry):
        group = copy * columns + records.column[entry]
        starts = np.concatenate([[0], np.flatnonzero(np.diff(group)) + 1])
        strongest = np.maximum.reduceat(weight, starts)
        of = copy[starts]
        flat = (weekday[pick[of]] * draws + resample[of]) * columns + records.column[entry[starts]]
        weights += np.bincount(flat, weights=strongest, minlength=7 * draws * columns).reshape(weights.shape)
    return coverage.astype(np.float64), weights


def spread(first: Indices, length: Indices) -> Indices:
    """The ranges first[i], first[i] + 1 … of the given lengths, one after the other.

    >>> spread(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    total = int(length.sum())
    ends = np.cumsum(length)
    return np.asarray(np.arange(total) + np.repeat(first - (ends - length), length), dtype=np.int64)


def _run(
    chunks: Iterator[tuple[int, Array, Array]],
    days: Sequence[date],
    rates: Sequence[float],
    story_rates: Sequence[float],
    shape: tuple[int, int],
) -> list[tuple[Array, Array]]:
    """Decay week by week; the state of sums [resample, column, bloc] and stories [half-life, …] on each day."""
    draws, blocs = shape
    rate = np.repeat(np.array(rates), 2)[None, :, None]
    story_rate = np.array(story_rates)[:, None, None]
    sums, stories = np.zeros((draws, 2 * len(rates), blocs)), np.zeros((len(story_rates), draws, blocs))
    today: int | None = None
    states: list[tuple[Array, Array]] = []
    wanted = [d.toordinal() for d in days]

    def ahead(span: int) -> tuple[Array, Array]:
        return sums * rate**span, stories * story_rate**span

    for monday, weights, coverage in chunks:
        for offset in range(7):
            day = monday + offset
            while len(states) < len(wanted) and wanted[len(states)] < day:
                states.append(ahead(wanted[len(states)] - today) if today is not None else ahead(0))
            step = 1 if today is None else day - today
            sums *= rate**step
            stories *= story_rate**step
            sums += weights[offset]
            stories += coverage[offset]
            today = day
    while len(states) < len(wanted):
        states.append(ahead(wanted[len(states)] - today) if today is not None else ahead(0))
    return states


def _resamples(
    *,
    states: list[tuple[Array, Array]],
    wanted: Sequence[Key],
    present: Sequence[Key],
    half_life: Sequence[int],
    days: Sequence[date],
    draws: int,
) -> Resamples:
    column = {key: n for n, key in enumerate(present)}
    nothing = np.zeros_like(states[0][1][0]) if states else np.zeros((draws, 1))
    measures = {}
    for key, h in zip(wanted, half_life, strict=True):
        if key[2] == "self":
            continue
        n = column.get(key)
        rows = [
            measure(nothing if n is None else s[:, 2 * n], nothing if n is None else s[:, 2 * n + 1], c[h])
            for s, c in states
        ]
        measures[key] = Measure(
            balance=np.array([r.balance for r in rows]),
            plus_rate=np.array([r.plus_rate for r in rows]),
            minus_rate=np.array([r.minus_rate for r in rows]),
            stories=np.array([r.stories for r in rows]),
        )
    return Resamples(days=tuple(days), draws=draws, measures=measures)
