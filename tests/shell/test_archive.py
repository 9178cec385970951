"""Archives of every kind, damaged ones too; broken off anywhere and gone on with, nothing comes twice."""

import csv
import gzip
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hostile import item, rss
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import ArchiveError
from tracker.feeds.archive import ArchiveOptions, guess, read_archive
from tracker.feeds.importing import BATCH, import_archive
from tracker.feeds.records import moment
from tracker.feeds.tables import Table
from tracker.model.articles import Article, Problem

OPTIONS = ArchiveOptions(archive="old-papers", outlet="Old Papers")
CORPORA = Path(__file__).resolve().parents[2].parent / "shared" / "corpora"
PAGE = "<html><head><title>Talks</title><meta property='article:published_time' content='2026-01-05'></head><body><article>" + (
    "<p>Envoys of both sides met in the town hall of Oster on Monday and left without a word to the press.</p>" * 5
) + "</article></body></html>"  # fmt: skip


def split(path, options=OPTIONS, **telling):
    items = list(read_archive(path, options, **telling))
    return [i for i in items if isinstance(i, Article)], [i for i in items if isinstance(i, Problem)]


def lines(path, records):
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records), "utf-8")
    return path


def test_json_lines_with_bad_records_between_good_ones(tmp_path):
    path = lines(
        tmp_path / "a.jsonl",
        [
            {"headline": "Talks begin", "body": "Envoys met & spoke < an hour.", "published": "2026-01-05T10:00:00+02:00",
             "link": "https://www.l.example/1?utm_source=x", "publisher": "Lisse Post", "country": "VR"},
            "{broken", "[1, 2]", "", {"headline": "", "body": ""}, {"headline": "x", "published": "someday"},
            {"headline": "<b>Old</b> times", "published": "1889-01-01"}, {"headline": "Undated"},
        ],
    )  # fmt: skip
    articles, problems = split(path)
    first, undated = articles
    assert (first.title, first.text) == ("Talks begin", "Envoys met & spoke < an hour.")
    assert (first.url, first.outlet, first.owner, first.country) == (
        "https://www.l.example/1",
        "Lisse Post",
        "lisse-post",
        "VR",
    )
    assert (first.published_at, first.date_source) == (datetime(2026, 1, 5, 8, tzinfo=UTC), "archive")
    assert (undated.published_at, undated.outlet, undated.text_source) == (None, "Old Papers", "archive")
    assert [p.subject for p in problems] == ["a.jsonl:2", "a.jsonl:3", "a.jsonl:5", "a.jsonl:6", "a.jsonl:7"]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_columns_are_guessed_or_named(tmp_path, mark):
    path = tmp_path / "a.csv"
    path.write_text(f'\ufeffFirst Seen{mark}Headline{mark}Note\n2026-01-05{mark}"Talks, again"{mark}x\n', "utf-8")
    assert guess(path) == {"title": "Headline", "date": "First Seen"}
    (article,), problems = split(path)
    assert (article.title, article.published_at.date(), problems) == ("Talks, again", date(2026, 1, 5), [])
    (named,), _ = split(path, ArchiveOptions(archive="x", columns={"text": "Note"}))
    assert named.text == "x"
    with pytest.raises(ArchiveError, match="no column 'Body'") as error:
        split(path, ArchiveOptions(archive="x", columns={"text": "Body"}))
    assert "Headline" in error.value.remedy


