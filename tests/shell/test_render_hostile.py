"""What strangers write stays words: the payloads in every place where foreign text is printed."""

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest
from digest_material import a_feed, a_material, a_raised, a_weighed

from tracker.digest import mail, render, safe
from tracker.digest.view import Correction, DigestMaterial, Weighed, monday_of
from tracker.model.readings import Happening

CORPUS = json.loads((Path(__file__).resolve().parents[1] / "data" / "payloads" / "hostile.json").read_text("utf-8"))
TEXTS: list[str] = CORPUS["texts"]
URLS: list[str] = CORPUS["urls"]
MONDAY = monday_of("2026-W12")
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
ALLOWED = ("http", "https")


class Structure(HTMLParser):
    """Elements, attributes and addresses of a page, as a browser would take them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("href", "src", "action", "formaction", "xlink:href") and value is not None:
                self.addresses.append(value)


def structure(body: bytes) -> Structure:
    found = Structure()
    found.feed(re.sub(r"(?s)<style>.*?</style>", "", body.decode()))
    return found


def laced(index: int, text: str, url: str) -> Weighed:
    """A record whose every foreign field is the payload."""
    weighed = a_weighed(index, MONDAY)
    record = weighed.record
    signal = replace(
        record.signal,
        speaker=text,
        rule=text,
        mode=text,
        evidence=replace(record.signal.evidence, quote=text, before=text, cue=(0, 1)),
    )
    record = replace(record, signal=signal, title=text, url=url, outlet=text, language=text)
    return replace(weighed, record=record, why_not="" if weighed.counted else text)


def a_laced_material(text: str, url: str, *, records: int = 9) -> DigestMaterial:
    feeds = tuple(replace(a_feed(i, MONDAY), outlet=text, owner=text, problem=text, state="failing") for i in range(3))
    return a_material(
        evidence=tuple(laced(i, text, url) for i in range(records)),
        opinion=(laced(12, text, url),),
        feeds=feeds,
        happenings=(Happening(conflict="varnland-kestria", day=MONDAY, title=text, url=url),),
        corrections=(
            Correction(
                kind="revised",
                week="2026-W10",
                signal="back_channel",
                party="KES",
                title=text,
                outlet=text,
                url=url,
                reason=text,
            ),
        ),
        alerts=(replace(a_raised(MONDAY), reason=text, verdict="confirmed"),),
        weeks=1,
    )


def pages(text: str, url: str) -> dict[str, bytes]:
    return {p.path: p.body for p in render.site([a_laced_material(text, url)])}


PLAIN = {
    path: structure(body)
    for path, body in pages("plain words", "https://example.org/").items()
    if path.endswith(".html")
}
PROBE = tuple(p for p in PLAIN if "W12" in p or p in ("sources.html", "index.html"))


def probed(text: str, url: str) -> dict[str, bytes]:
    """The pages that print foreign text."""
    material = a_laced_material(text, url)
    found = [*render.week_pages(material), *render.shared_pages([material])]
    return {p.path: p.body for p in found}


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert len(TEXTS) + len(URLS) >= 200
    assert len(set(TEXTS)) == len(TEXTS)


@pytest.mark.parametrize("start", range(0, len(TEXTS), 25))
def test_hostile_text_adds_no_element_no_attribute_and_no_address(start: int) -> None:
    for text in TEXTS[start : start + 25]:
        for path, body in probed(text, "https://example.org/").items():
            if path not in PROBE:
                continue
            found = structure(body)
            if safe.text(text):
                extra = {"tag": found.tags - PLAIN[path].tags}
                assert not extra["tag"], (text, path, extra)
            assert found.attributes <= PLAIN[path].attributes | {"lang"}, (text, path)
            assert not any(name.startswith("on") for name in found.attributes)
            assert "script" not in found.tags
            assert not BIDI.search(body.decode()), (text, path)


@pytest.mark.parametrize("start", range(0, len(URLS), 20))
def test_links_lead_to_the_web_or_are_words(start: int) -> None:
    for url in URLS[start : start + 20]:
        for path, body in probed("words", url).items():
            if not path.endswith(".html"):
                continue
            found = structure(body)
            assert found.attributes <= PLAIN[path].attributes
            for address in found.addresses:
                parts = urlsplit(address)
                assert parts.scheme in ("", *ALLOWED) or address == "data:,", (url, address)
                assert not address.startswith(("//", "\\")), (url, address)
                assert "\n" not in address
                assert "@" not in parts.netloc


@pytest.mark.parametrize("url", URLS)
def test_what_is_called_a_link_has_a_scheme_and_a_host(url: str) -> None:
    found = safe.link(url)
    if found is not None:
        parts = urlsplit(found)
        assert parts.scheme in ALLOWED
        assert parts.hostname
        assert not set(found) & set('<>"\\ \n\r\t')


@pytest.mark.parametrize("text", [t for t in TEXTS if len(t) > 60 or "\r" in t or "{" in t or "<script" in t])
def test_feeds_and_mail_survive_too(text: str) -> None:
    material = a_laced_material(text, "javascript:alert(1)", records=6)
    for page in render.shared_pages([material], issues=[render.issue(material)]):
        if page.path.endswith(".xml"):
            assert not feedparser.parse(page.body).bozo
    settings = mail.MailSettings(sender="p@example.org", recipients=("a@example.org",))
    message = mail.message([material], settings=settings, at=datetime(2026, 3, 23, tzinfo=UTC))
    html = message.get_body(("html",))
    assert html is not None
    found = Structure()
    found.feed(html.get_content())
    assert "script" not in found.tags
    assert not any(name.startswith("on") for name in found.attributes)
    assert not any(a.lower().startswith(("javascript:", "data:")) for a in found.addresses)
    assert set(message.keys()) == {
        "Subject",
        "From",
        "To",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    }


def test_a_word_of_ten_thousand_letters_is_printed_whole() -> None:
    body = probed("W" * 10_000, "https://example.org/")["varnland-kestria/2026-W12-evidence.html"]
    assert b"W" * 9_999 in body


def test_a_very_long_sentence_does_not_swell_the_weekly_page() -> None:
    page = next(iter(render.week_pages(a_laced_material("W" * 10_000, "https://example.org/", records=28))))
    assert len(page.body) < 150_000


def test_a_conflict_id_cannot_leave_the_folder() -> None:
    material = a_material(conflict="../../etc/Passwd")
    assert all(".." not in p.path for p in render.site([material]))
