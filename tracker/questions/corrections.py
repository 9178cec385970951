"""What changed, since the digest before, in what earlier weeks rested on."""

from tracker.digest.view import Correction
from tracker.projections import reads
from tracker.questions.standpoint import Standpoint

MOST = 200  # a re-coding of everything is one fact with many rows; the page says how many there were


def corrections(view: Standpoint, conflict: str, week: str) -> tuple[Correction, ...]:
    """Signals of earlier weeks that were rejected, withdrawn or read otherwise since the previous digest."""
    before = [d for d in reads.digests(view.engine, conflict, as_of=view.as_of) if d.digest.week < week]
    if not before:
        return ()
    since = before[-1].digest.as_of
    found = reads.corrections(
        view.engine, conflict, since_position=since, until_position=view.position, codebook=view.codebook.version
    )
    result = []
    for change in found:
        if change.kind == "confirmed" or change.story_day is None:
            continue
        iso = change.story_day.isocalendar()
        touched = f"{iso.year}-W{iso.week:02d}"
        if touched >= week:
            continue
        result.append(
            Correction(
                kind=change.kind,
                week=touched,
                signal=change.signal.signal,
                party=change.signal.locus,
                title=change.title,
                outlet=change.outlet,
                url=change.url,
                reason=change.reason,
                position=change.position,
            )
        )
    return tuple(result[:MOST])