def test_a_folder_of_feeds_and_pages_and_packed_lines(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "feed.xml").write_bytes(rss(item(1), item(2)))
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "bad.xml").write_bytes(b"nothing")
    (tmp_path / "notes.txt").write_text("not read")
    with gzip.open(tmp_path / "z.jsonl.gz", "wt") as packed:
        packed.write(json.dumps({"title": "Packed"}) + "\n")
    articles, problems = split(tmp_path)
    assert [a.title for a in articles] == ["Talks in Oster, part 1", "Talks in Oster, part 2", "Talks", "Packed"]
    assert articles[2].published_at == datetime(2026, 1, 5, tzinfo=UTC)
    assert [p.subject for p in problems] == ["bad.xml"]


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # warcio leaves temporary files to the collector
def test_warc_answers_that_are_pages_are_read_and_a_cut_end_is_told(tmp_path):
    warcio = pytest.importorskip("warcio.warcwriter")
    from warcio.statusandheaders import StatusAndHeaders

    packed = io.BytesIO()
    writer = warcio.WARCWriter(packed, gzip=True)
    for n, (status, kind) in enumerate((("200 OK", "text/html"), ("404 No", "text/html"), ("200 OK", "image/png"))):
        head = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
        body = io.BytesIO(PAGE.encode())
        writer.write_record(
            writer.create_warc_record(f"https://l.example/{n}", "response", payload=body, http_headers=head)
        )
    path = tmp_path / "a.warc.gz"
    path.write_bytes(packed.getvalue())
    (article,), problems = split(path)
    assert (article.url, problems) == ("https://l.example/0", [])
    path.write_bytes(packed.getvalue()[:150])
    assert len(split(path)[1]) == 1


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # as above
@pytest.mark.parametrize("pack", [True, False])
def test_a_warc_of_many_pages_gives_each_at_its_own_address(tmp_path, pack):
    warcio = pytest.importorskip("warcio.warcwriter")
    from warcio.statusandheaders import StatusAndHeaders

    packed = io.BytesIO()
    writer = warcio.WARCWriter(packed, gzip=pack)
    for n in range(5):
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
        page = PAGE.replace("Talks", f"Talks, day {n}").replace("Monday", f"day {n}")
        body = io.BytesIO(b"no page at all" if n == 3 else page.encode())
        writer.write_record(
            writer.create_warc_record(f"https://l.example/{n}", "response", payload=body, http_headers=head)
        )
        writer.write_record(writer.create_warc_record(f"https://l.example/{n}", "resource", payload=io.BytesIO(b"x")))
    path = tmp_path / ("a.warc.gz" if pack else "a.warc")
    path.write_bytes(packed.getvalue())
    articles, problems = split(path)
    assert [a.url for a in articles] == [f"https://l.example/{n}" for n in (0, 1, 2, 4)]
    assert [a.title for a in articles] == [f"Talks, day {n}" for n in (0, 1, 2, 4)]
    assert all(f"on day {n}" in a.text for n, a in zip((0, 1, 2, 4), articles, strict=True))
    assert [p.subject for p in problems] == [f"{path.name}: https://l.example/3"]


@pytest.mark.parametrize("name", ["absent.jsonl", "data.bin", ""])
def test_a_path_that_cannot_be_used_has_a_remedy(tmp_path, name):
    (tmp_path / "data.bin").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArchiveError) as error:
        split(tmp_path / name if name else tmp_path / "empty")
    assert error.value.remedy


def test_a_cut_gzip_is_an_error_that_names_the_file(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"title": "x"}\n' * 9999)[:60])
    with pytest.raises(ArchiveError, match=r"a\.jsonl\.gz"):
        split(path)


@pytest.mark.parametrize(
    ("given", "day"),
    [("2022-02-24", 24), ("20220224", 24), ("24 Feb 2022", 24), ("February 24, 2022", 24), ("24.02.2022", 24),
     ("Thu, 24 Feb 2022 10:00:00 GMT", 24), ("1645660800", 24), ("1645660800000", 24), ("2022-02-24T23:30:00-05:00", 25)],
)  # fmt: skip
def test_usual_dates_are_read(given, day):
    assert moment(given).date() == date(2022, 2, day)


class Crash(Exception):
    pass


@pytest.mark.parametrize("dies_after", [0, 1, 2, 3])
def test_an_import_goes_on_where_it_was_broken_off(tmp_path, dies_after):
    records = [
        {"title": f"Headline {n}", "date": "2026-01-05"} if n % 7 else {"date": "x"} for n in range(3 * BATCH + 50)
    ]
    path = lines(tmp_path / "a.jsonl", records)
    place = {"checkpoint": tmp_path / "state" / "c.json", "rejects": tmp_path / "rejects.jsonl"}
    recorded = []

    def record(batch):
        recorded.append([article.id for article in batch])
        if len(recorded) == dies_after:
            raise Crash  # after the log took the batch, before the checkpoint: the worst moment

    if dies_after:
        with pytest.raises(Crash):
            import_archive(path, OPTIONS, record, **place)
    done = import_archive(path, OPTIONS, record, **place)
    ids = [article for batch in recorded for article in batch]
    good = sum(1 for n in range(len(records)) if n % 7)
    assert len(set(ids)) == good
    assert len(ids) <= good + BATCH  # one batch at most is given twice, and the log knows its ids
    assert (done.articles, done.rejected, done.items, done.done) == (good, len(records) - good, len(records), True)
    assert len(place["rejects"].read_bytes().splitlines()) == done.rejected
    assert (done.outlets, done.since, done.until) == (("Old Papers",), date(2026, 1, 5), date(2026, 1, 5))
    again = import_archive(path, OPTIONS, lambda _: pytest.fail("nothing is left"), **place)
    assert again == done


