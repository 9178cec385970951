"""Evidence → quotations ready to print: context, cue, speaker, weight and its factors, links, anchor, order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import blake2b

from tracker.digest import safe
from tracker.digest.view import DigestMaterial, Weighed
from tracker.model.clock import utc_day
from tracker.model.codebook import Codebook, Composite
from tracker.model.signals import ALL

PAGE = 200  # records on an evidence page
BRIEF = 320  # letters
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One record as a reader meets it."""

    anchor: str
    href: str  # of the record on its evidence page, relative to the conflict's folder
    before: str
    start: str  # the sentence up to its cue, the cue, and the rest
    cue: str
    rest: str
    title: str
    outlet: str
    language: str
    day: date | None
    url: str | None  # None: show `address` as text
    address: str
    archived: str | None
    signal: str
    signal_title: str
    indicator: str
    mode: str
    polarity: int
    party: str  # id, or "ALL"
    party_name: str  # "" for both parties
    style: str
    speaker: str
    speaker_class: str
    speaker_side: str
    factuality: str
    intensity: int
    rule: str
    probability: float
    contribution: float
    factors: tuple[tuple[str, float], ...]
    counted: bool
    why_not: str
    review: str
    owners: int
    headline: bool
    layers: int
    flags: tuple[str, ...]

    @property
    def forgotten(self) -> bool:
        """Whether the words were removed on request."""
        return not (self.start or self.cue or self.rest)


def order(evidence: Sequence[Weighed]) -> tuple[Weighed, ...]:
    """Counted records first, by size of contribution; ties by article, sentence and signal."""
    return tuple(sorted(evidence, key=_rank))


def quotes(material: DigestMaterial) -> tuple[Quote, ...]:
    """Every record of the week in the order of its evidence pages."""
    found = []
    seen: set[str] = set()
    for i, weighed in enumerate(order(material.evidence)):
        mark = anchor(weighed)
        while mark in seen:
            mark += "x"
        seen.add(mark)
        found.append(quote(weighed, material, href=f"{page_name(material.week, i // PAGE + 1)}#{mark}", mark=mark))
    return tuple(found)


def page_name(week: str, page: int) -> str:
    """File name of an evidence page; the first has no number.

    >>> page_name("2026-W47", 1), page_name("2026-W47", 3)
    ('2026-W47-evidence.html', '2026-W47-evidence-3.html')
    """
    return f"{week}-evidence.html" if page == 1 else f"{week}-evidence-{page}.html"


def anchor(weighed: Weighed) -> str:
    """A name for one record that stays the same as long as the sentence and its code do."""
    record = weighed.record
    identity = f"{record.article}:{record.revision}:{record.signal.key}".encode()
    return f"e{blake2b(identity, digest_size=6).hexdigest()}"


def quote(weighed: Weighed, material: DigestMaterial, *, href: str = "", mark: str = "") -> Quote:
    """A record in words; what strangers wrote is made harmless here, before any template sees it."""
    record, signal = weighed.record, weighed.record.signal
    codebook = material.method.codebook
    start, cue, rest = _split(signal.evidence.quote, signal.evidence.cue)
    day = _day(record.published_at)
    stamp = (day or material.sunday).strftime("%Y%m%d")
    flags = tuple(
        name
        for name in ("conditional", "contested", "imputed", "self_perceived", "is_spoiler")
        if getattr(signal, name)
    )
    names = {p.id: p.name for p in material.conflict.parties}
    return Quote(
        anchor=mark or anchor(weighed),
        href=href,
        before=safe.text(signal.evidence.before),
        start=start,
        cue=cue,
        rest=rest,
        title=safe.short(record.title),
        outlet=safe.short(record.outlet, 120),
        language=record.language if _LANGUAGE.match(record.language) else "",
        day=day,
        url=safe.link(record.url),
        address=safe.text(record.url),
        archived=safe.archived(record.url, stamp),
        signal=signal.signal,
        signal_title=titles(codebook).get(signal.signal, signal.signal),
        indicator=weighed.indicator,
        mode=signal.mode,
        polarity=signal.polarity,
        party=signal.locus,
        party_name="" if signal.locus == ALL else names.get(signal.locus, signal.locus),
        style=style(material, signal.locus),
        speaker=""
        if signal.speaker_class == "public"
        else safe.short(signal.speaker, 160).replace("(implied)", "").strip(),
        speaker_class=signal.speaker_class,
        speaker_side=signal.speaker_side,
        factuality=signal.factuality,
        intensity=signal.intensity,
        rule=safe.short(signal.rule, 120),
        probability=signal.probability,
        contribution=weighed.contribution,
        factors=tuple(weighed.factors.items()),
        counted=weighed.counted,
        why_not=safe.short(weighed.why_not),
        review=record.review,
        owners=len(record.story_owners),
        headline=signal.unit == "headline",
        layers=signal.layers,
        flags=flags,
    )


