"""A loopback server that answers as the invented outlets would have at a settable moment."""

import hashlib
import threading
from datetime import UTC, date, datetime, time
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Self

from tracker.demo.rendering import Served, feed, feed_path, page, page_path
from tracker.demo.story import Outlet, Story, conflict_path, load_story

__all__ = ["DemoServer", "conflict_path", "demo_feeds", "load_story"]

_ROBOTS = b"User-agent: *\nAllow: /\n"
CONFLICT = "varnland-kestria"


class DemoServer:
    """Serves the story on 127.0.0.1. Set `now` to move the world's clock; it never moves by itself.

    `port` 0 takes any free port. Page addresses contain the port, so article ids of the one outlet whose words
    lie on pages are the same from run to run only with a fixed port.
    """

    def __init__(self, story: Story, *, port: int = 0) -> None:
        self.story = story
        self.now = datetime.combine(story.first_day, time(), UTC)
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> str:
        """Begin to answer; returns the base URL without a slash at the end. Raises OSError for a taken port."""
        self._server = _Server(("127.0.0.1", self._port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self.base_url

    @property
    def base_url(self) -> str:
        """Raises RuntimeError before `start`."""
        if self._server is None:
            raise RuntimeError("the demo server is not running")
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Stop answering and free the port; harmless when not running."""
        server, thread, self._server, self._thread = self._server, self._thread, None, None
        if server is not None and thread is not None:
            server.shutdown()
            thread.join()
            server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answer(self, path: str) -> tuple[int, Served | None]:
        """Status and body for a path at `now`."""
        now, base_url = self.now, self.base_url
        if path == "/robots.txt":
            return 200, Served(body=_ROBOTS, content_type="text/plain; charset=utf-8", changed=None)
        for outlet in self.story.outlets:
            if path == feed_path(outlet):
                return (503, None) if outlet.fails(_day(now)) else (200, feed(self.story, outlet, now, base_url))
            if path.startswith(f"/{outlet.id}/"):
                return self._page(outlet, path)
        return 404, None

    def _page(self, outlet: Outlet, path: str) -> tuple[int, Served | None]:
        if outlet.fails(_day(self.now)):
            return 503, None
        for article in self.story.published(outlet.id, self.now):
            if path == page_path(outlet, article):
                return 200, page(outlet, article, self.now, self.base_url)
        return 404, None


def demo_feeds(base_url: str, story: Story | None = None) -> str:
    """A feeds.yaml for a workspace that polls the demo server; loopback is allowed feed by feed."""
    lines = ["# The invented outlets of the demonstration, as served on this machine while it runs.", "feeds:"]
    for outlet in (story or load_story()).outlets:
        lines += [
            f"  - id: {outlet.id}",
            f"    url: {base_url}{feed_path(outlet)}",
            f"    outlet: {outlet.outlet}",
            f"    owner: {outlet.owner}",
            f"    country: {outlet.country}",
            "    language: en",
            f"    bloc: {outlet.bloc}",
            f"    conflicts: [{CONFLICT}]",
            "    every: 30m",
            "    allow_private: true",
            *(["    text: page"] if outlet.format == "rss-teaser" else []),
        ]
    return "\n".join((*lines, ""))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], demo: DemoServer) -> None:
        super().__init__(address, _Handler)
        self.demo = demo

    def server_bind(self) -> None:
        """Bind without asking a name server who 127.0.0.1 is, as the base class would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "demo"

    def do_GET(self) -> None:
        self._reply(with_body=True)

    def do_HEAD(self) -> None:
        self._reply(with_body=False)

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - the base class passes the real time
        return _http_date(self.server.demo.now)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: the demonstration prints its own progress."""

    def _reply(self, *, with_body: bool) -> None:
        status, served = self.server.demo.answer(self.path.partition("?")[0])
        if served is None:
            body = b"out of order\n" if status == 503 else b"not found\n"
            self._send(status, {"Content-Type": "text/plain; charset=utf-8"}, body, with_body=with_body)
            return
        etag = f'"{hashlib.sha256(served.body).hexdigest()[:20]}"'
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if served.changed is not None:
            headers["Last-Modified"] = _http_date(served.changed)
        if self._has(etag, served.changed):
            self._send(304, headers, b"", with_body=False)
        else:
            self._send(200, headers | {"Content-Type": served.content_type}, served.body, with_body=with_body)

    def _has(self, etag: str, changed: datetime | None) -> bool:
        """Whether the client's validators still hold; If-None-Match outranks the date (RFC 9110 §13.2.2)."""
        match = self.headers.get("If-None-Match")
        if match is not None:
            return etag in {tag.strip().removeprefix("W/") for tag in match.split(",")}
        since = self.headers.get("If-Modified-Since")
        if since is None or changed is None:
            return False
        try:
            return changed.replace(microsecond=0) <= parsedate_to_datetime(since)
        except (TypeError, ValueError):
            return False

    def _send(self, status: int, headers: dict[str, str], body: bytes, *, with_body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body and body:
            self.wfile.write(body)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
