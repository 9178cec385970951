"""URLs → bytes: conditional, guarded, bounded requests over aiohttp, behind a plain generator."""

import asyncio
import queue
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urljoin, urlsplit
from zlib import crc32

import aiohttp
from yarl import URL

from tracker.errors import AddressRefused
from tracker.feeds import guard
from tracker.feeds.settings import FetchSettings
from tracker.model.articles import Validators

FEED_TYPES = "application/atom+xml, application/rss+xml, application/feed+json;q=0.9, application/xml;q=0.8, */*;q=0.5"
PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
PERMANENT = frozenset({301, 308})
TEMPORARY = frozenset({302, 303, 307})
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One address to ask; `key` comes back with the answer."""

    key: str
    url: str
    validators: Validators = field(default_factory=Validators)
    allow_private: bool = False
    accept: str = FEED_TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: a status with body and headers (names in lower case), or a reason why nothing did."""

    key: str
    url: str
    final_url: str = ""
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    permanent: str = ""  # where we are sent for good, when every redirect on the way was permanent
    reason: str = ""
    remedy: str = ""

    def header(self, name: str) -> str:
        """The first header of that (lower-case) name, or nothing."""
        return next((value for key, value in self.headers if key == name), "")


def host_of(url: str) -> str:
    """Host and port of an address, empty when it has none."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def fetch(requests: Iterable[Request], settings: FetchSettings) -> Iterator[Answer]:
    """Ask for all, yielding answers as they come; never raises for what a server does.

    No more than twice `settings.concurrency` answers are held. Closing the generator ends all requests.
    """
    with Fetching(requests, settings) as run:
        while (answer := run.answers.get()) is not None:
            run.taken()
            if isinstance(answer, BaseException):
                raise answer
            yield answer


class Fetching:
    """Requests under way: an event loop in a thread of its own, as long as the context is open.

    `answers` yields each Answer, then None; or the fault of the program that stopped it, then None. Call `taken` once
    for every answer that is done with: twice `settings.concurrency` may be outstanding, and no more are asked for.
    """

    def __init__(self, requests: Iterable[Request], settings: FetchSettings) -> None:
        self.requests = enumerate(requests)
        self.settings = settings
        self.answers: queue.Queue[Any] = queue.Queue()  # others may put their own events in between
        self.thread = threading.Thread(target=self._main, name="parley-fetch", daemon=True)
        self.loop = asyncio.new_event_loop()
        self.room = asyncio.Semaphore(settings.concurrency * 2)
        self.task: asyncio.Task[None] | None = None
        self.stopping = False
        self.hosts: dict[str, asyncio.Semaphore] = {}

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping = True
        with suppress(RuntimeError):  # the loop may have ended
            self.loop.call_soon_threadsafe(lambda: self.task and self.task.cancel())
        self.thread.join()

    def _main(self) -> None:
        try:
            self.loop.run_until_complete(self._all())
        except asyncio.CancelledError:
            pass
        except BaseException as fault:  # noqa: BLE001 -- handed to the caller's thread
            self.answers.put(fault)
        finally:
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()
            self.answers.put(None)

    def taken(self) -> None:
        """Called by the consumer for every answer it took."""
        with suppress(RuntimeError):  # the loop may have ended
            self.loop.call_soon_threadsafe(self.room.release)

    async def _all(self) -> None:
        self.task = asyncio.current_task()
        if self.stopping:
            return
        async with _Sessions(self.settings) as sessions, asyncio.TaskGroup() as group:
            for _ in range(self.settings.concurrency):
                group.create_task(self._worker(sessions))

    async def _worker(self, sessions: "_Sessions") -> None:
        for index, request in self.requests:
            await self.room.acquire()
            if index < self.settings.concurrency and self.settings.start_jitter_seconds:
                await asyncio.sleep(self.settings.start_jitter_seconds * (crc32(request.key.encode()) % 1000) / 1000)
            limit = self.hosts.setdefault(host_of(request.url), asyncio.Semaphore(self.settings.per_host))
            async with limit:
                answer = await _ask(sessions, request, self.settings)
            self.answers.put(answer)


class _Sessions:
    """Two clients, one of which may reach private networks; neither uses proxies, cookies or `.netrc`."""

    def __init__(self, settings: FetchSettings) -> None:
        self.settings = settings

    async def __aenter__(self) -> Self:
        self.open, self.guarded = (self._client(allow_private=allowed) for allowed in (True, False))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.open.close()
        await self.guarded.close()

    def of(self, *, allow_private: bool) -> aiohttp.ClientSession:
        """The client for a feed."""
        return self.open if allow_private else self.guarded

    def _client(self, *, allow_private: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self.settings.concurrency,
            socket_factory=_guarded_socket(allow_private=allow_private),
            ttl_dns_cache=60,
            keepalive_timeout=2,
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(
                total=self.settings.total_seconds, sock_connect=self.settings.connect_seconds
            ),
            headers={"User-Agent": self.settings.user_agent, "Accept-Encoding": "gzip, deflate"},
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            read_bufsize=_CHUNK,
        )


_AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]


def _guarded_socket(*, allow_private: bool) -> Callable[[_AddressInfo], socket.socket]:
    """A maker of sockets that refuses by the very address about to be connected to.

    It is called after resolution for every connection, so neither a second look-up nor a redirect gets past it.
    """

    def make(info: _AddressInfo) -> socket.socket:
        family, kind, protocol, _name, address = info
        why = guard.refusal(str(address[0]), allow_private=allow_private)
        if why:
            raise _Refused(f"{address[0]} is {why} and is not asked")
        return socket.socket(family, kind, protocol)

    return make


class _Refused(OSError):
    """A resolved address is refused; an OSError, so that the connector reports it like any that cannot be reached."""


async def _ask(sessions: _Sessions, request: Request, settings: FetchSettings) -> Answer:
    blank = Answer(key=request.key, url=request.url, final_url=request.url)
    try:
        async with asyncio.timeout(settings.total_seconds):
            return await _follow(sessions, request, settings, blank)
    except AddressRefused as refused:
        return replace(blank, reason=refused.message, remedy=refused.remedy)
    except TimeoutError:
        return replace(
            blank,
            reason=f"no complete answer within {settings.total_seconds:g} s",
            remedy="nothing to do: it is tried again later; if it stays so, look for another address of the feed",
        )
    except (aiohttp.ClientError, OSError, ValueError, zlib.error, UnicodeError) as fault:
        reason, remedy = _explained(fault)
        return replace(blank, reason=reason, remedy=remedy)


async def _follow(sessions: _Sessions, request: Request, settings: FetchSettings, blank: Answer) -> Answer:
    allow_private = request.allow_private or settings.allow_private
    session = sessions.of(allow_private=allow_private)
    url, permanent, visited = request.url, True, {request.url}
    headers = {"Accept": request.accept}
    if request.validators.etag:
        headers["If-None-Match"] = request.validators.etag
    if request.validators.last_modified:
        headers["If-Modified-Since"] = request.validators.last_modified
    for _hop in range(settings.max_redirects + 1):
        guard.check(url, allow_private=allow_private)
        async with session.get(URL(url, encoded=_encoded(url)), headers=headers, allow_redirects=False) as response:
            target = response.headers.get("Location", "")
            if response.status not in PERMANENT | TEMPORARY or not target:
                body = b"" if response.status == 304 else await _body(response, settings.max_bytes)
                if body is None:
                    return replace(
                        blank,
                        final_url=url,
                        status=response.status,
                        reason=f"larger than {settings.max_bytes / (1 << 20):g} MiB after decompression",
                        remedy="ask the publisher for a shorter feed",
                    )
                return replace(
                    blank,
                    final_url=url,
                    status=response.status,
                    headers=tuple((name.lower(), value) for name, value in response.headers.items()),
                    body=body,
                    permanent=url if permanent and url != request.url else "",
                )
            permanent = permanent and response.status in PERMANENT
        url = urljoin(url, target.strip()).partition("#")[0]
        if url in visited:
            raise AddressRefused("redirects lead in a circle", remedy="the server must be mended; tried again later")
        visited.add(url)
    raise AddressRefused(
        f"more than {settings.max_redirects} redirects", remedy="give the address where they end, if they do"
    )


async def _body(response: aiohttp.ClientResponse, most: int) -> bytes | None:
    """The decompressed body, or None as soon as it is larger than `most`."""
    parts: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size > most:
            response.close()
            return None
        parts.append(chunk)
    return b"".join(parts)


def _encoded(url: str) -> bool:
    """Leave escapes as they are when the address has some, else let them be made."""
    return "%" in url and url.isascii()


def _explained(fault: Exception) -> tuple[str, str]:
    """What went wrong, in words, and what may be done."""
    if isinstance(fault, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        inner = getattr(fault, "certificate_error", fault)
        words = getattr(inner, "verify_message", "") or str(inner)
        return (
            f"the certificate of the server is not valid: {words}",
            "tell the publisher; certificates are not ignored",
        )
    for error in _causes(fault):
        if isinstance(error, _Refused) or "and is not asked" in str(error):
            return str(error).rpartition("] ")[2][:200], "if this is an intranet feed, set `allow_private: true` on it"
    if isinstance(fault, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return "the host name cannot be resolved", "check the spelling of the address and the network of this machine"
    if isinstance(fault, aiohttp.ClientConnectorError):
        return f"no connection: {fault.os_error.strerror or fault.os_error}", "check that the server is up"
    if isinstance(fault, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError | zlib.error):
        return f"the answer broke off: {fault}", "nothing to do: it is tried again later"
    if isinstance(fault, aiohttp.InvalidURL | UnicodeError):
        return f"no usable address: {fault}", "correct the URL"
    return f"{type(fault).__name__}: {fault}"[:300], "nothing to do: it is tried again later"


def _causes(fault: BaseException) -> Sequence[BaseException]:
    """The fault and what lies under it, groups opened."""
    found: list[BaseException] = []
    todo: list[BaseException | None] = [fault]
    while todo:
        error = todo.pop()
        if error is None or error in found:
            continue
        found.append(error)
        todo += [error.__cause__, error.__context__, getattr(error, "os_error", None)]
        if isinstance(error, BaseExceptionGroup):
            todo += error.exceptions
    return found
