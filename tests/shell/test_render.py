"""Pages as bytes: golden files, valid HTML, links that resolve, feeds that parse, the same bytes every time."""

import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import feedparser
import html5lib
import pytest
from digest_material import a_material, a_raised, a_tracked, a_weighed

from tracker.digest import render
from tracker.digest.render import Look, Page
from tracker.digest.view import DigestMaterial, Download, Tracked, monday_of
from tracker.errors import SettingsError
from tracker.model.readings import Change

GOLDEN = Path(__file__).resolve().parents[1] / "data" / "digests"
DOWNLOADS = (Download(conflict="varnland-kestria", subject="contact_channel", format="csv", body=b"date,value\n"),)


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag in ("a", "link") and known.get("href"):
            self.hrefs.append(known["href"] or "")
        if known.get("id"):
            self.ids.append(known["id"] or "")


def site(*materials: DigestMaterial, language: str = "en", base_url: str = "") -> dict[str, bytes]:
    look = Look(language=language, base_url=base_url)
    return {p.path: p.body for p in render.site(materials, look=look, downloads=DOWNLOADS)}


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    return site(a_material("2026-W11", weeks=1, history=80), a_material("2026-W12", weeks=2, history=81, records=230))


def a_small() -> DigestMaterial:
    """Small enough to read its golden files."""
    material = a_material(weeks=1, records=14)
    method = replace(material.method, templates="golden")
    return replace(material, method=method)


@pytest.mark.parametrize(
    ("name", "path", "language"),
    [
        ("week.html", "varnland-kestria/2026-W12.html", "en"),
        ("week.fr.html", "varnland-kestria/2026-W12.html", "fr"),
        ("evidence.html", "varnland-kestria/2026-W12-evidence.html", "en"),
        ("indicator.html", "varnland-kestria/contact_channel.html", "en"),
        ("front.html", "index.html", "en"),
        ("week.json", "varnland-kestria/2026-W12.json", "en"),
        ("feed.xml", "feed.xml", "en"),
        ("alerts.xml", "alerts.xml", "en"),
    ],
)
def test_a_page_is_its_golden_file_byte_for_byte(name: str, path: str, language: str) -> None:
    """After a wanted change: UPDATE_GOLDEN=1 pytest tests/shell/test_render.py, and read the difference."""
    body = site(a_small(), language=language, base_url="https://digests.example")[path]
    golden = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(body)
    assert body == golden.read_bytes()


def a_mover(subject: str, arrow: str) -> Tracked:
    change = Change(weeks=4, difference=6.0, low=1.0 if arrow == "up" else -1.0, high=9.0, arrow=arrow)
    return replace(a_tracked(subject, "VRN", monday_of("2026-W12")), changes=(change,))


def test_what_moved_without_an_arrow_stands_under_a_line_that_says_so() -> None:
    path, told = "varnland-kestria/2026-W12.html", b"Without an arrow: differences inside"
    sure, unsure = a_mover("contact_channel", "up"), a_mover("third_party_way_out", "none")
    page = site(a_material(indicators=(sure, unsure)))[path]
    section = page[page.index(b'id="h-moved"') : page.index(b'id="h-sides"')]
    assert section.index(b"Contact between") < section.index(told) < section.index(b"Way out offered")
    assert told not in site(a_material(indicators=(sure,)))[path]
    alone = site(a_material(indicators=(unsure,)))[path]
    assert told not in alone
    assert b"No change of an indicator has an arrow." in alone


def test_a_move_without_records_of_the_week_points_to_the_weeks_before_when_they_had_stories() -> None:
    path, before = "varnland-kestria/2026-W12.html", b"bears on it; what moved it is in the weeks before."
    moved = (a_mover("contact_channel", "up"),)
    assert before in site(a_material(indicators=moved, evidence=()))[path]
    silent = site(a_material(indicators=moved, evidence=(), tallies=()))[path]
    assert before not in silent
    assert b"the change comes from older records fading or from coverage." in silent


def test_the_same_material_gives_the_same_bytes() -> None:
    assert site(a_material()) == site(a_material())


def test_a_later_week_does_not_change_an_earlier_page(pages: dict[str, bytes]) -> None:
    alone = site(a_material("2026-W11", weeks=1, history=80))
    for path in ("2026-W11.html", "2026-W11-evidence.html", "2026-W11.json"):
        assert alone[f"varnland-kestria/{path}"] == pages[f"varnland-kestria/{path}"]


def test_every_page_is_valid_html(pages: dict[str, bytes]) -> None:
    for path, body in pages.items():
        if path.endswith(".html"):
            html5lib.HTMLParser(strict=True).parse(body.decode())


