"""The alerts of one finished week, with their ids, judged from what was known at the standpoint."""

from datetime import date, timedelta

from tracker.model.readings import Alert
from tracker.projections import reads
from tracker.questions.history import REACH
from tracker.questions.standpoint import Standpoint
from tracker.readiness.alerts import SETTINGS, alerts, turn_days
from tracker.readiness.approximation import from_counts, large
from tracker.readiness.intervals import bootstrap
from tracker.readiness.surges import alert_id


def alerts_of_week(view: Standpoint, conflict: str, week: date) -> tuple[tuple[str, Alert], ...]:
    """Every alert of the week that begins on Monday `week`, beside the id under which the log and people know it."""
    end = week + timedelta(days=6)
    since = end - REACH
    inputs = view.inputs(conflict, since, end)
    if not inputs.coverage:
        return ()
    signals = view.story_signals(conflict, since, end)
    stories = view.conflict_stories(conflict, since, end)
    found = alerts(
        inputs,
        view.codebook,
        week,
        week_signals=[s for s in signals if week <= s.day <= end],
        records=view.evidence(conflict, week - timedelta(days=SETTINGS.first_days), end),
        resamples=from_counts(inputs, view.codebook, turn_days(week))
        if large(inputs)
        else bootstrap(signals, stories, view.codebook, conflict, turn_days(week)),
        previous=[a.alert for a in reads.alerts(view.engine, conflict, as_of=view.as_of) if a.alert.week < week],
    )
    return tuple((alert_id(alert), alert) for alert in found)
