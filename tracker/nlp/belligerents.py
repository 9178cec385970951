"""Wars that no file registers: who fights whom, so that labelled sentences of any war can be coded and scored."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from tracker.model.codebook import Conflict, Party
from tracker.nlp.markers import KINDS, PARTIES, principals_of

_LONG_AGO: Final = date(1990, 1, 1)


def pair_of(texts: Sequence[str]) -> tuple[str, str] | None:
    """The warring pair that texts speak of, the first text weighing most; None when no belligerent is named."""
    pair = principals_of(list(texts))
    return (pair[0], pair[1]) if len(pair) == 2 and all(pair) else None


def conflict_of(pair: tuple[str, str]) -> Conflict:
    """A conflict made of what is generally known of two belligerents; unknown ids become parties without names."""
    return Conflict(
        id="-".join(sorted(p.lower() for p in pair)),
        title=" and ".join(pair),
        description="made for scoring; not a registered conflict",
        started=_LONG_AGO,
        parties=tuple(_party(party) for party in pair),
    )


def _party(party: str) -> Party:
    columns = dict(zip(KINDS, PARTIES.get(party, ("",) * len(KINDS)), strict=True))
    names = {kind: tuple(filter(None, text.split("|"))) for kind, text in columns.items()}
    return Party(
        id=party,
        name=(names["name"] or (f"party {party}",))[0],
        aliases=(*names["name"], *names["leader"]),
        demonyms=names["adj"],
        capitals=names["place"],
        forces=names["force"],
    )
