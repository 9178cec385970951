"""What changed over 1, 4, 13 and 52 weeks, with an arrow only where chance alone would hardly draw one."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from tracker.model.codebook import Codebook, Composite, Indicator
from tracker.model.readings import Change, Inputs
from tracker.readiness.balance import Array
from tracker.readiness.board import Board, board
from tracker.readiness.intervals import SMALL, Resamples, percentiles
from tracker.readiness.series import readings, signals_of, subject_of

WEEKS = (1, 4, 13, 52)
LEAST_NEW_STORIES = 3


def change_days(day: date, weeks: Sequence[int] = WEEKS) -> tuple[date, ...]:
    """The days that a board and its resamples must have for `changes`, in rising order.

    >>> [str(d) for d in change_days(date(2026, 3, 8), (1, 4))]
    ['2026-02-08', '2026-03-01', '2026-03-08']
    """
    return (*(day - timedelta(weeks=w) for w in sorted(set(weeks), reverse=True)), day)


def changes(
    inputs: Inputs,
    codebook: Codebook,
    subject: str,
    party: str | None,
    day: date,
    *,
    resamples: Resamples | None = None,
    weeks: Sequence[int] = WEEKS,
) -> tuple[Change, ...]:
    """Differences of one subject against so many weeks before, shortest first.

    `resamples` must be made for `change_days(day, weeks)`. A difference is None where either day shows no number;
    its interval is None without resamples, or where an indicator rests on fewer than eight stories. The arrow asks
    that the interval excludes zero and that at least three stories are new (codebook §6.4).
    """
    found = board(inputs, codebook, change_days(day, weeks), signals=signals_of(codebook, [subject]))
    return on_board(found, inputs, subject, party, resamples=resamples, weeks=weeks)


def on_board(
    found: Board,
    inputs: Inputs,
    subject: str,
    party: str | None,
    *,
    resamples: Resamples | None = None,
    weeks: Sequence[int] = WEEKS,
) -> tuple[Change, ...]:
    """As `changes`, for a board whose last day is compared; it and the resamples must hold `change_days`."""
    known = subject_of(found.codebook, subject)
    shown = readings(found, subject, party)
    drawn = None if resamples is None else resamples.values(found, known, party)
    today = found.days[-1]
    result = []
    for span in sorted(set(weeks)):
        then = found.days.index(today - timedelta(weeks=span))
        now, before = shown[-1], shown[then]
        if now.value is None or before.value is None:
            result.append(Change(weeks=span, difference=None, low=None, high=None, arrow="none"))
            continue
        low = high = None
        if drawn is not None and _large(known, now.stories, before.stories):
            low, high = _interval(drawn[-1] - drawn[then])
        enough = low is not None and new_stories(found, inputs, known, party, 7 * span) >= LEAST_NEW_STORIES
        result.append(
            Change(
                weeks=span,
                difference=now.value - before.value,
                low=low,
                high=high,
                arrow="up"
                if enough and low is not None and low > 0
                else "down"
                if enough and high is not None and high < 0
                else "none",
            )
        )
    return tuple(result)


def _large(subject: Indicator | Composite, *stories: int) -> bool:
    return isinstance(subject, Composite) or min(stories) >= SMALL


def _interval(difference: Array) -> tuple[float | None, float | None]:
    low, high = percentiles(difference[None, :])
    return (None, None) if np.isnan(low[0]) else (float(low[0]), float(high[0]))


def new_stories(found: Board, inputs: Inputs, subject: Indicator | Composite, party: str | None, days: int) -> int:
    """Stories with direction first published in the last `days` of the board; of a composite's most told source.

    Of a composite only what stands behind its own legs counts: their indicator, or of it the signals that a leg
    names, about the party that the leg speaks of.
    """
    if isinstance(subject, Indicator):
        parties = found.parties if party is None else (party,)
        return int(max(found.new_stories(inputs, subject.id, p, days)[-1] for p in parties))
    since = found.days[-1] - timedelta(days=days)
    recent = [r for r in inputs.presence if since < r.day <= found.days[-1]]
    return max(
        (
            sum(r.stories for r in recent if (r.indicator, r.party) == about and r.mask & mask)
            for about, mask in _behind(found, subject, party).items()
        ),
        default=0,
    )


def _behind(found: Board, composite: Composite, party: str | None) -> dict[tuple[str, str], int]:
    """The indicators behind the legs of a composite and whose stories count, with the mask of the signals meant."""
    masks: dict[tuple[str, str], int] = {}
    for leg in composite.legs:
        both = leg.of == "weakest" or party is None
        parties = [p for p in found.parties if both or (p == party) == (leg.of == "own")]
        for indicator in found.codebook.indicators:
            mask = sum(
                1 << n
                for n, s in enumerate(indicator.signals)
                if leg.source in (indicator.id, f"signal:{s.id}") or (leg.source == "pressure" and s.motivation_modes)
            )
            for about in parties if mask else ():
                masks[indicator.id, about] = masks.get((indicator.id, about), 0) | mask
    return masks
