"""Finding the story of an article stays bounded, and the same however the log is cut, where texts are much alike."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from projection_logs import START, contents
from sqlalchemy import Engine
from test_projections import Databases, databases, projected, rebuilt  # noqa: F401  a fixture

from tracker.eventstore.store import Append, EventStore
from tracker.model.articles import Article
from tracker.model.events import ArticleCollected, record_of
from tracker.model.sketch import signature
from tracker.projections import founders
from tracker.projections.founders import COMPARED, CROWD
from tracker.projections.schema import tables
from tracker.projections.stories import Founder, story_of
from tracker.testing import MemoryEventStore, an_article, body_hash

SYLLABLES = ("ba", "co", "de", "fi", "ga", "lo", "mu", "na")


def filled_in(number: int) -> Article:
    """A template with another figure in its headline and a place of its own: every one is another happening."""
    place = SYLLABLES[number % 8] + SYLLABLES[number // 8 % 8] + SYLLABLES[number // 64 % 8]
    title = f"Air raid alert {number} declared for the district"
    text = (
        f"An air raid alert was declared for {place} at dawn. Residents of the district of {place} went to the shelters "
        f"and waited for the all-clear, which the authorities gave {number} minutes later. No damage was reported."
    )
    return an_article(
        url=f"https://feed{number % 50}.example/{number}",
        title=title,
        text=text,
        feed=f"feed{number % 50}",
        outlet=f"Feed {number % 50}",
        signature=signature(title, text),
        published_at=START + timedelta(minutes=number),
    )


def log_of(articles: Sequence[Article]) -> EventStore:
    store = MemoryEventStore()
    for article in articles:
        event = ArticleCollected(article=record_of(article, body_hash(article.text)))
        store.append([Append(stream=f"article-{article.id}", events=(event,))], at=START)
    return store


def test_a_crowd_of_like_texts_is_compared_with_a_bounded_number_and_filed_under_bounded_keys(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    compared: list[int] = []

    def counting(title: str, given: tuple[int, ...], published: int | None, candidates: list[Founder]) -> str | None:
        compared.append(len(candidates))
        return story_of(title, given, published, candidates)

    monkeypatch.setattr(founders, "story_of", counting)
    projected(engine, log_of([filled_in(n) for n in range(400)])).catch_up()
    found = contents(engine)
    assert len(found["articles"]) == 400
    assert max(compared) == COMPARED
    assert max(Counter(key for key, _ in found["bands"]).values()) == CROWD
    assert (
        len({founder for _, founder in found["bands"]}) > 390
    )  # they have keys of their own, by which copies find them


def test_a_copy_finds_its_founder_in_the_crowd(engine: Engine):
    crowd = [filled_in(n) for n in range(300)]
    late = crowd[280]
    copy = an_article(
        url="https://copy.example/1",
        title=late.title,
        text=late.text,
        signature=late.signature,
        published_at=START + timedelta(hours=6),
    )
    projected(engine, log_of([*crowd, copy])).catch_up()
    names = [column.name for column in tables(1).articles.columns]
    rows = [dict(zip(names, row, strict=True)) for row in contents(engine)["articles"]]
    assert [row["story"] for row in rows if row["article"] == copy.id] == [late.id]


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_a_crowd_gives_the_same_tables_however_the_log_is_cut(
    any_engine: Engine,
    databases: Databases,  # noqa: F811  the fixture
    batch: int,
):
    store = log_of([filled_in(n % 90) if n % 11 else filled_in(n) for n in range(130)])
    projected(any_engine, store, batch).catch_up()
    assert contents(any_engine) == rebuilt(databases(), store)
