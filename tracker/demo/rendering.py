"""Story and moment → the bytes an outlet would have served then: RSS, Atom, JSON Feed and article pages."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from tracker.demo.story import DemoArticle, Outlet, Story

LATEST = 20  # items a feed holds, as many news sites do
_CONTENT = "http://purl.org/rss/1.0/modules/content/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An answer of the loopback server before conditional headers are applied."""

    body: bytes
    content_type: str
    changed: datetime | None  # becomes Last-Modified


def feed_path(outlet: Outlet) -> str:
    """Where the outlet's feed lies on the server."""
    return f"/feeds/{outlet.id}.{'json' if outlet.format == 'json' else 'xml'}"


def page_path(outlet: Outlet, article: DemoArticle) -> str:
    """Where the article's page lies on the server, for outlets whose feed has no full text."""
    return f"/{outlet.id}/articles/{article.id}.html"


def link(outlet: Outlet, article: DemoArticle, base_url: str) -> str:
    """The address that the feed names; pages that must be fetched lie on the server, others in `.example`."""
    if outlet.format == "rss-teaser":
        return base_url + page_path(outlet, article)
    if outlet.format == "rss-undated":
        return f"https://{outlet.id}.example/bulletins/{article.id}"  # an address with a day in it would date the item
    address = f"https://{outlet.id}.example/{article.carried[outlet.id]:%Y/%m/%d}/{article.id}"
    return f"{address}?utm_source=feed&utm_medium=json" if outlet.format == "json" else address


def sentences(outlet: Outlet, article: DemoArticle, now: datetime) -> tuple[str, ...]:
    """The words an outlet prints at a moment: the text in force, with a credit line on copies."""
    text = article.as_of(now).sentences
    author = next(iter(article.carried))
    if outlet.id == author:
        return text
    return (*text, "Report by Northern Wire." if author == "northern-wire" else "Reprinted with permission.")


def feed(story: Story, outlet: Outlet, now: datetime, base_url: str) -> Served:
    """The outlet's feed as it looked at a moment: the latest items published until then."""
    items = story.published(outlet.id, now)[:LATEST]
    changed = max((a.changed(outlet.id, now) for a in items), default=None)
    match outlet.format:
        case "json":
            body, kind = _json_feed(outlet, items, now, base_url), "application/feed+json; charset=utf-8"
        case "atom":
            body, kind = _atom(outlet, items, now, base_url), "application/atom+xml; charset=utf-8"
        case _:
            body, kind = _rss(outlet, items, now, base_url), "application/rss+xml; charset=utf-8"
    undated = outlet.format == "rss-undated"
    return Served(body=body.encode(), content_type=kind, changed=None if undated else changed)


def page(outlet: Outlet, article: DemoArticle, now: datetime, base_url: str) -> Served:
    """The article's page, with the furniture around it that pages have."""
    when = article.carried[outlet.id]
    title = escape(article.as_of(now).title)
    body = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title} | {escape(outlet.outlet)}</title>
<link rel="canonical" href="{escape(link(outlet, article, base_url))}">
<meta property="og:type" content="article">
<meta property="article:published_time" content="{when.isoformat()}">
</head>
<body>
<header><nav><ul><li><a href="/">Front page</a></li><li><a href="/weather">Weather</a></li>
<li><a href="/sport">Sport</a></li></ul></nav></header>
<main>
<article>
<h1>{title}</h1>
<p class="byline"><time datetime="{when.isoformat()}">{when:%d %B %Y, %H:%M}</time></p>
{_paragraphs(sentences(outlet, article, now))}
</article>
</main>
<aside><h2>Most read</h2><ul><li><a href="/1">Ten ways to keep pears</a></li>
<li><a href="/2">Rovers sign a goalkeeper</a></li></ul></aside>
<footer><p>{escape(outlet.outlet)} is an invented newspaper. <a href="/imprint">Imprint</a></p></footer>
</body>
</html>
"""
    return Served(body=body.encode(), content_type="text/html; charset=utf-8", changed=article.changed(outlet.id, now))


def _rss(outlet: Outlet, items: tuple[DemoArticle, ...], now: datetime, base_url: str) -> str:
    dated = outlet.format != "rss-undated"
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<rss version="2.0" xmlns:content="{_CONTENT}"><channel>',
        f"<title>{escape(outlet.outlet)}</title><link>https://{outlet.id}.example/</link>",
        f"<description>News of {escape(outlet.outlet)}, an invented outlet</description><language>en-gb</language>",
    ]
    for article in items:
        words = sentences(outlet, article, now)
        address = escape(link(outlet, article, base_url))
        parts.append(f"<item><title>{escape(article.as_of(now).title)}</title><link>{address}</link>")
        parts.append(f'<guid isPermaLink="false">{outlet.id}:{article.id}</guid>')
        if dated:
            parts.append(f"<pubDate>{format_datetime(article.carried[outlet.id].astimezone(UTC))}</pubDate>")
        if outlet.format == "rss-full":
            parts.append(f"<description>{escape(words[0])}</description>")
            parts.append(f"<content:encoded>{escape(_paragraphs(words))}</content:encoded>")
        elif outlet.format == "rss-teaser":
            parts.append(f"<description>{escape(words[0])}</description>")
        else:
            parts.append(f"<description>{escape(_paragraphs(words))}</description>")
        parts.append("</item>")
    return "\n".join((*parts, "</channel></rss>", ""))


def _atom(outlet: Outlet, items: tuple[DemoArticle, ...], now: datetime, base_url: str) -> str:
    changed = max((a.changed(outlet.id, now) for a in items), default=now)
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB">',
        f"<title>{escape(outlet.outlet)}</title><id>https://{outlet.id}.example/</id>",
        f"<updated>{changed.isoformat()}</updated><author><name>{escape(outlet.outlet)}</name></author>",
    ]
    for article in items:
        address = escape(link(outlet, article, base_url))
        parts += [
            f"<entry><title>{escape(article.as_of(now).title)}</title>",
            f'<link rel="alternate" href="{address}"/><id>{address}</id>',
            f"<published>{article.carried[outlet.id].isoformat()}</published>",
            f"<updated>{article.changed(outlet.id, now).isoformat()}</updated>",
            f'<content type="html">{escape(_paragraphs(sentences(outlet, article, now)))}</content></entry>',
        ]
    return "\n".join((*parts, "</feed>", ""))


def _json_feed(outlet: Outlet, items: tuple[DemoArticle, ...], now: datetime, base_url: str) -> str:
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.outlet,
        "home_page_url": f"https://{outlet.id}.example/",
        "feed_url": base_url + feed_path(outlet),
        "language": "en-GB",
        "items": [
            {
                "id": f"{outlet.id}:{article.id}",
                "url": link(outlet, article, base_url),
                "title": article.as_of(now).title,
                "content_html": _paragraphs(sentences(outlet, article, now)),
                "date_published": article.carried[outlet.id].isoformat(),
                "date_modified": article.changed(outlet.id, now).isoformat(),
            }
            for article in items
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=1)


def _paragraphs(words: tuple[str, ...]) -> str:
    pairs = (" ".join(words[i : i + 2]) for i in range(0, len(words), 2))
    return "\n".join(f"<p>{escape(pair, quote=False)}</p>" for pair in pairs)
