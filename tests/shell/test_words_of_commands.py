"""What commands print and how they end, on a small workspace that needs no language model."""

import gc
import json
import warnings
from datetime import date, timedelta
from pathlib import Path

import pytest
from digest_material import a_raised
from typer.testing import CliRunner

from tracker.bootstrap import Build
from tracker.cli import app
from tracker.cli.run import show_coded, show_collected
from tracker.errors import ArchiveError
from tracker.eventstore.store import Append
from tracker.model.events import AlertRaised, Event, FeedObserved
from tracker.settings import load_settings
from tracker.workflow import CodeReport, CollectReport


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace with the conflicts and indicators of the program, and without feeds."""
    folder = tmp_path / "watch"
    folder.mkdir()
    (folder / "tracker.toml").write_text('recogniser = "off"\n')
    (folder / "feeds.yaml").write_text("feeds: []\n")
    return folder


@pytest.fixture
def build(home: Path):
    made = Build(load_settings(home, {}))
    yield made
    made.close()


@pytest.fixture
def tracker(home: Path):
    """The command line on that workspace: words → (exit code, output)."""

    def call(*words: object):
        return CliRunner().invoke(app, ["--home", str(home), *map(str, words)], env={"COLUMNS": "200"})

    return call


def record(build: Build, stream: str, *events: Event) -> None:
    build.store.append([Append(stream=stream, events=events)], at=build.clock())
    build.tracker.project()


@pytest.mark.parametrize(
    ("kind", "told", "untold"),
    [
        ("surge", ("1 story, usually 1.9;", "z 6.5; p 0.0004; blocs: wires, third-country"), ()),
        ("turn", ("1 story;", "z 6.5; p 0.0004; blocs: "), ("usually",)),
        ("first", ("1 story;", "  blocs: wires, third-country"), ("usually", "z 6.5", "p 0.0004")),
        ("break", ("1 story;", "  blocs: wires, third-country"), ("usually", "z 6.5", "p 0.0004")),
    ],
)
def test_an_alert_is_listed_with_the_figures_that_its_kind_has(tracker, build, kind, told, untold):
    alert = a_raised(date(2026, 3, 16), kind=kind, count=1).alert
    record(build, "conflict-varnland-kestria", AlertRaised(alert=alert, codebook="c"))
    printed = tracker("alerts").stdout
    assert all(words in printed for words in told), printed
    assert not any(words in printed for words in untold), printed


def test_one_of_a_kind_is_told_in_the_singular(capsys):
    show_collected(CollectReport(polled=1, unchanged=0, failed=(), new=1, revised=0, problems=()))
    show_coded(CodeReport(articles=1, linked=1, signals=1, skipped=0))
    told = " ".join(capsys.readouterr().out.split())
    assert "1 feed polled" in told
    assert "1 new article," in told
    assert "coded: 1 article, 1 about a watched conflict, 1 signal" in told


def test_health_says_that_the_program_did_not_poll_and_does_not_blame_the_feeds(tracker, home, build):
    (home / "feeds.yaml").write_text(
        "feeds:\n"
        + "".join(
            f"  - {{id: {name}, url: 'https://{name}.example/f', outlet: {name}, owner: {name}, country: XX,"
            " language: en, bloc: wires, conflicts: [sudan]}\n"
            for name in ("one", "two")
        )
    )
    day = build.clock().date() - timedelta(days=5)
    for name in ("one", "two"):
        record(build, f"feed-{name}", FeedObserved(feed=name, day=day))
    printed = tracker("feeds", "health").stdout
    assert printed.count(f"the program has not polled since {day}") == 1
    assert printed.count("idle ") == 2
    assert "silent" not in printed


def test_an_archive_of_which_nothing_can_be_used_is_refused_with_file_and_remedy(tracker, tmp_path):
    (tmp_path / "x.warc").write_bytes(bytes(range(255, 0, -1)) * 9)
    (tmp_path / "bad.jsonl").write_text("not json\n")
    good = {"date": "2026-07-20", "title": "Talks in Port Sudan", "text": "Both armies met.", "outlet": "Old Paper"}
    (tmp_path / "good.jsonl").write_text(json.dumps(good) + "\nnot json\n")
    for _ in range(2):  # whether it is read for the first time or again
        trouble = tracker("import", tmp_path / "bad.jsonl", tmp_path / "x.warc", tmp_path / "good.jsonl", "--yes")
        assert trouble.exit_code == 1
        assert isinstance(trouble.exception, ArchiveError)
        assert "bad.jsonl: nothing could be used, first because:" in str(trouble.exception)
        assert "x.warc: nothing could be used, first because: the file is no WARC" in str(trouble.exception)
        assert "good.jsonl" not in str(trouble.exception)
        assert trouble.exception.remedy
        assert "good.jsonl: 1 article of 1 outlet" in trouble.stdout
    again = tracker("import", tmp_path / "good.jsonl", "--yes")
    assert again.exit_code == 0
    assert "0 of them new, 1 already there" in again.stdout


@pytest.mark.postgres
def test_a_copied_log_leaves_no_connection_open(tracker, build, postgres_url):
    alert = a_raised(date(2026, 3, 16)).alert
    record(build, "conflict-varnland-kestria", AlertRaised(alert=alert, codebook="c"))
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always", ResourceWarning)
        copied = tracker("copy", "--to", postgres_url)
        gc.collect()
    assert copied.exit_code == 0, copied.output
    assert [str(w.message) for w in left if "psycopg" in str(w.message)] == []
