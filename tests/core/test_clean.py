"""Entries → articles: text that is safe and whole, addresses that are one, dates that do not lie."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.feeds.addresses import canonical_url, key_of
from tracker.feeds.clean import (
    Circumstances,
    article_id,
    article_of,
    body_of,
    fingerprint,
    judged_date,
    publisher,
    revised,
    text_of,
    title_of,
)
from tracker.model.articles import Entry, Feed

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ABOUT = Circumstances(at=AT)
FEED = Feed(
    id="lisse-post", url="https://feeds.lisse.example/all", outlet="Lisse Post", owner="lisse-post", country="VR",
    language="en", bloc="third-country", conflicts=(),
)  # fmt: skip


def detect(_text, claimed):
    return claimed


def made(entry, about=ABOUT):
    article, problems = article_of(entry, FEED, about, detect)
    return article, [problem.reason for problem in problems]


ENTRY = Entry(
    guid="1", url="https://www.lisse.example/a/?utm_source=rss#top", title="Talks &amp; <b>tea</b> in Oster",
    summary="<p>Envoys met.</p>", published=datetime(2026, 3, 2, 9, tzinfo=UTC),
)  # fmt: skip


def test_an_entry_becomes_an_article():
    article, problems = made(ENTRY)
    assert problems == []
    assert (article.title, article.text, article.url) == (
        "Talks & tea in Oster",
        "Envoys met.",
        "https://www.lisse.example/a/",
    )
    assert (article.published_at, article.date_source, article.words) == (ENTRY.published, "entry", 6)
    assert (article.outlet, article.owner, article.bloc) == ("Lisse Post", "lisse-post", "third-country")


def test_the_same_page_has_one_identity_however_it_is_linked():
    same = (
        "http://lisse.example/a", "https://www.lisse.example/a/", "https://m.lisse.example/a?fbclid=x",
        "HTTPS://LISSE.EXAMPLE:443/a#comments", "https://lisse.example/a/amp/", "https://lisse.example/a?utm_medium=x&at_y=1",
    )  # fmt: skip
    assert len({article_id(canonical_url(url)) for url in same}) == 1
    other = (
        "https://lisse.example/b",
        "https://lisse.example/a?id=2",
        "https://news.lisse.example/a",
        "https://lisse.example/A",
    )
    assert len({article_id(canonical_url(url)) for url in (*other, same[0])}) == 5
    assert key_of(canonical_url("https://l.example/?b=2&a=1")) == key_of(canonical_url("https://l.example/?a=1&b=2"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://",
        "http://[::1",
        "data:text/html,x",
        "mailto:a@b",
        "x" * 9,
    ],
)
def test_what_is_no_web_address_becomes_no_address(url):
    assert canonical_url(url) == ""


def test_without_a_link_the_guid_identifies_within_its_feed():
    one, _ = made(replace(ENTRY, url=""))
    again, _ = made(replace(ENTRY, url="", title="changed"))
    other, _ = made(replace(ENTRY, url="", guid="2"))
    assert one.id == again.id != other.id
    assert one.id != article_of(replace(ENTRY, url=""), replace(FEED, id="x"), ABOUT, detect)[0].id


def test_a_link_that_all_entries_share_identifies_none_of_them():
    home = replace(ABOUT, home="https://www.lisse.example/a")
    shared = replace(ABOUT, shared_urls=frozenset({key_of(canonical_url(ENTRY.url))}))
    for about in (home, shared):
        assert made(ENTRY, about)[0].id != made(replace(ENTRY, guid="2"), about)[0].id
        assert made(ENTRY, about)[0].url == "https://www.lisse.example/a/"


def test_nothing_to_read_is_named():
    article, problems = made(Entry(guid="7", summary="<img src='x.png'>"))
    assert article is None
    assert problems == ["neither title nor text"]


def test_an_undated_entry_is_never_dated_now():
    undated = replace(ENTRY, published=None)
    just_made = Circumstances(
        at=AT, feed_date=AT - timedelta(minutes=1), http_date=AT - timedelta(minutes=1), first=True
    )
    article, problems = made(undated, just_made)
    assert (article.published_at, article.date_source, problems) == (None, "none", ["undated"])
    seen_before = replace(just_made, first=False)
    assert made(undated, seen_before)[0].date_source == "feed"
    old = Circumstances(at=AT, http_date=AT - timedelta(days=3), first=True)
    assert (made(undated, old)[0].published_at, made(undated, old)[0].date_source) == (AT - timedelta(days=3), "http")


def test_dates_are_taken_in_order_of_worth():
    updated = datetime(2026, 3, 1, tzinfo=UTC)
    assert judged_date(replace(ENTRY, updated=updated), "", ABOUT)[1] == "entry"
    assert judged_date(replace(ENTRY, published=None, updated=updated), "", ABOUT)[:2] == (updated, "updated")
    in_url = judged_date(replace(ENTRY, published=None), "https://l.example/2026/02/27/talks", ABOUT)
    assert in_url[:2] == (datetime(2026, 2, 27, tzinfo=UTC), "url")


@pytest.mark.parametrize(
    "moment", [datetime(9999, 12, 31, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), AT + timedelta(days=2)]
)
def test_impossible_dates_are_treated_as_undated_and_reported(moment):
    article, problems = made(replace(ENTRY, published=moment))
    assert (article.published_at, article.date_source) == (None, "none")
    assert "impossible" in problems[0]


def test_the_true_publisher_stands_behind_an_aggregator():
    entry = replace(ENTRY, source_title="Maren Echo", source_url="https://www.maren-echo.example/")
    assert publisher(entry, FEED) == ("Maren Echo", "maren-echo-example")
    assert publisher(replace(ENTRY, source_title="Lisse Post"), FEED) == ("Lisse Post", "lisse-post")
    assert publisher(replace(entry, source_url="https://lisse.example/rss"), FEED) == ("Lisse Post", "lisse-post")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a < b & c > d", "a < b & c > d"),
        ("<p>One.</p>\n<p>Two.</p>", "One.\n\nTwo."),
        ("One.<br/>Two.", "One.\nTwo."),
        ("<ul><li>one<li>two</ul>", "one\n\ntwo"),
        ("&lt;p&gt;Escaped &lt;b&gt;twice&lt;/b&gt;&lt;/p&gt;", "Escaped twice"),
        ("x<script>alert('<p>')</script>y<style>p{}</style>z", "xyz"),
        ("a<!-- <p>hidden --> b", "a b"),
        ("a<!-- never closed", "a"),
        ("a <img src='x' onerror='alert(1)' alt='1 > 0'>b", "a b"),
        ("cut <a href='http://x", "cut"),
        ("<![CDATA[<p>raw</p>]]>", "raw"),
        ("zero\u200bwidth \u202ereversed\x00", "zerowidth reversed"),
        ("&nbsp;a&nbsp;&nbsp;b&#8217;s &amp;amp; c", "a b’s &amp; c"),
        ("Text. The post Talks appeared first on Lisse Post.", "Text."),
        ("Text. [&#8230;]", "Text."),
        ("I <3 Oster", "I <3 Oster"),
        ("", ""),
    ],
)
def test_markup_becomes_text(markup, text):
    assert text_of(markup) == text


def test_titles_are_one_line_and_bounded():
    assert title_of("<b>Talks</b>\n in\tOster ") == "Talks in Oster"
    assert len(title_of("long " * 10_000)) <= 1000
    assert len(text_of("long " * 1_000_000)) <= 200_000


def test_the_fuller_of_content_and_summary_is_the_body():
    assert body_of(Entry(summary="short", content="<p>the fuller one</p>")) == "the fuller one"
    assert body_of(Entry(summary="the fuller one", content="<img>")) == "the fuller one"


@pytest.mark.parametrize(
    "trap",
    ["<!--" * 60_000, "<" * 200_000, "<a " * 70_000, '<a href="' * 20_000, "&" * 200_000, "&#x" * 60_000, "<a b='" * 30_000,
     "<p>" * 70_000, "\n \n" * 70_000, "a." * 90_000 + "!", "<script>" * 25_000, "<a" + " x='y'" * 40_000, "[" * 200_000,
     "The post " * 20_000, "12:" * 60_000],
)  # fmt: skip
def test_no_markup_takes_quadratic_time(trap):
    spent = []
    for part in (trap[: len(trap) // 4], trap):
        start = time.process_time()
        text_of(part)
        revised("", part[:20_000], "", part[:20_000] + "x")
        spent.append(time.process_time() - start)
    assert spent[1] < 2 or spent[1] < 10 * spent[0]  # a machine's weight, not its clock: four times the text


@given(st.text(max_size=300))
def test_any_text_is_cleaned_to_something_clean(markup):
    text = text_of(markup)
    assert "\x00" not in text
    assert text == text.strip()
    assert "\n\n\n" not in text
    assert "<script" not in text.lower() or "&lt;" in markup.lower() or "script" not in markup.lower()


@given(st.text(alphabet="abc <>/p&;\"'=!-", max_size=80))
def test_paragraph_tags_never_reach_the_text(noise):
    assert "<p>" not in text_of(f"<p>{noise}").replace(noise, "")


@example("\u2024")  # a dot that only becomes one when the name is put into ASCII
@given(st.text(max_size=200))
def test_any_address_is_accepted_or_dropped_and_folding_is_idempotent(url):
    for candidate in (url, f"https://{url}", f"https://lisse.example/{url}"):
        once = canonical_url(candidate)
        assert once == "" or once.startswith(("http://", "https://"))
        assert canonical_url(once) == once


@pytest.mark.parametrize(
    "text",
    ["Envoys  met in\nOster.", "Envoys met in Oster!", "“Envoys” met in Oster.", "Updated 10:32 GMT Envoys met in Oster.",
     "Envoys met in Oster. Last updated 3 minutes ago"],
)  # fmt: skip
def test_trivial_changes_are_no_revisions(text):
    assert not revised("Talks", "Envoys met in Oster.", "Talks", text)
    assert fingerprint("Talks", text) == fingerprint("Talks", "Envoys met in Oster.")


def test_changed_words_are_a_revision():
    assert revised("Talks", "Five were hurt.", "Talks", "Seven were hurt.")
    assert revised("Talks begin", "Same.", "Talks fail", "Same.")
    assert revised("Talks", "One.", "Talks", "One. And one more sentence.")


def test_a_summary_does_not_replace_the_body_we_have():
    body = " ".join(f"word{n}" for n in range(300))
    assert not revised("Talks", body, "Talks", " ".join(body.split()[:40]) + " …")
    assert revised("Talks", body, "Talks", "A wholly different and much shorter text of a dozen words or so.")


def test_plain_english_needs_no_detection_and_anything_else_does():
    def must_not(_text, _claimed):
        raise AssertionError

    english = replace(ENTRY, summary="The envoys of both sides have met and it was said that the talks were to go on.")
    assert article_of(english, replace(FEED, language="uk"), ABOUT, must_not)[0].language == "en"
    german = replace(ENTRY, summary="Die Gesandten trafen sich am Montag und gingen ohne ein Wort.")
    assert article_of(german, FEED, ABOUT, lambda _text, _claimed: "de")[0].language == "de"
