"""Entry → Article: plain text, canonical address, judged date, language and sketch. Pure: the same in, the same out."""

import hashlib
import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from tracker.feeds.addresses import canonical_url, key_of
from tracker.model.articles import Article, DateSource, Entry, Feed, Problem
from tracker.model.sketch import signature_of, words

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)  # dates further in the future are impossible
MADE_FOR_US = timedelta(hours=1)  # a feed dated so close to the poll was made for it: its date says nothing
TITLE_LIMIT = 1_000
TEXT_LIMIT = 200_000
SAMPLE = 120  # characters of text, besides the title, by which a language is known
Detect = Callable[[str, str], str]  # text, claimed language -> ISO 639-1

_TAG = re.compile(r"""<(/?)([a-zA-Z][\w:-]*+)(?>[^<>"']++|"[^"<]*"|'[^'<]*')*+>|<[a-zA-Z/!?][^<>]*>""")
_BLOCK_NAMES = (
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 head header hr html li main nav ol p pre section summary table tbody td tfoot th thead title tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HIDDEN_NAMES = "script style noscript template iframe object svg math select button textarea audio video"
_HIDDEN = frozenset(_HIDDEN_NAMES.split())
_ESCAPED = re.compile(
    r"</?(?:p|br|div|a|b|i|strong|em|span|img|li|ul|h[1-6]|blockquote)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_CUT = re.compile(r"<[a-zA-Z/!][^<>]*$")  # a tag that was cut off at the end
_BREAKS = re.compile(r"\n{3,}")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)
_TAILS = re.compile(
    r"\s*(?:The post .{1,300}? (?:appeared first on|first appeared on) .{1,100}|"
    r"\[?(?:Continue reading|Read more|Read the full story|Read on)\b[^\n]{0,120}|\[(?:…|\.\.\.|&hellip;)\])\s*$"
)
_STAMP = re.compile(
    r"(?:\b(?:last\s+)?(?:updated|modified|published|posted)\b[^\n]{0,12}?)?"
    r"(?:\b\d{1,2}[:.]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?(?:\s*\(?(?:GMT|UTC|BST|CET|CEST|EST|EDT|ET|MSK)\)?)?(?!\d)"
    r"|\b\d{1,3}\s*(?:seconds?|secs?|minutes?|mins?|m|hours?|hrs?|h)\s+ago\b)",
    re.IGNORECASE,
)
_ENGLISH = frozenset({"the", "of", "and", "to", "that", "with", "from", "were", "has", "have", "been", "their", "this"})
PLAINLY_ENGLISH = 4  # so many of these words and no detection is needed
_CLOCK = re.compile(r"[:.]\d")
_AGO = re.compile(r"ago\b")
_URL_DAY = re.compile(
    r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[/-](\d\d?)(?=[/-])",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known besides the entry: when we polled, what feed and server say, whether this is the first look."""

    at: datetime
    home: str = ""
    feed_date: datetime | None = None
    http_date: datetime | None = None  # Last-Modified; never the date of the answer itself
    first: bool = False
    shared_urls: frozenset[str] = frozenset()  # canonical addresses that several entries of the feed carry


def article_of(
    entry: Entry, feed: Feed, about: Circumstances, detect: Detect
) -> tuple[Article | None, tuple[Problem, ...]]:
    """The article of an entry, or None with the reason; a date or text that had to be judged is reported too."""
    title = title_of(entry.title)
    text = body_of(entry)
    name = f"{feed.id}: {title or entry.url or entry.guid or 'an entry without title, link and id'}"[:200]
    if not title and not text:
        return None, (Problem(subject=name, reason="neither title nor text"),)
    problems: list[Problem] = []
    url = canonical_url(entry.url)
    published_at, date_source, trouble = judged_date(entry, url, about)
    if trouble:
        problems.append(Problem(subject=name, reason=trouble, remedy="the article is kept, outside the counts"))
    if text.startswith(title) and text[len(title) :].startswith(("\n", ":", " -")) and title:
        text = text[len(title) :].lstrip(" :-–—\n")
    if text == title:
        text = ""
    outlet, owner = publisher(entry, feed)
    own = url and key_of(url) not in about.shared_urls and key_of(url) != key_of(canonical_url(about.home))
    whole = f"{title}\n{text}"
    found = words(whole)
    language = "en"
    if len(_ENGLISH.intersection(found[:80])) < PLAINLY_ENGLISH:
        language = detect(f"{title}. {text[:SAMPLE]}", (entry.language or feed.language)[:2].lower()) or feed.language
    article = Article(
        id=article_id(url if own else "", feed=feed.id, guid=entry.guid or url or title),
        url=url,
        title=title,
        text=text,
        feed=feed.id,
        outlet=outlet,
        owner=owner,
        country=feed.country,
        bloc=feed.bloc,
        language=language,
        published_at=published_at,
        date_source=date_source,
        fingerprint=_fingerprint(_lasting(whole) if _maybe_stamped(whole) else found),
        signature=signature_of(found),
        words=len(found),
        author=title_of(entry.author)[:200],
    )
    return article, tuple(problems)


def judged_date(entry: Entry, url: str, about: Circumstances) -> tuple[datetime | None, DateSource, str]:
    """The moment of publication, where it comes from, and what was wrong with the dates given, if anything.

    An undated entry is never dated "now": a day in the address, the feed's or the server's date stand in, the last
    two only for entries that an earlier poll did not show, or when they are clearly older than the poll.
    """
    trouble = ""
    candidates: tuple[tuple[datetime | None, DateSource], ...] = (
        (entry.published, "entry"),
        (entry.updated, "updated"),
    )
    for found, source in candidates:
        if found is None:
            continue
        if EARLIEST <= found <= about.at + AHEAD:
            return found, source, ""
        trouble = trouble or f"its date, {found.year}-{found.month:02}-{found.day:02}, is impossible"
    day = day_in(url)
    if day is not None and EARLIEST.date() <= day <= about.at.date():
        return datetime(day.year, day.month, day.day, tzinfo=UTC), "url", trouble
    stand_ins: tuple[tuple[datetime | None, DateSource], ...] = ((about.feed_date, "feed"), (about.http_date, "http"))
    for found, source in stand_ins:
        if found is None or not EARLIEST <= found <= about.at:
            continue
        if not about.first or about.at - found > MADE_FOR_US:
            return found, source, trouble
    return None, "none", trouble or "undated"


def day_in(url: str) -> date | None:
    """The day that an address carries, as in /2026/03/14/.

    >>> day_in("https://example.org/news/2026/mar/14/talks-resume")
    datetime.date(2026, 3, 14)
    """
    match = _URL_DAY.search(url)
    if match is None:
        return None
    month = match[2].lower()
    try:
        return date(int(match[1]), _MONTHS.index(month) + 1 if month in _MONTHS else int(month), int(match[3]))
    except ValueError:
        return None


def publisher(entry: Entry, feed: Feed) -> tuple[str, str]:
    """Outlet and owner: those of the feed, or the true publisher when an aggregator names another."""
    source = entry.source_title.strip()
    host = _host(entry.source_url) if source else ""
    if not source or source.casefold() == feed.outlet.casefold() or (host and host == _host(feed.url)):
        return feed.outlet, feed.owner
    owner = host or source
    return title_of(source), re.sub(r"[^\w]+", "-", owner.casefold()).strip("-")


def title_of(markup: str) -> str:
    """A headline on one line, without markup."""
    return " ".join(text_of(markup[: TITLE_LIMIT * 10]).split())[:TITLE_LIMIT]


def body_of(entry: Entry) -> str:
    """The fuller of content and summary as text."""
    content = text_of(entry.content) if entry.content else ""
    summary = text_of(entry.summary) if entry.summary and entry.summary != entry.content else ""
    return content if len(content) >= len(summary) else summary


def text_of(markup: str) -> str:
    """HTML → text: paragraphs parted by a blank line, nothing that could be taken for markup by mistake kept.

    >>> text_of("<p>Talks&nbsp;resume.</p><p>Both <b>sides</b> agree.<br>Later: <script>x()</script>more</p>")
    'Talks resume.\\n\\nBoth sides agree.\\nLater: more'
    """
    text = markup[: TEXT_LIMIT * 5]
    if "<" in text or "&" in text:
        text = html.unescape(_without_tags(text))
        if "<" in text and _ESCAPED.search(text):
            text = html.unescape(_without_tags(text))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.replace("\n", "").isprintable():
        text = _CONTROL.sub("", text)
    if "\n" in text:
        text = "\n".join([" ".join(line.split()) for line in text.split("\n")]).strip()
        text = _BREAKS.sub("\n\n", text) if "\n\n\n" in text else text
    else:
        text = " ".join(text.split())
    tail = text[-500:]
    if "[" in tail or "Read" in tail or "Continue" in tail or "appeared" in tail:  # else there is no such tail
        text = (text[:-500] + _TAILS.sub("", tail)).strip()
    return text[:TEXT_LIMIT]


def _without_tags(text: str) -> str:
    """Tags → spaces and breaks; comments and what no reader sees are dropped. Linear in the length."""
    text = _without_spans(text, "<!--", "-->")
    text = _without_spans(text, "<![CDATA[", "", keep=True).replace("]]>", "")
    parts: list[str] = []
    place, hidden = 0, ""
    for match in _TAG.finditer(text):
        if not hidden:
            parts.append(text[place : match.start()])
        place = match.end()
        name = (match[2] or "").lower()
        if hidden:
            if match[1] and name == hidden:
                hidden = ""
        elif name in _HIDDEN and not match[1] and not match[0].endswith("/>"):
            hidden = name
        elif name in _BLOCKS:
            parts.append("\n\n")
        elif name == "br":
            parts.append("\n")
        elif name in {"img", "input"}:
            parts.append(" ")
    if not hidden:
        rest = text[place:]
        cut = _CUT.search(rest) if "<" in rest else None
        parts.append(rest[: cut.start()] if cut else rest)
    return "".join(parts)


def _without_spans(text: str, opening: str, closing: str, *, keep: bool = False) -> str:
    if opening not in text:
        return text
    if keep:
        return text.replace(opening, "")
    parts: list[str] = []
    place = 0
    while (start := text.find(opening, place)) >= 0:
        parts.append(text[place:start])
        end = text.find(closing, start + len(opening))
        if end < 0:
            return "".join(parts)
        place = end + len(closing)
    return "".join([*parts, text[place:]])


def article_id(url: str, *, feed: str = "", guid: str = "") -> str:
    """16 hex digits of the SHA-256 of the canonical address, or of feed and guid when there is no address."""
    key = key_of(url) if url else f"{feed}\0{guid}"
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16]


def fingerprint(title: str, text: str) -> str:
    """SHA-256 of the words of title and text; white space, punctuation and live stamps do not change it."""
    return _fingerprint(_lasting(f"{title}\n{text}"))


def _fingerprint(found: Iterable[str]) -> str:
    return hashlib.sha256(" ".join(found).encode("utf-8", "replace")).hexdigest()


def _lasting(text: str) -> list[str]:
    """The words without live stamps."""
    return words(_STAMP.sub(" ", text) if _maybe_stamped(text) else text)


def _maybe_stamped(text: str) -> bool:
    """Cheap, and true wherever `_STAMP` finds something."""
    if _CLOCK.search(text):
        return True
    lowered = text.lower()
    return "ago" in lowered and _AGO.search(lowered) is not None


def revised(old_title: str, old_text: str, new_title: str, new_text: str) -> bool:
    """Whether a change of an article is worth recording.

    White space, punctuation, quotation marks and live time stamps are not; nor is a mere shortening of the text,
    which happens when a feed sends its summary in place of the body we already have.
    """
    old, new = _lasting(old_text), _lasting(new_text)
    if _lasting(old_title) != _lasting(new_title):
        return True
    if old == new:
        return False
    return not (len(new) < 0.7 * len(old) and old[: len(new) - 3] == new[: len(new) - 3])


def _host(url: str) -> str:
    try:
        return re.sub(r"^(?:www|feeds?|rss)\.", "", (urlsplit(url).hostname or "").lower())
    except ValueError:
        return ""
