"""Questions to the tables: the past answers as it would have then, and every answer is made of the model's words."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projection_logs import (
    CODEBOOKS,
    CONFLICT,
    FEEDS,
    OTHER,
    START,
    VERSIONS,
    a_database,
    a_feed,
    a_log,
    an_alert,
)
from sqlalchemy import Engine, delete

from tracker import database
from tracker.eventstore.store import Append
from tracker.model.events import (
    AlertConfirmed,
    AlertRaised,
    ArchiveImported,
    ArticleRevised,
    CodebookAdopted,
    DigestPublished,
    Event,
    FeedFailed,
    FeedGone,
    FeedMoved,
    FeedObserved,
    FeedRecovered,
    FeedsAdopted,
    HappeningNoted,
    SignalReviewed,
    record_of,
)
from tracker.model.readings import Inputs, Observed
from tracker.model.signals import ALL
from tracker.model.sketch import signature
from tracker.projections import reads, schema, weekly
from tracker.projections.notes import alert_id
from tracker.projections.runner import Projections
from tracker.questions import Standpoint, history
from tracker.readiness import weights
from tracker.readiness.board import Board, board
from tracker.readiness.rows import Table, rows_of
from tracker.testing import MemoryEventStore, a_coding, a_signal, an_article, body_hash, collected

CODEBOOK = CODEBOOKS[VERSIONS[0]]
DAY = timedelta(days=1)


class World:
    """A log to write and tables to ask, on one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.store = engine, MemoryEventStore()
        self.projections = Projections(engine, self.store, CODEBOOKS.__getitem__)
        self.now = START

    def happens(self, *events: Event, stream: str = "any") -> int:
        self.store.append([Append(stream=stream, events=(event,)) for event in events], at=self.now)
        return self.projections.catch_up()

    def collects(self, **telling: object) -> str:
        if "text" in telling:
            telling["signature"] = signature(str(telling.get("title", "")), str(telling["text"]))
        article = an_article(**telling)
        self.happens(collected(article)[0].events[0], stream=f"article-{article.id}")
        return article.id

    def codes(self, article: str, *signals: object, **telling: object) -> int:
        telling = {"codebook": VERSIONS[0]} | telling
        return self.happens(a_coding(article, *signals, **telling), stream=f"article-{article}")

    def tables(self) -> schema.Tables:
        with database.reading(self.engine) as connection:
            return schema.tables(schema.pointer(connection).generation)

    def inputs(self, **asked: object) -> Inputs:
        return reads.inputs(self.engine, CONFLICT, CODEBOOK, **asked)


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    made: list[Engine] = []

    def make() -> Engine:
        made.append(a_database(tmp_path / f"{len(made)}.db"))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


# -- the past ------------------------------------------------------------------------------------------------


def answers(engine: Engine, as_of: int | None, until: date | None) -> list[object]:
    """Everything that can be asked as of a position."""
    found: list[object] = []
    for version in VERSIONS:
        codebook = CODEBOOKS[version]
        for conflict in (CONFLICT, OTHER):
            for since in (None, START.date() + 2 * DAY):
                found += [
                    question(engine, conflict, codebook, since=since, until=until, as_of=as_of)
                    for question in (reads.inputs, reads.story_signals, reads.conflict_stories, reads.evidence)
                ]
            found.append(reads.evidence(engine, conflict, codebook, party="VRN", limit=4, as_of=as_of))
            found.append(reads.observed(engine, conflict, as_of=as_of))
    found.append(reads.feed_health(engine, day=START.date() + 5 * DAY, as_of=as_of))
    listed = (reads.happenings, reads.alerts, reads.digests, reads.codebooks)
    return [*found, *(question(engine, as_of=as_of) for question in listed), reads.adopted_feeds(engine, as_of)]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), share=st.floats(0.05, 1.0), until=st.sampled_from((None, 3, 6)))
