"""Backup and restore while the daemon runs: one file that holds the log, verified before it is called a backup."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect

from tracker import database
from tracker.errors import EventStoreError, StoreUnavailable
from tracker.eventstore.copying import copy_log
from tracker.eventstore.verification import Verified, verify

DUMP = ".dump"  # suffix that asks for PostgreSQL's own format
_ELSE = "a backup to a file that does not end in .dump needs none"


def backup(engine: Engine, path: Path) -> Verified:
    """Write the log to a new file, which is verified and only then gets its name.

    SQLite is copied by its online backup, tables of projections included. PostgreSQL is copied into a SQLite file
    (log, words, bodies; projections are rebuilt), or by `pg_dump` when `path` ends in .dump; a dump is not verified
    by itself, the log it was made from is. Raises EventStoreError when the file exists, StoreUnavailable when it
    cannot be written, ChainBroken when the log does not hold.
    """
    if path.exists():
        raise EventStoreError(f"{path} exists", remedy="name a new file; backups are never overwritten")
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        part.touch()  # what cannot be written is said of this file, not of the database
        if engine.dialect.name == "postgresql" and path.suffix == DUMP:
            found = verify(engine)
            _run(engine, "pg_dump", "--format=custom", "--no-owner", f"--file={part}")
        else:
            found = _copied(engine, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailable(
            f"{path}: {getattr(error, 'strerror', None) or error}", remedy="check space and rights of the folder"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return found


def restore(path: Path, engine: Engine) -> Verified:
    """Make the log of a backup the one in use; it is verified first, and upgraded when an older release wrote it.

    On SQLite the file in use is kept beside as `<name>.before-restore`; on PostgreSQL the database must be empty.
    Nobody else may use the workspace meanwhile. Raises EventStoreError when there is no backup, or something is in
    its way, ChainBroken when it does not hold, StoreTooNew when a newer release wrote it.
    """
    if not path.is_file():
        raise EventStoreError(f"{path} is not there", remedy="name the file that `tracker backup` wrote")
    if engine.dialect.name == "postgresql":
        return _into_postgres(path, engine)
    name = engine.url.database
    if not name:
        raise EventStoreError("a database in memory cannot be restored")
    target = Path(name)
    part = target.with_name(f".{target.name}.restoring")
    _remove(part)
    try:
        shutil.copyfile(path, part)
        found = _verified(path, part)
        engine.dispose()
        if target.exists():
            _settled(target)
            target.replace(target.with_name(f"{target.name}.before-restore"))
        part.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailable(
            f"{path} cannot be put in place: {error}", remedy="check space and rights of the folder"
        ) from error
    finally:
        _remove(part)
    return found


def _verified(path: Path, part: Path) -> Verified:
    """Upgrade and verify the copy of a backup; what is wrong is said of the backup."""
    try:
        with _opened(part) as copy:
            with database.reading(copy) as connection:
                if not inspect(connection).has_table("events"):
                    raise EventStoreError(f"{path} holds no log", remedy="name the file that `tracker backup` wrote")
            database.migrate(copy)
            found = verify(copy)
        _settled(part)
    except StoreUnavailable as fault:
        what = fault.message.partition(f"{part}: ")[2] or fault.message
        raise StoreUnavailable(f"{path}: {what}", remedy="use another backup; nothing was changed") from fault
    return found


def _copied(engine: Engine, part: Path) -> Verified:
    if engine.dialect.name == "postgresql":
        with _opened(part) as copy:
            found = copy_log(engine, copy)
    else:
        with database.reading(engine) as connection:
            source: Any = connection.connection.driver_connection
            target = sqlite3.connect(part)
            try:
                source.backup(target)  # one step: a snapshot, and writers go on meanwhile
            except sqlite3.OperationalError as error:  # the database is only read: full or read-only is the new file
                raise OSError(str(error)) from error
            finally:
                target.close()
        with _opened(part) as copy:
            found = verify(copy)
    _settled(part)
    return found


def _into_postgres(path: Path, engine: Engine) -> Verified:
    with database.reading(engine) as connection:
        tables = inspect(connection).get_table_names()
        held = "events" in tables and connection.exec_driver_sql("SELECT 1 FROM events LIMIT 1").scalar()
    if held or (tables and path.suffix == DUMP):
        raise EventStoreError("the database is not empty", remedy="restore into a new, empty database")
    if path.suffix == DUMP:
        _run(engine, "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={engine.url.database}", str(path))
        database.migrate(engine)
        return verify(engine)
    with tempfile.TemporaryDirectory(prefix="parley-restore-") as folder:
        part = Path(folder) / "backup.db"
        shutil.copyfile(path, part)  # a backup is never written to, also when an older release made it
        with _opened(part) as source:
            database.migrate(source)
            return copy_log(source, engine)


@contextmanager
def _opened(path: Path) -> Iterator[Engine]:
    engine = database.connect(f"sqlite:///{path}")
    try:
        yield engine
    finally:
        engine.dispose()


def _settled(path: Path) -> None:
    """Everything of a SQLite database in its one file."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
    finally:
        connection.close()


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _run(engine: Engine, program: str, *arguments: str) -> None:
    """A program of PostgreSQL's, told by environment how to connect, so that no password shows in the process list."""
    found = shutil.which(program)
    if found is None:
        raise StoreUnavailable(f"{program} is not installed", remedy=f"install PostgreSQL's client tools; {_ELSE}")
    try:
        subprocess.run([found, *arguments], env=_environment(engine), check=True, capture_output=True, text=True)  # noqa: S603 -- our own arguments
    except subprocess.CalledProcessError as error:
        raise StoreUnavailable(
            f"{program} failed: {error.stderr.strip().splitlines()[-1] if error.stderr.strip() else error}",
            remedy=f"its version must be at least the server's; {_ELSE}",
        ) from error


def _environment(engine: Engine) -> Mapping[str, str]:
    url = engine.url
    host = url.host or url.query.get("host", "")
    known: Sequence[tuple[str, Any]] = (
        ("PGHOST", host if isinstance(host, str) else host[0]),
        ("PGPORT", url.port or url.query.get("port", "")),
        ("PGUSER", url.username),
        ("PGPASSWORD", url.password),
        ("PGDATABASE", url.database),
    )
    return {**os.environ, **{name: str(value) for name, value in known if value}}
