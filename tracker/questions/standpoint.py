"""From which position of the log, and with which codebook, a question is asked."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tracker.errors import QuestionError
from tracker.eventstore.store import EventStore
from tracker.model.codebook import Codebook
from tracker.model.evidence import EvidenceRecord
from tracker.model.readings import ConflictStory, Inputs, StorySignal
from tracker.projections import reads
from tracker.readiness.rows import Rows, rows_of

_POSITION = re.compile(r"#?(\d{1,18})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """A log position with the codebook whose codings are used; `as_of` is None for the present."""

    engine: Any  # sqlalchemy.Engine
    codebook: Codebook
    as_of: int | None
    position: int
    at: datetime  # the moment of the question: now, or the end of the day that was asked for

    def inputs(self, conflict: str, since: date, until: date, signals: Sequence[str] | None = None) -> Inputs:
        """Daily rows of the stories first published on these days; of some signals only, when they are named."""
        return reads.inputs(
            self.engine, conflict, self.codebook, as_of=self.as_of, since=since, until=until, signals=signals
        )

    def rows(self, conflict: str, since: date, until: date, signals: Sequence[str]) -> Rows:
        """The same of some signals as plain rows: quick for the present, where most questions are asked."""
        if self.as_of is not None:
            return rows_of(self.inputs(conflict, since, until, signals))
        return reads.rows(self.engine, conflict, self.codebook, since=since, until=until, signals=signals)

    def story_signals(self, conflict: str, since: date, until: date) -> tuple[StorySignal, ...]:
        """What each of these stories says."""
        return reads.story_signals(self.engine, conflict, self.codebook, as_of=self.as_of, since=since, until=until)

    def conflict_stories(self, conflict: str, since: date, until: date) -> tuple[ConflictStory, ...]:
        """These stories, whether or not they say anything on a signal."""
        return reads.conflict_stories(self.engine, conflict, self.codebook, as_of=self.as_of, since=since, until=until)

    def evidence(
        self, conflict: str, since: date, until: date, *, signals: Sequence[str] | None = None, party: str | None = None
    ) -> tuple[EvidenceRecord, ...]:
        """Every record of these stories, newest first, reviews included."""
        return reads.evidence(
            self.engine,
            conflict,
            self.codebook,
            signals=signals,
            party=party,
            since=since,
            until=until,
            as_of=self.as_of,
        )


def standpoint(
    engine: Any,
    store: EventStore,
    codebooks: Callable[[str], Codebook],
    *,
    now: datetime,
    default: Codebook,
    as_of: str = "",
    codebook: str = "",
) -> Standpoint:
    """Read `--as-of` (a day, a moment in ISO 8601, or a position like #1200) and `--codebook` (a version's beginning).

    Without `codebook`, the past is asked with the codebook that was in force then, and so is the present while the
    workspace's files have been edited but nothing has been read with them.
    Raises QuestionError naming what cannot be read or is not there.
    """
    head = reads.position(engine)
    at, position = now, head
    if as_of:
        at, position = _when(store, as_of, now)
        if position > head:
            problem = f"--as-of {as_of}: the log ends at position {head}"
            raise QuestionError(problem, remedy="ask for an earlier position")
    adopted = [note.codebook for note in reads.codebooks(engine, as_of=position if as_of else None)]
    if codebook:
        wanted = [version for version in adopted if version.startswith(codebook)]
        if len(set(wanted)) != 1:
            known = ", ".join(dict.fromkeys(adopted)) or "none yet"
            raise QuestionError(f"--codebook {codebook}: not one known version", remedy=f"known: {known}")
        chosen = codebooks(wanted[0])
    elif adopted and (as_of or default.version not in adopted):  # files edited since the last coding answer nothing yet
        chosen = codebooks(adopted[-1])
    else:
        chosen = default
    return Standpoint(
        engine=engine,
        codebook=chosen,
        as_of=position if as_of and position < head else None,
        position=position,
        at=at,
    )


def _when(store: EventStore, as_of: str, now: datetime) -> tuple[datetime, int]:
    text = as_of.strip()
    if match := _POSITION.fullmatch(text):
        position = int(match[1])
        recorded = next(iter(store.read(after=position - 1, until=position)), None) if position else None
        return (recorded.recorded_at if recorded else now), position
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise QuestionError(
            f"--as-of {as_of}: cannot be read", remedy="write 2026-03-01, 2026-03-01T12:00Z or a position like #1200"
        ) from None
    if _DAY.fullmatch(text):
        moment = datetime.combine(moment.date(), time(), UTC) + timedelta(days=1, microseconds=-1)
    elif moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment, store.position_at(moment)
