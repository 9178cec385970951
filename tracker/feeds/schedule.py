"""When a feed may be asked again and what an answer means: pure decisions over state, answer and reading."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from zlib import crc32

from tracker.feeds.hints import NO_HINTS, Hints
from tracker.model.articles import Feed, Poll, Problem, Validators
from tracker.model.clock import utc_day
from tracker.model.events import Event, FeedFailed, FeedGone, FeedMoved, FeedObserved, FeedRecovered

DAY = timedelta(days=1)  # no server may keep us away for longer, nor do we stay away for longer
SLOWEST = timedelta(hours=6)  # the longest we wait only because a feed publishes little
MOVES = 2  # polls that must show the same permanent redirect
SPREAD = 0.1  # intervals are lengthened by up to this share, differently for each feed


NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What we remember of a feed between polls; can be lost at the price of one full download."""

    feed: str
    url: str = ""  # the address the validators belong to
    validators: Validators = NO_VALIDATORS
    body: str = ""  # sha256 of the last body that was read
    seen: tuple[int, ...] = ()  # hashes of the entries of the last reading
    failures: int = 0  # polls in a row
    last_success: datetime | None = None
    last_new: datetime | None = None
    observed: date | None = None  # the UTC day last reported as observed
    next_poll: datetime | None = None
    blocked_until: datetime | None = None  # the server asked us to stay away (429, 503)
    moved_to: str = ""
    moved_polls: int = 0
    gone: bool = False
    pace_minutes: int = 0  # mean time between entries, 0 when unknown
    hints: Hints = NO_HINTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as far as the decision needs it; header names in lower case."""

    status: int | None = None
    headers: Mapping[str, str]
    final_url: str = ""
    permanent: str = ""
    reason: str = ""  # why there is nothing to read: connection, size, guard, status, no feed
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What reading a body gave."""

    body: str  # sha256
    seen: tuple[int, ...] = ()
    fresh: int = 0  # entries not seen at the last poll
    pace_minutes: int = 0
    hints: Hints = NO_HINTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The state after a poll, the poll as reported, and the facts for the log."""

    state: FeedState
    poll: Poll
    facts: tuple[Event, ...]


def due(state: FeedState, at: datetime, *, force: bool = False) -> bool:
    """Whether a feed may be polled. `force` passes over our own pace, never over a server's plea or a 410."""
    if state.gone or (state.blocked_until is not None and at < state.blocked_until):
        return False
    return force or state.next_poll is None or at >= state.next_poll


def conditional(feed: Feed, state: FeedState) -> Validators:
    """The validators to send: those of this very address, verbatim."""
    return state.validators if state.url == feed.url else Validators()


def decide(feed: Feed, state: FeedState, reply: Reply, outcome: Outcome | None, at: datetime) -> Decision:
    """One poll → the next state. `outcome` is given when a body was read well, and None otherwise."""
    if reply.status == 410:
        return _gone(feed, state, reply, at)
    if reply.reason or (outcome is None and reply.status not in {200, 304}):
        return _failed(feed, state, reply, at)
    facts: list[Event] = []
    if state.failures:
        facts.append(FeedRecovered(feed=feed.id, failures=state.failures))
    today = utc_day(at)
    if state.observed != today:
        facts.append(FeedObserved(feed=feed.id, day=today))
    moved_to, moved_polls = _moving(feed, state, reply)
    if moved_polls >= MOVES:
        facts.append(FeedMoved(feed=feed.id, old=feed.url, new=moved_to))
    hints = outcome.hints if outcome else state.hints
    pace = outcome.pace_minutes if outcome else state.pace_minutes
    not_before = server_wish(reply.headers, at)
    after = replace(
        state,
        feed=feed.id,
        url=feed.url,
        validators=_validators(reply, state),
        body=outcome.body if outcome else state.body,
        seen=outcome.seen if outcome else state.seen,
        failures=0,
        last_success=at,
        last_new=at if outcome and outcome.fresh else state.last_new,
        observed=today,
        blocked_until=None,
        moved_to="" if moved_polls >= MOVES else moved_to,
        moved_polls=0 if moved_polls >= MOVES else moved_polls,
        pace_minutes=pace,
        hints=hints,
        next_poll=next_poll(feed, at, pace_minutes=pace, hints=hints, not_before=not_before),
    )
    poll = Poll(
        feed=feed,
        outcome="new" if outcome is not None and outcome.fresh else "unchanged",
        status=reply.status,
        content_type=reply.headers.get("content-type", ""),
        http_date=http_date(reply.headers.get("last-modified", "")),
        final_url=reply.final_url,
        moved_to=reply.permanent,
        validators=after.validators,
        not_before=not_before,
    )
    return Decision(state=after, poll=poll, facts=tuple(facts))


def next_poll(
    feed: Feed, at: datetime, *, pace_minutes: int = 0, hints: Hints, not_before: datetime | None = None
) -> datetime:
    """The earliest next poll after a good one.

    At least `every`; half the mean time between entries when that is longer (six hours at most); what <ttl>,
    sy:updatePeriod and the server's cache headers say, a day at most; not in skipped hours and days.
    """
    every = timedelta(minutes=feed.every_minutes)
    wait = max(every, min(SLOWEST, timedelta(minutes=pace_minutes / 2)))
    wait = max(wait, min(DAY, timedelta(minutes=hints.minutes)))
    spread = min(wait * SPREAD, timedelta(minutes=10)) * ((crc32(feed.id.encode()) % 1000) / 1000)
    moment = at + min(wait + spread, max(every, DAY))
    if not_before is not None:
        moment = max(moment, min(not_before, at + DAY))
    return _outside(moment, hints)


