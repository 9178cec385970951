"""Every event version that was ever written has a sample and decodes; nothing unfit gets into a payload."""

import dataclasses
import json
import types
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import EventStoreError, UnknownEvent
from tracker.eventstore import codec
from tracker.eventstore.codec import EVENTS, decode, encode, words_of
from tracker.eventstore.shapes import FORGETTABLE, Inline
from tracker.eventstore.upcasters import UPCASTERS, upcast
from tracker.model.events import ArticleCoded, ArticleCollected, FeedMoved, FeedObserved, record_of
from tracker.testing import NOON, a_coding, a_signal, an_article

SAMPLES = {
    path: json.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parents[1] / "data" / "events").glob("*.json"))
}
by_sample = pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)


def unsampled(events: Mapping[str, int], samples: set[tuple[str, int]], steps: set[tuple[str, int]]) -> list[str]:
    """What is missing so that every version of every type can be shown to decode."""
    missing = []
    for kind, current in events.items():
        for version in range(1, current + 1):
            if (kind, version) not in samples:
                missing.append(f"tests/data/events/{kind}.v{version}.json")
            if version < current and (kind, version) not in steps:
                missing.append(f"the step from {kind} version {version}")
    missing += [
        f"{kind} version {version} is of no event" for kind, version in sorted(samples) if version > events.get(kind, 0)
    ]
    missing += [
        f"the step {kind} {version} leads nowhere" for kind, version in sorted(steps) if version >= events.get(kind, 0)
    ]
    return missing


def test_every_version_of_every_event_has_a_sample_and_a_step_to_the_next():
    current = {kind: cls.version for kind, cls in EVENTS.items()}
    samples = {(sample["type"], sample["version"]) for sample in SAMPLES.values()}
    assert unsampled(current, samples, set(UPCASTERS)) == []


def test_a_new_version_without_sample_or_step_would_be_noticed():
    assert unsampled({"a": 2}, {("a", 1)}, {("a", 1)}) == ["tests/data/events/a.v2.json"]
    assert unsampled({"a": 2}, {("a", 1), ("a", 2)}, set()) == ["the step from a version 1"]
    assert unsampled({"a": 1}, {("a", 1), ("a", 2), ("b", 1)}, {("a", 1)}) == [
        "a version 2 is of no event",
        "b version 1 is of no event",
        "the step a 1 leads nowhere",
    ]
    assert unsampled({"a": 2}, {("a", 1), ("a", 2)}, {("a", 1)}) == []


@by_sample
def test_a_sample_decodes_and_says_the_same_again(path: Path):
    sample = SAMPLES[path]
    event = decode(sample["type"], sample["version"], orjson.dumps(sample["payload"]), sample["words"])
    assert type(event) is EVENTS[sample["type"]]
    assert path.name == f"{sample['type']}.v{sample['version']}.json"
    again = encode(event)
    assert decode(again.type, again.version, again.payload, again.words) == event
    if sample["version"] == type(event).version:
        assert again.words == sample["words"]
        assert within(sample["payload"], json.loads(again.payload)), "the shape changed without a new version"


