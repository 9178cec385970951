"""CPU time and memory of collecting 1,000 feeds of 30 entries from a local server with 50 ms latency.

Cold poll, unchanged poll (304), poll with one new entry each; the baseline is `reader` (lemon24/reader) with equal
concurrency, in a virtual environment of its own:

    python -m venv /tmp/reader-venv && /tmp/reader-venv/bin/pip install reader
    python benchmarks/collect.py --reader /tmp/reader-venv/bin/python [--feeds 1000] [--rounds 1]

Both sides store what they find: `reader` its entries, we the events in the log with their words. CPU time is user and
system time of the process and its children; the server is another process and not counted.
"""

# ruff: noqa: PLC0415 -- the two sides run in different environments and import in their own functions
import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LATENCY = 0.05
STAGES = ("reading", "log", "tables")  # in the parsing process; facts and words recorded; stories and counts
_COMMON = "the of and to that with from were has have been their this in on at by for as it after before said not"
COMMON = _COMMON.split()
_SYLLABLES = "ba co de fi ga lo mu na or pe ra si ta ul ve wen xi ya zor den mar tis lan kes var"
SYLLABLES = _SYLLABLES.split()
RARE = [first + second + third for first in SYLLABLES for second in SYLLABLES for third in SYLLABLES[:5]]


def prose(seed: str, length: int) -> str:
    """Words without sense: half of them common ones, so that it reads as English; another seed, another story."""
    draw = random.Random(seed)
    return " ".join(
        word for pair in zip(draw.choices(COMMON, k=length), draw.choices(RARE, k=length), strict=True) for word in pair
    )


def item(number: int, n: int) -> str:
    """One entry with HTML in its description; every tenth is a wire story that five feeds carry."""
    text = prose(f"{number}-{n}" if n % 10 else f"wire {number // 5}-{n}", 50)
    words = text.split()
    body = f"<p>{' '.join(words[:60])}.</p><p><a href='http://x.example/{n}'>{' '.join(words[60:])}</a></p>"
    moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=17 * n + number % 17)
    return (
        f"<item><title>{' '.join(words[5:14])} {number}-{n}</title><link>http://news{number}.example/{n}</link>"
        f"<guid isPermaLink='false'>{number}-{n}</guid><pubDate>{moment:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
        f"<description><![CDATA[{body}]]></description></item>"
    )


def feed(number: int, version: int, entries: int = 30) -> bytes:
    """An RSS feed of about 25 KiB; a version adds one entry at the top."""
    items = "".join(item(number, n) for n in range(version + entries - 1, version - 1, -1))
    return (
        f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Feed {number}</title>"
        f"<link>http://news{number}.example/</link><description>x</description>{items}</channel></rss>"
    ).encode()


def serve() -> None:
    """The server process: prints its port; POST /version/N changes what the feeds hold."""
    state = {"version": 0}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            state["version"] = int(self.path.rpartition("/")[2])
            self.send_response(204)
            self.end_headers()

        def do_GET(self) -> None:
            time.sleep(LATENCY)
            body = feed(int(self.path.rpartition("/")[2]), state["version"])
            etag = f'"{hashlib.sha1(body).hexdigest()}"'
            same = self.headers.get("If-None-Match") == etag
            self.send_response(304 if same else 200)
            self.send_header("ETag", etag)
            self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
            self.send_header("Content-Length", "0" if same else str(len(body)))
            self.end_headers()
            if not same:
                self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


