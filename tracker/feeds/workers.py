"""The pool of parsing processes: give a job, get an answer or the reason why the process had to be ended."""

import atexit
import contextlib
import os
import select
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from time import monotonic
from typing import IO, Any

import orjson

from tracker.feeds.settings import FetchSettings

_LENGTHS = struct.Struct(">II")
_JOBS = 2000  # after which a process is replaced, lest parsers' leaks add up
_START_SECONDS = 60.0  # a cold machine imports slowly


class _Worker:
    """One process with its pipes; used by one thread at a time."""

    def __init__(self, settings: FetchSettings) -> None:
        self.settings = settings
        self.jobs = 0
        self.process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
            [
                sys.executable,
                "-m",
                "tracker.feeds.worker",
                str(settings.parse_bytes),
                str(int(settings.parse_seconds)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            stderr=subprocess.DEVNULL,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")},
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
            start_new_session=True,  # Ctrl-C is for us
        )
        os.set_blocking(self._pipes()[0].fileno(), False)  # a process that does not read must not hold us up

    def ask(self, header: bytes, body: bytes) -> bytes | None:
        """The answer, or None when it did not come in time or the process died; then the worker is of no more use."""
        if self.jobs == 0 and self._ask(b'{"kind": "ready"}', b"", _START_SECONDS) is None:
            return None
        self.jobs += 1
        return self._ask(header, body, self.settings.parse_seconds)

    def _ask(self, header: bytes, body: bytes, limit: float) -> bytes | None:
        message = memoryview(_LENGTHS.pack(len(header), len(body)) + header + body)
        inward, outward = (pipe.fileno() for pipe in self._pipes())
        ready = select.poll()
        ready.register(inward, select.POLLOUT)
        ready.register(outward, select.POLLIN)
        parts: list[bytes] = []
        missing = _LENGTHS.size  # then as much as these say
        deadline, answered = monotonic() + limit, False
        try:
            while missing:
                events = ready.poll(max(0.0, deadline - monotonic()) * 1000)
                if not events:
                    return None
                for pipe, _ in events:
                    if pipe == inward:
                        message = message[os.write(inward, message) :]
                        if not message:
                            ready.unregister(inward)
                        continue
                    part = os.read(outward, missing)
                    if not part:  # it died, or is about to: learn how
                        self.process.wait(1.0)
                        return None
                    parts.append(part)
                    missing -= len(part)
                    if not missing and not answered:
                        answered, (missing, _) = True, _LENGTHS.unpack(b"".join(parts))
                        parts.clear()
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return None
        return b"".join(parts)

    def end(self) -> None:
        """End the process now."""
        self.process.kill()
        for pipe in self._pipes():
            with contextlib.suppress(OSError):
                pipe.close()
        self.process.wait()

    def alive(self) -> bool:
        """Whether it can take another job."""
        return self.process.poll() is None and self.jobs < _JOBS

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        return self.process.stdin, self.process.stdout


class _Pool:
    """Idle processes, kept between collections because starting one costs most of a second."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.idle: list[_Worker] = []

    def take(self, settings: FetchSettings) -> _Worker:
        with self.lock:
            while self.idle:
                worker = self.idle.pop()
                if worker.alive() and worker.settings == settings:
                    return worker
                worker.end()
        return _Worker(settings)

    def give(self, worker: _Worker) -> None:
        with self.lock:
            self.idle.append(worker)

    def close(self) -> None:
        with self.lock:
            while self.idle:
                self.idle.pop().end()


_POOL = _Pool()
atexit.register(_POOL.close)


def close() -> None:
    """End all idle parsing processes."""
    _POOL.close()


def run(job: Mapping[str, Any], body: bytes, settings: FetchSettings) -> dict[str, Any]:
    """Do one job in a parsing process. The answer has `reason` and `remedy` when it could not be done.

    Plain and blocking; may be called from any thread.
    """
    worker = _POOL.take(settings)
    reply = worker.ask(orjson.dumps(job), body)
    if reply is None:
        code = worker.process.poll()
        worker.end()
        slow = code in {None, -9, -24}
        return {
            "reason": f"reading it took more than {settings.parse_seconds:g} s and was ended"
            if slow
            else "the process that read it died",
            "remedy": "tell the publisher, or remove the feed; other feeds are not affected",
        }
    _POOL.give(worker)
    answer: dict[str, Any] = orjson.loads(reply)
    return answer