def within(old: Any, new: Any) -> bool:
    """New fields may have come; what was there must be there as it was."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(key in new and within(old[key], new[key]) for key in old)
    if isinstance(old, list):
        return isinstance(new, list) and len(old) == len(new) and all(map(within, old, new))
    return old == new


@by_sample
def test_words_that_may_be_forgotten_are_known_by_kind(path: Path):
    sample = SAMPLES[path]
    kinds = words_of(sample["type"], sample["version"], sample["payload"])
    assert len(kinds) == len(sample["words"])
    assert "words" not in kinds
    for word in sample["words"]:
        assert word not in json.dumps(sample["payload"], ensure_ascii=False)


@by_sample
def test_an_event_reads_on_when_all_its_words_are_gone(path: Path):
    sample = SAMPLES[path]
    event = decode(sample["type"], sample["version"], orjson.dumps(sample["payload"]), [None] * len(sample["words"]))
    assert encode(event).words == []


@by_sample
def test_fields_that_have_a_default_may_be_absent(path: Path):
    sample = SAMPLES[path]
    cls = EVENTS[sample["type"]]
    optional = {
        field.name
        for field in dataclasses.fields(cls)
        if field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
    }
    payload = {name: value for name, value in sample["payload"].items() if name not in optional}
    event = decode(sample["type"], sample["version"], orjson.dumps(payload), sample["words"])
    for field in dataclasses.fields(cls):
        if field.name in optional:
            default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
            assert getattr(event, field.name) == default


@by_sample
def test_a_field_that_must_be_there_is_missed(path: Path):
    sample = SAMPLES[path]
    with pytest.raises((KeyError, UnknownEvent)):
        decode(sample["type"], sample["version"], b"{}", sample["words"])


def anything(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type, as odd as the type allows."""
    plain = {
        str: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        int: st.integers(-(2**63), 2**63 - 1),
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
        datetime: st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)),
        date: st.dates(),
    }
    if hint in plain:
        return plain[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(args)
    if origin in {Union, types.UnionType}:
        return st.one_of(st.none() if arg is type(None) else anything(arg) for arg in args)
    if origin is tuple:
        if args[-1] is Ellipsis:
            return st.lists(anything(args[0]), max_size=3).map(tuple)
        return st.tuples(*map(anything, args))
    if origin is Mapping:
        return st.dictionaries(anything(args[0]), anything(args[1]), max_size=3)
    hints = get_type_hints(hint)
    return st.builds(hint, **{field.name: anything(hints[field.name]) for field in dataclasses.fields(hint)})


@given(st.one_of([anything(cls) for cls in EVENTS.values()]))
def test_what_is_encoded_decodes_to_the_same(event):
    encoded = encode(event)
    assert decode(encoded.type, encoded.version, encoded.payload, encoded.words) == event
    assert len(words_of(encoded.type, encoded.version, orjson.loads(encoded.payload))) == len(encoded.words)


@given(anything(ArticleCoded))
def test_the_same_event_gives_the_same_bytes(event):
    again = dataclasses.replace(event)
    assert encode(event) == encode(again)


def test_forgettable_fields_exist():
    for cls, names in FORGETTABLE.items():
        assert set(names) <= {field.name for field in dataclasses.fields(cls)}


def bad(**telling: Any) -> ArticleCollected:
    return ArticleCollected(article=record_of(an_article(**telling), "b" * 64))


@pytest.mark.parametrize(
    ("event", "where"),
    [
        (bad(title=None), "ArticleRecord.title"),
        (bad(words="seven"), "ArticleRecord.words"),
        (bad(words=True), "ArticleRecord.words"),
        (bad(published_at=NOON.replace(tzinfo=None)), "ArticleRecord.published_at"),
        (bad(published_at="2026-03-02"), "ArticleRecord.published_at"),
        (bad(date_source="guess"), "ArticleRecord.date_source"),
        (bad(signature=[1, 2]), "ArticleRecord.signature"),
        (bad(signature=(1, 2.0)), "ArticleRecord.signature"),
        (ArticleCollected(article=None), "ArticleRecord"),
        (FeedObserved(feed="wire", day=NOON), "FeedObserved.day"),
        (FeedMoved(feed="wire", old="a", new=b"b"), "FeedMoved.new"),
        (a_coding("a", a_signal(probability=float("nan"))), "Signal.probability"),
        (a_coding("a", a_signal(probability=True)), "Signal.probability"),
        (a_coding("a", a_signal(polarity=2)), "Signal.polarity"),
        (a_coding("a", a_signal(polarity=True)), "Signal.polarity"),
        (bad(date_source=["entry"]), "ArticleCollected"),
        (a_coding("a", a_signal(contested=1)), "Signal.contested"),
        (a_coding("a", "signal"), "Signal"),
        (a_coding("a", conflicts="abc"), "ArticleCoded.conflicts"),
        (a_coding("a", conflicts=(1,)), "ArticleCoded.conflicts"),
        (a_coding("a", sentences=2**80), "ArticleCoded"),
        (a_coding("half \ud83d"), "ArticleCoded"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_name(event, where: str):
    with pytest.raises(EventStoreError, match=where.replace(".", r"\.")):
        encode(event)


def test_a_thing_that_is_no_event_is_refused():
    with pytest.raises(EventStoreError, match="Article is no event"):
        encode(an_article())


def test_numbers_of_other_libraries_become_plain_ones():
    class Score(float):
        pass

    class Name(str):
        __slots__ = ()

    event = a_coding(Name("a"), a_signal(probability=Score(0.5), layers=1))
    encoded = encode(event)
    decoded = decode(encoded.type, encoded.version, encoded.payload, encoded.words)
    assert type(decoded.signals[0].probability) is float
    assert type(decoded.article) is str
    whole = encode(a_coding("a", a_signal(probability=1)))
    assert b'"probability":1.0' in whole.payload


def test_an_unknown_type_or_version_stops_the_reader():
    with pytest.raises(UnknownEvent, match="no event is called"):
        decode("article-lost", 1, b"{}")
    with pytest.raises(UnknownEvent, match="newer release"):
        decode("feed-gone", 2, b"{}")
    with pytest.raises(UnknownEvent, match="no event is called"):
        words_of("article-lost", 1, {})


def test_steps_are_taken_one_after_another():
    steps = {
        ("x", 1): lambda payload: {**payload, "analyser": "unknown"},
        ("x", 2): lambda payload: {**payload, "analyser": payload["analyser"].upper()},
    }
    assert upcast("x", 1, 3, {"a": 1}, steps) == {"a": 1, "analyser": "UNKNOWN"}
    assert upcast("x", 3, 3, {"a": 1}, steps) == {"a": 1}
    with pytest.raises(UnknownEvent, match="no step to version 3"):
        upcast("x", 1, 3, {}, {("x", 1): dict})
    with pytest.raises(UnknownEvent, match="newer release"):
        upcast("x", 4, 3, {}, steps)


def test_an_old_version_is_read_through_its_steps(monkeypatch):
    """As the first real upcaster will be: version 1 said `address`, and held it inside the payload."""
    monkeypatch.setattr(FeedMoved, "version", 2)
    monkeypatch.setitem(
        UPCASTERS, ("feed-moved", 1), lambda old: {"feed": old["feed"], "old": "", "new": old["address"]}
    )
    monkeypatch.setitem(codec._DECODERS, ("feed-moved", 2), codec._DECODERS["feed-moved", 1])
    event = decode("feed-moved", 1, b'{"feed": "wire", "address": "https://b.example"}')
    assert event == FeedMoved(feed="wire", old="", new="https://b.example")


def test_a_field_that_became_forgettable_keeps_its_old_text():
    words = Inline(["kept apart", ""])
    assert (words["in the payload"], words[0], words[-1]) == ("in the payload", "kept apart", "")