def test_the_past_is_what_a_projection_of_the_first_events_says(
    databases: Callable[[], Engine], seed: int, share: float, until: int | None
):
    store, number = MemoryEventStore(), 110
    a_log(store, seed, number)
    then, now = databases(), databases()
    position = max(1, int(share * number))
    last = START.date() + until * DAY if until is not None else None
    short = MemoryEventStore()
    for recorded in store.read(until=position):
        short.append([Append(stream=recorded.stream, events=(recorded.event,))], at=recorded.recorded_at)
    Projections(then, short, CODEBOOKS.__getitem__).catch_up()
    Projections(now, store, CODEBOOKS.__getitem__).catch_up()
    for past, present in zip(answers(now, position, last), answers(then, None, last), strict=True):
        assert past == present


def test_counting_the_present_anew_gives_the_daily_rows_to_the_last_bit(any_engine: Engine):
    world = World(any_engine)
    a_log(world.store, 77, 260)
    head = world.projections.catch_up()
    kept = [world.inputs(), reads.inputs(any_engine, OTHER, CODEBOOK)]
    assert kept[0].counts
    assert kept[1].counts
    world.happens(HappeningNoted(conflict=CONFLICT, day=START.date(), title="Nothing that counts"))
    assert [world.inputs(as_of=head), reads.inputs(any_engine, OTHER, CODEBOOK, as_of=head)] == kept


def test_the_daily_rows_are_the_story_rows_added_up(world: World):
    a_log(world.store, 78, 200)
    world.projections.catch_up()
    said = reads.story_signals(world.engine, CONFLICT, CODEBOOK)
    about = reads.conflict_stories(world.engine, CONFLICT, CODEBOOK)
    counts, cover, _ = weights.daily(said, about, CODEBOOK)
    assert (world.inputs().counts, world.inputs().coverage) == (counts, cover)


def test_inputs_may_be_narrowed_to_days_and_signals(world: World):
    a_log(world.store, 79, 200)
    world.projections.catch_up()
    whole, first, last = world.inputs(), START.date() + DAY, START.date() + 4 * DAY
    some = world.inputs(since=first, until=last, signals={"talks_activity"})
    assert some.counts == tuple(c for c in whole.counts if first <= c.day <= last and c.signal == "talks_activity")
    assert some.coverage == tuple(c for c in whole.coverage if first <= c.day <= last)
    assert some.counts


def listed(table: Table) -> list[tuple[object, ...]]:
    """Every row of a table with what it is about and the names that stand on it, in order."""
    return sorted(
        (*table.lines[line], *numbers, *(tuple(np.array(given.names)[given.on[n]]) for given in table.names))
        for n, (line, *numbers) in enumerate(table.rows.tolist())
    )


def bits(found: Board) -> dict[object, tuple[bytes, ...]]:
    """Everything a board measured, as bytes."""
    told = {
        key: (m.balance.tobytes(), m.plus_rate.tobytes(), m.minus_rate.tobytes(), m.stories.tobytes())
        for key, m in found.measures.items()
    }
    masses = {
        (key, "mass"): tuple(mass[key].tobytes() for mass in (found.plus_mass, found.minus_mass, found.squares_mass))
        for key in found.measures
    }
    present = {key: (p.stories.tobytes(), p.outlets.tobytes(), p.owners.tobytes()) for key, p in found.presence.items()}
    return told | masses | present | {"observed": (found.observed.tobytes(),)}


@pytest.mark.parametrize("seed", [80, 81])
def test_rows_are_the_inputs_to_the_last_bit(any_engine: Engine, seed: int):
    world = World(any_engine)
    a_log(world.store, seed, 220)
    world.projections.catch_up()
    days = tuple(START.date() + n * DAY for n in range(-1, 20, 3))
    for conflict in (CONFLICT, OTHER):
        for signals in (None, ("talks_activity", "back_channel"), ("inducement",), ()):
            for since, until in ((None, None), (days[1], days[3]), (days[-1], None)):
                asked = {"signals": signals, "since": since, "until": until}
                inputs = reads.inputs(any_engine, conflict, CODEBOOK, **asked)
                rows, expected = reads.rows(any_engine, conflict, CODEBOOK, **asked), rows_of(inputs)
                assert listed(rows.counts) == listed(expected.counts)
                assert listed(rows.coverage) == listed(expected.coverage)
                assert listed(rows.presence) == listed(expected.presence)
                assert (rows.conflict, rows.observed) == (expected.conflict, expected.observed)
                found = board(rows, CODEBOOK, days, signals=signals)
                assert bits(found) == bits(board(inputs, CODEBOOK, days, signals=signals))
    assert listed(reads.rows(any_engine, CONFLICT, CODEBOOK).counts)
    assert listed(reads.rows(any_engine, OTHER, CODEBOOK).counts)


