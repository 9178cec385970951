"""Bytes → entries: golden samples of our own, every capture at hand, and everything that was ever broken."""

import json
import os
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import feedparser
import pytest
from hostile import a_feed, item, rss
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.errors import FeedError
from tracker.feeds import plain, worker
from tracker.feeds.parse import counted, feed_links, parse, shortened

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "feeds"
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "feeds"
CAPTURES = sorted(p for p in SHARED.rglob("*") if p.is_file()) if SHARED.is_dir() else []
FRAGMENTS = 6  # captures that are pieces of an entry and no feed at all
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def read(body, **telling):
    job = {
        "feed": asdict(a_feed(**telling)), "at": AT.isoformat(), "url": "http://news.example/feed", "content_type": "",
        "http_date": None, "first": True, "seen": (), "most": 2000,
    }  # fmt: skip
    return worker.read_feed(job, body)


@pytest.mark.parametrize("sample", sorted(p for p in SAMPLES.iterdir() if p.suffix != ".golden"))
def test_a_sample_gives_the_entries_that_were_written_down(sample):
    parsed = parse(sample.read_bytes(), url="https://news.example/feed")
    found = json.loads(json.dumps(asdict(parsed), default=lambda moment: moment.isoformat()))
    golden = sample.with_name(sample.name + ".golden")
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert found == json.loads(golden.read_text("utf-8"))


@pytest.mark.slow
@pytest.mark.skipif(not CAPTURES, reason="no captured feeds beside the checkout")
def test_every_capture_parses_and_no_entry_is_lost_without_a_reason():
    refused = []
    for path in CAPTURES:
        body = path.read_bytes()
        expected = len(json.loads(body)["items"]) if path.suffix == ".json" else len(feedparser.parse(body).entries)
        try:
            found = read(body)
        except FeedError as error:
            refused.append((path.name, expected, bool(error.remedy)))
            continue
        assert found["entries"] == expected, path.name
        repeats = sum(int(p.reason.split()[0]) for p in found["problems"] if "repeat others" in p.reason)
        unusable = sum("neither title" in p.reason for p in found["problems"])
        assert len(found["articles"]) + repeats + unusable == expected, path.name
        assert len({article.id for article in found["articles"]}) == len(found["articles"])
        assert not [a for a in found["articles"] if a.published_at and abs(a.published_at - AT).total_seconds() < 3600]
    assert len(refused) == FRAGMENTS
    assert {(expected, has_remedy) for _name, expected, has_remedy in refused} == {(0, True)}


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20) | st.sampled_from(
    [
        "<b>x</b>",
        "&amp;lt;",
        "caf\xc3\xa9",
        "\x93quoted\x94",
        "a & b",
        "&nbsp;",
        "  spaced  ",
        "",
        "é",
        "x@y.example",
        "(x)",
    ]
)
TAGS = [
    "title",
    "link",
    "guid",
    "description",
    "pubDate",
    "dc:creator",
    "content:encoded",
    "category",
    "comments",
    "author",
    "source",
]
LINKS = [
    "http://a.example/1",
    "https://A.example/1",
    "/1",
    "http://a.example",
    "http://a.example/a b",
    "http://a.example/../x",
    "x",
]
DATES = ["Mon, 02 Mar 2026 10:00:00 GMT", "2026-03-02", "soon", "Mon, 02 Mar 2026 10:00 EST", "32 Mar 2026"]


@st.composite
def items(draw):
    parts = []
    for tag in draw(st.lists(st.sampled_from(TAGS), max_size=8)):
        text = draw(
            st.sampled_from(LINKS) if tag in {"link", "guid"} else st.sampled_from(DATES) if tag == "pubDate" else TEXTS
        )
        mark = draw(st.sampled_from(["", "", " isPermaLink='false'", " isPermaLink='true'"])) if tag == "guid" else ""
        parts.append(f"<{tag}{mark}>{escape(text)}</{tag}>")
    return f"<item>{''.join(parts)}</item>"


@given(
    st.lists(items(), max_size=3),
    st.sampled_from(["", "<ttl>5</ttl>", "<language>uk</language>", "<image><title>i</title></image>"]),
)
@settings(max_examples=300, deadline=None)
def test_the_quick_reading_equals_feedparsers_wherever_it_dares(given_items, head):
    spaces = (
        "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/' version"
    )
    body = rss(*given_items, head=head).replace(b"version", spaces.encode(), 2).replace(spaces.encode(), b"version", 1)
    quick, slow = (parse(body, url="http://news.example/feed", plainly=plainly) for plainly in (True, False))
    assert quick == slow


