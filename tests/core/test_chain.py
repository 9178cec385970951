"""The chain: what a hash covers, and what may be taken away without breaking it."""

from hashlib import sha256

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import StreamConflict
from tracker.eventstore.chain import BEGINNING, SEAL, ZERO, EventRow, WordsRow, fresh, leaf, link, place, root_of_row
from tracker.eventstore.store import Append
from tracker.model.events import FeedRecovered
from tracker.testing import NOON, a_coding, a_signal, an_article, collected


def placed(*appends: Append):
    return rows_of(place(appends, BEGINNING, {}, NOON, bytes))


def rows_of(batch):
    return batch._replace(events=[EventRow(*row) for row in batch.events], words=[WordsRow(*w) for w in batch.words])


def coded():
    article = an_article()
    append, _ = collected(article)
    signal = a_signal(quote="They will meet.", before="It rained.", speaker="the envoy")
    return placed(append, Append(stream=append.stream, events=(a_coding(article, signal),)))


def test_the_first_hash_can_be_computed_by_hand():
    row = placed(Append(stream="feed-wire", events=(FeedRecovered(feed="wire", failures=3),))).events[0]
    payload = '{"feed":"wire","failures":3}'
    header = f"1\nfeed-wire\n1\nfeed-recovered\n1\n{row.recorded_at}\n\n"
    assert row.payload == payload
    assert row.hash == sha256(bytes(32) + header.encode() + payload.encode()).digest()


def test_every_column_is_covered_by_the_hash():
    row = coded().events[1]
    changes = {
        "position": 9,
        "stream": "article-other",
        "version": 9,
        "type": "article-revised",
        "schema_version": 2,
        "payload": row.payload.replace("test 1", "test 2"),
        "recorded_at": row.recorded_at + 1,
        "words": bytes(32),
    }
    assert set(changes) == set(row._fields) - {"hash"}
    previous = coded().events[0].hash
    assert link(previous, row) == row.hash
    assert link(ZERO, row) != row.hash
    for name, value in changes.items():
        assert link(previous, row._replace(**{name: value})) != row.hash, name


def test_no_two_headers_can_be_read_alike():
    row = placed(Append(stream="feed-1", events=(FeedRecovered(feed="wire", failures=3),))).events[0]
    shifted = row._replace(stream="feed-1\n1", version=row.version)
    assert link(ZERO, shifted) != row.hash


def test_words_are_not_in_the_payload_but_under_its_root():
    words = coded()
    for secret in ("They will meet.", "It rained.", "the envoy", "Envoys meet"):
        assert secret not in "".join(row.payload for row in words.events)
    for row, parts in zip(words.events, words.words, strict=True):
        assert root_of_row(parts) == row.words
        assert len(parts.seals) == SEAL * len(orjson.loads(parts.texts))


def test_a_forgotten_part_leaves_its_seal_and_the_root_holds():
    row = coded().words[1]
    texts, seals = orjson.loads(row.texts), [row.seals[i : i + SEAL] for i in range(0, len(row.seals), SEAL)]
    at = texts.index("They will meet.")
    seals[at] = leaf(texts[at], seals[at])
    texts[at] = None
    assert root_of_row(row._replace(texts=orjson.dumps(texts).decode(), seals=b"".join(seals))) == root_of_row(row)


def test_changed_words_change_the_root():
    row = coded().words[1]
    changed = row._replace(texts=row.texts.replace("They will meet.", "They will not meet."))
    assert root_of_row(changed) != root_of_row(row)


def test_no_two_parts_share_a_salt():
    drawn = iter(range(10_000))

    def salt(size: int) -> bytes:
        return b"".join(next(drawn).to_bytes(SEAL) for _ in range(size // SEAL))

    appends = [collected(an_article(url=f"https://a.example/{n}", author="A. Writer"))[0] for n in range(100)]
    seals = b"".join(row[2] for row in place(appends, BEGINNING, {}, NOON, salt).words)
    assert len({seals[i : i + SEAL] for i in range(0, len(seals), SEAL)}) == 300


def test_salts_are_fresh_every_time():
    assert fresh(64) != fresh(64)
    assert len(fresh(96)) == 96


@given(st.lists(st.lists(st.integers(0, 9), max_size=3), max_size=5))
def test_a_batch_is_placed_as_its_parts_would_be_one_after_another(groups):
    appends = [Append(stream=f"feed-{n % 2}", events=tuple(map(recovered, group))) for n, group in enumerate(groups)]
    together = placed(*appends).events
    head, versions, apart = BEGINNING, {}, []
    for append in appends:
        rows = rows_of(place([append], head, versions, NOON, bytes)).events
        apart += rows
        if rows:
            head = type(head)(position=rows[-1].position, hash=rows[-1].hash)
            versions = versions | {append.stream: rows[-1].version}
    assert together == apart


def recovered(number: int) -> FeedRecovered:
    return FeedRecovered(feed="wire", failures=number)


def test_versions_that_are_not_expected_are_refused():
    with pytest.raises(StreamConflict):
        place(
            [Append(stream="feed-wire", events=(recovered(1),), expected=1)], BEGINNING, {"feed-wire": 2}, NOON, bytes
        )
