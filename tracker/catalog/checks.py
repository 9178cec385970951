"""What a catalogue must hold beyond its types: known ids, sane numbers, dates in order."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from tracker.catalog.documents import Document
from tracker.errors import CatalogError
from tracker.model.articles import Feed
from tracker.model.codebook import Codebook, Composite, Conflict, Example, Indicator, Leader
from tracker.readiness.weights import OTHER_BLOC

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_COUNTRY = re.compile(r"[A-Za-z]{2}|INT")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
EXCLUSIONS = frozenset(f"X{n}" for n in range(1, 15))
FORMS = ("ripeness", "readiness", "costs", "mean", "geometric", "minimum")


def check_codebook(codebook: Codebook, documents: Mapping[str, Document]) -> None:
    """Raises CatalogError at the first thing that does not hold."""
    by_id = {(_room(name), d.value.get("id")): d for name, d in documents.items() if isinstance(d.value, dict)}
    seen: dict[str, str] = {}
    for indicator in codebook.indicators:
        _indicator(indicator, by_id["indicators", indicator.id], seen)
    sources = {i.id for i in codebook.indicators} | {f"signal:{s}" for s in seen} | {"pressure"}
    for composite in codebook.composites:
        _composite(composite, by_id["composites", composite.id], sources)
    for conflict in codebook.conflicts:
        _conflict(conflict, by_id["conflicts", conflict.id])
    _unique(documents)


def check_feeds(feeds: Sequence[Feed], document: Document, conflicts: Sequence[Conflict] = ()) -> None:
    """Raises CatalogError at the first feed that cannot be polled or counted, or whose id stands twice.

    Blocs and conflicts are checked against `conflicts`, where any are given.
    """
    seen: set[str] = set()
    for index, feed in enumerate(feeds):
        path = ("feeds", index)
        _slug(feed.id, document, (*path, "id"))
        if feed.id in seen:
            raise document.error((*path, "id"), f"{feed.id!r} stands twice", remedy="give each feed its own id")
        seen.add(feed.id)
        for key, problem, remedy in feed_faults(feed, conflicts):
            raise document.error((*path, key), problem, remedy=remedy)


def feed_faults(feed: Feed, conflicts: Sequence[Conflict] = ()) -> Iterator[tuple[str, str, str]]:
    """What is wrong with one feed by itself: key, problem and remedy."""
    if not _is_http(feed.url):
        yield "url", f"{feed.url!r} is not an http address", "write https://…"
    if not _COUNTRY.fullmatch(feed.country):
        yield "country", f"{feed.country!r} is no country code", "write two letters (ISO 3166), or INT"
    if not _LANGUAGE.fullmatch(feed.language):
        yield "language", f"{feed.language!r} is no language code", "write two or three small letters (ISO 639): en"
    if feed.every_minutes > 1440:
        yield "every", "is longer than a day", "write at most 1d"
    if conflicts:
        yield from _uncounted(feed, conflicts)


def _uncounted(feed: Feed, conflicts: Sequence[Conflict]) -> Iterator[tuple[str, str, str]]:
    """A conflict that nobody watches, a bloc that no conflict lists: the feed would count nowhere, or elsewhere.

    A conflict that lists no blocs takes any; one that lists others counts a known bloc as third country.
    """
    named = {c.id: c for c in conflicts}
    for conflict in feed.conflicts:
        if conflict not in named:
            remedy = _nearest(conflict, named) + f"known: {', '.join(sorted(named))}"
            yield "conflicts", f"there is no conflict {conflict!r}", remedy
    blocs = {bloc.id for c in conflicts for bloc in c.blocs} | {OTHER_BLOC}
    if feed.bloc not in blocs and all(named[c].blocs for c in feed.conflicts if c in named):
        remedy = _nearest(feed.bloc, blocs) + f"known: {', '.join(sorted(blocs))}"
        yield "bloc", f"no conflict lists the bloc {feed.bloc!r}", remedy


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}? " if near else ""


def _indicator(indicator: Indicator, document: Document, seen: dict[str, str]) -> None:
    _slug(indicator.id, document, ("id",))
    if not indicator.signals:
        raise document.error(("signals",), "an indicator needs at least one signal", remedy="add one")
    for index, signal in enumerate(indicator.signals):
        path = ("signals", index)
        _slug(signal.id, document, (*path, "id"))
        if signal.id in seen:
            problem = f"{signal.id!r} also stands in {seen[signal.id]}"
            raise document.error((*path, "id"), problem, remedy="give it another id")
        seen[signal.id] = document.name
        if not signal.weight > 0:
            raise document.error((*path, "weight"), "should be above 0", remedy="leave the signal out instead")
        if not 1 <= signal.half_life_days <= 730:
            raise document.error((*path, "half_life_days"), "should be 1 to 730 days", remedy="choose 14 to 120")
        if signal.acceptance is not None and not 0 < signal.acceptance <= 1:
            raise document.error((*path, "acceptance"), "should be above 0 and at most 1", remedy="try 0.5")
        for mode in signal.motivation_modes:
            if mode not in signal.modes:
                raise document.error((*path, "motivation_modes"), f"{mode!r} is not a mode", remedy="see `modes`")
        _examples(signal.examples, document, (*path, "examples"))
        for at, frame in enumerate(signal.frames):
            where = (*path, "frames", at)
            if frame.polarity not in {-1, 0, 1}:
                raise document.error((*where, "polarity"), "should be -1, 0 or 1", remedy="choose one")
            if frame.intensity not in {1, 2, 3}:
                raise document.error((*where, "intensity"), "should be 1, 2 or 3", remedy="choose one")
            if not 0 < frame.precision <= 1:
                raise document.error((*where, "precision"), "should be above 0 and at most 1", remedy="try 0.6")


def _examples(examples: Sequence[Example], document: Document, path: tuple[str | int, ...]) -> None:
    for at, example in enumerate(examples):
        if example.polarity not in {None, -1, 0, 1}:
            raise document.error((*path, at, "polarity"), "should be -1, 0 or 1", remedy="choose one")
        if example.exclusion and example.exclusion not in EXCLUSIONS:
            problem = f"{example.exclusion!r} is no exclusion"
            raise document.error((*path, at, "exclusion"), problem, remedy="write X1 to X14, see docs/coding.md")


def _composite(composite: Composite, document: Document, sources: Iterable[str]) -> None:
    _slug(composite.id, document, ("id",))
    known = set(sources)
    if not composite.legs:
        raise document.error(("legs",), "a composite needs at least one leg", remedy="add one")
    for index, leg in enumerate(composite.legs):
        if leg.source not in known:
            remedy = "name an indicator, `signal:<id>` or `pressure`"
            raise document.error(("legs", index, "source"), f"{leg.source!r} is not known", remedy=remedy)
        if not leg.weight > 0:
            raise document.error(("legs", index, "weight"), "should be above 0", remedy="leave the leg out instead")
    for group, share in composite.needs.items():
        if not 0 < share <= 1:
            raise document.error(("needs", group), "should be above 0 and at most 1", remedy="try 0.6")


def _conflict(conflict: Conflict, document: Document) -> None:
    _slug(conflict.id, document, ("id",))
    if len(conflict.parties) != 2:
        remedy = "name the two principals; others are outsiders"
        raise document.error(("parties",), f"{len(conflict.parties)} instead of 2", remedy=remedy)
    ids = [party.id for party in conflict.parties]
    if len(set(ids)) != 2 or "ALL" in ids:
        raise document.error(("parties",), f"ids {ids} cannot be told apart", remedy="use two ids, none of them ALL")
    for index, party in enumerate(conflict.parties):
        _leaders(party.leaders, document, ("parties", index, "leaders"))
    for index, outsider in enumerate(conflict.outsiders):
        _leaders(outsider.leaders, document, ("outsiders", index, "leaders"))
        if outsider.backs and outsider.backs not in ids:
            raise document.error(("outsiders", index, "backs"), f"{outsider.backs!r} is no party", remedy=f"use {ids}")
    known = {outsider.id for outsider in conflict.outsiders}
    for index, party in enumerate(conflict.parties):
        for backer in party.backers:
            if backer not in known:
                raise document.error(("parties", index, "backers"), f"{backer!r} is no outsider", remedy="add it below")
    for index, bloc in enumerate(conflict.blocs):
        if bloc.aligned_with and bloc.aligned_with not in ids:
            raise document.error(
                ("blocs", index, "aligned_with"), f"{bloc.aligned_with!r} is no party", remedy=str(ids)
            )


def _leaders(leaders: Sequence[Leader], document: Document, path: tuple[str | int, ...]) -> None:
    for index, leader in enumerate(leaders):
        if leader.since and leader.until and leader.until < leader.since:
            raise document.error((*path, index, "until"), "is before `since`", remedy="swap or mend the dates")


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _slug(value: str, document: Document, path: tuple[str | int, ...]) -> None:
    if not _SLUG.fullmatch(value):
        remedy = "use lower-case letters, digits, hyphens and underscores, at most 64"
        raise document.error(path, f"{value!r} cannot be an id", remedy=remedy)


def _room(name: str) -> str:
    return name.split("/")[-2]


def _unique(documents: Mapping[str, Document]) -> None:
    seen: dict[tuple[str, Any], str] = {}
    for name, document in documents.items():
        key = (_room(name), document.value.get("id"))
        if key in seen:
            raise CatalogError(f"{name}: the id {key[1]!r} also stands in {seen[key]}", remedy="rename one of them")
        seen[key] = name