def test_rows_of_blocs_that_no_coverage_lists_are_read_all_the_same(any_engine: Engine):
    world = World(any_engine)
    a_log(world.store, 82, 200)
    world.projections.catch_up()
    some = listed(reads.rows(any_engine, CONFLICT, CODEBOOK).counts)
    with database.writing(any_engine) as connection:
        connection.execute(delete(world.tables().coverage))
    rows, inputs = reads.rows(any_engine, CONFLICT, CODEBOOK), world.inputs()
    assert listed(rows.counts) == listed(rows_of(inputs).counts) == some
    assert not rows.coverage.lines
    assert bits(board(rows, CODEBOOK, (START.date(),))) == bits(board(inputs, CODEBOOK, (START.date(),)))


def test_a_history_of_the_present_is_that_of_its_position(world: World):
    a_log(world.store, 83, 240)
    head = world.projections.catch_up()
    world.happens(HappeningNoted(conflict=CONFLICT, day=START.date(), title="Nothing that counts"))
    told = []
    for as_of in (None, head):
        view = Standpoint(engine=world.engine, codebook=CODEBOOK, as_of=as_of, position=head, at=START + 20 * DAY)
        told.append(history(view, "contact_channel", conflict=CONFLICT, party="VRN", every="day"))
    assert told[0] == told[1]
    assert max(point.stories for point in told[0].points) > 0


# -- stories, codings, reviews -------------------------------------------------------------------------------

TEXT = " ".join(f"sentence {n} of the wire about the river and the {w}" for n, w in enumerate("abcdefghijklmnop"))


def test_a_copy_from_another_owner_corroborates_and_counts_once(world: World):
    first = world.collects(url="https://a.example/1", text=TEXT, owner="lisse")
    world.codes(first, a_signal())
    alone = world.inputs().counts
    world.collects(url="https://b.example/1", text=TEXT, owner="oster", outlet="Oster Post", feed="oster-post")
    both = world.inputs().counts
    assert [c.plus_stories for c in both] == [c.plus_stories for c in alone] == [1]
    assert both[0].plus == pytest.approx(alone[0].plus * weights.corroboration(2))
    assert world.inputs().coverage[0].stories == 1


def test_an_earlier_article_that_joins_late_moves_the_story_to_its_day(world: World):
    late = START + 2 * DAY
    first = world.collects(url="https://a.example/1", text=TEXT, published_at=late, bloc="wires")
    world.codes(first, a_signal())
    before = world.inputs().counts
    world.collects(url="https://b.example/1", text=TEXT, published_at=START, owner="lisse", bloc="aligned-vrn")
    after = world.inputs().counts
    assert [(c.day, c.bloc) for c in before] == [(late.date(), "wires")]
    assert [(c.day, c.bloc) for c in after] == [(START.date(), "aligned-vrn")]


def test_a_bloc_that_the_conflict_does_not_list_counts_as_third_country(world: World):
    world.codes(world.collects(bloc="elsewhere"), a_signal())
    assert [c.bloc for c in world.inputs().counts] == ["third-country"]
    record = reads.evidence(world.engine, CONFLICT, CODEBOOK)[0]
    assert (record.bloc, record.story_bloc) == ("elsewhere", "third-country")


def test_an_undated_article_is_evidence_but_counts_nowhere(world: World):
    world.codes(world.collects(published_at=None, date_source="none"), a_signal())
    assert world.inputs().counts == world.inputs().coverage == ()
    assert [r.story_day for r in reads.evidence(world.engine, CONFLICT, CODEBOOK)] == [None]


def test_a_date_that_a_revision_brings_makes_the_article_count(world: World):
    article = an_article(published_at=None, date_source="none")
    world.codes(world.collects(published_at=None, date_source="none"), a_signal())
    dated = replace(article, published_at=START, date_source="entry")
    world.happens(ArticleRevised(article=record_of(dated, body_hash("x")), revision=1))
    assert [c.day for c in world.inputs().counts] == [START.date()]