@pytest.mark.parametrize("mark", ["", " isPermaLink='true'", " isPermaLink='false'", " isPermaLink=''"])
@pytest.mark.parametrize(
    "guid", ["/1", "17", "?p=1", "//x.example/1", "tag:x.example,2026:1", "http://x.example/a/../1"]
)
def test_the_quick_reading_equals_feedparsers_for_guids_that_call_themselves_addresses(guid, mark):
    body = rss(f"<item><link>http://a.example/1</link><guid{mark}>{guid}</guid><title>Talks</title></item>")
    quick, slow = (parse(body, url="http://news.example/feed", plainly=plainly) for plainly in (True, False))
    assert quick == slow


def test_the_quick_reading_is_taken_for_ordinary_feeds():
    assert plain.read(rss(item(1), item(2)), "application/rss+xml") is not None


@pytest.mark.skipif(not CAPTURES, reason="no captured feeds beside the checkout")
def test_the_quick_reading_equals_feedparsers_on_every_capture():
    taken = 0
    for path in [*CAPTURES, *SAMPLES.iterdir()]:
        body = path.read_bytes()
        if plain.read(body, "") is not None:
            taken += 1
            quick, slow = (parse(body, url="http://news.example/feed", plainly=plainly) for plainly in (True, False))
            assert quick == slow, path.name
    assert taken


def test_a_page_in_place_of_a_feed_is_named_with_the_feeds_it_offers():
    page = b"""<!DOCTYPE html><html><head><title>Lisse Post - Home</title>
      <link rel="alternate" type="application/rss+xml" href="/rss?a=1&amp;b=2"><link rel=stylesheet href=x.css>
      <LINK REL='alternate' TYPE='application/atom+xml' HREF='https://other.example/atom'></head><body>Sorry</body></html>"""
    with pytest.raises(FeedError, match=r"web page .*Lisse Post - Home") as error:
        parse(page, url="https://news.example/x")
    assert "https://news.example/rss?a=1&b=2, https://other.example/atom" in error.value.remedy
    assert (
        feed_links("<link rel=alternate type=application/rss+xml href='javascript:x'>", url="https://a.example/") == ()
    )


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b" \n\x00 ", "empty"),
        (b"Service temporarily unavailable", "not a feed"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "not a feed"),
        (b'{"error": "no"}', "not a JSON Feed"),
        (b'{"items": [', "cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "not a feed"),
    ],
)
def test_what_is_no_feed_is_said_to_be_none(body, says):
    with pytest.raises(FeedError, match=says) as error:
        parse(body, url="https://news.example/feed")
    assert error.value.remedy


def test_entities_that_are_traps_are_refused():
    laughs = '<!DOCTYPE lolz [<!ENTITY l "lol">' + "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1 or chr(32).strip()};" * 10}">' for n in range(1, 9)
    )
    file = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">'
    for trap in (laughs, file):
        with pytest.raises(FeedError, match="declares XML entities"):
            parse(f"<?xml version='1.0'?>{trap}]>".encode() + rss(item(title="&l8;&x;")), url="https://news.example/")
    talk = rss(item(title="On <![CDATA[<!ENTITY]]> declarations"))
    assert len(parse(talk, url="https://news.example/").entries) == 1


def test_a_hundred_thousand_entries_are_cut_and_said_to_be():
    body = rss(*(item(n) for n in range(100_000)))
    cut, left_out = shortened(body, 2000)
    assert left_out == 98_000
    assert counted(cut) == 2000
    parsed = parse(body, url="https://news.example/", most=50)
    assert len(parsed.entries) == 50
    assert "100,000 entries; the first 50" in parsed.problems[0].reason
    assert feedparser.parse(shortened(body, 50)[0]).bozo == 0


