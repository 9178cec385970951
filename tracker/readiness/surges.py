"""Weekly story counts → alerts of the kind surge: signals that far more stories carry than before (codebook §6.5)."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import TypeAlias

from tracker.model.codebook import Codebook
from tracker.model.readings import Alert, Inputs, StorySignal
from tracker.readiness.board import parties_of
from tracker.readiness.distributions import negative_binomial_tail, rate_ratio_probability, student_tail

Test: TypeAlias = tuple[str, str, int]  # party, signal, polarity


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """The rule in force; conventions of codebook §6.5 where not said otherwise."""

    baseline_weeks: int = 8
    guard_weeks: int = 2  # between the baseline and the week
    least_deviation: float = 0.5  # floor of the baseline's standard deviation (minSigma)
    z: float = 3.0
    least_count: int = 3
    ratio: float = 2.0
    certainty: float = 0.95
    prior: float = 0.5  # shape of the Gamma prior of a rate
    least_blocs: int = 2  # or a leader's or official's own act
    false_discovery: float = 0.1
    cool_down_weeks: int = 4  # ours: the same alert does not come again, unless it grew worse
    first_days: int = 180
    least_history_weeks: int = 8  # ours: nothing is a first on a shorter record
    observed_share: float = 0.5  # ours: an alert is withheld below this share of expected source-days
    break_intensity: int = 3

    def as_mapping(self) -> dict[str, float]:
        """Name → value, as an alert carries them."""
        return {name: float(value) for name, value in asdict(self).items()}


SETTINGS = AlertSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """How far this week's count lies from its exposure-adjusted baseline."""

    z: float
    mean: float
    deviation: float


def ears(counts: Sequence[float], exposure: Sequence[float], settings: AlertSettings = SETTINGS) -> Ears | None:
    """EARS C2 on weekly counts brought to this week's exposure; the last element is this week.

    z = (x - μ) / max(σ, 0.5), with mean and sample deviation of the 8 weeks that end 2 weeks before. None on too
    short a history. Hutwagner et al. 2003, as `surveillance::earsC(method="C2")` with its `minSigma`.

    >>> ears([2, 3, 2, 4, 3, 2, 3, 3, 9, 9, 8], [100] * 11)  # doctest: +ELLIPSIS
    Ears(z=7.42..., mean=2.75, deviation=0.707...)
    """
    base, guard = settings.baseline_weeks, settings.guard_weeks
    if len(counts) < base + guard + 1:
        return None
    window = slice(-(base + guard + 1), -(guard + 1))
    reference = [
        c / max(e, 1) * exposure[-1] for c, e in zip(list(counts)[window], list(exposure)[window], strict=True)
    ]
    mean = statistics.mean(reference)
    deviation = max(statistics.stdev(reference), settings.least_deviation)
    return Ears(z=(counts[-1] - mean) / deviation, mean=mean, deviation=deviation)


def benjamini_hochberg(p_values: Sequence[float], q: float) -> float:
    """The largest p-value that the step-up procedure still accepts at false discovery rate q; -1 when none.

    With the fifteen p-values of the worked example of Benjamini and Hochberg 1995, §3.3:

    >>> published = [.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .759, 1]
    >>> benjamini_hochberg(published, 0.05)
    0.0095
    """
    accepted = [p for rank, p in enumerate(sorted(p_values), 1) if p <= rank * q / len(p_values)]
    return accepted[-1] if accepted else -1.0


