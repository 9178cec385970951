"""The fictional war has everything the demonstration promises, and enough of it for the arithmetic."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest

from tracker import catalog
from tracker.demo.gold import gold_lines
from tracker.demo.story import conflict_path, load_story
from tracker.errors import CatalogError

STORY = load_story()
PARTIES = {"VRN", "KES", "ALL"}
HALF_LIFE = 21  # days, the shortest of the codebook


def _author(article):
    return next(iter(article.carried))


def _labels(week: date, signal: str) -> Counter:
    texts = next(w.articles for w in STORY.weeks if w.week == week)
    return Counter(label.polarity for a in texts if not a.hoax for label in a.expected if label.signal == signal)


def test_sixteen_weeks_follow_one_another_from_a_monday_in_july():
    assert len(STORY.weeks) == 16
    assert STORY.first_day == date(2026, 7, 6)
    assert STORY.first_day.weekday() == 0
    assert STORY.last_day == date(2026, 10, 25)
    assert len(list(STORY.days())) == 112


def test_six_outlets_of_four_owners_in_three_blocs_serve_every_format():
    assert len(STORY.outlets) == 6
    assert len({o.owner for o in STORY.outlets}) == 4
    assert len({o.bloc for o in STORY.outlets}) == 3
    assert {o.format for o in STORY.outlets} == {"rss-full", "rss-teaser", "rss-undated", "atom", "json"}


def test_at_least_ninety_distinct_articles_lie_in_the_week_of_their_file():
    assert len(STORY.articles) >= 90
    assert len({a.title for a in STORY.articles}) >= len(STORY.articles) - len(STORY.weeks)
    for week in STORY.weeks:
        for article in week.articles:
            for moment in article.carried.values():
                assert week.week <= moment.date() < week.week + timedelta(days=7), article.id


def test_articles_are_short_prose():
    for article in STORY.articles:
        assert 3 <= len(article.sentences) <= 11, article.id
        for sentence in article.sentences:
            assert sentence.rstrip('"')[-1] in ".?!", (article.id, sentence)
            assert 3 <= len(sentence.split()) <= 45, (article.id, sentence)
            assert not set(sentence) & set("{}|<>"), (article.id, sentence)


def test_no_sentence_is_told_twice():
    told = Counter(sentence for a in STORY.articles for sentence in a.sentences)
    assert [s for s, n in told.items() if n > 1] == []


def test_the_wire_agency_is_copied_by_others_within_a_day():
    copied = [a for a in STORY.articles if _author(a) == "northern-wire" and len(a.carried) > 1]
    assert len(copied) >= 20
    assert any(len({STORY.outlet(o).owner for o in a.carried}) == 4 for a in copied)
    for article in copied:
        moments = list(article.carried.values())
        assert moments[0] == min(moments)
        assert max(moments) - moments[0] < timedelta(days=1)


def test_one_feed_fails_for_nine_days_and_misses_articles_meanwhile():
    failing = {o.id: [d for d in STORY.days() if o.fails(d)] for o in STORY.outlets}
    assert {o: len(days) for o, days in failing.items() if days} == {"kestrian-tribune": 9}
    days = set(failing["kestrian-tribune"])
    assert any(a.carried["kestrian-tribune"].date() in days for a in STORY.articles if "kestrian-tribune" in a.carried)


def test_one_article_is_corrected_and_one_hoax_debunked_on_a_later_day():
    (corrected,) = [a for a in STORY.articles if a.revised]
    assert corrected.revised.at > max(corrected.carried.values())
    assert corrected.as_of(corrected.revised.at - timedelta(seconds=1)) is corrected
    assert corrected.as_of(corrected.revised.at) is corrected.revised
    (hoax,) = [a for a in STORY.articles if a.hoax]
    (debunking,) = [a for a in STORY.articles if a.debunks]
    assert debunking.debunks == hoax.id
    assert min(debunking.carried.values()).date() > min(hoax.carried.values()).date()
    assert not debunking.expected


def test_every_signal_is_labelled_and_every_label_names_a_party():
    codebook = catalog.codebook_of(catalog.read_codebook_files(catalog.defaults()))
    signals = {s.id for i in codebook.indicators for s in i.signals}
    labels = [label for a in STORY.articles for label in a.expected]
    assert {label.signal for label in labels} == signals
    assert {label.locus for label in labels} == PARTIES
    per_sentence = Counter((a.id, label.sentence) for a in STORY.articles for label in a.expected)
    assert max(per_sentence.values()) <= 3


def test_much_of_the_news_says_nothing_about_readiness():
    silent = [a for a in STORY.articles if not a.expected]
    assert 0.25 <= len(silent) / len(STORY.articles) <= 0.6


@pytest.mark.parametrize("bloc", sorted({o.bloc for o in STORY.outlets}))
def test_from_the_seventh_week_each_bloc_has_ten_decayed_stories(bloc):
    founders = [(STORY.outlet(_author(a)), min(a.carried.values()).date()) for a in STORY.articles]
    days = [d for outlet, d in founders if outlet.bloc == bloc and outlet.format != "rss-undated"]
    for week in STORY.weeks[6:]:
        sunday = week.week + timedelta(days=6)
        assert sum(2 ** (-(sunday - d).days / HALF_LIFE) for d in days if d <= sunday) >= 10, week.week


def test_the_arc_is_the_promised_one():
    momentum, frozen = (
        _labels(date(2026, 7, 6), "battlefield_stalemate"),
        _labels(date(2026, 8, 10), "battlefield_stalemate"),
    )
    assert momentum[-1] >= 3
    assert not momentum[1]
    assert frozen[1] >= 2
    assert not frozen[-1]
    assert _labels(date(2026, 7, 20), "external_support")[-1] >= 1
    assert _labels(date(2026, 8, 24), "external_support")[1] >= 2
    assert _labels(date(2026, 8, 31), "back_channel")[0] == 2  # denied by both
    assert _labels(date(2026, 9, 7), "talks_activity")[1] >= 2  # then confirmed
    assert _labels(date(2026, 9, 14), "mediation_offer")[-1] == 1  # the plan refused by one side
    assert _labels(date(2026, 9, 28), "talks_activity")[1] >= 2  # prisoners exchanged
    assert _labels(date(2026, 10, 5), "negotiation_openness")[1] == 2  # delegations named
    spoiler, resumed = _labels(date(2026, 10, 12), "talks_activity"), _labels(date(2026, 10, 19), "talks_activity")
    assert spoiler[-1] > spoiler[1]
    assert resumed[1] >= 4
    assert not resumed[-1]


def test_gold_lines_are_one_per_sentence_with_context():
    lines = list(gold_lines(STORY))
    told = [a for a in STORY.articles if not a.hoax]
    assert len(lines) == sum(len(a.sentences) for a in told)
    assert sum(len(line["codes"]) for line in lines) == sum(len(a.expected) for a in told)
    assert len({line["id"] for line in lines}) == len(lines)
    third = next(line for line in lines if line["id"].endswith("-03"))
    assert len(third["before"]) == 2


def test_published_shows_nothing_of_the_future():
    now = datetime.combine(date(2026, 8, 1), time(12), UTC)
    for outlet in STORY.outlets:
        shown = STORY.published(outlet.id, now)
        assert all(a.carried[outlet.id] <= now for a in shown)
        assert list(shown) == sorted(shown, key=lambda a: a.carried[outlet.id], reverse=True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sentence: 1,", "sentence: 99,", "check sentence number"),
        ("northern-wire: ", "nobody: ", "no outlet 'nobody'"),
        ("carried:", "caried:", "did you mean 'carried'"),
    ],
)
def test_a_broken_story_file_is_refused_with_a_remedy(tmp_path, old, new, message):
    package = conflict_path().parent
    (tmp_path / "story").mkdir()
    (tmp_path / "outlets.yaml").write_text((package / "outlets.yaml").read_text("utf-8"), "utf-8")
    text = (package / "story" / "2026-W28.yaml").read_text("utf-8")
    assert old in text
    (tmp_path / "story" / "2026-W28.yaml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(CatalogError) as refused:
        load_story(tmp_path)
    assert message in f"{refused.value.message} {refused.value.remedy}"