@pytest.mark.parametrize(
    "body",
    [
        rss(item(1), item(2)).replace(b"</channel></rss>", b"")[:-40],  # cut off
        rss(item(1), item(2)).replace(b"part 1", b"caf\xe9 \xff\xfe"),  # not the UTF-8 it claims
        rss(item(1), item(2)).replace(b"part 1", b"pa\x00rt \x01\x08"),  # NUL and control characters
        rss(item(1), item(2)).replace(b"part 1", b"&nbsp;&hellip; &undefined; AT&T"),  # undefined entities
        rss(item(1), item(2)).replace(b'encoding="utf-8"', b'encoding="no-such-thing"'),
        b"\xef\xbb\xbf \n" + rss(item(1), item(2)),
        rss(item(1), item(2)).decode().replace("utf-8", "utf-16").encode("utf-16"),
    ],
)
def test_broken_feeds_keep_the_entries_that_can_be_read(body):
    found = read(body)
    assert found["entries"] == 2
    assert len(found["articles"]) == 2
    assert all("\x00" not in a.title + a.text for a in found["articles"])


def test_repeated_guids_missing_ids_and_empty_entries_are_accounted_for():
    found = read(rss(
        item(1, guid="same"), item(2, guid="same"), item(2, guid="same"),
        "<item><description>No title, link or id, but words.</description></item>", "<item></item>",
        item(3, link="/relative/3?utm_source=rss"),
    ))  # fmt: skip
    reasons = [problem.reason for problem in found["problems"]]
    assert found["entries"] == 6
    assert len(found["articles"]) == 4
    assert "neither title nor text" in reasons
    assert "1 entry repeats another of the same poll" in reasons
    assert "http://news.example/relative/3" in {article.url for article in found["articles"]}


def test_the_year_9999_is_reported_and_kept_out_of_the_counts():
    body = rss(item(1).replace("02 Mar 2026", "31 Dec 9999"), item(2).replace("Mon, 02 Mar 2026 10:00:00 GMT", "soon"))
    found = read(body)
    assert [a.published_at for a in found["articles"]] == [None, None]
    assert {p.reason for p in found["problems"]} == {"its date, 9999-12-31, is impossible", "undated"}


def test_hints_are_read():
    head = (
        "<ttl>90</ttl><skipHours><hour>0</hour><hour>24</hour><hour>5</hour></skipHours>"
        "<skipDays><day>Sunday</day><day>Nonsense</day></skipDays>"
    )
    hints = parse(rss(item(), head=head), url="https://news.example/").hints
    assert (hints.minutes, hints.skip_hours, hints.skip_days) == (90, (0, 5), (6,))


def test_an_author_trap_is_quick():
    trap = rss(item(extra="<author>" + "a@a" + ".a" * 31_000 + "!</author>"))
    assert len(parse(trap, url="https://news.example/").entries) == 1


def test_entries_seen_at_the_last_poll_are_not_delivered_again_even_when_their_guids_change():
    first = read(rss(item(1), item(2)))
    job = {
        "feed": asdict(a_feed()), "at": AT.isoformat(), "url": "", "content_type": "", "http_date": None, "first": False,
        "seen": first["seen"], "most": 2000,
    }  # fmt: skip
    again = worker.read_feed(job, rss(item(1, guid="new1"), item(2, guid="new2"), item(3)))
    assert [article.url for article in again["articles"]] == ["http://news.example/3"]
    assert again["fresh"] == 1
    edited = worker.read_feed(job, rss(item(1, title="Talks broken off"), item(2)))
    assert [article.title for article in edited["articles"]] == ["Talks broken off"]
    assert edited["articles"][0].id == first["articles"][0].id


def test_hundreds_of_like_problems_are_counted():
    found = read(
        rss(*("<item><guid>x</guid></item>" for _ in range(1)), *(f"<item><guid>{n}</guid></item>" for n in range(400)))
    )
    assert len(found["problems"]) < 30


@given(st.binary(max_size=300), st.integers(0, 600))
@settings(max_examples=60, deadline=None)
def test_no_bytes_end_the_process(noise, place):
    body = rss(item(1), item(2))
    assert worker.answer(b'{"kind": "feed"}', noise)
    for mangled in (noise, body[:place] + noise + body[place:], body[:place]):
        with suppress(FeedError):
            assert parse(mangled, url="https://news.example/").format


def test_a_long_link_is_judged_in_linear_time():
    trap = rss(
        item(link="http://a.example/" + "a" * 100_000 + " "), item(link="http://a.example/" + "a./" * 50_000 + "\u00e9")
    )
    assert len(parse(trap, url="http://news.example/").entries) == 2
