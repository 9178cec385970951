"""The headline facts of a week: which sentences are true of this material, and in which order they are said."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from tracker.digest.records import composite_order, titles
from tracker.digest.view import DigestMaterial, RaisedAlert, Tally, Tracked
from tracker.digest.wording import ALERT_NAMES, N_, POLARITY, Say, say, some
from tracker.model.readings import Change

MOST_RECORDS = 3
MOST_INDICATORS = 2


def headlines(material: DigestMaterial) -> tuple[Say, ...]:
    """What to say first: record weeks of signals, moved composites, confirmed alerts, and what was not seen."""
    found = [*records(material)][:MOST_RECORDS]
    found.extend(moves(material))
    found.extend(alert_lines(material))
    found.append(seen(material))
    unsaid = silence(material)
    return (*found, unsaid) if unsaid is not None else tuple(found)


def records(material: DigestMaterial) -> Iterator[Say]:
    """Signals of which the week held more stories, of one direction, than any week for at least four weeks."""
    names = titles(material.method.codebook)
    parties = {p.id: p.name for p in material.conflict.parties}
    best: list[tuple[int, int, str, int, tuple[str, ...], date | None, int]] = []
    signals = sorted({t.signal for t in material.tallies})
    for signal in signals:
        for direction in (1, -1):
            rows = {p: _record(material, signal, p, direction) for p in material.parties}
            known = {p: r for p, r in rows.items() if r is not None}
            if len(known) == len(parties) and len({(r[0], r[1]) for r in known.values()}) == 1:
                groups = [tuple(known)]
            else:
                groups = [(p,) for p in known]
            for group in groups:
                count, since, owners = known[group[0]]
                weeks_back = 999 if since is None else (material.monday - since).days // 7
                best.append((count, weeks_back, signal, direction, group, since, owners))
    best.sort(key=lambda b: (-b[0], -b[1], b[2], -b[3], b[4]))
    for count, _, signal, direction, group, since, owners in best:
        about = say(N_("both parties")) if len(group) > 1 else parties[group[0]]
        values = {"signal": names.get(signal, signal), "direction": say(POLARITY[direction]), "about": about}
        base = some("{n} story", "{n} stories", count)
        if owners:
            base = some("{stories}, {n} owner", "{stories}, {n} owners", owners, stories=base)
        if since is None:
            weeks = _weeks_on_record(material)
            yield say(
                N_(
                    "Reporting contained more on “{signal}” pointing {direction}, about {about}, "
                    "than in any of the {weeks} weeks on record: {base}."
                ),
                weeks=weeks,
                base=base,
                **values,
            )
        else:
            yield say(
                N_(
                    "Reporting contained more on “{signal}” pointing {direction}, about {about}, "
                    "than in any week since that of {since}: {base}."
                ),
                since=since,
                base=base,
                **values,
            )


def moves(material: DigestMaterial) -> Iterator[Say]:
    """Composites whose four-week change lies outside its interval; where one party's moved, both are told."""
    every = (*material.composites, *material.indicators)
    moved = {t.subject for t in every if _arrow(t)}
    indicators = [t.subject for t in sorted(material.indicators, key=_largest) if t.subject in moved]
    for subject in (*composite_ids(material, moved), *list(dict.fromkeys(indicators))[:MOST_INDICATORS]):
        told = [t for t in every if t.subject == subject and t.reading.value is not None]
        for tracked in sorted(told, key=lambda t: not _arrow(t)):
            yield _move(material, tracked)
    asked = [t for t in material.composites if t.reading.value is not None]
    if asked and not any(_arrow(t) for t in material.composites):
        yield _none_moved([c for t in asked if (c := t.change(4)) is not None])


def _none_moved(changes: Sequence[Change]) -> Say:
    """That no composite has an arrow, with the reason."""
    if all(c.low is None for c in changes):
        return say(N_("No composite reading has an interval for its change over four weeks."))
    if any(_off_zero(c) for c in changes):
        return say(
            N_(
                "No composite reading moved over four weeks by more than its interval allows for "
                "with three new stories or more behind it."
            )
        )
    return say(N_("No composite reading moved over four weeks by more than its interval allows for."))


def composite_ids(material: DigestMaterial, moved: Collection[str]) -> tuple[str, ...]:
    """Ids of the composites that moved, in the order of the page."""
    return tuple(c.id for c in composite_order(material.method.codebook) if c.id in moved)


def alert_lines(material: DigestMaterial) -> Iterator[Say]:
    """Alerts of the week: the counted kinds at once, `first` and `break` only when a person confirmed them."""
    names = titles(material.method.codebook)
    parties = {p.id: p.name for p in material.conflict.parties}
    waiting = 0
    for raised in week_alerts(material):
        alert = raised.alert
        if raised.verdict == "dismissed" or alert.state == "withheld":
            continue
        if alert.state == "awaiting-confirmation" and raised.verdict != "confirmed":
            waiting += 1
            continue
        values = {
            "kind": say(ALERT_NAMES[alert.kind]),
            "signal": names.get(alert.signal, alert.signal),
            "direction": say(POLARITY.get(alert.polarity, POLARITY[0])),
            "about": parties.get(alert.party) or say(N_("both parties")),
        }
        if alert.kind != "surge":  # only surges are held against a usual number of stories
            yield some(
                "Alert ({kind}): “{signal}” pointing {direction}, about {about}: {n} story.",
                "Alert ({kind}): “{signal}” pointing {direction}, about {about}: {n} stories.",
                alert.count,
                **values,
            )
            continue
        yield some(
            "Alert ({kind}): “{signal}” pointing {direction}, about {about}: {n} story this week (usually {usual}).",
            "Alert ({kind}): “{signal}” pointing {direction}, about {about}: {n} stories this week (usually {usual}).",
            alert.count,
            usual=round(alert.baseline, 1),
            **values,
        )
    if waiting:
        yield some(
            "{n} alert awaits confirmation by a person before it is headlined.",
            "{n} alerts await confirmation by a person before they are headlined.",
            waiting,
        )


