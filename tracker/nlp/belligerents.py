"""Wars that no file registers: who fights whom, so that labelled sentences of any war can be coded and scored."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from tracker.model.codebook import Conflict, Party
from tracker.nlp.markers import KINDS, PARTIES, WARS, mentions_in

_POWERS: Final = frozenset({"USA", "TUR", "SAU", "IRN"})
_LONG_AGO: Final = date(1990, 1, 1)


def pair_of(texts: Sequence[str]) -> tuple[str, str] | None:
    """The warring pair that texts speak of, the first text weighing most; None when no belligerent is named.

    A power that is an outsider in most wars (the United States, say) makes a pair only together with its enemy.
    """
    weight: dict[str, float] = {}
    for factor, text in zip((1.0, 0.6, 0.5, 0.4), texts, strict=False):
        for party in {mention.party for mention in mentions_in(text)}:
            weight[party] = weight.get(party, 0.0) + factor
    best, best_score = None, 0.0
    for first, second in WARS:
        both = first in weight and second in weight
        if not both and (first in _POWERS or second in _POWERS):
            continue
        score = weight.get(first, 0.0) + weight.get(second, 0.0) + (0.5 if both else 0.0)
        if score > best_score:
            best, best_score = (first, second), score
    return best


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
