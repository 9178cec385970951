"""The only place that may look at the time; everything else is given it."""

from collections.abc import Callable
from datetime import UTC, date, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, as an aware datetime in UTC."""
    return datetime.now(UTC)


def utc_day(moment: datetime) -> date:
    """The UTC calendar day of an aware moment. Days are UTC everywhere in the log and the counts.

    >>> from datetime import timedelta, timezone
    >>> utc_day(datetime(2026, 3, 1, 1, 0, tzinfo=timezone(timedelta(hours=3))))
    datetime.date(2026, 2, 28)
    """
    return moment.astimezone(UTC).date()