@pytest.mark.slow
@pytest.mark.skipif(not CORPORA.is_dir(), reason="no corpora beside the checkout")
@pytest.mark.parametrize(
    ("name", "count"),
    [("articles-2022-2023.jsonl", 458), ("statements-2022.jsonl", 1796), ("live-headlines-2022-2023.csv", 12018)],
)
def test_the_corpora_at_hand_are_read_whole(name, count):
    articles, problems = split(CORPORA / name)
    assert (len(articles), problems) == (count, [])
    assert not [a for a in articles if a.published_at is None or not a.title + a.text]


def test_unnamed_outlets_of_different_countries_are_told_apart(tmp_path):
    path = tmp_path / "old.jsonl"
    rows = [
        {"title": f"Headline {c}", "text": "Some words.", "date": "2026-01-02", "outlet": "unknown", "country": c}
        for c in ("PL", "UA", "PL")
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    found = list(read_archive(path, ArchiveOptions(archive="old")))
    assert [a.outlet for a in found] == ["old (PL)", "old (UA)", "old (PL)"]
    assert len({a.owner for a in found}) == 2


def table(path, text):
    path.write_text(text, "utf-8")
    return split(path, OPTIONS)


def test_a_quotation_mark_nobody_closed_costs_its_own_record_only(tmp_path):
    articles, problems = table(
        tmp_path / "a.csv",
        "date,title,text\n"
        '2026-01-05,First,"Envoys met."\n'
        '2026-01-06,Second,"Envoys left\n'
        "2026-01-07,Third,A ship came in.\n"
        '2026-01-08,Fourth,"A second ship came in."\n'
        "2026-01-09,Fifth,A third.\n",
    )
    assert [a.title for a in articles] == ["First", "Third", "Fourth", "Fifth"]
    assert [p.subject for p in problems] == ["a.csv:3"]


def test_a_quotation_mark_open_to_the_end_keeps_what_follows_when_it_is_dated(tmp_path):
    articles, problems = table(
        tmp_path / "a.csv",
        'date,title,text\n2026-01-06,One,"Envoys left\n2026-01-07,Two,A ship.\n2026-01-08,Three,Two.\n',
    )
    assert [a.title for a in articles] == ["Two", "Three"]
    assert [p.subject for p in problems] == ["a.csv:2"]


def test_a_text_over_several_lines_is_one_record(tmp_path):
    articles, problems = table(
        tmp_path / "a.csv",
        'date,title,text\n2026-01-06,One,"Envoys left,\nas they had come, by night.\n\nNobody spoke, said one."\n2026-01-07,Two,A ship.\n',
    )
    assert [a.title for a in articles] == ["One", "Two"]
    assert "by night" in articles[0].text
    assert problems == []


def test_a_row_with_too_many_fields_is_refused_rather_than_shifted(tmp_path):
    articles, problems = table(
        tmp_path / "a.csv", "date,title,text\n2026-01-06,Talks, at last,They met.\n2026-01-07,Two,A ship.\n"
    )
    assert [a.title for a in articles] == ["Two"]
    assert "4 fields where the header has 3" in problems[0].reason


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20),
            st.text('a"\n, b', max_size=20),
        ),
        max_size=8,
    )
)
def test_what_a_csv_writer_wrote_is_read_back_record_by_record(pairs):
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerows([("one", "two"), *pairs])
    table = Table(io.StringIO(written.getvalue(), newline=""), csv.excel)
    assert table.header() == ["one", "two"]
    assert [row for _, row in table.records(lambda _: False)] == [{"one": a, "two": b} for a, b in pairs]


def test_a_record_of_the_future_is_refused(tmp_path):
    path = lines(
        tmp_path / "a.jsonl", [{"title": "Peace", "date": "2099-01-01"}, {"title": "Talks", "date": "2026-01-02"}]
    )
    articles, problems = split(path, replace(OPTIONS, latest=datetime(2026, 2, 1, tzinfo=UTC)))
    assert [a.title for a in articles] == ["Talks"]
    assert "future" in problems[0].reason