def cpu() -> float:
    """CPU seconds of this process and its ended children."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + children_cpu()


def children_cpu() -> float:
    """CPU seconds of the ended children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Memory:
    """Peak of the sum of resident memory over this process and its children, sampled."""

    def __init__(self) -> None:
        self.peak = 0
        self.parts: list[int] = []  # of each process when the sum was largest, ours first
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        while not self.stop.wait(0.2):
            parts = [self._resident(p) for p in [os.getpid(), *self._children()]]
            if sum(parts) > self.peak:
                self.peak, self.parts = sum(parts), parts

    def _children(self) -> list[int]:
        found: list[int] = []
        for task in Path("/proc/self/task").iterdir():
            try:
                found += map(int, (task / "children").read_text().split())
            except OSError:
                continue
        return [pid for pid in found if self._line(pid) != self._line(os.getpid())]  # not yet a program of its own

    @staticmethod
    def _line(pid: int) -> bytes:
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return b""

    @staticmethod
    def _resident(pid: int) -> int:
        try:
            return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
        except (OSError, IndexError):
            return 0


def ours(base: str, feeds: int, phases: list[tuple[str, int]], workers: int) -> dict[str, object]:
    """Run the phases with the verb that `tracker collect` runs: poll, record, bring the tables up to the log."""
    from tracker import database
    from tracker.eventstore.sql import SqlEventStore
    from tracker.feeds import workers as parsing
    from tracker.feeds.collector import FetchSettings
    from tracker.model.articles import Feed
    from tracker.model.codebook import Codebook
    from tracker.projections.runner import Projections
    from tracker.workflow import Tracker

    spent = dict.fromkeys(STAGES, 0.0)

    def timed(stage: str, work: Any) -> Any:
        def run(*given: Any, **named: Any) -> Any:
            before = time.thread_time()
            try:
                return work(*given, **named)
            finally:
                spent[stage] += time.thread_time() - before

        return run

    codebook = Codebook(version="benchmark", indicators=(), composites=(), conflicts=())
    memory, at = Memory(), datetime(2026, 3, 10, tzinfo=UTC)
    folder = tempfile.TemporaryDirectory()
    engine = database.connect(f"sqlite:///{folder.name}/log.db")
    database.migrate(engine)
    store = SqlEventStore(engine)
    projections = Projections(engine, store, lambda _version: codebook)
    projections.catch_up = timed("tables", projections.catch_up)  # type: ignore[method-assign] # to time it
    store.append = timed("log", store.append)  # type: ignore[method-assign] # to time it
    moments = [at + timedelta(days=2 * place) for place in range(len(phases))]
    now = {"at": at}
    tracker = Tracker(
        store=store,
        engine=engine,
        projections=projections,
        codebook=codebook,
        feeds=tuple(
            Feed(
                id=f"f{n}",
                url=f"{base}/{n}",
                outlet=f"F{n}",
                owner=f"f{n}",
                country="VR",
                language="en",
                bloc="wires",
                conflicts=(),
            )
            for n in range(feeds)
        ),
        reader=lambda: None,
        fetching=FetchSettings(allow_private=True, concurrency=20, per_host=20, workers=workers),
        clock=lambda: now["at"],
    )
    results: dict[str, object] = {}
    for (phase, version), now["at"] in zip(phases, moments, strict=True):
        turn(base, version)
        before, start, apart = cpu(), time.monotonic(), children_cpu()
        spent |= dict.fromkeys(STAGES, 0.0)
        report = tracker.collect()
        parsing.close()  # so that the children's time is counted
        spent["reading"] = children_cpu() - apart
        results[phase] = {
            "cpu": cpu() - before,
            "wall": time.monotonic() - start,
            "entries": report.new,
            "failed": len(report.failed),
            "stages": {**spent, "network and the rest": cpu() - before - sum(spent.values())},
        }
    memory.stop.set()
    results["peak_mb"], results["parts_mb"] = memory.peak / 1e6, [part / 1e6 for part in memory.parts]
    return results