def test_every_link_within_the_site_resolves(pages: dict[str, bytes]) -> None:
    parsed = {}
    for path, body in pages.items():
        if path.endswith(".html"):
            parsed[path] = Links()
            parsed[path].feed(body.decode())
    for path, links in parsed.items():
        assert len(links.ids) == len(set(links.ids)), path
        for href in links.hrefs:
            parts = urlsplit(urljoin(f"https://site.invalid/{path}", href))
            if "://" in href or href.startswith("data:,"):
                continue
            target = unquote(parts.path).lstrip("/")
            assert target in pages, (path, href)
            if parts.fragment:
                assert parts.fragment in parsed[target].ids, (path, href)


def test_evidence_beyond_two_hundred_records_is_on_further_pages(pages: dict[str, bytes]) -> None:
    first = pages["varnland-kestria/2026-W12-evidence.html"].decode()
    second = pages["varnland-kestria/2026-W12-evidence-2.html"].decode()
    assert first.count('class="record') == 200
    assert second.count('class="record') == 30


def test_every_record_of_the_week_stands_on_an_evidence_page_with_its_factors() -> None:
    monday = monday_of("2026-W12")
    weighed = a_weighed(0, monday)
    body = site(a_material(evidence=(weighed,)))["varnland-kestria/2026-W12-evidence.html"].decode()
    text = re.sub(r"<[^>]+>", "", body)
    assert "speaker class 0.7 × speaker side 0.9 × factuality 1.0" in text
    assert weighed.record.signal.evidence.quote in text
    assert "web.archive.org/web/20260316/https://news.example/oster-gazette/" in body
    assert "probability 0.62" in text


def test_a_weekly_page_is_light_and_needs_no_script(pages: dict[str, bytes]) -> None:
    body = pages["varnland-kestria/2026-W12.html"]
    assert len(body) < 150_000
    assert b"<script" not in body
    assert b"default-src &#39;none&#39;" in body
    assert b" style=" not in body


def test_the_style_sheet_is_the_one_that_the_policy_allows(pages: dict[str, bytes]) -> None:
    import base64
    import hashlib
    from html import unescape

    text = pages["index.html"].decode()
    css = re.search(r"(?s)<style>(.*?)</style>", text)
    assert css is not None
    shown = base64.b64encode(hashlib.sha256(css[1].encode()).digest()).decode()
    assert f"'sha256-{shown}'" in unescape(text)


def test_the_page_names_what_it_was_made_from(pages: dict[str, bytes]) -> None:
    text = pages["varnland-kestria/2026-W12.html"].decode()
    for words in ("1f0c6ad2b9e4", "4,711", "model 3.8.0", "small-1", "ab12cd34"):
        assert words in text


def test_what_was_not_observed_is_named_near_the_top(pages: dict[str, bytes]) -> None:
    text = pages["varnland-kestria/2026-W12.html"].decode()
    assert text.index("Eastern Voice (failing") < text.index('id="h-composites"')


def test_both_atom_feeds_parse_and_their_entries_are_known(pages: dict[str, bytes]) -> None:
    digests = feedparser.parse(pages["feed.xml"])
    assert not digests.bozo
    assert digests.entries[0].title.startswith("Varnland and Kestria: 16–22")
    assert len({e.id for e in digests.entries}) == 2
    alerts = feedparser.parse(pages["alerts.xml"])
    assert not alerts.bozo
    assert all("Talks activity" in e.title for e in alerts.entries)
    assert alerts.entries
    assert not any("Back channel" in e.title for e in alerts.entries)


def test_an_atom_feed_has_what_the_standard_demands(pages: dict[str, bytes]) -> None:
    from xml.etree import ElementTree as ET

    atom = "{http://www.w3.org/2005/Atom}"
    for name in ("feed.xml", "alerts.xml"):
        feed = ET.fromstring(pages[name])
        for element in (feed, *feed.iter(f"{atom}entry")):
            for child in ("id", "title", "updated"):
                assert len(element.findall(f"{atom}{child}")) == 1
            updated = element.findtext(f"{atom}updated") or ""
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", updated)
        assert feed.find(f"{atom}author/{atom}name") is not None


def test_json_holds_to_its_schema(pages: dict[str, bytes]) -> None:
    schema = json.loads(pages["digest.schema.json"])
    for path in ("varnland-kestria/2026-W12.json", "varnland-kestria/digest.json", "digest.json"):
        value = json.loads(pages[path])
        definition = schema["oneOf"][1] if path == "digest.json" else schema["$defs"]["digest"]
        conforms(value, definition, schema, path)


