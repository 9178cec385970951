"""The captured feeds, served over loopback and collected: every entry accounted for, none dated now, nothing twice.

Usage: python benchmarks/real_feeds.py [--shared ../shared]
"""

import argparse
import functools
import json
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import feedparser

from tracker.feeds.collector import FetchSettings, collect
from tracker.model.articles import Feed

ROOT = Path(__file__).resolve().parents[1]
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, without a log."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


def expected(path: Path) -> int:
    """Entries by feedparser's own count, or of a JSON Feed's list."""
    body = path.read_bytes()
    return len(json.loads(body)["items"]) if path.suffix == ".json" else len(feedparser.parse(body).entries)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    folder = parser.parse_args().shared / "feeds"
    files = {f"f{n}": path for n, path in enumerate(sorted(p for p in folder.rglob("*") if p.is_file()))}
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    feeds = [
        Feed(
            id=name, url=f"http://127.0.0.1:{server.server_port}/{path.relative_to(folder)}", outlet=path.stem,
            owner=path.stem, country="INT", language="en", bloc="wires", conflicts=(),
        )
        for name, path in files.items()
    ]  # fmt: skip
    settings = FetchSettings(allow_private=True)
    states, total, wanted, wrong = {}, 0, 0, 0
    start = time.monotonic()
    for got in collect(feeds, states, at=AT, settings=settings):
        states[got.poll.feed.id] = got.state
        path = files[got.poll.feed.id]
        count, found = expected(path), len(got.articles)
        repeats = sum(int(p.reason.split()[0]) for p in got.problems if "repeat others" in p.reason)
        unusable = sum("neither title" in p.reason for p in got.problems)
        undated = sum(a.published_at is None for a in got.articles)
        now = sum(bool(a.published_at and abs(a.published_at - AT) < timedelta(hours=1)) for a in got.articles)
        total, wanted = total + found, wanted + count - repeats - unusable
        lost = count - repeats - unusable - found
        wrong += bool(lost) + now
        why = f"  {got.poll.problem.reason[:90]}" if got.poll.problem else ""
        marks = f"{repeats} repeats, {unusable} empty, {undated} undated, {now} dated now"
        print(f"{path.name:48} {found:4} of {count:4} ({marks}){' LOST ' + str(lost) if lost else ''}{why}")
    again = sum(len(got.articles) for got in collect(feeds, states, at=AT + timedelta(days=2), settings=settings))
    print(
        f"{total} articles of {wanted} distinct entries in {time.monotonic() - start:.1f} s; a second run adds {again}"
    )
    server.shutdown()
    return int(bool(wrong or again or total != wanted))


if __name__ == "__main__":
    sys.exit(main())
