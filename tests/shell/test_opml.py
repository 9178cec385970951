"""OPML there and back, what other programs export, and how feeds enter a list that a person wrote."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker import catalog
from tracker.errors import CatalogError, FeedError
from tracker.feeds.listing import appended
from tracker.feeds.opml import export, read, slug
from tracker.model.articles import Feed

WORDS = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=20).map(str.strip).filter(bool)
)
IDS = st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,9})?", fullmatch=True)
FEEDS = st.builds(
    Feed,
    id=IDS,
    url=IDS.map(lambda name: f"https://{name}.example/feed?a=1&b=<2>"),
    outlet=WORDS,
    owner=IDS,
    country=st.sampled_from(["VR", "INT"]),
    language=st.sampled_from(["en", "uk"]),
    bloc=IDS,
    conflicts=st.lists(IDS, max_size=3, unique=True).map(tuple),
    every_minutes=st.integers(1, 10_000),
    text=st.sampled_from(["feed", "page"]),
    allow_private=st.booleans(),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(FEEDS, max_size=5, unique_by=(lambda f: f.id, lambda f: f.url)))
def test_feeds_come_back_as_they_went(feeds):
    assert read(export(feeds).encode()) == (tuple(feeds), ())


def test_another_programs_export_is_taken_with_sensible_values():
    feeds, problems = read(
        b"""<?xml version="1.0"?><opml version="1.0"><body><outline text="News">
        <outline type="rss" text="Lisse Post" xmlUrl="https://feeds.lisse.example/rss" htmlUrl="https://lisse.example"/>
        <outline type="rss" text="Lisse Post" xmlUrl="https://lisse.example/other"/>
        <outline type="rss" text="Twice" xmlUrl="https://lisse.example/other"/>
        <outline type="rss" text="Trap" xmlUrl="javascript:alert(1)"/></outline></body></opml>"""
    )
    assert [(f.id, f.outlet, f.owner, f.bloc) for f in feeds] == [
        ("lisse-post", "Lisse Post", "lisse-example", "third-country"),
        ("lisse-post-2", "Lisse Post", "lisse-example", "third-country"),
    ]
    assert len(problems) == 2


@pytest.mark.parametrize(
    "document", [b"", b"<rss/>", b"not xml", b'<!DOCTYPE o [<!ENTITY a "x">]><opml/>', b"\xff\xfe\x00"]
)
def test_what_is_no_opml_is_said_to_be_none(document):
    with pytest.raises(FeedError) as error:
        read(document)
    assert error.value.remedy


def test_ids_are_made_unique():
    assert slug("Ünï — Post!", taken=()) == "n-post"
    assert slug("a", taken=("a", "a-2")) == "a-3"
    assert slug("…") == "feed"


OLD = (
    "{id: old, url: 'https://old.example/', outlet: Old, owner: old, country: VR, language: en, bloc: b, conflicts: []}"
)
NEW = [
    Feed(id=name, url=f"https://{name}.example/", outlet=f"{name}: the #1 paper", owner=name, country="VR",
         language="en", bloc="b", conflicts=("a-b",))
    for name in ("new", "2026")
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "feeds: []",
        "feeds: []  # none yet\n# nor here\n",
        "feeds:\n  []\n",
        "feeds: [\n]\n",
        "{feeds: []}",
        "feeds: []\nmore: 1\n",
        f"feeds:\n- {OLD}\n",
        f"feeds:\n- {OLD}",
        f"feeds:\n    - {OLD}\n\n# the end\n",
        f"feeds:\n  - {OLD}\nmore: 1\n",
        f"feeds:\n- {OLD}\n\n# of the rest\nmore: [1]\n",
        f"feeds:\n  - {OLD}\n...\n",
        f"---\nfeeds: [{OLD}]\n",
        f"feeds: [\n  {OLD},  # kept\n]\n",
        f"{{feeds: [{OLD}], more: 1}}",
        f"feeds:\r\n- {OLD}\r\n",
        f"\ufefffeeds:\n- {OLD}\n",
        (
            "feeds:\n- id: old\n  url: https://old.example/\n  outlet: |\n    Old\n    # one\n  owner: o\n  country: VR\n"
            "  language: en\n  bloc: b\n  conflicts: []\n"
        ),
    ],
)
def test_feeds_are_added_to_any_valid_list_and_nothing_of_it_is_lost(text):
    after = appended(text, NEW)
    assert catalog.feeds_of(after) == (*catalog.feeds_of(text), *NEW)
    assert [line for line in text.split() if line not in after.split() and not set(line) & set("[]{}")] == []
    assert ("\r\n" in text) == ("\r\n" in after)
    again = appended(after, [NEW[0]])
    with pytest.raises(CatalogError, match="stands twice"):
        catalog.feeds_of(again)


@pytest.mark.parametrize("text", ["", "# nothing\n", "sources: []", "- a\n"])
def test_a_file_without_a_list_of_feeds_takes_none(text):
    with pytest.raises(ValueError, match="no list"):
        appended(text, NEW)