def titles(codebook: Codebook) -> dict[str, str]:
    """Titles of signals, indicators and composites by id."""
    found: dict[str, str] = {"pressure": "Pressure by outsiders"}
    for indicator in codebook.indicators:
        found[indicator.id] = indicator.title
        found.update((s.id, s.title) for s in indicator.signals)
    found.update((c.id, c.title) for c in codebook.composites)
    return found


def composite_order(codebook: Codebook) -> tuple[Composite, ...]:
    """Composites as pages tell them: the conflict's first, then readiness, then costs, then any others."""
    forms = ("ripeness", "readiness", "costs")
    return tuple(
        sorted(
            codebook.composites,
            key=lambda c: (c.level != "conflict", forms.index(c.form) if c.form in forms else len(forms), c.id),
        )
    )


def style(material: DigestMaterial, party: str | None) -> str:
    """The style class of a party: `a` for the first in the registry, `b` for the second, `c` for neither."""
    first, second = material.parties
    return {first: "a", second: "b"}.get(party or "", "c")


def strongest(found: Sequence[Quote], *, most: int = 3, **wanted: object) -> tuple[Quote, ...]:
    """The counted quotations with the given fields that weigh most, at most one of an article's title."""
    chosen: list[Quote] = []
    for candidate in found:
        if not candidate.counted or candidate.forgotten:
            continue
        if any(getattr(candidate, name) != value for name, value in wanted.items()):
            continue
        if any(candidate.title == c.title and candidate.signal == c.signal for c in chosen):
            continue
        chosen.append(brief(candidate))
        if len(chosen) == most:
            break
    return tuple(chosen)


def brief(quote: Quote) -> Quote:
    """The quotation as a summary prints it: at most `BRIEF` letters before, in and after the cue."""
    start = quote.start if len(quote.start) <= BRIEF else "…" + quote.start[-BRIEF:].lstrip()
    if not quote.cue:
        start = safe.short(quote.start, 2 * BRIEF)
    rest = quote.rest if len(quote.rest) <= BRIEF else quote.rest[:BRIEF].rstrip() + "…"
    return replace(quote, start=start, cue=safe.short(quote.cue, BRIEF), rest=rest)


def _rank(weighed: Weighed) -> tuple[object, ...]:
    record = weighed.record
    return (
        not weighed.counted,
        -abs(weighed.contribution),
        record.article,
        record.signal.evidence.sentence,
        anchor(weighed),
    )


def _split(words: str, cue: tuple[int, int] | None) -> tuple[str, str, str]:
    if cue is None or not 0 <= cue[0] < cue[1] <= len(words):
        return safe.text(words), "", ""
    start, marked, rest = words[: cue[0]], words[cue[0] : cue[1]], words[cue[1] :]
    gap_before = " " if start[-1:].isspace() else ""
    gap_after = " " if rest[:1].isspace() else ""
    return safe.text(start) + gap_before, safe.text(marked), gap_after + safe.text(rest)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else utc_day(moment)