def test_a_bumped_date_moves_no_evidence(world: World):
    article = an_article()
    world.codes(world.collects(), a_signal())
    before = world.inputs().counts
    bumped = replace(article, published_at=article.published_at + 9 * DAY)
    world.happens(ArticleRevised(article=record_of(bumped, body_hash("x")), revision=1))
    assert world.inputs().counts == before


def test_recoding_replaces_what_the_same_codebook_said_and_no_other(world: World):
    article = world.collects()
    world.codes(article, a_signal(polarity=1))
    world.codes(article, a_signal(polarity=-1), codebook=VERSIONS[1])
    world.codes(article, a_signal(polarity=-1, intensity=1))
    assert [(c.plus_stories, c.minus_stories) for c in world.inputs().counts] == [(0, 1)]
    other = reads.evidence(world.engine, CONFLICT, CODEBOOKS[VERSIONS[1]])
    assert [r.signal.intensity for r in other] == [2]


def test_a_late_coding_of_an_older_revision_replaces_nothing(world: World):
    article = world.collects()
    world.happens(ArticleRevised(article=record_of(an_article(title="Corrected"), body_hash("x")), revision=1))
    world.codes(article, a_signal(polarity=-1), revision=1)
    world.codes(article, a_signal(polarity=1), revision=0)
    assert [r.signal.polarity for r in reads.evidence(world.engine, CONFLICT, CODEBOOK)] == [-1]


def test_evidence_shows_the_title_of_the_revision_that_was_read(world: World):
    article = world.collects(title="As first printed")
    world.codes(article, a_signal())
    world.happens(ArticleRevised(article=record_of(an_article(title="Corrected"), body_hash("x")), revision=1))
    assert [r.title for r in reads.evidence(world.engine, CONFLICT, CODEBOOK)] == ["As first printed"]


@pytest.mark.parametrize("verdict", ["rejected", "withdrawn"])
def test_a_verdict_outlives_recoding(world: World, verdict: str):
    article = world.collects()
    signal = a_signal()
    world.codes(article, signal)
    review = SignalReviewed(article=article, signal_key=signal.key, verdict=verdict, reason="a hoax", by="a person")
    world.happens(review)
    assert world.inputs().counts == ()
    world.codes(article, a_signal(probability=0.99))
    assert world.inputs().counts == ()
    assert [r.review for r in reads.evidence(world.engine, CONFLICT, CODEBOOK)] == [verdict]
    world.happens(replace(review, verdict="confirmed"))
    assert [c.plus_stories for c in world.inputs().counts] == [1]


def test_a_verdict_holds_for_copies_of_the_sentence_in_the_same_story(world: World):
    text = " ".join(f"word{n}" for n in range(200))
    first, copy = (
        world.collects(url=f"https://{name}.example/1", outlet=name, owner=name, title="Talks", text=text)
        for name in ("one", "two")
    )
    signal = a_signal(quote="They will talk.")
    world.codes(first, signal)
    world.codes(copy, signal)
    review = SignalReviewed(article=first, signal_key=signal.key, verdict="rejected", reason="a hoax", by="a person")
    world.happens(review)

    def reviews() -> list[tuple[str, str]]:
        found = reads.evidence(world.engine, CONFLICT, CODEBOOK)
        return sorted((r.article, r.review) for r in found)

    assert reviews() == sorted([(first, "rejected"), (copy, "rejected")])
    late = world.collects(url="https://three.example/1", outlet="three", owner="three", title="Talks", text=text)
    world.codes(late, signal)
    assert (late, "rejected") in reviews()
    assert world.inputs().counts == ()
    world.happens(replace(review, article=late, verdict="confirmed"))  # judged by itself, and later than the other
    assert reviews() == sorted([(first, "rejected"), (copy, "confirmed"), (late, "confirmed")])