def conforms(value: object, wanted: dict[str, object], schema: dict[str, object], where: str) -> None:
    """The part of JSON Schema that our schema uses."""
    if "$ref" in wanted:
        wanted = schema["$defs"]["digest"]
    kinds = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "null": type(None),
        "boolean": bool,
    }
    if "type" in wanted:
        names = wanted["type"] if isinstance(wanted["type"], list) else [wanted["type"]]
        assert any(isinstance(value, kinds[n]) for n in names), where
    if "enum" in wanted:
        assert value in wanted["enum"], where
    if "const" in wanted:
        assert value == wanted["const"], where
    if "pattern" in wanted:
        assert re.search(wanted["pattern"], value), where
    if wanted.get("type") == "object":
        assert set(value) == set(wanted["properties"]), where
        for name, child in value.items():
            conforms(child, wanted["properties"][name], schema, f"{where}.{name}")
    if wanted.get("type") == "array":
        for i, child in enumerate(value):
            conforms(child, wanted["items"], schema, f"{where}[{i}]")


def test_downloads_are_linked_only_where_they_are(pages: dict[str, bytes]) -> None:
    assert b'href="data/contact_channel.csv"' in pages["varnland-kestria/contact_channel.html"]
    assert b"download" not in pages["varnland-kestria/ripeness.html"].split(b"</style>")[1]
    assert pages["varnland-kestria/data/contact_channel.csv"] == b"date,value\n"


def test_method_and_glossary_are_written_from_the_codebook(pages: dict[str, bytes]) -> None:
    material = a_material()
    for indicator in material.method.codebook.indicators:
        assert indicator.title.encode() in pages["method.html"]
        for signal in indicator.signals:
            assert f'id="s-{signal.id}"'.encode() in pages["glossary.html"]


def test_a_week_in_which_nothing_was_coded_still_gives_an_honest_page() -> None:
    material = a_material(
        evidence=(), opinion=(), tallies=(), alerts=(), happenings=(), corrections=(), postures=(), perceptions=(),
        feeds=(), blocs=(), composites=(), indicators=(),
    )  # fmt: skip
    text = site(material)["varnland-kestria/2026-W12.html"].decode()
    for words in (
        "No indicator moved",
        "No alert this week",
        "Nothing was noted",
        "In none of these weeks did a party have both readings",
    ):
        assert words in text


def test_a_site_without_any_digest_is_still_a_site() -> None:
    pages = site()
    assert b"No digest has been published yet" in pages["index.html"]
    assert not feedparser.parse(pages["feed.xml"]).bozo


def test_dates_and_messages_follow_the_language_but_quotations_do_not() -> None:
    text = site(a_small(), language="fr")["varnland-kestria/2026-W12.html"].decode()
    assert '<html lang="fr">' in text
    assert "La semaine en phrases" in text
    assert "mars 2026" in text
    assert "running low on shells" in text
    assert 'blockquote lang="en"' in text


def test_a_language_without_a_catalogue_is_refused_with_what_there_is() -> None:
    with pytest.raises(SettingsError, match="tlh") as problem:
        list(render.site([a_material()], look=Look(language="tlh")))
    assert "fr" in problem.value.remedy


def test_the_hash_of_the_templates_follows_their_words(tmp_path: Path) -> None:
    for file in render.templates_folder().glob("*.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    look = Look(templates=tmp_path)
    before = render.templates_hash(look)
    assert before == render.templates_hash()
    (tmp_path / "week.html").write_text("other", encoding="utf-8")
    assert render.templates_hash(look) != before


def test_the_archive_keeps_weeks_that_are_not_rendered_again() -> None:
    known = [render.issue(a_material("2026-W03")), render.issue(a_material("2026-W04"))]
    pages = {p.path: p.body for p in render.site([a_material("2026-W12")], issues=known)}
    assert b"varnland-kestria/2026-W03.html" in pages["archive.html"]
    assert b"varnland-kestria/2026-W03.html" in pages["feed.xml"]
    assert isinstance(next(iter(render.shared_pages([]))), Page)


@pytest.mark.parametrize(
    ("kind", "figures"),
    [
        ("surge", "1 story; baseline 1.9 ± 1.1 a week; z 6.5"),
        ("turn", "1 story; z 6.5; p-value"),
        ("first", "1 story; blocs: wires, third-country"),
        ("break", "1 story; blocs: wires, third-country"),
    ],
)
def test_an_alert_is_told_with_the_figures_that_its_kind_has(kind: str, figures: str) -> None:
    material = a_material()
    raised = replace(a_raised(material.monday, kind=kind, count=1), verdict="confirmed")
    page = site(replace(material, alerts=(raised,)))[f"varnland-kestria/{material.week}.html"].decode()
    assert figures in page
    assert ("1 story this week (usually 1.9)." in page) == (kind == "surge")
    assert "1 stories" not in page
