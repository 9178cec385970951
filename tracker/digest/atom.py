"""Issues and alerts → Atom feeds (RFC 4287), the newest fifty."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from tracker.digest import safe
from tracker.digest.language import Language
from tracker.digest.records import titles
from tracker.digest.view import DigestMaterial, Issue, monday_of
from tracker.digest.wording import ALERTS, POLARITY

MOST = 50
NAMESPACE = "http://www.w3.org/2005/Atom"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def digests_feed(issues: Sequence[Issue], words: Language, *, base_url: str = "") -> bytes:
    """One entry per digest; `base_url` makes links absolute, without it they are relative to the feed."""
    chosen = sorted(issues, key=lambda i: (i.at, i.conflict, i.week), reverse=True)[:MOST]
    feed = _feed(words.gettext("Parley: digests"), "feed.xml", chosen[0].at if chosen else EPOCH, base_url)
    for one in chosen:
        path = f"{safe.slug(one.conflict)}/{one.week}.html"
        title = f"{safe.text(one.title)}: {words.span(monday_of(one.week))}"
        summary = " ".join(safe.text(line) for line in one.headlines) or title
        _entry(feed, base_url, title=title, path=path, at=one.at, day=monday_of(one.week), summary=summary)
    return _bytes(feed)


def alerts_feed(materials: Sequence[DigestMaterial], words: Language, *, base_url: str = "") -> bytes:
    """One entry per alert that was raised or confirmed; what a person dismissed or must still see is left out."""
    rows: list[tuple[datetime, str, str, str, date]] = []
    for material in materials:
        names = titles(material.method.codebook)
        parties = {p.id: p.name for p in material.conflict.parties}
        for raised in material.alerts:
            alert = raised.alert
            waiting = alert.state == "awaiting-confirmation" and raised.verdict != "confirmed"
            if alert.state == "withheld" or waiting or raised.verdict == "dismissed":
                continue
            iso = alert.week.isocalendar()
            path = f"{safe.slug(material.conflict.id)}/{iso.year}-W{iso.week:02d}.html"
            fragment = safe.slug(f"{alert.kind}-{alert.signal}-{alert.party}-{alert.polarity}")
            title = ", ".join(
                (
                    safe.text(material.conflict.title),
                    names.get(alert.signal, alert.signal),
                    words.gettext(POLARITY.get(alert.polarity, POLARITY[0])),
                    parties.get(alert.party, words.gettext("both parties")),
                )
            )
            at = datetime.combine(alert.week + timedelta(days=7), time(), UTC)
            rows.append((at, f"{path}?{fragment}", title, words.gettext(ALERTS[alert.kind]), alert.week))
    rows.sort(key=lambda r: (r[0], r[1]), reverse=True)
    feed = _feed(words.gettext("Parley: alerts"), "alerts.xml", rows[0][0] if rows else EPOCH, base_url)
    for at, path, title, summary, week in rows[:MOST]:
        _entry(feed, base_url, title=title, path=path, at=at, day=week, summary=summary)
    return _bytes(feed)


def _feed(title: str, path: str, updated: datetime, base_url: str) -> Element:
    feed = Element("feed", {"xmlns": NAMESPACE})
    SubElement(feed, "title").text = title
    SubElement(feed, "id").text = _identity(base_url, EPOCH.date(), path)
    SubElement(feed, "updated").text = _stamp(updated)
    SubElement(SubElement(feed, "author"), "name").text = "Parley"
    SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": _href(base_url, path)})
    SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": _href(base_url, "index.html")})
    return feed


def _entry(feed: Element, base_url: str, *, title: str, path: str, at: datetime, day: date, summary: str) -> None:
    entry = SubElement(feed, "entry")
    SubElement(entry, "title").text = title
    SubElement(entry, "id").text = _identity(base_url, day, path)
    SubElement(entry, "updated").text = _stamp(at)
    page = path.partition("?")[0]
    SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": _href(base_url, page)})
    SubElement(entry, "summary").text = summary


def _identity(base_url: str, day: date, path: str) -> str:
    """A tag URI (RFC 4151): it stays the same when the page is written again."""
    host = urlsplit(base_url).hostname or "parley.invalid"
    return f"tag:{host},{day.isoformat()}:{path}"


def _href(base_url: str, path: str) -> str:
    return f"{base_url.rstrip('/')}/{path}" if base_url else path


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _bytes(feed: Element) -> bytes:
    indent(feed, space=" ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(feed, encoding="unicode")}\n'.encode()
