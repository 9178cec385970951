"""Any interleaving of catch-ups, batches, crashes and restarts gives the tables that one full rebuild gives."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projection_logs import CODEBOOKS, CONFLICT, START, VERSIONS, Chance, a_database, a_log, contents, grow
from sqlalchemy import Engine, inspect, update

from tracker.database import reading, writing
from tracker.errors import WorkspaceError
from tracker.eventstore.store import Append, EventStore, Head
from tracker.model.codebook import Codebook
from tracker.model.events import ArticleCollected, Recorded, WordsForgotten
from tracker.projections import reads, runner, schema
from tracker.projections.runner import Projections
from tracker.testing import MemoryEventStore, a_coding, a_signal, an_article, collected

Databases = Callable[[], Engine]


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Databases]:
    """Fresh SQLite databases, closed at the end."""
    made: list[Engine] = []

    def make() -> Engine:
        made.append(a_database(tmp_path / f"{len(made)}.db"))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


class Killed(Exception):
    """Stands for the end of the process."""


class Fragile:
    """A source of codebooks that dies after so many questions, in the middle of a transaction."""

    def __init__(self, lives: int) -> None:
        self.lives = lives

    def __call__(self, version: str) -> Codebook:
        self.lives -= 1
        if self.lives < 0:
            raise Killed
        return CODEBOOKS[version]


class FirstOf:
    """A store that ends, for now, after so many events."""

    def __init__(self, store: EventStore, until: int) -> None:
        self.store, self.until = store, until

    def read(self, *, after: int = 0, until: int | None = None, limit: int | None = None) -> Iterator[Recorded]:
        last = self.until if until is None else min(self.until, until)
        return self.store.read(after=after, until=last, limit=limit)

    def head(self) -> Head:
        return Head(position=self.until, hash=b"")


def projected(engine: Engine, store: EventStore | FirstOf, batch: int = 1000) -> Projections:
    return Projections(engine, store, CODEBOOKS.__getitem__, batch=batch)


def rebuilt(engine: Engine, store: EventStore | FirstOf) -> dict[str, list[tuple[object, ...]]]:
    """What one full rebuild on an empty database gives."""
    projected(engine, store).rebuild()
    return contents(engine)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), data=st.data())
def test_any_interleaving_of_catch_ups_crashes_and_rebuilds_equals_one_rebuild(
    databases: Databases, seed: int, data: st.DataObject
):
    store, number = MemoryEventStore(), 90
    a_log(store, seed, number)
    engine = databases()
    reached = 0
    while reached < number:
        reached = min(number, reached + data.draw(st.integers(5, 40), label="the log grows by"))
        batch = data.draw(st.sampled_from((1, 2, 5, 13, 60, 1000)), label="batch")
        log = FirstOf(store, reached)
        lives = data.draw(st.sampled_from((None, 0, 1, 2)), label="dies after")
        if lives is not None:
            with suppress(Killed):
                Projections(engine, log, Fragile(lives), batch=batch).catch_up()
        if data.draw(st.integers(0, 4), label="rebuilds if 0") == 0:
            projected(engine, log, batch).rebuild()
        assert projected(engine, log, batch).catch_up() == reached
    assert contents(engine) == rebuilt(databases(), store)


def test_the_tables_are_the_same_on_both_databases(any_engine: Engine, databases: Databases):
    store = MemoryEventStore()
    a_log(store, 11, 220)
    projected(any_engine, store, 17).catch_up()
    caught_up = contents(any_engine)
    assert caught_up == rebuilt(databases(), store)
    projected(any_engine, store).rebuild()
    assert contents(any_engine) == caught_up


def test_a_log_long_enough_for_the_bulk_way_gives_the_same_tables(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
):
    store = MemoryEventStore()
    a_log(store, 5, 300)
    monkeypatch.setattr(runner, "BEHIND", 50)
    engine = databases()
    seen: list[str] = []
    projected(engine, store).catch_up(lambda what, _done, _of: seen.append(what))
    assert set(seen) == {"replay", "stories", "days"}
    monkeypatch.undo()
    other = databases()
    projected(other, store, 9).catch_up(lambda what, _done, _of: seen.append(what))
    assert contents(engine) == contents(other)


def test_catching_up_twice_changes_nothing(any_engine: Engine):
    store = MemoryEventStore()
    a_log(store, 3, 80)
    assert projected(any_engine, store).catch_up() == 80
    before = contents(any_engine)
    assert projected(any_engine, store).catch_up() == 80
    assert contents(any_engine) == before


def test_two_projectors_at_once_do_no_harm(any_engine: Engine, databases: Databases):
    store = MemoryEventStore()
    a_log(store, 21, 150)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            projected(any_engine, store, 3).catch_up()
        except BaseException as error:
            failed.append(error)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    assert contents(any_engine) == rebuilt(databases(), store)


def test_readers_see_whole_tables_while_others_rebuild(any_engine: Engine):
    store = MemoryEventStore()
    a_log(store, 8, 200)
    projections = projected(any_engine, store)
    projections.catch_up()
    codebook = CODEBOOKS[VERSIONS[0]]
    whole = reads.inputs(any_engine, CONFLICT, codebook)
    assert whole.counts
    done = threading.Event()
    failed: list[BaseException] = []
    answers: set[int] = set()

    def read() -> None:
        try:
            while not done.is_set():
                answers.add(hash(reads.inputs(any_engine, CONFLICT, codebook)))
        except BaseException as error:
            failed.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(3):
        projections.rebuild()
    done.set()
    reader.join()
    assert failed == []
    assert answers == {hash(whole)}


def test_a_rebuild_leaves_one_generation_and_goes_on_from_the_head(any_engine: Engine):
    store = MemoryEventStore()
    a_log(store, 4, 60)
    projections = projected(any_engine, store)
    projections.catch_up()
    projections.rebuild()
    projections.rebuild()
    generations = {n.rpartition("_g")[2] for n in inspect(any_engine).get_table_names() if n.startswith("articles_g")}
    assert generations == {"3"}
    grow(store, Chance(99).events(12), of=12)
    assert projections.catch_up() == 72


def test_a_killed_rebuild_leaves_the_old_tables_in_force_and_is_cleared_up(any_engine: Engine):
    store = MemoryEventStore()
    a_log(store, 6, 120)
    projected(any_engine, store).catch_up()
    before = contents(any_engine)
    with pytest.raises(Killed):
        Projections(any_engine, store, Fragile(0)).rebuild()
    assert contents(any_engine) == before
    projected(any_engine, store).rebuild()
    assert contents(any_engine) == before
    assert not [n for n in inspect(any_engine).get_table_names() if n.endswith(("_g1", "_g2"))]


def test_tables_of_another_release_are_refused_by_readers_and_rebuilt_by_the_projector(
    any_engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    store = MemoryEventStore()
    a_log(store, 9, 60)
    projected(any_engine, store).catch_up()
    before = contents(any_engine)
    old = schema.CHECKPOINTS
    with writing(any_engine) as connection:
        connection.execute(update(old).where(old.c.name == schema.POINTER).values(version="0 g1"))
    with pytest.raises(WorkspaceError, match="another release"):
        reads.position(any_engine)
    assert projected(any_engine, store).position() == 0
    assert projected(any_engine, store).catch_up() == 60
    with reading(any_engine) as connection:
        now = schema.pointer(connection)
    assert now is not None
    assert (now.schema, now.generation) == (schema.SCHEMA, 2)
    assert contents(any_engine) == before


def test_an_empty_log_is_caught_up_at_once(engine: Engine):
    assert projected(engine, MemoryEventStore()).catch_up() == 0
    assert reads.position(engine) == 0


def test_words_that_were_forgotten_leave_the_tables_too(engine: Engine):
    class Forgetful(MemoryEventStore):
        """Reads every quotation as empty once it was told to forget."""

        told = False

        def read(self, **bounds: int | None) -> Iterator[Recorded]:
            for recorded in super().read(**bounds):
                if self.told and recorded.event.type == "article-coded":
                    blank = a_coding(recorded.event.article, a_signal(quote=""))
                    recorded = Recorded(  # noqa: PLW2901 -- what the store would give
                        event=blank,
                        position=recorded.position,
                        stream=recorded.stream,
                        version=recorded.version,
                        recorded_at=recorded.recorded_at,
                        hash=recorded.hash,
                    )
                yield recorded

    store, article = Forgetful(), an_article()
    append, texts = collected(article)
    store.append([append], at=START, texts=texts)
    store.append([Append(stream=append.stream, events=(a_coding(article.id, a_signal(quote="Secret.")),))], at=START)
    cast = {"codebook-one": CODEBOOKS[VERSIONS[0]]}
    projections = Projections(engine, store, cast.__getitem__)
    projections.catch_up()
    assert _holds(engine, "Secret.")
    store.told = True
    forgotten = WordsForgotten(articles=(article.id,), reason="asked", by="a person")
    store.append([Append(stream="privacy", events=(forgotten,))], at=START + timedelta(hours=1))
    assert projections.catch_up() == 3
    assert not _holds(engine, "Secret.")
    assert projections.catch_up() == 3


def _holds(engine: Engine, words: str) -> bool:
    return any(words in str(row) for rows in contents(engine).values() for row in rows)


def test_the_cost_of_a_batch_is_bounded_by_what_it_touches(databases: Databases, monkeypatch: pytest.MonkeyPatch):
    """Rows read by the story step for one more article do not grow with the log behind it."""
    asked: list[int] = []
    plain = runner.retell
    monkeypatch.setattr(
        runner, "retell", lambda c, t, stories, *a, **k: asked.append(len(stories)) or plain(c, t, stories, *a, **k)
    )
    store = MemoryEventStore()
    a_log(store, 14, 400)
    projections = projected(databases(), store, 50)
    projections.catch_up()
    asked.clear()
    article = an_article(url="https://oster-post.example/last", signature=())
    append = collected(article)[0]
    store.append([append], at=START + timedelta(days=9))
    projections.catch_up()
    assert asked == [0]  # nobody has read it yet: there is nothing to tell
    store.append(
        [Append(stream=append.stream, events=(a_coding(article, codebook=VERSIONS[0], conflicts=(CONFLICT,)),))],
        at=START + timedelta(days=9),
    )
    projections.catch_up()
    assert asked == [0, 1]


def test_the_rebuilt_queue_holds_the_codebook_in_force_alone(engine: Engine):
    store = MemoryEventStore()
    a_log(store, 30, 200)
    projected(engine, store).catch_up()
    in_force = reads.codebooks(engine)[-1].codebook
    others = [v for v in VERSIONS if v != in_force]
    assert {row[0] for row in contents(engine)["queue"]} == {in_force}
    for version in (in_force, *others):
        waiting = reads.pending(engine, version, limit=10_000)
        assert len(waiting) == reads.pending_count(engine, version)
        assert len({p.article for p in waiting}) == len(waiting)


def test_collecting_an_article_twice_is_collecting_it_once(engine: Engine):
    store, article = MemoryEventStore(), an_article()
    append, texts = collected(article)
    store.append([append], at=START, texts=texts)
    again = ArticleCollected(article=append.events[0].article)  # type: ignore[union-attr]  # of this type
    store.append([Append(stream="article-elsewhere", events=(again,))], at=START)
    projected(engine, store).catch_up()
    assert len(contents(engine)["articles"]) == 1