def week_alerts(material: DigestMaterial) -> tuple[RaisedAlert, ...]:
    """The alerts of this week, in the order of the registry and the signals' names."""
    found = [a for a in material.alerts if a.alert.week == material.monday]
    return tuple(sorted(found, key=lambda a: (a.alert.signal, a.alert.party, -a.alert.polarity, a.alert.kind)))


def seen(material: DigestMaterial) -> Say:
    """How much was observed."""
    coverage = material.coverage
    return say(
        N_("{observed} of {expected} sources answered this week; they brought {articles} in {stories} from {owners}."),
        observed=coverage.observed,
        expected=coverage.expected,
        articles=some("{n} article", "{n} articles", coverage.articles),
        stories=some("{n} story", "{n} stories", coverage.stories),
        owners=some("{n} owner", "{n} owners", coverage.owners),
    )


def silence(material: DigestMaterial) -> Say | None:
    """How many readings could not be given; None when all could."""
    every = [*material.composites, *material.indicators]
    unsaid = [t for t in every if t.reading.value is None]
    if not unsaid:
        return None
    return some(
        "{n} of {all} readings could not be given: too little evidence or too few sources.",
        "{n} of {all} readings could not be given: too little evidence or too few sources.",
        len(unsaid),
        all=len(every),
    )


def direction(arrow: str) -> Say:
    """An arrow in words."""
    match arrow:
        case "up":
            return say(N_("rose"))
        case "down":
            return say(N_("fell"))
        case _:
            return say(N_("did not move"))


def _move(material: DigestMaterial, tracked: Tracked) -> Say:
    change = tracked.change(4)
    name = titles(material.method.codebook).get(tracked.subject, tracked.subject)
    parties = {p.id: p.name for p in material.conflict.parties}
    difference = (change.difference if change else None) or 0.0
    values = {
        "subject": name,
        "rose": direction("up" if difference > 0 else "down" if difference < 0 else "none"),
        "points": abs(round(difference, 1)),
        "value": round(tracked.reading.value or 0.0),
        "low": round(tracked.reading.low or 0.0),
        "high": round(tracked.reading.high or 0.0),
    }
    if change is None or change.arrow == "none":
        return say(_unmoved(change), party=parties.get(tracked.party or "", material.conflict.title), **values)
    if tracked.party is None:
        return say(
            N_(
                "Over four weeks the reading “{subject}” {rose} by {points} points, to {value} (interval {low}–{high})."
            ),
            **values,
        )
    return say(
        N_(
            "Over four weeks the reading “{subject}” of {party} {rose} by {points} points, "
            "to {value} (interval {low}–{high})."
        ),
        party=parties.get(tracked.party, tracked.party),
        **values,
    )


def _unmoved(change: Change | None) -> str:
    """The message for a reading without an arrow: nothing to compare, no interval, too little new, or no move."""
    if change is None or change.difference is None:
        return N_("The reading “{subject}” of {party} has none of four weeks before to compare with: {value}.")
    if change.low is None:
        if not round(change.difference, 1):
            return N_(
                "Over four weeks the reading “{subject}” of {party} stayed at {value}, "
                "with too few stories for an interval of the change."
            )
        return N_(
            "Over four weeks the reading “{subject}” of {party} {rose} by {points} points, to {value}, "
            "with too few stories for an interval of the change."
        )
    if _off_zero(change):
        return N_(
            "Over four weeks the reading “{subject}” of {party} {rose} by {points} points, "
            "to {value} (interval {low}–{high}), with too few new stories behind it for an arrow."
        )
    return N_(
        "Over four weeks the reading “{subject}” of {party} did not move by more than its interval allows for: "
        "{value} (interval {low}–{high})."
    )


def _off_zero(change: Change) -> bool:
    """Whether the interval of the change excludes zero."""
    return (change.low is not None and change.low > 0) or (change.high is not None and change.high < 0)


def _arrow(tracked: Tracked) -> bool:
    change = tracked.change(4)
    return change is not None and change.arrow != "none"


def _largest(tracked: Tracked) -> tuple[float, str]:
    change = tracked.change(4)
    return (-abs(change.difference or 0.0) if change and change.arrow != "none" else 0.0, tracked.subject)


def _weeks_on_record(material: DigestMaterial) -> int:
    """Weeks before this one, from the first that held any story with direction."""
    first = min((t.week for t in material.tallies if t.stories), default=material.monday)
    return max((material.monday - first).days // 7, 0)


def _record(material: DigestMaterial, signal: str, party: str, direction: int) -> tuple[int, date | None, int] | None:
    """Count, the last week with as many (None: none on record) and owners; None when it is no record."""

    def count(tally: Tally) -> int:
        return tally.plus if direction > 0 else tally.minus

    rows = [t for t in material.tallies if t.signal == signal and t.party == party and t.week <= material.monday]
    now = next((t for t in rows if t.week == material.monday), None)
    if now is None or count(now) < 3 or _weeks_on_record(material) < 4:
        return None
    as_many = [t.week for t in rows if t.week < material.monday and count(t) >= count(now)]
    since = max(as_many, default=None)
    if since is not None and (material.monday - since).days < 35:
        return None
    owners = now.owners if now.owners and not (now.plus and now.minus) else 0
    return count(now), since, owners
