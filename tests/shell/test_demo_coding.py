"""Our own coding, measured on the fictional war's labelled sentences: floors, so that a fall is noticed."""

from datetime import UTC, datetime

import pytest

from tracker import catalog
from tracker.demo.story import conflict_path, load_story
from tracker.model.evidence import PendingArticle

pytestmark = [
    pytest.mark.model,
    pytest.mark.slow,
    # spaCy 3.8.4 imports a name that click has moved; it does so at its own import, which is why ours is late
    pytest.mark.filterwarnings("ignore:Importing 'parser.split_arg_string':DeprecationWarning"),
]
STORY = load_story()
TRAPS = ("Chess: ", "Football: ", "Maren opera ")


@pytest.fixture(scope="module")
def codings():
    from tracker.nlp.reader import Reader

    files = {n: t for n, t in catalog.read_codebook_files(catalog.defaults()).items() if n.startswith("indicators/")}
    codebook = catalog.codebook_of(files | {"conflicts/varnland-kestria.yaml": conflict_path().read_text("utf-8")})
    items = [(_pending(article), " ".join(article.sentences)) for article in STORY.articles]
    return {coding.article: coding for coding in Reader(codebook).read(items)}


def _pending(article):
    return PendingArticle(
        article=article.id,
        revision=0,
        url="",
        title=article.title,
        body="",
        language="en",
        outlet=next(iter(article.carried)),
        bloc="third-country",
        published_at=min(article.carried.values(), default=datetime(2026, 7, 6, tzinfo=UTC)),
    )


def _sets(codings):
    expected, found = set(), set()
    for article in STORY.articles:
        if article.hoax:
            continue
        expected |= {(article.id, article.sentences[e.sentence - 1], e.signal) for e in article.expected}
        signals = (s for s in codings[article.id].signals if s.unit == "sentence")
        found |= {(article.id, s.evidence.quote.strip(), s.signal) for s in signals}
    return expected, found


def test_nearly_all_of_the_war_is_recognised_as_the_war(codings):
    told = [a for a in STORY.articles if not a.title.startswith(TRAPS)]
    linked = [a for a in told if codings[a.id].conflicts]
    assert len(linked) >= 0.95 * len(told)


def test_half_of_what_is_said_is_found_and_most_of_what_is_found_was_said(codings):
    expected, found = _sets(codings)
    hits = len(expected & found)
    assert hits >= 0.5 * len(expected)
    assert hits >= 0.65 * len(found)


def test_games_and_operas_say_nothing_about_readiness(codings):
    traps = [a for a in STORY.articles if a.title.startswith(TRAPS)]
    assert len(traps) == len(TRAPS)
    assert [s.evidence.quote for a in traps for s in codings[a.id].signals] == []


def test_the_debunking_of_the_hoax_is_not_a_concession(codings):
    (article,) = [a for a in STORY.articles if a.debunks]
    assert not [s for s in codings[article.id].signals if s.signal == "concession_signal" and s.polarity > 0]
