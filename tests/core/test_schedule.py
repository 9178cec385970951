"""When to ask again, and what an answer means, decided without asking anybody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.feeds.hints import Hints
from tracker.feeds.schedule import (
    DAY,
    FeedState,
    Outcome,
    Reply,
    back_off,
    conditional,
    decide,
    due,
    next_poll,
    retry_after,
    server_wish,
)
from tracker.model.articles import Feed, Validators
from tracker.model.events import FeedFailed, FeedGone, FeedMoved, FeedObserved, FeedRecovered

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
FEED = Feed(
    id="lisse-post", url="https://news.example/feed", outlet="Lisse Post", owner="lisse-post", country="VR",
    language="en", bloc="third-country", conflicts=("varnland-kestria",), every_minutes=30,
)  # fmt: skip
NEW = FeedState(feed="lisse-post")
READ = Outcome(body="b", seen=(1, 2), fresh=2)


def ok(**telling):
    return Reply(**{"status": 200, "headers": {}, "final_url": FEED.url, **telling})


def kinds(decision):
    return [type(fact) for fact in decision.facts]


def test_the_first_good_poll_of_a_day_is_a_fact_and_the_second_is_none():
    first = decide(FEED, NEW, ok(), READ, AT)
    assert first.facts == (FeedObserved(feed="lisse-post", day=AT.date()),)
    assert first.poll.outcome == "new"
    second = decide(FEED, first.state, ok(status=304), None, AT + timedelta(hours=1))
    assert (second.facts, second.poll.outcome) == ((), "unchanged")
    third = decide(FEED, second.state, ok(status=304), None, AT + DAY)
    assert kinds(third) == [FeedObserved]


def test_a_failure_is_recorded_at_the_change_only_and_recovery_counts_the_polls():
    broken = ok(status=500)
    one = decide(FEED, NEW, broken, None, AT)
    two = decide(FEED, one.state, broken, None, AT + DAY)
    assert (kinds(one), kinds(two)) == ([FeedFailed], [])
    assert "500" in one.poll.problem.reason
    healed = decide(FEED, two.state, ok(), READ, AT + 2 * DAY)
    assert FeedRecovered(feed="lisse-post", failures=2) in healed.facts
    assert healed.state.failures == 0


def test_a_body_that_could_not_be_read_keeps_the_old_validators():
    state = replace(NEW, url=FEED.url, validators=Validators(etag='"old"'), body="old")
    after = decide(FEED, state, ok(headers={"etag": '"new"'}, reason="a web page"), None, AT).state
    assert (after.validators.etag, after.body) == ('"old"', "old")


def test_validators_are_kept_verbatim_refreshed_on_304_and_sent_to_their_own_address_only():
    first = decide(FEED, NEW, ok(headers={"etag": 'W/"1"', "last-modified": "then"}), READ, AT).state
    later = decide(FEED, first, ok(status=304, headers={"etag": 'W/"2"'}), None, AT).state
    assert later.validators == Validators(etag='W/"2"', last_modified="then")
    assert conditional(FEED, later) == later.validators
    assert conditional(replace(FEED, url="https://other.example/"), later) == Validators()


def test_a_permanent_move_counts_after_two_polls_in_a_row():
    there = ok(permanent="https://news.example/new", final_url="https://news.example/new")
    one = decide(FEED, NEW, there, READ, AT)
    assert FeedMoved not in kinds(one)
    assert FeedMoved not in kinds(decide(FEED, decide(FEED, one.state, ok(), READ, AT).state, there, READ, AT))
    two = decide(FEED, one.state, ok(status=304, permanent="https://news.example/new"), None, AT)
    assert FeedMoved(feed="lisse-post", old=FEED.url, new="https://news.example/new") in two.facts


def test_nobody_is_moved_from_https_down_to_http():
    down = ok(permanent="http://news.example/feed")
    one = decide(FEED, NEW, down, READ, AT)
    assert FeedMoved not in kinds(decide(FEED, one.state, down, READ, AT))


def test_410_retires_a_feed_and_nothing_else_does():
    gone = decide(FEED, NEW, ok(status=410), None, AT)
    assert kinds(gone) == [FeedGone]
    assert not due(gone.state, AT + 365 * DAY, force=True)
    state = NEW
    for day in range(400):
        state = decide(FEED, state, ok(status=404), None, AT + day * DAY).state
    assert due(state, AT + 400 * DAY)


def test_retry_after_is_honoured_in_both_forms_even_when_forced():
    for value in ("3600", "Mon, 02 Mar 2026 11:00:00 GMT"):
        for status in (429, 503):
            state = decide(FEED, NEW, ok(status=status, headers={"retry-after": value}), None, AT).state
            assert not due(state, AT + timedelta(minutes=59), force=True)
            assert due(state, AT + timedelta(minutes=60), force=True)


@pytest.mark.parametrize("value", ["", "soon", "-5", "Mon, 02 Mar 2020 11:00:00 GMT", "1e9", "٣"])
def test_a_retry_after_that_says_nothing_is_passed_over(value):
    assert retry_after(value, AT) is None


def test_back_off_doubles_to_a_day():
    assert [back_off(FEED, n) for n in (0, 1, 2)] == [timedelta(minutes=m) for m in (30, 60, 120)]
    assert back_off(FEED, 6) == back_off(FEED, 5000) == DAY


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({"cache-control": "public, max-age=7200"}, 120),
        ({"cache-control": 'Max-Age="600"'}, 10),
        ({"cache-control": "max-age=99999999999999"}, 24 * 60),
        ({"cache-control": "max-age=600", "expires": "Mon, 02 Mar 2026 20:00:00 GMT"}, 10),
        ({"expires": "Mon, 02 Mar 2026 11:00:00 GMT"}, 60),
        ({"expires": "Mon, 02 Mar 2026 15:00:00 GMT", "date": "Mon, 02 Mar 2026 14:00:00 GMT"}, 60),
        ({"expires": "0"}, None),
        ({"cache-control": "no-cache, max-age=600"}, None),
        ({"cache-control": "max-age=soon"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_what_caches_are_told_is_told_to_us(headers, minutes):
    expected = None if minutes is None else AT + timedelta(minutes=minutes)
    assert server_wish(headers, AT) == expected


def test_ttl_pace_and_skipped_times_lengthen_the_interval():
    assert next_poll(FEED, AT, hints=Hints(minutes=240)) >= AT + timedelta(hours=4)
    assert next_poll(FEED, AT, hints=Hints(minutes=10**9)) <= AT + DAY
    assert next_poll(FEED, AT, pace_minutes=600, hints=Hints()) >= AT + timedelta(hours=5)
    assert next_poll(FEED, AT, pace_minutes=10**7, hints=Hints()) <= AT + timedelta(hours=6, minutes=10)
    assert next_poll(FEED, AT, hints=Hints(skip_hours=(10, 11))).hour == 12
    assert next_poll(FEED, AT, hints=Hints(skip_days=(0,))).weekday() == 1
    assert next_poll(FEED, AT, hints=Hints(skip_hours=tuple(range(24)))) <= AT + 2 * DAY


@given(
    st.integers(1, 100_000),
    st.integers(0, 10**7),
    st.integers(-(10**6), 10**6),
    st.builds(
        Hints,
        minutes=st.integers(0, 10**6),
        skip_hours=st.sets(st.integers(0, 23)).map(tuple),
        skip_days=st.sets(st.integers(0, 6)).map(tuple),
    ),
)
def test_the_next_poll_is_never_sooner_than_asked_for_and_never_out_of_sight(every, pace, wish, hints):
    feed = replace(FEED, every_minutes=every)
    not_before = AT + timedelta(minutes=wish)
    found = next_poll(feed, AT, pace_minutes=pace, hints=hints, not_before=not_before)
    assert found >= AT + timedelta(minutes=every)
    assert found >= AT + min(DAY, timedelta(minutes=max(wish, hints.minutes)))
    assert found <= AT + max(DAY, timedelta(minutes=every)) + DAY


@given(st.lists(st.sampled_from([200, 304, 404, 410, 429, 500]), max_size=12))
def test_failures_and_recoveries_alternate_whatever_the_server_does(statuses):
    state, failing = NEW, False
    for step, status in enumerate(statuses):
        decision = decide(FEED, state, ok(status=status), READ if status == 200 else None, AT + step * DAY)
        state = decision.state
        found = kinds(decision)
        assert (FeedFailed in found) <= (not failing)
        assert (FeedRecovered in found) <= failing
        failing = state.failures > 0
        assert failing == (status not in {200, 304})
