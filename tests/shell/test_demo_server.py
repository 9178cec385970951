"""The loopback server answers as the outlets would have at any moment of the story."""

import json
import socket
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import feedparser
import pytest

from tracker import catalog
from tracker.demo.rendering import LATEST, feed_path, page_path
from tracker.demo.server import DemoServer, demo_feeds, load_story

STORY = load_story()
INSTANTS = [
    datetime(2026, 7, 6, 8, 0, tzinfo=UTC),
    datetime(2026, 8, 12, 23, 0, tzinfo=UTC),
    datetime(2026, 9, 11, 15, 20, tzinfo=UTC),
    datetime(2026, 10, 25, 23, 59, tzinfo=UTC),
]
XML = [o for o in STORY.outlets if o.format != "json"]
OUTLETS = pytest.mark.parametrize("outlet", STORY.outlets, ids=[o.id for o in STORY.outlets])


@pytest.fixture
def server():
    with DemoServer(STORY) as running:
        yield running


def get(server, path, headers=None, method="GET"):
    request = Request(server.base_url + path, headers=headers or {}, method=method)
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except HTTPError as refused:
        with refused:
            return refused.code, dict(refused.headers), refused.read()


def at(day: date, hour: int = 23) -> datetime:
    return datetime.combine(day, time(hour), UTC)


@pytest.mark.parametrize("now", INSTANTS, ids=[f"{i:%m-%d}" for i in INSTANTS])
@pytest.mark.parametrize("outlet", XML, ids=[o.id for o in XML])
def test_feedparser_reads_the_latest_items_up_to_now(server, outlet, now):
    server.now = now
    status, headers, body = get(server, feed_path(outlet))
    assert status == 200
    read = feedparser.parse(body)
    assert not read.bozo
    assert read.version == ("atom10" if outlet.format == "atom" else "rss20")
    assert read.feed.title == outlet.outlet
    expected = STORY.published(outlet.id, now)[:LATEST]
    assert [entry.title for entry in read.entries] == [a.as_of(now).title for a in expected]
    for entry, article in zip(read.entries, expected, strict=True):
        if outlet.format == "rss-undated":
            assert "published" not in entry
            assert "updated" not in entry
            assert "2026" not in entry.link
        else:
            assert datetime(*entry.published_parsed[:6], tzinfo=UTC) == article.carried[outlet.id]
        if outlet.format == "rss-full":
            assert all(s.split()[-1].strip('".') in entry.content[0].value for s in article.sentences)
    if outlet.format == "rss-undated":
        assert "Last-Modified" not in headers


@pytest.mark.parametrize("now", INSTANTS, ids=[f"{i:%m-%d}" for i in INSTANTS])
def test_the_json_feed_holds_the_latest_items_up_to_now(server, now):
    server.now = now
    outlet = STORY.outlet("sable-herald")
    status, headers, body = get(server, feed_path(outlet))
    assert status == 200
    assert headers["Content-Type"].startswith("application/feed+json")
    value = json.loads(body)
    assert value["version"].startswith("https://jsonfeed.org/version/")
    assert [i["id"] for i in value["items"]] == [
        f"sable-herald:{a.id}" for a in STORY.published(outlet.id, now)[:LATEST]
    ]
    assert all(datetime.fromisoformat(item["date_published"]) <= now for item in value["items"])


@OUTLETS
def test_an_unchanged_feed_answers_304_to_its_etag_and_a_changed_one_does_not(server, outlet):
    server.now = at(date(2026, 7, 20))
    status, headers, body = get(server, feed_path(outlet))
    assert status == 200
    assert body
    status, again, nothing = get(server, feed_path(outlet), {"If-None-Match": headers["ETag"]})
    assert (status, nothing) == (304, b"")
    assert again["ETag"] == headers["ETag"]
    server.now += timedelta(days=7)
    assert get(server, feed_path(outlet), {"If-None-Match": headers["ETag"]})[0] == 200


@OUTLETS
def test_last_modified_is_honoured_where_it_is_given(server, outlet):
    server.now = at(date(2026, 7, 20))
    _, headers, _ = get(server, feed_path(outlet))
    if outlet.format == "rss-undated":
        assert "Last-Modified" not in headers
        return
    modified = parsedate_to_datetime(headers["Last-Modified"])
    assert modified <= server.now
    assert get(server, feed_path(outlet), {"If-Modified-Since": headers["Last-Modified"]})[0] == 304
    earlier = {"If-Modified-Since": "Mon, 06 Jul 2026 00:00:00 GMT"}
    assert get(server, feed_path(outlet), earlier)[0] == 200
    assert get(server, feed_path(outlet), {"If-Modified-Since": "the day before"})[0] == 200


def test_the_servers_date_is_the_storys_and_not_the_machines(server):
    server.now = at(date(2026, 9, 1), 6)
    _, headers, _ = get(server, "/robots.txt")
    assert parsedate_to_datetime(headers["Date"]) == server.now


