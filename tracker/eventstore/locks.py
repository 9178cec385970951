"""One program at a time on a workspace: a lock the operating system frees when its holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from tracker.database import telling
from tracker.errors import WorkspaceBusy, WorkspaceError

WORK_LOCK = 0x7061_726C_6579_0003  # PostgreSQL advisory lock of the program that works on the database


@contextmanager
def single_instance(engine: Engine, home: Path) -> Iterator[None]:
    """Hold the workspace; on PostgreSQL also the database, so that two machines do not work on one log.

    Raises WorkspaceBusy at once when another holds it, WorkspaceError when the lock file cannot be made.
    """
    path = home / ".lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise WorkspaceError(f"{path}: {error.strerror}", remedy="check that the folder exists and is yours") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(handle, 32).decode("ascii", "replace").strip()
            raise WorkspaceBusy(
                f"{home} is in use by process {holder or 'unknown'}", remedy="wait for it, or stop it"
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        if engine.dialect.name != "postgresql":
            yield
            return
        with _database_held(engine):
            yield
    finally:
        os.close(handle)


@contextmanager
def _database_held(engine: Engine) -> Iterator[None]:
    with telling(engine):
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with telling(engine):
            got = connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (WORK_LOCK,)).scalar_one()
        if not got:
            raise WorkspaceBusy(
                f"{engine.url.render_as_string(hide_password=True)} is in use by another program",
                remedy="wait for it, or stop it",
            )
        yield
    finally:
        connection.invalidate()  # ends the session, and with it the lock
        connection.close()
