"""Collecting end to end over loopback: good feeds, every kind of bad one, and neither harms the other."""

import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hostile import QUICK, a_feed, bomb, drip, endless, hostile, item, rss, unused_port

from tracker.database import connect
from tracker.feeds import state, workers
from tracker.feeds.collector import FetchSettings, collect
from tracker.feeds.schedule import FeedState
from tracker.model.events import FeedFailed, FeedMoved, FeedObserved

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def server():
    with hostile() as running:
        yield running


def poll(feeds, states=None, *, at=AT, settings=QUICK, force=False):
    states = states if states is not None else {}
    answers = {}
    for got in collect(feeds, states, at=at, settings=settings, force=force):
        answers[got.poll.feed.id] = got
        states[got.poll.feed.id] = got.state
    return answers


def test_a_feed_is_collected_once(server):
    server.pages["/feed"] = (200, {"ETag": '"1"'}, rss(item(1), item(2)))
    states = {}
    first = poll([a_feed(server.url + "/feed")], states)["lisse-post"]
    assert [a.title for a in first.articles] == ["Talks in Oster, part 1", "Talks in Oster, part 2"]
    assert first.facts == (FeedObserved(feed="lisse-post", day=AT.date()),)
    assert poll([a_feed(server.url + "/feed")], states) == {}  # not due
    again = poll([a_feed(server.url + "/feed")], states, force=True)["lisse-post"]
    assert (again.articles, again.poll.outcome, again.facts) == ((), "unchanged", ())


def test_only_what_is_new_is_delivered(server):
    server.pages["/feed"] = (200, {}, rss(item(1)))
    states = {}
    poll([a_feed(server.url + "/feed")], states)
    server.pages["/feed"] = (200, {}, rss(item(2), item(1)))
    got = poll([a_feed(server.url + "/feed")], states, at=AT + DAY)["lisse-post"]
    assert [a.url for a in got.articles] == ["http://news.example/2"]


def test_a_server_that_changes_every_guid_brings_nothing_new(server):
    polls = iter(range(100))

    def page(_):
        number = next(polls)
        return 200, {}, rss(item(1, guid=f"a{number}"), item(2, guid=f"b{number}"))

    server.pages["/feed"] = page
    states = {}
    counts = [
        len(poll([a_feed(server.url + "/feed")], states, at=AT + n * DAY)["lisse-post"].articles) for n in range(3)
    ]
    assert counts == [2, 0, 0]


