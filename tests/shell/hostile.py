"""A server on the loopback range that misbehaves in every way we know, for tests of collecting."""

import gzip
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tracker.feeds.settings import FetchSettings
from tracker.model.articles import Feed

QUICK = FetchSettings(
    user_agent="Parley/test (feed reader; mail@example.org)",
    allow_private=True,
    total_seconds=5,
    connect_seconds=2,
    parse_seconds=10,
)


def a_feed(url: str = "http://127.0.0.1/feed", **telling) -> Feed:
    """A feed of the fictional conflict; give what matters to the test."""
    usual = {
        "id": "lisse-post",
        "url": url,
        "outlet": "Lisse Post",
        "owner": "lisse-post",
        "country": "VR",
        "language": "en",
        "bloc": "third-country",
        "conflicts": ("varnland-kestria",),
    }
    return Feed(**{**usual, **telling})


def item(number: int | str = 1, *, title: str = "", guid: str = "", link: str | None = None, extra: str = "") -> str:
    """One RSS item."""
    link = f"http://news.example/{number}" if link is None else link
    return (
        f"<item><title>{title or f'Talks in Oster, part {number}'}</title><link>{link}</link>"
        f"<guid isPermaLink='false'>{guid or f'g{number}'}</guid>"
        f"<description>Envoys of both sides met for the {number}. time and left without a word to the press."
        f"</description><pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate>{extra}</item>"
    )


def rss(*items: str, head: str = "") -> bytes:
    """An RSS 2.0 feed."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Lisse Post</title>'
        f"<link>http://news.example/</link>{head}{''.join(items)}</channel></rss>"
    ).encode()


Answer = tuple[int, dict[str, str], bytes | Iterator[bytes]]


class Hostile:
    """Answers by path: `pages[path]` is (status, headers, body), or a function of the request's headers."""

    def __init__(self, *, certificate: Path | None = None) -> None:
        self.pages: dict[str, Answer | Callable[[dict[str, str]], Answer]] = {}
        self.asked: Counter[str] = Counter()
        self.headers: list[tuple[str, dict[str, str]]] = []
        self.busy = self.most_busy = 0
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.answer(self)

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # clients that hang up are what we test

        self.server = Server(("127.0.0.1", 0), Handler)
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        with self.lock:
            self.asked[request.path] += 1
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.headers.append((request.path, headers))
            self.busy += 1
            self.most_busy = max(self.most_busy, self.busy)
        try:
            page = self.pages.get(request.path, (404, {}, b"nothing here"))
            status, extra, body = page(headers) if callable(page) else page
            request.send_response(status)
            for name, value in extra.items():
                request.send_header(name, value)
            if isinstance(body, bytes):
                request.send_header("Content-Length", str(len(body)))
                request.end_headers()
                request.wfile.write(body)
            else:
                request.send_header("Connection", "close")
                request.end_headers()
                request.close_connection = True
                for chunk in body:
                    request.wfile.write(chunk)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            request.close_connection = True
        finally:
            with self.lock:
                self.busy -= 1

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@contextmanager
def hostile(**options) -> Iterator[Hostile]:
    """A running server, closed at the end."""
    server = Hostile(**options)
    try:
        yield server
    finally:
        server.close()


def drip() -> Iterator[bytes]:
    """Slow bytes for ever (a minute: tests are over long before)."""
    for _ in range(600):
        yield b" "
        time.sleep(0.1)


def endless() -> Iterator[bytes]:
    """A body that does not end (at 200 MB, for the machine's sake)."""
    for _ in range(3200):
        yield b"x" * 65536


def bomb(size: int = 100 << 20) -> bytes:
    """So many bytes of nothing, packed."""
    return gzip.compress(b"\0" * size, 9)


def unused_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        with suppress(OSError):
            probe.close()
        return port
