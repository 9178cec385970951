"""Which verb runs when; nothing else."""

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import FrameType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from tracker.errors import SettingsError, TrackerError

log = logging.getLogger("tracker.jobs")
# Names only: APScheduler 3 numbers weekdays from Monday, cron from Sunday.
DAYS = (
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When the daemon collects and publishes; names of days, a time of day, and the zone both are meant in."""

    collect_minutes: int
    publish_day: str
    publish_time: str
    timezone: str

    def triggers(self) -> tuple[IntervalTrigger, CronTrigger]:
        """Collection by interval in UTC, publication by wall clock. Raises SettingsError naming the key."""
        if not 1 <= self.collect_minutes <= 1440:
            raise SettingsError("collect_minutes: should be 1 to 1440", remedy="write 30")
        if self.publish_day not in DAYS:
            raise SettingsError(
                f"publish_day: {self.publish_day!r} is no weekday", remedy=f"use one of {', '.join(DAYS)}"
            )
        hour, _, minute = self.publish_time.partition(":")
        if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
            raise SettingsError(f"publish_time: {self.publish_time!r} is no time of day", remedy="write 06:00")
        try:
            zone = ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise SettingsError(
                f"timezone: {self.timezone!r} is not known", remedy="write Europe/Kyiv or UTC"
            ) from None
        return (
            IntervalTrigger(minutes=self.collect_minutes, timezone=ZoneInfo("UTC"), jitter=30),
            CronTrigger(day_of_week=self.publish_day, hour=int(hour), minute=int(minute), timezone=zone),
        )


def scheduler_for(
    timetable: Timetable, collect: Callable[[], None], publish: Callable[[], None], *, start: datetime
) -> BackgroundScheduler:
    """A scheduler that is not yet running: one worker, so that one writer works at a time.

    Late runs are made up for (no grace time), runs that pile up become one, no job overlaps itself. Both jobs also
    run at once on start, so that what fell due while the program was off is done; doing it twice changes nothing.
    """
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=ZoneInfo("UTC"),
    )
    every, weekly = timetable.triggers()
    scheduler.add_job(collect, every, id="collect", name="collect and code", next_run_time=start)
    scheduler.add_job(publish, weekly, id="publish", name="weekly digest")
    scheduler.add_job(publish, "date", run_date=start, id="publish-missed", name="digests that fell due while off")
    scheduler.add_listener(_report, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
    return scheduler


class Stopped(TrackerError):
    """The daemon was asked to stop; the batch in progress was finished."""


def watching(stop: threading.Event) -> Callable[[str, int, int | None], None]:
    """A progress report that ends a long job between two batches once a stop is asked for."""

    def report(_verb: str, _done: int, _of: int | None) -> None:
        if stop.is_set():
            raise Stopped("asked to stop")

    return report


def listen(stop: threading.Event) -> None:
    """Let SIGTERM and SIGINT set `stop`; called before anything that takes time, so that none is met by the default."""

    def asked(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, asked)
        signal.signal(signal.SIGINT, asked)


def run(scheduler: BackgroundScheduler, stop: threading.Event) -> None:
    """Run until `stop` is set; the job in progress ends its batch first."""
    if stop.is_set():
        return
    scheduler.start()
    stop.wait()
    log.info("stopping: the batch in progress is being finished")
    scheduler.shutdown(wait=True)


def _report(event: JobExecutionEvent) -> None:
    trouble = getattr(event, "exception", None)
    if trouble is None:
        log.warning("job %s was missed at %s", event.job_id, event.scheduled_run_time)
    elif isinstance(trouble, Stopped):
        log.info("job %s ended early: the daemon is stopping", event.job_id)
    elif isinstance(trouble, TrackerError):
        log.error("job %s: %s%s", event.job_id, trouble, f" (remedy: {trouble.remedy})" if trouble.remedy else "")
    else:
        log.error("job %s failed", event.job_id, exc_info=trouble)