def theirs(base: str, feeds: int, phases: list[tuple[str, int]], workers: int) -> dict[str, object]:
    """Run the phases with `reader`."""
    from reader import make_reader

    memory = Memory()
    folder = tempfile.TemporaryDirectory()
    reader = make_reader(f"{folder.name}/reader.db", feed_root=None)
    for n in range(feeds):
        reader.add_feed(f"{base}/{n}")
    results: dict[str, object] = {}
    for phase, version in phases:
        turn(base, version)
        before, start, new, failed = cpu(), time.monotonic(), 0, 0
        for result in reader.update_feeds_iter(workers=workers, scheduled=False):
            if isinstance(result.value, Exception):
                failed += 1
            elif result.value is not None:
                new += result.value.new
        results[phase] = {"cpu": cpu() - before, "wall": time.monotonic() - start, "entries": new, "failed": failed}
    memory.stop.set()
    results["peak_mb"], results["parts_mb"] = memory.peak / 1e6, [part / 1e6 for part in memory.parts]
    return results


def turn(base: str, version: int) -> None:
    """Tell the server which version of the feeds to serve."""
    from urllib.request import Request, urlopen

    urlopen(Request(f"{base}/version/{version}", method="POST")).read()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--reader", type=Path, help="the Python of an environment with `reader`")
    parser.add_argument("--workers", type=int, default=1, help="our parsing processes")
    parser.add_argument("--phases", default="cold,unchanged,one-new")
    parser.add_argument("--side", choices=["server", "ours", "theirs"], help=argparse.SUPPRESS)
    parser.add_argument("--base", help=argparse.SUPPRESS)
    options = parser.parse_args()
    versions = {"cold": 0, "unchanged": 0, "one-new": 1}
    phases = [(phase, versions[phase]) for phase in options.phases.split(",")]
    if options.side == "server":
        serve()
    if options.side == "ours":
        print(json.dumps(ours(options.base, options.feeds, phases, options.workers)))
        return
    if options.side == "theirs":
        print(json.dumps(theirs(options.base, options.feeds, phases, 20)))
        return
    server = subprocess.Popen([sys.executable, __file__, "--side", "server"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        base = f"http://127.0.0.1:{int(server.stdout.readline())}"
        sides = [("ours", sys.executable)] + ([("theirs", str(options.reader))] if options.reader else [])
        results = {}
        for side, python in sides:
            command = [python, __file__, "--side", side, "--base", base, "--feeds", str(options.feeds)]
            command += ["--phases", options.phases, "--workers", str(options.workers)]
            done = subprocess.run(
                command, stdout=subprocess.PIPE, check=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
            )
            results[side] = json.loads(done.stdout.splitlines()[-1])
        report(results, options.feeds)
    finally:
        server.terminate()
        server.wait()


def report(results: dict[str, dict[str, object]], feeds: int) -> None:
    """The table."""
    print(f"{feeds:,} feeds")
    for side, found in results.items():
        for phase, figures in found.items():
            if isinstance(figures, dict):
                each = 1000 * figures["cpu"] / feeds
                print(
                    f"  {side:6} {phase:10} {figures['cpu']:7.1f} CPU s ({each:6.2f} ms a feed), "
                    f"{figures['wall']:6.1f} s, "
                    f"{figures['entries']:,} entries, {figures['failed']} failed"
                )
                for stage, seconds in figures.get("stages", {}).items():
                    print(f"           {stage:20} {1000 * seconds / feeds:6.2f} ms a feed")
        parts = " + ".join(f"{part:.0f}" for part in found["parts_mb"])
        print(f"  {side:6} peak memory, all processes: {found['peak_mb']:.0f} MB ({parts})")
    if "theirs" in results:
        for phase in results["ours"]:
            ours_, theirs_ = results["ours"][phase], results["theirs"][phase]
            if isinstance(ours_, dict):
                alike = ours_["cpu"] - ours_["stages"]["tables"]
                print(
                    f"  ratio {phase}: {theirs_['cpu'] / ours_['cpu']:.2f} times less CPU, "
                    f"{theirs_['cpu'] / alike:.2f} without stories and counts, which reader does not have"
                )


if __name__ == "__main__":
    main()