def test_a_signal_is_read_back_exactly(world: World):
    signal = a_signal(
        locus=ALL, quote="“Yes”, said the envoy\u2028.", before="Then:", conditional=True, layers=2, unit="headline"
    )
    signal = replace(signal, evidence=replace(signal.evidence, cue=(1, 4)))
    world.codes(world.collects(), signal)
    (record,) = reads.evidence(world.engine, CONFLICT, CODEBOOK)
    assert record.signal == signal
    assert record.weight == weights.record_weight(signal, CODEBOOK.signal(signal.signal), 1)


def test_evidence_is_filtered_by_signal_party_day_and_number_newest_first(world: World):
    for n, (name, locus) in enumerate([("talks_activity", "VRN"), ("inducement", "KES"), ("talks_activity", ALL)]):
        article = world.collects(url=f"https://a.example/{n}", published_at=START + n * DAY)
        world.codes(article, a_signal(signal=name, locus=locus))

    def days(**asked: object) -> list[int]:
        found = reads.evidence(world.engine, CONFLICT, CODEBOOK, **asked)
        return [(r.story_day - START.date()).days for r in found]

    assert days() == [2, 1, 0]
    assert days(signals={"talks_activity"}) == [2, 0]
    assert days(party="KES") == [2, 1]
    assert days(since=START.date() + DAY) == [2, 1]
    assert days(until=START.date() + DAY) == [1, 0]
    assert days(limit=1) == [2]


def test_corrections_name_what_changed_between_two_positions(world: World):
    article = world.collects()
    first, second = a_signal(), a_signal(signal="back_channel", sentence=2)
    since = world.codes(article, first, second)
    review = SignalReviewed(article=article, signal_key=first.key, verdict="withdrawn", reason="a hoax", by="a person")
    middle = world.happens(review)
    last = world.codes(article, first)
    found = reads.corrections(world.engine, CONFLICT, since, last, codebook=CODEBOOK.version)
    assert [(c.kind, c.signal.signal, c.reason, c.position) for c in found] == [
        ("withdrawn", "talks_activity", "a hoax", middle),
        ("recoded", "back_channel", "", last),
    ]
    assert found[0].story_day == an_article().published_at.date()
    assert reads.corrections(world.engine, CONFLICT, last, last, codebook=CODEBOOK.version) == ()


# -- articles ------------------------------------------------------------------------------------------------


def test_known_tells_revision_fingerprint_title_and_body(world: World):
    article = world.collects()
    changed = an_article(title="Corrected", fingerprint="other")
    world.happens(ArticleRevised(article=record_of(changed, body_hash("new")), revision=1))
    found = reads.known(world.engine, [article, "unknown"])
    assert dict(found) == {
        article: reads.Known(revision=1, fingerprint="other", title="Corrected", body=body_hash("new"))
    }


def test_articles_are_told_as_they_stood(world: World):
    before = record_of(an_article(signature=signature("t", TEXT)), body_hash(an_article().text))
    world.collects(signature=before.signature)
    position = reads.position(world.engine)
    after = replace(before, title="Corrected")
    world.happens(ArticleRevised(article=after, revision=1))
    assert reads.articles(world.engine, [before.id]) == {before.id: after}
    assert reads.articles(world.engine, [before.id], as_of=position) == {before.id: before}


def test_every_revision_waits_until_the_codebook_in_force_has_read_it(world: World):
    world.happens(CodebookAdopted(codebook=VERSIONS[0], recogniser="", files={}))
    article = world.collects()
    assert [p.article for p in reads.pending(world.engine, VERSIONS[0], limit=9)] == [article]
    world.codes(article)
    assert reads.pending_count(world.engine, VERSIONS[0]) == 0
    world.happens(ArticleRevised(article=record_of(an_article(title="New"), body_hash("x")), revision=1))
    assert [(p.revision, p.title) for p in reads.pending(world.engine, VERSIONS[0], limit=9)] == [(1, "New")]
    world.codes(article, revision=1)
    world.happens(CodebookAdopted(codebook=VERSIONS[1], recogniser="", files={}))
    assert reads.pending_count(world.engine, VERSIONS[0]) == 0
    assert [p.revision for p in reads.pending(world.engine, VERSIONS[1], limit=9)] == [1]


