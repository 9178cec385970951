"""An indicator or composite over time: what `tracker history` prints and charts draw."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from tracker.errors import QuestionError
from tracker.model.codebook import Composite, Indicator
from tracker.model.readings import Reading
from tracker.questions.lists import known_conflict, known_party
from tracker.questions.standpoint import Standpoint
from tracker.readiness.approximation import from_counts, large
from tracker.readiness.board import Board, board
from tracker.readiness.intervals import Resamples, bootstrap
from tracker.readiness.series import readings, signals_of, subject_of

Every = Literal["day", "week", "month"]
REACH = timedelta(days=1100)  # nine half-lives of the slowest signal: what lies before adds less than 0.2 %
DEFAULT_SPAN = timedelta(weeks=26)
MOST_POINTS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Readings of one subject on rising days, and the standpoint they were asked from."""

    subject: str
    conflict: str
    party: str | None
    codebook: str
    as_of: int
    points: tuple[Reading, ...]


def history(
    view: Standpoint,
    subject: str,
    *,
    conflict: str,
    party: str | None = None,
    since: date | None = None,
    until: date | None = None,
    every: Every = "week",
    intervals: bool = True,
) -> History:
    """Readings from `since` on; without it, the 26 weeks up to `until` (default: the day of the standpoint).

    Raises QuestionError for unknown names, a party that is missing or not asked for, and spans that cannot be.
    """
    known = subject_of(view.codebook, subject)
    registered = known_conflict(view.codebook, conflict)
    chosen = _party(known, known_party(registered, party) if party else None, registered.id)
    days = _days(since, until or view.at.date(), every)
    found, resamples = measured(view, conflict, days, (subject,), intervals=intervals)
    return History(
        subject=subject,
        conflict=conflict,
        party=chosen,
        codebook=view.codebook.version,
        as_of=view.position,
        points=readings(found, subject, chosen, resamples=resamples),
    )


def measured(
    view: Standpoint, conflict: str, days: tuple[date, ...], subjects: tuple[str, ...], *, intervals: bool = True
) -> tuple[Board, Resamples | None]:
    """A board of the signals behind some subjects on rising days, and resamples for their intervals."""
    signals = signals_of(view.codebook, subjects)
    since, until = days[0] - REACH, days[-1]
    rows = view.rows(conflict, since, until, signals)
    found = board(rows, view.codebook, days, signals=signals)
    if not intervals:
        return found, None
    if large(rows):
        return found, from_counts(rows, view.codebook, days, only=signals)
    resamples = bootstrap(
        view.story_signals(conflict, since, until),
        view.conflict_stories(conflict, since, until),
        view.codebook,
        conflict,
        days,
        only=signals,
    )
    return found, resamples


def _party(known: Indicator | Composite, party: str | None, conflict: str) -> str | None:
    if isinstance(known, Composite) and known.level == "conflict":
        if party:
            raise QuestionError(f"{known.id} is one number for the whole of {conflict}", remedy="leave --party out")
        return None
    if party is None and known.level == "party":
        raise QuestionError(f"{known.id} is kept per party", remedy="name one with --party")
    return party


def _days(since: date | None, until: date, every: Every) -> tuple[date, ...]:
    if since is None:
        since = until - DEFAULT_SPAN
        if every == "week":  # end on the last day asked for, as the digests do
            since += timedelta(days=(until - since).days % 7)
    if since > until:
        raise QuestionError(f"--since {since} is after --until {until}", remedy="swap them")
    days: list[date] = []
    day = since
    while day <= until:
        days.append(day)
        if len(days) > MOST_POINTS:
            raise QuestionError(f"more than {MOST_POINTS} points", remedy="ask for a shorter span or for --every month")
        if every == "month":
            following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
            day = following
        else:
            day += timedelta(days=7 if every == "week" else 1)
    return tuple(days)
