"""Inputs → readings of one subject over many days: what a chart and `tracker history` show."""

from collections.abc import Iterable, Sequence
from datetime import date

from tracker.errors import QuestionError
from tracker.model.codebook import Codebook, Composite, Indicator
from tracker.model.readings import Inputs, Reading
from tracker.readiness import composites, indicators
from tracker.readiness.board import Board, board
from tracker.readiness.intervals import Resamples, interval


def subject_of(codebook: Codebook, subject: str) -> Indicator | Composite:
    """The indicator or composite of that id. Raises QuestionError naming what there is."""
    known: dict[str, Indicator | Composite] = {i.id: i for i in codebook.indicators}
    known |= {c.id: c for c in codebook.composites}
    try:
        return known[subject]
    except KeyError:
        raise QuestionError(
            f"nothing is called {subject!r} in codebook {codebook.version}", remedy=f"ask for one of {', '.join(known)}"
        ) from None


def signals_of(codebook: Codebook, subjects: Iterable[str]) -> tuple[str, ...]:
    """The signals behind some indicators or composites, so that no others need be read or measured."""
    found: dict[str, None] = {}
    for name in subjects:
        subject = subject_of(codebook, name)
        sources = [leg.source for leg in subject.legs] if isinstance(subject, Composite) else [subject.id]
        for source in sources:
            for indicator in codebook.indicators:
                for signal in indicator.signals:
                    named = source in (indicator.id, f"signal:{signal.id}")
                    if named or (source == "pressure" and signal.motivation_modes):
                        found |= dict.fromkeys(s.id for s in indicator.signals)
    return tuple(found)


def readings(
    found: Board, subject: str, party: str | None, *, resamples: Resamples | None = None
) -> tuple[Reading, ...]:
    """Readings of one subject on the days of a board; one board serves any number of subjects."""
    known = subject_of(found.codebook, subject)
    bounds = None if resamples is None else interval(found, resamples, known, party)
    if isinstance(known, Composite):
        return composites.readings(found, known, party, bounds)
    return indicators.readings(found, known, party, bounds)


def series(
    inputs: Inputs,
    codebook: Codebook,
    subject: str,
    party: str | None,
    days: Sequence[date],
    *,
    resamples: Resamples | None = None,
) -> tuple[Reading, ...]:
    """Readings of an indicator or composite on `days` (rising); with `resamples` made for the same days, intervals.

    Raises QuestionError for an unknown subject, ValueError for days out of order or a party that does not fit.
    """
    found = board(inputs, codebook, days, signals=signals_of(codebook, [subject]))
    return readings(found, subject, party, resamples=resamples)
