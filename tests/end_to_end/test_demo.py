"""The main job, end to end: feeds over HTTP become a log, readings and pages that can be checked."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from tracker.bootstrap import Build
from tracker.demo import run as demo
from tracker.errors import WorkspaceError
from tracker.eventstore.verification import verify
from tracker.model.events import ArticleCoded, ArticleCollected, DigestPublished
from tracker.questions import Standpoint, explain
from tracker.readiness.board import board
from tracker.settings import load_settings

pytestmark = pytest.mark.model


def test_every_article_is_collected_and_coded_once(build):
    events = [r.event for r in build.store.read()]
    collected = [e.article.id for e in events if isinstance(e, ArticleCollected)]
    coded = [(e.article, e.revision) for e in events if isinstance(e, ArticleCoded)]
    assert len(collected) == len(set(collected)) > 30
    assert len(coded) == len(set(coded)) >= len(collected)


def test_no_article_is_dated_by_the_moment_it_was_collected(build):
    for recorded in build.store.read():
        if isinstance(recorded.event, ArticleCollected):
            article = recorded.event.article
            assert article.published_at != recorded.recorded_at
            assert (article.published_at is None) == (article.date_source == "none")


def test_each_week_has_a_page_and_the_front_page_links_to_it(home):
    weeks = sorted(p.stem for p in (home / "site" / "varnland-kestria").glob("2026-W??.html"))
    assert weeks == ["2026-W28", "2026-W29", "2026-W30", "2026-W31"]
    assert "varnland-kestria/latest.html" in (home / "site" / "index.html").read_text("utf-8")


def test_all_links_between_pages_resolve(home):
    site = home / "site"
    missing = set()
    for page in site.rglob("*.html"):
        for link in re.findall(r'(?:href|src)="([^"]+)"', page.read_text("utf-8")):
            if link.startswith(("http:", "https:", "data:", "mailto:")):
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            found = target.exists()
            if found and anchor and target.suffix == ".html":
                found = f'id="{anchor}"' in target.read_text("utf-8")
            if not found:
                missing.add((page.name, link))
    assert not missing


def test_the_log_holds_and_every_digest_can_be_made_again_to_the_byte(build):
    verify(build.engine)
    rebuilt = list(build.publisher.rebuild())
    assert [r.outcome for r in rebuilt] == ["same"] * 4


def test_a_page_on_disk_is_the_one_whose_hash_is_recorded(build, home):
    import hashlib

    for recorded in build.store.read():
        if isinstance(recorded.event, DigestPublished):
            event = recorded.event
            body = (home / "site" / event.conflict / f"{event.week}.html").read_bytes()
            assert hashlib.sha256(body).hexdigest() == event.sha256


def test_tables_built_day_by_day_equal_one_rebuild(build):
    from tracker.projections import reads

    before = reads.inputs(build.engine, "varnland-kestria", build.codebook)
    build.projections.rebuild()
    assert reads.inputs(build.engine, "varnland-kestria", build.codebook) == before


@pytest.mark.parametrize("party", ["VRN", "KES"])
def test_the_records_that_explain_lists_sum_to_the_number(build, party):
    day = date(2026, 8, 2)
    from tracker.projections import reads

    position = reads.position(build.engine)
    view = Standpoint(engine=build.engine, codebook=build.codebook, as_of=None, position=position, at=build.clock())
    inputs = reads.inputs(build.engine, "varnland-kestria", build.codebook)
    found = board(inputs, build.codebook, (day,))
    seen = 0
    for indicator in build.codebook.indicators:
        told = explain(view, indicator.id, conflict="varnland-kestria", party=party, day=day, intervals=False)
        for total in told.sums:
            key = (party, total.signal, "direction")
            assert sum(total.plus.values()) == pytest.approx(float(found.plus_mass[key][0].sum()), abs=1e-9)
            assert sum(total.minus.values()) == pytest.approx(float(found.minus_mass[key][0].sum()), abs=1e-9)
            seen += bool(total.plus or total.minus)
    assert seen >= 3


def test_a_second_collection_on_the_same_evening_brings_nothing(lived, tmp_path):
    from datetime import UTC, datetime

    from tracker.demo.server import DemoServer
    from tracker.demo.story import load_story

    story = load_story()
    with DemoServer(story) as server:
        home = tmp_path / "fresh"
        demo._prepare(home, server)
        clock = demo.DayClock(datetime(2026, 7, 10, 23, 30, tzinfo=UTC))
        server.now = clock.moment
        build = Build(load_settings(home, {}), clock)
        first = build.tracker.collect(force=True)
        head = build.store.head()
        again = build.tracker.collect(force=True)
        assert first.new > 0
        assert (again.new, again.revised) == (0, 0)
        assert build.store.head() == head
        build.engine.dispose()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(WorkspaceError, match="not empty"):
        demo.run(Path(tmp_path))
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_the_json_of_a_digest_names_position_and_codebook(home, build):
    found = json.loads((home / "site" / "varnland-kestria" / "2026-W31.json").read_text("utf-8"))
    assert found["as_of"]["codebook"] == build.codebook.version
    assert found["as_of"]["position"] > 0