def test_bad_servers_get_a_line_each_and_good_ones_are_unharmed(server):
    pages = {
        "slow": lambda _: (200, {}, drip()),
        "endless": lambda _: (200, {}, endless()),
        "bomb": (200, {"Content-Encoding": "gzip"}, bomb()),
        "loop": (302, {"Location": "/loop"}, b""),
        "file": (302, {"Location": "file:///etc/passwd"}, b""),
        "metadata": (302, {"Location": "http://169.254.169.254/"}, b""),
        "laughs": (200, {}, b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><rss/>'),
        "html": (200, {"Content-Type": "text/html"}, b"<!doctype html><html><title>Error</title>Sorry</html>"),
        "empty": (200, {}, b""),
        "gone": (410, {}, b""),
        "busy": (429, {"Retry-After": "7200"}, b""),
        "broken": (500, {}, b"oops"),
        "one-title": (200, {}, rss(item(title="a" * (50 << 20)))),
        "nul": (200, {}, b"\0" * 100_000),
        "noise": (200, {"Content-Type": "application/rss+xml"}, bytes(range(256)) * 400),
    }
    for name, page in pages.items():
        server.pages["/" + name] = page
    server.pages["/good"] = (200, {}, rss(item(1)))
    server.pages["/many"] = (200, {}, rss(*(item(n) for n in range(30_000))))
    feeds = [a_feed(f"{server.url}/{name}", id=name) for name in (*pages, "good", "many", "absent")]
    feeds.append(a_feed(f"http://127.0.0.1:{unused_port()}/", id="nobody"))
    got = poll(feeds, settings=replace(QUICK, total_seconds=2, max_entries=300))
    assert set(got) == {feed.id for feed in feeds}
    for name, result in got.items():
        if name in {"good", "many"}:
            assert result.poll.outcome == "new"
            assert result.poll.problem is None
        else:
            assert result.poll.outcome in {"failed", "gone"}, name
            assert len(result.poll.problem.reason) > 10
            assert result.poll.problem.remedy
            assert result.articles == ()
    assert len(got["many"].articles) == 300
    assert "30,000 entries; the first 300" in got["many"].problems[0].reason
    assert got["busy"].state.blocked_until == AT + timedelta(hours=2)
    assert isinstance(got["html"].facts[0], FeedFailed)


def test_a_parser_that_hangs_is_ended_and_replaced(server):
    server.pages["/heavy"] = (200, {}, rss(*(item(n, title="<b>x</b>" * 500) for n in range(2000))))
    server.pages["/good"] = (200, {}, rss(item(1)))
    impatient = replace(QUICK, parse_seconds=0.3)
    got = poll([a_feed(server.url + "/heavy", id="heavy"), a_feed(server.url + "/good", id="good")], settings=impatient)
    workers.close()
    assert "more than 0.3 s" in got["heavy"].poll.problem.reason
    assert len(got["good"].articles) == 1


def test_it_works_from_a_daemon_thread(server):
    server.pages["/feed"] = (200, {}, rss(item(1)))
    found = []
    thread = threading.Thread(target=lambda: found.append(poll([a_feed(server.url + "/feed")])), daemon=True)
    thread.start()
    thread.join()
    assert len(found[0]["lisse-post"].articles) == 1


def test_results_come_as_feeds_complete_and_may_be_left_early(server):
    server.pages["/feed"] = (200, {}, rss(item(1)))
    server.pages["/slow"] = lambda _: (200, {}, drip())
    feeds = [a_feed(server.url + "/slow", id="slow"), a_feed(server.url + "/feed", id="good")]
    start = time.monotonic()
    with closing(collect(feeds, {}, at=AT, settings=replace(QUICK, total_seconds=60))) as results:
        assert next(results).poll.feed.id == "good"
    assert time.monotonic() - start < 55  # it did not wait for the slow one


def test_a_move_is_known_after_two_polls_and_the_new_address_is_asked_afresh(server):
    server.pages["/old"] = (301, {"Location": "/new"}, b"")
    server.pages["/new"] = (200, {"ETag": '"1"'}, rss(item(1)))
    feed, states = a_feed(server.url + "/old"), {}
    assert FeedMoved not in map(type, poll([feed], states)["lisse-post"].facts)
    moved = FeedMoved(feed="lisse-post", old=feed.url, new=server.url + "/new")
    assert moved in poll([feed], states, at=AT + DAY)["lisse-post"].facts
    server.headers.clear()
    poll([replace(feed, url=moved.new)], states, at=AT + 2 * DAY)
    assert server.asked["/old"] == 2
    assert "if-none-match" not in server.headers[0][1]


def test_the_language_of_the_list_is_compared_with_what_is_read(server):
    words = ("Переговори відновлено в столиці", "Делегації зустрілися вранці", "Угоду не підписано сьогодні")
    server.pages["/feed"] = (200, {}, rss(*(item(n, title=words[n % 3] + " " + "знову " * n) for n in range(6))).replace(
        b"Envoys of both sides met for the", "Посланці обох сторін зустрілися цього дня".encode()
    ).replace(b"time and left without a word to the press", "раз і пішли без слова для преси".encode()))  # fmt: skip
    got = poll([a_feed(server.url + "/feed")])["lisse-post"]
    assert {a.language for a in got.articles} == {"uk"}
    assert any("read as 'uk'" in problem.reason for problem in got.problems)


def test_states_are_kept_and_what_cannot_be_read_is_forgotten(server, tmp_path):
    engine = connect(f"sqlite:///{tmp_path / 'tracker.db'}")
    assert state.load(engine) == {}
    server.pages["/feed"] = (200, {"ETag": '"1"', "Last-Modified": "then"}, rss(item(1), head="<ttl>90</ttl>"))
    states = {}
    poll([a_feed(server.url + "/feed")], states)
    state.save(engine, states)
    assert state.load(engine) == states
    changed = {"lisse-post": replace(states["lisse-post"], failures=3), "other": FeedState(feed="other")}
    state.save(engine, changed)
    assert state.load(engine) == changed
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE poll_state SET state = X'7B7D' WHERE feed = 'other'")
    assert state.load(engine) == {"lisse-post": changed["lisse-post"]}
    engine.dispose()


def test_nothing_due_asks_nobody(server):
    assert list(collect([], {}, at=AT, settings=FetchSettings())) == []
    later = FeedState(feed="lisse-post", next_poll=AT + DAY)
    assert poll([a_feed(server.url + "/feed")], {"lisse-post": later}) == {}
    assert not server.asked
