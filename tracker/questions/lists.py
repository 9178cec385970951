"""Short lists that several commands print, and checks that a name is known."""

from typing import Any

from tracker.errors import QuestionError
from tracker.model.codebook import Codebook, Conflict
from tracker.projections import reads
from tracker.projections.notes import AlertNote


def known_conflict(codebook: Codebook, conflict: str) -> Conflict:
    """The registered conflict. Raises QuestionError naming those there are."""
    try:
        return codebook.conflict(conflict)
    except KeyError:
        known = ", ".join(c.id for c in codebook.conflicts) or "none: add a file to conflicts/"
        raise QuestionError(f"no conflict is called {conflict!r}", remedy=f"known: {known}") from None


def known_party(conflict: Conflict, party: str) -> str:
    """A principal's id, in any case of letters. Raises QuestionError naming the two."""
    for principal in conflict.parties:
        if principal.id.casefold() == party.casefold():
            return principal.id
    known = " and ".join(p.id for p in conflict.parties)
    raise QuestionError(f"{party!r} is no principal of {conflict.id}", remedy=f"its principals are {known}")


def alert_list(engine: Any, conflict: str | None = None) -> tuple[AlertNote, ...]:
    """Alerts in the log, newest week first."""
    return tuple(sorted(reads.alerts(engine, conflict), key=lambda a: (a.alert.week, a.position), reverse=True))