def test_a_week_of_articles_counts_owners_and_the_undated_by_the_day_they_came(world: World):
    world.codes(world.collects(url="https://a.example/1", owner="lisse", published_at=START))
    world.codes(world.collects(url="https://a.example/2", owner="lisse", published_at=START + DAY))
    world.codes(world.collects(url="https://a.example/3", owner="oster", published_at=START + 9 * DAY))
    world.codes(world.collects(url="https://a.example/4", published_at=None, date_source="none"))
    asked = {"since": START.date(), "until": START.date() + 6 * DAY}
    found = weekly.articles_between(world.engine, CONFLICT, CODEBOOK, **asked)
    assert found == weekly.WeekOfArticles(articles=2, owners=1, undated=1)
    later = {"since": START.date() + 7 * DAY, "until": START.date() + 13 * DAY}
    found = weekly.articles_between(world.engine, CONFLICT, CODEBOOK, **later)
    assert (found.articles, found.undated) == (1, 0)
    assert weekly.last_analyser(world.engine, CODEBOOK) == "test 1"


# -- feeds ---------------------------------------------------------------------------------------------------


def ledger(world: World, **asked: object) -> list[tuple[int, int, int]]:
    found = reads.observed(world.engine, CONFLICT, **asked)
    return [((o.day - START.date()).days, o.observed, o.expected) for o in found]


def test_the_ledger_counts_who_answered_of_who_was_expected(world: World):
    world.happens(FeedsAdopted(feeds=FEEDS[:3]))
    world.happens(*(FeedObserved(feed=f.id, day=START.date()) for f in FEEDS[:3]))
    world.now = START + DAY
    world.happens(FeedObserved(feed=FEEDS[0].id, day=world.now.date()))
    assert ledger(world) == [(0, 3, 3), (1, 1, 3)]


def test_a_feed_is_expected_from_its_adoption_until_it_leaves_or_is_gone(world: World):
    world.happens(FeedsAdopted(feeds=FEEDS[:2]), FeedObserved(feed=FEEDS[0].id, day=START.date()))
    world.now = START + DAY
    world.happens(FeedsAdopted(feeds=FEEDS[:3]), FeedObserved(feed=FEEDS[0].id, day=world.now.date()))
    world.now = START + 2 * DAY
    world.happens(
        FeedGone(feed=FEEDS[1].id, url=FEEDS[1].url),
        FeedsAdopted(feeds=FEEDS[:2]),
        FeedObserved(feed=FEEDS[0].id, day=world.now.date()),
    )
    assert ledger(world) == [(0, 1, 2), (1, 1, 3), (2, 1, 1)]
    assert reads.gone_feeds(world.engine) == {FEEDS[1].id}
    back = replace(FEEDS[1], url="https://new.example/feed")
    world.happens(FeedsAdopted(feeds=(FEEDS[0], back)))
    assert reads.gone_feeds(world.engine) == frozenset()
    assert ledger(world)[-1] == (2, 1, 2)


def test_a_day_without_the_program_is_not_due_but_a_failing_feed_stays_missing(world: World):
    world.happens(FeedsAdopted(feeds=FEEDS[:2]), FeedObserved(feed=FEEDS[0].id, day=START.date()))
    world.happens(FeedFailed(feed=FEEDS[1].id, reason="no answer"))
    world.now = START + 3 * DAY
    world.happens(FeedObserved(feed=FEEDS[0].id, day=world.now.date()), FeedRecovered(feed=FEEDS[1].id, failures=4))
    assert ledger(world) == [(0, 1, 2), (1, 0, 1), (2, 0, 1), (3, 1, 2)]
    assert ledger(world, until=START.date() + 4 * DAY)[-1] == (4, 0, 0)


def test_an_archive_counts_as_observed_only_where_it_declares_so(world: World):
    world.happens(FeedsAdopted(feeds=FEEDS[:2]), FeedObserved(feed=FEEDS[0].id, day=START.date()))
    world.happens(
        ArchiveImported(
            archive="old",
            digest="d",
            articles=9,
            rejected=0,
            outlets=(FEEDS[1].outlet, "Elsewhere"),
            since=START.date() - DAY,
            until=START.date(),
        )
    )
    assert ledger(world) == [(-1, 2, 2), (0, 3, 3)]


