"""Facts that are kept as they are: happenings, alerts and what people said of them, digests, codebooks."""

from dataclasses import dataclass
from typing import Literal

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, insert, select

from tracker.model.events import (
    AlertConfirmed,
    AlertRaised,
    CodebookAdopted,
    DigestPublished,
    HappeningNoted,
    Recorded,
)
from tracker.model.readings import Alert, Happening
from tracker.projections.schema import Tables
from tracker.readiness.surges import alert_id

__all__ = ["AlertNote", "CodebookNote", "DigestNote", "alert_id"]
HANDLED = (HappeningNoted, AlertRaised, AlertConfirmed, DigestPublished, CodebookAdopted)
_ALERT = TypeAdapter(AlertRaised)
_CONFIRMED = TypeAdapter(AlertConfirmed)
_DIGEST = TypeAdapter(DigestPublished)
_HAPPENING = TypeAdapter(HappeningNoted)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertNote:
    """An alert as it was raised, where it stands in the log, and what a person said of it last."""

    alert: Alert
    codebook: str
    position: int
    verdict: Literal["", "confirmed", "dismissed"] = ""
    by: str = ""
    reason: str = ""

    @property
    def id(self) -> str:
        """How people and the log name it."""
        return alert_id(self.alert)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestNote:
    """A digest that was published, and where the log says so."""

    digest: DigestPublished
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodebookNote:
    """A codebook that came into force at a position; its files are in the log's stream `codebook`."""

    codebook: str
    recogniser: str
    position: int


def apply(connection: Connection, t: Tables, recorded: Recorded) -> None:
    """Keep one of these facts."""
    match recorded.event:
        case HappeningNoted(conflict=conflict, title=subject):
            data = orjson.dumps(recorded.event)
        case AlertRaised(alert=alert):
            conflict, subject, data = alert.conflict, alert_id(alert), orjson.dumps(recorded.event)
        case AlertConfirmed(alert=subject):
            conflict, data = subject.partition(":")[0], orjson.dumps(recorded.event)
        case DigestPublished(conflict=conflict, week=subject):
            data = orjson.dumps(recorded.event)
        case CodebookAdopted(codebook=subject, recogniser=recogniser):
            conflict, data = "", orjson.dumps({"recogniser": recogniser})
        case _:
            return
    row = {"position": recorded.position, "kind": recorded.event.type, "conflict": conflict, "subject": subject}
    connection.execute(insert(t.notes), row | {"data": data.decode()})


def _data(connection: Connection, t: Tables, kind: str, conflict: str | None, at: int) -> list[tuple[int, str, str]]:
    c = t.notes.c
    query = select(c.position, c.subject, c.data).where(c.kind == kind, c.position <= at).order_by(c.position)
    if conflict is not None:
        query = query.where(c.conflict == conflict)
    return [(row.position, row.subject, row.data) for row in connection.execute(query)]


def happenings(connection: Connection, t: Tables, conflict: str | None, at: int) -> tuple[Happening, ...]:
    """Happenings noted up to a position, by day."""
    noted = [_HAPPENING.validate_json(data) for _, _, data in _data(connection, t, HappeningNoted.type, conflict, at)]
    found = [Happening(conflict=n.conflict, day=n.day, title=n.title, url=n.url, by=n.by) for n in noted]
    return tuple(sorted(found, key=lambda h: h.day))


def alerts(connection: Connection, t: Tables, conflict: str | None, at: int) -> tuple[AlertNote, ...]:
    """Alerts raised up to a position, in log order; raised again (grown worse), the later one stands too."""
    verdicts = {
        subject: _CONFIRMED.validate_json(data)
        for _, subject, data in _data(connection, t, AlertConfirmed.type, conflict, at)
    }
    found: list[AlertNote] = []
    for position, subject, data in _data(connection, t, AlertRaised.type, conflict, at):
        raised, said = _ALERT.validate_json(data), verdicts.get(subject)
        found.append(
            AlertNote(
                alert=raised.alert,
                codebook=raised.codebook,
                position=position,
                verdict=said.verdict if said else "",
                by=said.by if said else "",
                reason=said.reason if said else "",
            )
        )
    return tuple(found)


def digests(connection: Connection, t: Tables, conflict: str | None, at: int) -> tuple[DigestNote, ...]:
    """Digests published up to a position, in log order."""
    return tuple(
        DigestNote(digest=_DIGEST.validate_json(data), position=position)
        for position, _, data in _data(connection, t, DigestPublished.type, conflict, at)
    )


def codebooks(connection: Connection, t: Tables, at: int) -> tuple[CodebookNote, ...]:
    """Codebooks adopted up to a position, in log order; the last one is in force."""
    return tuple(
        CodebookNote(codebook=subject, recogniser=orjson.loads(data)["recogniser"], position=position)
        for position, subject, data in _data(connection, t, CodebookAdopted.type, None, at)
    )