def test_the_failing_feed_fails_on_exactly_nine_days_in_a_row(server):
    outlet = STORY.outlet("kestrian-tribune")
    failed = []
    for day in STORY.days():
        server.now = at(day)
        status, _, _ = get(server, feed_path(outlet))
        assert status in {200, 503}
        if status == 503:
            failed.append(day)
    assert len(failed) == 9
    assert failed[-1] - failed[0] == timedelta(days=8)
    server.now = at(failed[-1] + timedelta(days=1))
    titles = {entry.title for entry in feedparser.parse(get(server, feed_path(outlet))[2]).entries}
    missed = [a for a in STORY.published(outlet.id, server.now) if a.carried[outlet.id].date() in failed]
    assert missed
    assert {a.title for a in missed} <= titles


def test_an_outlet_that_fails_does_not_serve_its_pages_either(server):
    outlet = STORY.outlet("kestrian-tribune")
    server.now = at(date(2026, 8, 19))
    article = STORY.published(outlet.id, server.now)[0]
    assert get(server, page_path(outlet, article))[0] == 200
    server.now = at(date(2026, 8, 20))
    assert get(server, page_path(outlet, article))[0] == 503


def test_a_correction_changes_text_and_title_at_the_same_address(server):
    outlet = STORY.outlet("sable-herald")
    (article,) = [a for a in STORY.articles if a.revised]

    def item():
        found = json.loads(get(server, feed_path(outlet))[2])["items"]
        (one,) = [i for i in found if i["id"].endswith(article.id)]
        return one

    server.now = article.revised.at - timedelta(minutes=1)
    before = item()
    server.now = article.revised.at
    after = item()
    assert after["url"] == before["url"]
    assert after["date_published"] == before["date_published"]
    assert "one secret meeting" in before["content_html"]
    assert "five secret meetings" in after["content_html"]
    assert after["title"] != before["title"]
    assert after["date_modified"] > before["date_modified"]


def test_the_teaser_feed_links_to_pages_with_the_whole_text(server):
    outlet = STORY.outlet("kestrian-tribune")
    server.now = at(date(2026, 10, 25))
    entries = feedparser.parse(get(server, feed_path(outlet))[2]).entries
    articles = STORY.published(outlet.id, server.now)[:LATEST]
    for entry, article in zip(entries, articles, strict=True):
        assert entry.link.startswith(server.base_url)
        assert article.sentences[-1] not in entry.summary
        status, headers, body = get(server, entry.link.removeprefix(server.base_url))
        assert status == 200
        assert headers["Content-Type"].startswith("text/html")
        page = body.decode().replace("</p>\n<p>", " ")
        assert " ".join(article.sentences) in page


def test_copies_say_who_wrote_them(server):
    server.now = at(date(2026, 7, 7))
    (copied,) = [a for a in STORY.articles if a.title.startswith("Varnland front gives way")]
    herald = json.loads(get(server, feed_path(STORY.outlet("sable-herald")))[2])["items"]
    (copy,) = [i for i in herald if i["id"].endswith(copied.id)]
    assert "Report by Northern Wire." in copy["content_html"]
    wire = feedparser.parse(get(server, feed_path(STORY.outlet("northern-wire")))[2]).entries
    assert not any("Report by Northern Wire." in entry.content[0].value for entry in wire)


def test_what_is_not_yet_published_or_unknown_is_not_found(server):
    outlet = STORY.outlet("kestrian-tribune")
    last = STORY.published(outlet.id, at(STORY.last_day))[0]
    server.now = at(date(2026, 7, 8))
    assert get(server, page_path(outlet, last))[0] == 404
    assert get(server, "/feeds/nobody.xml")[0] == 404
    assert get(server, "/")[0] == 404


def test_head_says_what_get_would_without_a_body(server):
    server.now = at(date(2026, 7, 20))
    path = feed_path(STORY.outlet("maren-post"))
    status, headers, body = get(server, path, method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) == len(get(server, path)[2])


def test_the_feeds_file_parses_and_allows_loopback_for_each_feed(server):
    feeds = catalog.feeds_of(demo_feeds(server.base_url))
    assert [feed.id for feed in feeds] == [o.id for o in STORY.outlets]
    assert all(feed.allow_private for feed in feeds)
    assert {feed.id for feed in feeds if feed.text == "page"} == {"kestrian-tribune"}
    for feed in feeds:
        assert get(server, feed.url.removeprefix(server.base_url))[0] == 200


def test_stopping_twice_is_harmless_and_frees_the_port():
    server = DemoServer(STORY)
    address = server.start()
    port = int(address.rpartition(":")[2])
    server.stop()
    server.stop()
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.base_url
    with socket.socket() as probe:
        probe.settimeout(5)
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    again = DemoServer(STORY, port=port)
    assert again.start() == address
    again.stop()