@pytest.mark.parametrize("seed", range(6))
def test_an_archive_that_declares_no_outlet_changes_no_count(databases: Callable[[], Engine], seed: int):
    """With archives the ledger is counted feed by feed, without them by the database: the same numbers."""
    store = MemoryEventStore()
    a_log(store, seed, 120)
    plain = MemoryEventStore()
    for recorded in store.read():
        if not isinstance(recorded.event, ArchiveImported):
            plain.append([Append(stream=recorded.stream, events=(recorded.event,))], at=recorded.recorded_at)
    world = World(databases())
    world.store, world.projections = plain, Projections(databases(), plain, CODEBOOKS.__getitem__)
    world.engine = world.projections.engine
    world.projections.catch_up()
    before = ledger(world, until=START.date() + 12 * DAY)
    world.now = START + 9 * DAY
    day = START.date() + 4 * DAY
    world.happens(ArchiveImported(archive="a", digest="d", articles=0, rejected=0, since=day, until=day))
    assert ledger(world, until=START.date() + 12 * DAY) == before


def test_conflicts_have_ledgers_of_their_own(world: World):
    world.happens(FeedsAdopted(feeds=FEEDS[:3]), *(FeedObserved(feed=f.id, day=START.date()) for f in FEEDS[:3]))
    found = reads.observed(world.engine, OTHER)
    assert found == (Observed(day=START.date(), observed=1, expected=1),)


def test_a_permanent_move_is_followed_until_the_list_says_otherwise(world: World):
    feed = a_feed("wire", "wires", "wire", url="https://old.example/")
    world.happens(FeedsAdopted(feeds=(feed,)))
    world.happens(FeedMoved(feed="wire", old="https://old.example/", new="https://mid.example/"))
    world.happens(FeedMoved(feed="wire", old="https://mid.example/", new="https://new.example/"))
    assert reads.feed_addresses(world.engine) == {"wire": "https://new.example/"}
    world.happens(FeedsAdopted(feeds=(replace(feed, url="https://other.example/"),)))
    assert reads.feed_addresses(world.engine) == {}
    assert [f.url for f in reads.adopted_feeds(world.engine)] == ["https://other.example/"]


def health(world: World, *, days: int) -> reads.FeedHealth:
    return reads.feed_health(world.engine, day=START.date() + days * DAY)[0]


def test_a_feed_that_falls_silent_is_named_by_its_own_norm(world: World):
    world.happens(FeedsAdopted(feeds=FEEDS[:1]))
    assert health(world, days=0).state == "never"
    for n in range(8):
        world.now = START + n * DAY
        world.happens(FeedObserved(feed="lisse-wire", day=world.now.date()))
        for k in range(4 if n < 5 else 0):
            world.collects(url=f"https://a.example/{n}-{k}", published_at=world.now)
    assert health(world, days=5).state == "observed"
    found = health(world, days=7)
    assert found.state == "silent"
    assert found.problem == "usually 4 articles a day, none for 3 days"
    assert (found.articles, found.per_day, found.undated_share, found.observed_share) == (20, 4.0, 0.0, 1.0)
    assert found.last_article == START + 4 * DAY
    assert found.last_success == START.date() + 7 * DAY


def test_a_feed_is_not_called_silent_for_days_on_which_the_program_did_not_poll(world: World):
    world.happens(FeedsAdopted(feeds=FEEDS[:2]))
    for n in range(4):
        world.now = START + n * DAY
        world.happens(*(FeedObserved(feed=f.id, day=world.now.date()) for f in FEEDS[:2]))
        for k in range(4):
            world.collects(url=f"https://a.example/{n}-{k}", published_at=world.now)
    assert health(world, days=4).state == "observed"
    found = health(world, days=9)
    assert (found.state, found.problem) == ("unpolled", f"the program has not polled since {START.date() + 3 * DAY}")
    world.now = START + 9 * DAY
    world.happens(FeedObserved(feed=FEEDS[1].id, day=world.now.date()))
    found = health(world, days=9)
    assert (found.state, found.problem) == (
        "unpolled",
        f"the program polled on one day only since {START.date() + 3 * DAY}",
    )
    world.happens(FeedObserved(feed=FEEDS[0].id, day=world.now.date()))
    assert health(world, days=9).state == "observed"