def surges(
    inputs: Inputs,
    week_signals: Iterable[StorySignal],
    codebook: Codebook,
    week: date,
    *,
    settings: AlertSettings = SETTINGS,
    previous: Sequence[Alert] = (),
) -> tuple[Alert, ...]:
    """Signals that far more stories carried in the week from Monday `week` than before, by sign and party.

    A candidate (z above 3 on at least 3 stories) is raised when the rate has more than doubled with a probability
    above .95, when two blocs carry it or a leader or official acted, and when its p-value passes Benjamini-Hochberg
    among all tests of the week. The p-value is the larger of two predictive tails of the baseline, because news come
    in bursts: that of its Gamma-Poisson, widened by the burstiness that all series of the conflict share, and
    Student's with the spread of its own weeks. It is `withheld`,
    with the reason, when sources were missing. `previous` are earlier alerts, for the cool-down.
    """
    weeks = [week - timedelta(weeks=n) for n in range(settings.baseline_weeks + settings.guard_weeks, -1, -1)]
    exposure = _exposure(inputs, weeks)
    counts, blocs = _weekly(inputs, weeks)
    leaders = {(s.party, s.signal) for s in week_signals if s.leader}
    candidates: list[Alert] = []
    p_values = []
    bursts = burstiness([c[: settings.baseline_weeks] for c in counts.values()], exposure[: settings.baseline_weeks])
    for test in _tests(codebook, parties_of(codebook, inputs.conflict)):
        series = counts.get(test, [0.0] * len(weeks))
        alert, p = _surge(inputs.conflict, test, series, exposure, settings=settings, bursts=bursts)
        p_values.append(p)
        heard = tuple(sorted(blocs.get(test, ())))
        leader = test[:2] in leaders
        if alert and (len(heard) >= settings.least_blocs or leader):
            candidates.append(replace(alert, week=week, blocs=heard, leader=leader))
    limit = benjamini_hochberg(p_values, settings.false_discovery)
    missing = missing_inputs(inputs, weeks, settings)
    raised = [a for a in candidates if a.p_value <= limit and not cooled(a, previous, settings)]
    return tuple(replace(a, state="withheld", why=missing) if missing else a for a in raised)


def burstiness(series: Iterable[Sequence[float]], exposure: Sequence[float]) -> float:
    """φ of variance = mean + φ·mean² that all weekly series of a conflict share; 0 for Poisson news and without any.

    By moments: Σ(s² - m) / Σ(m² - s²/n) over the series at mean exposure, never below 0.

    >>> burstiness([[4, 4, 4, 4]], [9, 9, 9, 9])
    0.0
    >>> round(burstiness([[0, 8, 0, 8], [1, 2, 1, 2]], [9, 9, 9, 9]), 3)
    1.26
    """
    usual = statistics.mean(exposure) if exposure else 0.0
    more = squares = 0.0
    for counts in series:
        if len(counts) < 2 or not any(counts):
            continue
        scaled = [c / max(e, 1) * usual for c, e in zip(counts, exposure, strict=True)]
        mean, variance = statistics.mean(scaled), statistics.variance(scaled)
        more += variance - mean
        squares += mean * mean - variance / len(counts)
    return max(more / squares, 0.0) if squares > 0 else 0.0


def _surge(
    conflict: str,
    test: Test,
    counts: Sequence[float],
    exposure: Sequence[float],
    *,
    settings: AlertSettings,
    bursts: float,
) -> tuple[Alert | None, float]:
    """The candidate, if it is one, and the p-value of the test."""
    score = ears(counts, exposure, settings)
    window = slice(-(settings.baseline_weeks + settings.guard_weeks + 1), -(settings.guard_weeks + 1))
    before, seen = sum(counts[window]), sum(exposure[window])
    now = exposure[-1]
    if score is None or now <= 0 or seen <= 0:
        return None, 1.0
    more = 1 + 1 / settings.baseline_weeks
    shape = 1 / (1 / (settings.prior + before) + bursts * more)
    mean = (settings.prior + before) * now / seen
    p = max(
        negative_binomial_tail(round(counts[-1]), shape, shape / (shape + mean)),
        student_tail(score.z / math.sqrt(more), settings.baseline_weeks - 1),
    )
    if score.z <= settings.z or counts[-1] < settings.least_count:
        return None, p
    probability = rate_ratio_probability(counts[-1], now, before, seen, prior=settings.prior, ratio=settings.ratio)
    if probability <= settings.certainty:
        return None, p
    party, signal, polarity = test
    alert = Alert(
        kind="surge",
        conflict=conflict,
        signal=signal,
        party=party,
        polarity=polarity,
        week=date.min,
        count=round(counts[-1]),
        baseline=score.mean,
        deviation=score.deviation,
        z=score.z,
        probability=probability,
        blocs=(),
        leader=False,
        p_value=p,
        state="raised",
        why=f"{round(counts[-1])} stories against {score.mean:.1f} a week before at the same coverage",
        settings=settings.as_mapping(),
    )
    return alert, p


