"""A week → all its alerts: surge, turn, first and break (codebook §6.5)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import numpy as np

from tracker.model.codebook import Codebook
from tracker.model.evidence import EvidenceRecord
from tracker.model.readings import Alert, DailyCount, Inputs, StorySignal
from tracker.readiness.board import board
from tracker.readiness.distributions import fisher_tail
from tracker.readiness.firsts import breaks, firsts
from tracker.readiness.intervals import Resamples, percentiles
from tracker.readiness.surges import (
    SETTINGS,
    AlertSettings,
    alert_id,
    benjamini_hochberg,
    cooled,
    missing_inputs,
    surges,
)

__all__ = ["SETTINGS", "AlertSettings", "alert_id", "alerts", "turn_days", "turns"]

BEFORE: Final = timedelta(weeks=12)  # whose stories a turn's new stories are held against


def turn_days(week: date) -> tuple[date, date]:
    """The two days that `turns` compares: the Sunday before the last four weeks, and the Sunday of the week."""
    end = week + timedelta(days=6)
    return end - timedelta(weeks=4), end


def turns(
    inputs: Inputs,
    codebook: Codebook,
    week: date,
    resamples: Resamples,
    *,
    week_signals: Iterable[StorySignal] = (),
    settings: AlertSettings = SETTINGS,
    previous: Sequence[Alert] = (),
) -> tuple[Alert, ...]:
    """Signals whose balance changed its sign over four weeks, with the two intervals apart.

    `resamples` must be made for `turn_days(week)`. At least three stories must be new, from two blocs or with a
    leader's or official's own act. The p-value is the larger of two: the share of resamples in which the balance did
    not move that way, at least 1/(B + 1), and Fisher's exact test of the new stories against those of the twelve
    weeks before, which a few stories cannot pass. It passes Benjamini-Hochberg among all signals and parties.
    """
    then, now = turn_days(week)
    found = board(inputs, codebook, (then, now))
    leaders = {(s.party, s.signal) for s in week_signals if s.leader}
    candidates: list[Alert] = []
    p_values = []
    for party in found.parties:
        for signal in dict.fromkeys(s.id for i in codebook.indicators for s in i.signals):
            drawn = resamples.measures[party, signal, "direction"].balance
            before, after = found.balance(signal, party)
            if np.isnan(before) or np.isnan(after) or before * after >= 0:
                p_values.append(1.0)
                continue
            polarity = 1 if after > 0 else -1
            against = int(np.sum(~((drawn[1] - drawn[0]) * polarity > 0)))
            mine = [r for r in inputs.counts if (r.party, r.signal, r.channel) == (party, signal, "direction")]
            rows = [r for r in mine if then < r.day <= now]
            earlier = [r for r in mine if then - BEFORE < r.day <= then]
            p_values.append(max((against + 1) / (drawn.shape[1] + 1), _by_stories(rows, earlier, polarity)))
            low, high = percentiles(drawn)
            apart = low[1] > high[0] if polarity > 0 else high[1] < low[0]
            count = sum(r.plus_stories + r.minus_stories for r in rows)
            blocs = tuple(sorted({r.bloc for r in rows if r.plus_stories + r.minus_stories}))
            leader = (party, signal) in leaders
            if not apart or count < settings.least_count or not (len(blocs) >= settings.least_blocs or leader):
                continue
            spread = float(np.nanstd(drawn[1] - drawn[0]))
            candidates.append(
                Alert(
                    kind="turn",
                    conflict=inputs.conflict,
                    signal=signal,
                    party=party,
                    polarity=polarity,
                    week=week,
                    count=count,
                    baseline=float(before),
                    deviation=spread,
                    z=float(abs(after - before)) / max(spread, 1e-9),
                    probability=1 - p_values[-1],
                    blocs=blocs,
                    leader=leader,
                    p_value=p_values[-1],
                    state="raised",
                    why=f"balance went from {before:+.2f} to {after:+.2f} in four weeks, intervals apart",
                    settings=settings.as_mapping(),
                )
            )
    limit = benjamini_hochberg(p_values, settings.false_discovery)
    missing = missing_inputs(inputs, [week - timedelta(weeks=n) for n in (4, 3, 2, 1, 0)], settings)
    return tuple(_withheld(a, missing) for a in candidates if a.p_value <= limit and not cooled(a, previous, settings))


def _by_stories(now: Sequence[DailyCount], before: Sequence[DailyCount], polarity: int) -> float:
    counts = [sum(r.plus_stories for r in now), sum(r.minus_stories for r in now)]
    counts += [sum(r.plus_stories for r in before), sum(r.minus_stories for r in before)]
    return fisher_tail(*(counts if polarity > 0 else [counts[1], counts[0], counts[3], counts[2]]))


def _withheld(alert: Alert, missing: str) -> Alert:
    return replace(alert, state="withheld", why=missing) if missing else alert


def alerts(
    inputs: Inputs,
    codebook: Codebook,
    week: date,
    *,
    week_signals: Sequence[StorySignal] = (),
    records: Sequence[EvidenceRecord] = (),
    resamples: Resamples | None = None,
    settings: AlertSettings = SETTINGS,
    previous: Sequence[Alert] = (),
) -> tuple[Alert, ...]:
    """Every alert of the week that begins on Monday `week`, by kind, signal and party.

    `week_signals` are the story signals first published in the week (for leaders' acts), `records` the evidence of
    the week and of the 180 days before it, `resamples` those of `turn_days(week)` (without them there are no
    turns), `previous` the alerts of the weeks before. Alerts of the kinds first and break await confirmation.
    """
    found = [
        *surges(inputs, week_signals, codebook, week, settings=settings, previous=previous),
        *firsts(records, inputs, codebook, week, settings=settings, previous=previous),
        *breaks(records, inputs, codebook, week, settings=settings, previous=previous),
    ]
    if resamples is not None:
        found += turns(
            inputs, codebook, week, resamples, week_signals=week_signals, settings=settings, previous=previous
        )
    return tuple(sorted(found, key=lambda a: (a.kind, a.signal, a.party, a.polarity)))
