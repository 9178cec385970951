"""A page or address → its feeds, tried: what a good feed, a page, and a server that misbehaves are told to be."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hostile import QUICK, a_feed, drip, endless, hostile, item, rss, unused_port

from tracker.feeds.discover import check, discover

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
PATIENT = replace(QUICK, total_seconds=1)


@pytest.fixture
def server():
    with hostile() as running:
        yield running


def page(*links):
    found = "".join(f'<link rel="alternate" type="application/rss+xml" href="{link}">' for link in links)
    return 200, {"Content-Type": "text/html"}, f"<!doctype html><html><head><title>News</title>{found}".encode()


def test_a_good_feed_is_described(server):
    undated = item(2).replace("<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate>", "")
    server.pages["/feed"] = (200, {"ETag": '"1"'}, rss(item(1), undated))
    found = check(a_feed(server.url + "/feed"), at=AT, settings=QUICK)
    assert (found.problem, found.title, found.entries, found.undated) == (None, "Lisse Post", 2, 1)
    assert (found.newest, found.languages, found.conditional) == (datetime(2026, 3, 2, 10, tzinfo=UTC), ("en",), True)
    assert len(found.articles) == 2
    assert any("1 entry has no usable date" in line for line in found.lines)


def test_a_feed_that_moved_without_validators_says_both(server):
    server.pages["/old"] = (301, {"Location": "/new"}, b"")
    server.pages["/new"] = (200, {}, rss(item(1)))
    found = check(a_feed(server.url + "/old"), at=AT, settings=QUICK)
    assert (found.permanent, found.conditional) == (server.url + "/new", False)
    assert f"it has moved for good to {server.url}/new" in found.lines


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((404, {}, b"no"), "404"),
        ((410, {}, b""), "410"),
        ((500, {}, b"oops"), "500"),
        ((200, {}, b""), ""),
        ((200, {}, b"\0" * 9999), ""),
        ((302, {"Location": "file:///etc/passwd"}, b""), "only http and https"),
        ((302, {"Location": "http://169.254.169.254/"}, b""), "169.254.169.254"),
        ((200, {}, b'<!DOCTYPE r [<!ENTITY a "ha">]><rss/>'), "entities"),
        (lambda _: (200, {}, drip()), "no complete answer within 1 s"),
        (lambda _: (200, {}, endless()), "larger than"),
    ],
)
@pytest.mark.parametrize("try_", [check, discover])
def test_what_a_server_does_wrong_is_one_problem_with_a_line(server, answer, says, try_):
    server.pages["/feed"] = answer
    if try_ is check:
        found = check(a_feed(server.url + "/feed"), at=AT, settings=PATIENT)
    else:
        (found,) = discover(server.url + "/feed", at=AT, settings=PATIENT)
    assert found.problem is not None
    assert says in found.problem.reason
    assert found.lines[0].startswith(server.url + "/feed: ")
    assert found.articles == ()


def test_nobody_listening_is_a_problem_too():
    (found,) = discover(f"http://127.0.0.1:{unused_port()}/", at=AT, settings=QUICK)
    assert "no connection" in found.problem.reason


def test_a_private_address_is_refused_unless_it_is_allowed(server):
    server.pages["/feed"] = (200, {}, rss(item(1)))
    guarded = replace(QUICK, allow_private=False)
    (found,) = discover(server.url + "/feed", at=AT, settings=guarded)
    assert "not asked" in found.problem.reason
    assert not server.asked
    (found,) = discover(server.url + "/feed", at=AT, settings=guarded, allow_private=True)
    assert found.problem is None


def test_the_feeds_that_a_page_names_are_tried_in_its_order_and_broken_ones_left_out(server):
    server.pages["/"] = page("/b.xml", "/broken.xml", "/absent.xml", "/a.xml", "file:///etc/passwd")
    server.pages["/a.xml"] = (200, {}, rss(item(1)))
    server.pages["/b.xml"] = (200, {}, rss(item(2), item(3)))
    server.pages["/broken.xml"] = (200, {}, b"no feed at all")
    found = discover(server.url + "/", at=AT, settings=QUICK)
    assert [(f.url, f.entries) for f in found] == [(server.url + "/b.xml", 2), (server.url + "/a.xml", 1)]


def test_the_usual_addresses_are_tried_when_a_page_names_none(server):
    server.pages["/"] = page()
    server.pages["/rss.xml"] = (200, {}, rss(item(1)))
    assert [f.url for f in discover(server.url + "/", at=AT, settings=QUICK)] == [server.url + "/rss.xml"]


def test_a_page_that_names_ten_thousand_feeds_is_asked_for_a_dozen(server):
    server.pages["/"] = page(*(f"/{n}.xml" for n in range(10_000)))
    (found,) = discover(server.url + "/", at=AT, settings=QUICK)
    assert found.problem is not None
    assert sum(server.asked.values()) <= 13