def back_off(feed: Feed, failures: int) -> timedelta:
    """The wait after so many failures in a row: doubling from `every`, a day at most; it never ends the polling."""
    every = timedelta(minutes=feed.every_minutes)
    return min(max(DAY, every), every * int(2 ** min(failures, 12)))


def server_wish(headers: Mapping[str, str], at: datetime) -> datetime | None:
    """The earliest next request by Cache-Control: max-age or Expires, a day ahead at most; None: nothing is said."""
    directives = {
        name.strip().lower(): value.strip().strip('"')
        for name, _, value in (part.partition("=") for part in headers.get("cache-control", "").split(","))
    }
    if "no-cache" in directives or "no-store" in directives:
        return None
    age = directives.get("max-age", "")
    if age.isascii() and age.isdigit():
        seconds = float(age[:10])
    else:
        expires, sent = http_date(headers.get("expires", "")), http_date(headers.get("date", ""))
        if expires is None:
            return None
        seconds = (expires - (sent or at)).total_seconds()
    return at + min(DAY, timedelta(seconds=seconds)) if seconds > 0 else None


def retry_after(value: str, at: datetime) -> datetime | None:
    """Retry-After in either form, a day ahead at most.

    >>> retry_after("120", datetime(2026, 3, 1, tzinfo=UTC)).isoformat()
    '2026-03-01T00:02:00+00:00'
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        return at + min(DAY, timedelta(seconds=int(value[:9])))
    moment = http_date(value)
    return None if moment is None or moment <= at else min(moment, at + DAY)


def http_date(value: str) -> datetime | None:
    """An HTTP date, or None when it cannot be read."""
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def status_reason(status: int) -> tuple[str, str]:
    """What a status other than 200, 304 and 410 means, and what may be done."""
    match status:
        case 401 | 403 | 407 | 451:
            return f"the server refuses us ({status})", "check the address in a browser; some sites refuse feed readers"
        case 404:
            return "there is nothing at this address (404)", "`tracker feeds add` the site's page to find its feed"
        case 429:
            return "the server asks us to come less often (429)", "raise `every` of this feed"
        case _ if 300 <= status < 400:
            return f"a redirect without a target ({status})", "the server must be mended; tried again later"
        case _ if status >= 500:
            return f"the server has a fault ({status})", "nothing to do: it is tried again later"
    return f"an answer we cannot use ({status})", "check the address in a browser"


def _failed(feed: Feed, state: FeedState, reply: Reply, at: datetime) -> Decision:
    reason, remedy = reply.reason, reply.remedy
    if not reason and reply.status is not None:
        reason, remedy = status_reason(reply.status)
    failures = state.failures + 1
    blocked = retry_after(reply.headers.get("retry-after", ""), at) if reply.status in {429, 503} else None
    moment = at + back_off(feed, failures - 1)
    after = replace(
        state,
        feed=feed.id,
        failures=failures,
        blocked_until=blocked,
        next_poll=max(moment, blocked) if blocked else moment,
        moved_to="",
        moved_polls=0,
    )
    facts = (FeedFailed(feed=feed.id, reason=reason, remedy=remedy),) if failures == 1 else ()
    problem = Problem(subject=feed.id, reason=reason, remedy=remedy)
    return Decision(
        state=after,
        poll=Poll(
            feed=feed,
            outcome="failed",
            status=reply.status,
            final_url=reply.final_url,
            not_before=blocked,
            problem=problem,
        ),
        facts=facts,
    )


def _gone(feed: Feed, state: FeedState, reply: Reply, at: datetime) -> Decision:
    problem = Problem(
        subject=feed.id,
        reason="the server says that this feed is gone for good (410)",
        remedy="remove it from feeds.yaml, or give its new address",
    )
    return Decision(
        state=replace(state, feed=feed.id, url=feed.url, failures=state.failures + 1, gone=True, next_poll=at + DAY),
        poll=Poll(feed=feed, outcome="gone", status=410, final_url=reply.final_url, problem=problem),
        facts=(FeedGone(feed=feed.id, url=feed.url),),
    )


def _moving(feed: Feed, state: FeedState, reply: Reply) -> tuple[str, int]:
    """Where we are permanently sent, and on how many polls in a row; never from https down to http."""
    target = reply.permanent
    if not target or target == feed.url or (feed.url.startswith("https:") and not target.startswith("https:")):
        return "", 0
    return target, state.moved_polls + 1 if state.moved_to == target else 1


def _validators(reply: Reply, state: FeedState) -> Validators:
    """Those of the answer; a 304 refreshes what it names and leaves the rest."""
    given = Validators(etag=reply.headers.get("etag", ""), last_modified=reply.headers.get("last-modified", ""))
    if reply.status != 304:
        return given
    return Validators(
        etag=given.etag or state.validators.etag, last_modified=given.last_modified or state.validators.last_modified
    )


def _outside(moment: datetime, hints: Hints) -> datetime:
    """The first moment from then on that is in no skipped hour or day (UTC); gives up after a week of skipping."""
    if not hints.skip_hours and not hints.skip_days:
        return moment
    candidate = moment
    for _ in range(7 * 24):
        if candidate.hour not in hints.skip_hours and candidate.weekday() not in hints.skip_days:
            break
        candidate = candidate.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return candidate if candidate - moment <= DAY else moment + DAY
