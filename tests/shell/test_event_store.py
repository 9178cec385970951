"""One contract for every event store: memory, SQLite and PostgreSQL keep the same promises."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.errors import EventStoreError, StreamConflict
from tracker.eventstore.store import ANY, NEW_STREAM, Append, EventStore
from tracker.model.events import FeedObserved, FeedRecovered
from tracker.testing import NOON, a_coding, a_signal, an_article, body_hash, collected


def recovered(number: int = 1, feed: str = "wire") -> FeedRecovered:
    return FeedRecovered(feed=feed, failures=number)


def one(stream: str, *numbers: int, expected: int | None = ANY) -> Append:
    return Append(stream=stream, events=tuple(recovered(n) for n in numbers), expected=expected)


def test_an_empty_log_has_no_events_and_a_head_of_zero_bytes(store: EventStore):
    assert list(store.read()) == []
    assert (store.head().position, store.head().hash) == (0, bytes(32))
    assert store.stream("feed-wire") == ()
    assert store.versions(["feed-wire"]) == {}
    assert store.position_at(NOON) == 0


def test_what_was_appended_is_read_back_in_order(store: EventStore):
    article = an_article()
    append, texts = collected(article)
    coded = Append(stream=append.stream, events=(a_coding(article, a_signal(speaker="the envoy")),), expected=1)
    first = store.append([append], at=NOON, texts=texts)
    second = store.append([coded, one("feed-wire", 1)], at=NOON + timedelta(minutes=1))
    everything = list(store.read())
    assert everything == [*first, *second]
    assert [item.position for item in everything] == [1, 2, 3]
    assert [(item.stream, item.version) for item in everything] == [
        (append.stream, 1),
        (append.stream, 2),
        ("feed-wire", 1),
    ]
    assert everything[0].event == append.events[0]
    assert everything[2].recorded_at == NOON + timedelta(minutes=1)


def test_reading_may_start_and_stop_anywhere(store: EventStore):
    store.append([one("feed-wire", *range(10))], at=NOON)

    def positions(**bounds: int) -> list[int]:
        return [item.position for item in store.read(**bounds)]

    assert positions(after=3) == [4, 5, 6, 7, 8, 9, 10]
    assert positions(after=3, until=5) == [4, 5]
    assert positions(after=3, limit=2) == [4, 5]
    assert positions(after=3, until=4, limit=5) == [4]
    assert positions(after=10) == []
    assert positions(limit=0) == []
    assert positions(until=0) == []


def test_a_stream_is_read_in_order_of_version(store: EventStore):
    store.append([one("feed-wire", 1), one("feed-other", 2), one("feed-wire", 3)], at=NOON)
    assert [item.event.failures for item in store.stream("feed-wire")] == [1, 3]
    assert [item.version for item in store.stream("feed-wire")] == [1, 2]
    assert store.versions(["feed-wire", "feed-other", "feed-none"]) == {"feed-wire": 2, "feed-other": 1}


def test_a_stream_that_must_be_new_is_refused_when_it_exists(store: EventStore):
    store.append([one("feed-wire", 1)], at=NOON)
    with pytest.raises(StreamConflict) as caught:
        store.append([one("feed-wire", 2, expected=NEW_STREAM)], at=NOON)
    assert (caught.value.stream, caught.value.expected, caught.value.actual) == ("feed-wire", 0, 1)


@pytest.mark.parametrize("expected", [1, 3, 7])
def test_another_version_than_expected_is_refused_with_the_actual_one(store: EventStore, expected: int):
    store.append([one("feed-wire", 1, 2)], at=NOON)
    with pytest.raises(StreamConflict) as caught:
        store.append([one("feed-wire", 3, expected=expected)], at=NOON)
    assert caught.value.actual == 2


def test_a_refused_batch_leaves_nothing_behind(store: EventStore):
    store.append([one("feed-wire", 1)], at=NOON)
    before, text = store.head(), "A body that must not stay."
    batch = [one("feed-other", 1, expected=NEW_STREAM), one("feed-wire", 2, expected=NEW_STREAM)]
    with pytest.raises(StreamConflict):
        store.append(batch, at=NOON, texts={body_hash(text): text})
    assert store.head() == before
    assert store.versions(["feed-other"]) == {}
    assert store.texts([body_hash(text)]) == {}
    assert store.append([one("feed-other", 5)], at=NOON)[0].position == 2


def test_expectations_hold_within_one_batch(store: EventStore):
    store.append([one("feed-wire", 1, expected=0), one("feed-wire", 2, 3, expected=1), one("feed-wire", 4)], at=NOON)
    assert store.versions(["feed-wire"]) == {"feed-wire": 4}
    with pytest.raises(StreamConflict):
        store.append([one("feed-new", 1, expected=0), one("feed-new", 2, expected=0)], at=NOON)
    assert store.versions(["feed-new"]) == {}


def test_a_batch_without_events_records_nothing_but_checks_what_is_expected(store: EventStore):
    assert list(store.append([], at=NOON)) == []
    assert list(store.append([one("feed-wire", expected=0)], at=NOON)) == []
    with pytest.raises(StreamConflict):
        store.append([one("feed-wire", expected=4)], at=NOON)
    assert store.head().position == 0


def test_a_moment_without_time_zone_is_refused(store: EventStore):
    with pytest.raises(ValueError, match="time zone"):
        store.append([one("feed-wire", 1)], at=NOON.replace(tzinfo=None))


@pytest.mark.parametrize("name", ["", "two\nlines", "nul\0"])
def test_a_stream_that_could_not_be_hashed_plainly_is_refused(store: EventStore, name: str):
    with pytest.raises(EventStoreError):
        store.append([one(name, 1)], at=NOON)


def test_position_at_a_moment_is_the_last_recorded_by_then(store: EventStore):
    for minutes in (0, 10, 20):
        store.append([one("feed-wire", 1, 2)], at=NOON + timedelta(minutes=minutes))
    assert store.position_at(NOON - timedelta(microseconds=1)) == 0
    assert store.position_at(NOON) == 2
    assert store.position_at(NOON + timedelta(minutes=15)) == 4
    assert store.position_at(NOON + timedelta(days=9)) == 6


def test_moments_are_recorded_as_given_when_the_clock_jumps(store: EventStore):
    hour, year = timedelta(hours=1), timedelta(days=365)
    moments = [NOON, NOON - hour, NOON + year, NOON + timedelta(minutes=1)]
    for moment in moments:
        store.append([one("feed-wire", 1)], at=moment)
    assert [item.recorded_at for item in store.read()] == moments
    assert store.position_at(NOON - timedelta(minutes=30)) == 2
    assert store.position_at(NOON + hour) == 4
    assert store.position_at(NOON + year) == 4


def test_bodies_are_kept_once_beside_the_log(store: EventStore):
    text = "Ein Gespräch in Maren – „ohne Ergebnis“. 🕊"
    store.append([one("feed-wire", 1)], at=NOON, texts={body_hash(text): text})
    store.append([one("feed-wire", 2)], at=NOON, texts={body_hash(text): text})
    assert store.texts([body_hash(text), body_hash("never seen")]) == {body_hash(text): text}


def test_a_body_under_a_wrong_name_is_refused(store: EventStore):
    with pytest.raises(EventStoreError, match="another hash"):
        store.append([one("feed-wire", 1)], at=NOON, texts={body_hash("this"): "that"})
    assert store.head().position == 0


def test_an_event_of_the_wrong_shape_never_enters_the_log(store: EventStore):
    with pytest.raises(EventStoreError, match=r"FeedObserved\.day"):
        store.append([Append(stream="feed-wire", events=(FeedObserved(feed="wire", day="today"),))], at=NOON)
    with pytest.raises(EventStoreError, match="cannot be recorded"):
        store.append([Append(stream="feed-wire", events=(recovered(1, feed="half \ud83d"),))], at=NOON)
    assert store.head().position == 0


def test_every_hash_depends_on_all_that_was_before(store: EventStore):
    first = store.append([one("feed-wire", 1, 2)], at=NOON)
    second = store.append([one("feed-wire", 2)], at=NOON)
    hashes = [item.hash for item in (*first, *second)]
    assert len(set(hashes)) == 3
    assert all(len(digest) == 32 for digest in hashes)
    assert store.head().hash == hashes[-1]


def test_a_large_batch_is_one_transaction_with_consecutive_positions(store: EventStore):
    store.append([one(f"feed-{n}", n, expected=NEW_STREAM) for n in range(1200)], at=NOON)
    assert [item.position for item in store.read()] == list(range(1, 1201))
    assert len(store.versions([f"feed-{n}" for n in range(1300)])) == 1200
    with pytest.raises(StreamConflict) as caught:
        store.append([one(f"feed-{n}", n, expected=NEW_STREAM) for n in range(1100, 1300)], at=NOON)
    assert caught.value.actual == 1
    assert store.head().position == 1200


def test_pages_of_a_long_read_join_without_a_seam(store: EventStore):
    store.append([one("feed-wire", *range(5001))], at=NOON)
    assert [item.event.failures for item in store.read()] == list(range(5001))
    assert sum(1 for _ in store.read(after=1)) == 5000
    assert sum(1 for _ in store.read(limit=5000)) == 5000


@given(batches=st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4)), max_size=4), max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_tried_positions_and_versions_have_no_holes(store: EventStore, batches):
    start = store.head().position
    for batch in batches:
        with suppress(StreamConflict):
            store.append([one(f"feed-{name}", 1, expected=expected) for name, expected in batch], at=NOON)
    items = list(store.read())
    assert [item.position for item in items] == list(range(1, len(items) + 1))
    assert len(items) >= start
    for name in "abc":
        versions = [item.version for item in items if item.stream == f"feed-{name}"]
        assert versions == list(range(1, len(versions) + 1))