def test_a_feed_that_does_not_answer_while_others_do_is_silent(world: World):
    world.happens(FeedsAdopted(feeds=FEEDS[:2]), FeedObserved(feed=FEEDS[0].id, day=START.date()))
    for n in range(1, 4):
        world.now = START + n * DAY
        world.happens(FeedObserved(feed=FEEDS[1].id, day=world.now.date()))
    found = health(world, days=3)
    assert found.state == "silent"
    assert found.problem == f"no answer recorded since {START.date()}, though other feeds answered on 3 days"


def test_a_failing_feed_says_why_and_a_gone_one_that_it_is(world: World):
    world.happens(FeedsAdopted(feeds=FEEDS[:1]), FeedFailed(feed="lisse-wire", reason="timed out", remedy="wait"))
    found = health(world, days=0)
    assert (found.state, found.problem, found.failures) == ("failing", "timed out; wait", 1)
    world.happens(FeedRecovered(feed="lisse-wire", failures=2), FeedObserved(feed="lisse-wire", day=START.date()))
    assert health(world, days=0).state == "observed"
    world.happens(FeedGone(feed="lisse-wire", url=FEEDS[0].url))
    assert health(world, days=0).state == "gone"


def test_copies_of_what_another_outlet_began_are_its_duplicate_share(world: World):
    world.happens(FeedsAdopted(feeds=FEEDS[:2]))
    world.collects(url="https://a.example/1", text=TEXT, feed="lisse-wire", outlet="Lisse-Wire")
    world.collects(url="https://b.example/1", text=TEXT, feed="oster-post", outlet="Oster-Post")
    world.collects(url="https://b.example/2", feed="oster-post", outlet="Oster-Post")
    shares = {h.feed: h.duplicate_share for h in reads.feed_health(world.engine, day=START.date())}
    assert shares == {"lisse-wire": 0.0, "oster-post": 0.5}


# -- what is kept as it is -----------------------------------------------------------------------------------


def test_happenings_alerts_digests_and_codebooks_are_told_back(world: World):
    alert = an_alert()
    digest = DigestPublished(
        conflict=CONFLICT, week="2026-W10", at=START, as_of=1, codebook=VERSIONS[0], templates="t", sha256="s"
    )
    world.happens(
        HappeningNoted(conflict=CONFLICT, day=date(2026, 3, 9), title="Later"),
        HappeningNoted(conflict=CONFLICT, day=date(2026, 3, 3), title="Sooner"),
        AlertRaised(alert=alert, codebook=VERSIONS[0]),
        digest,
        CodebookAdopted(codebook=VERSIONS[0], recogniser="r 1", files={}),
    )
    before = reads.position(world.engine)
    world.happens(AlertConfirmed(alert=alert_id(alert), verdict="dismissed", by="a person", reason="a homonym"))
    assert [h.title for h in reads.happenings(world.engine, CONFLICT)] == ["Sooner", "Later"]
    assert [(a.alert, a.verdict, a.reason) for a in reads.alerts(world.engine)] == [(alert, "dismissed", "a homonym")]
    assert [a.verdict for a in reads.alerts(world.engine, as_of=before)] == [""]
    assert [d.digest for d in reads.digests(world.engine, CONFLICT)] == [digest]
    assert [(c.codebook, c.recogniser) for c in reads.codebooks(world.engine)] == [(VERSIONS[0], "r 1")]
    assert reads.alerts(world.engine, OTHER) == ()


def test_before_the_first_catch_up_every_answer_is_empty(engine: Engine):
    assert reads.position(engine) == 0
    assert reads.inputs(engine, CONFLICT, CODEBOOK).counts == ()
    assert not len(reads.rows(engine, CONFLICT, CODEBOOK).counts.rows)
    assert reads.pending(engine, VERSIONS[0], limit=1) == reads.feed_health(engine, day=START.date()) == ()
    assert dict(reads.known(engine, ["x"])) == {}


def test_moments_keep_their_microsecond_and_zone(world: World):
    moment = datetime(2026, 3, 2, 23, 59, 59, 999_999, tzinfo=UTC)
    article = world.collects(published_at=moment)
    assert reads.articles(world.engine, [article])[article].published_at == moment