def _tests(codebook: Codebook, parties: tuple[str, str]) -> tuple[Test, ...]:
    signals = dict.fromkeys(s.id for i in codebook.indicators for s in i.signals)
    return tuple((party, signal, polarity) for signal in signals for party in parties for polarity in (1, -1))


def _exposure(inputs: Inputs, weeks: Sequence[date]) -> list[float]:
    place = {(w + timedelta(days=d)): n for n, w in enumerate(weeks) for d in range(7)}
    exposure = [0.0] * len(weeks)
    for row in inputs.coverage:
        if row.day in place:
            exposure[place[row.day]] += row.stories
    return exposure


def _weekly(inputs: Inputs, weeks: Sequence[date]) -> tuple[Mapping[Test, list[float]], Mapping[Test, set[str]]]:
    """Stories per week of each test, and the blocs that carried it in the last week."""
    place = {(w + timedelta(days=d)): n for n, w in enumerate(weeks) for d in range(7)}
    counts: dict[Test, list[float]] = defaultdict(lambda: [0.0] * len(weeks))
    blocs: dict[Test, set[str]] = defaultdict(set)
    for row in inputs.counts:
        at = place.get(row.day)
        if at is None:
            continue
        for polarity, stories in ((1, row.plus_stories), (-1, row.minus_stories)):
            if stories:
                counts[row.party, row.signal, polarity][at] += stories
                if at == len(weeks) - 1:
                    blocs[row.party, row.signal, polarity].add(row.bloc)
    return counts, blocs


def missing_inputs(inputs: Inputs, weeks: Sequence[date], settings: AlertSettings = SETTINGS) -> str:
    """Why the last of `weeks` cannot be judged, or nothing: sources were silent in it or in the weeks before."""
    ledger = {o.day: o for o in inputs.observed}

    def share(of: Sequence[date]) -> float:
        days = [ledger[w + timedelta(days=d)] for w in of for d in range(7) if w + timedelta(days=d) in ledger]
        expected = sum(o.expected for o in days)
        return sum(o.observed for o in days) / expected if expected else math.nan

    now, before = share(weeks[-1:]), share(weeks[: settings.baseline_weeks])
    if now < settings.observed_share:
        return f"only {now:.0%} of the expected source-days of this week were observed"
    if before < settings.observed_share:
        return f"only {before:.0%} of the expected source-days of the weeks compared with were observed"
    return ""


def cooled(alert: Alert, previous: Sequence[Alert], settings: AlertSettings = SETTINGS) -> bool:
    """Whether the same alert came within the cool-down and has not grown worse since (more stories, no lower z)."""
    same = [
        p
        for p in previous
        if (p.kind, p.conflict, p.signal, p.party, p.polarity)
        == (alert.kind, alert.conflict, alert.signal, alert.party, alert.polarity)
        and p.state != "withheld"
        and timedelta(0) < alert.week - p.week <= timedelta(weeks=settings.cool_down_weeks)
    ]
    return any(alert.count <= p.count or alert.z < p.z for p in same)


def alert_id(alert: Alert) -> str:
    """conflict:signal:party:polarity:week:kind, as AlertConfirmed names it."""
    return f"{alert.conflict}:{alert.signal}:{alert.party}:{alert.polarity:+d}:{alert.week}:{alert.kind}"
