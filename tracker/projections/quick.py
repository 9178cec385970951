"""The few statements that run for every article, given to the driver as they are: compiling them costs more."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection, Table

from tracker.eventstore.tables import COPY_FROM, copy_in


def add(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same keys, the table's columns among them."""
    if rows:
        names = tuple(rows[0])
        add_tuples(connection, table, names, list(map(itemgetter(*names), rows)))


def add_tuples(connection: Connection, table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows given in the order of `names`; many at once by COPY where there is one."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        if len(rows) >= COPY_FROM:
            copy_in(connection, f"COPY {table.name} ({_listed(names)}) FROM STDIN", rows)
            return
        connection.exec_driver_sql(_insertion(table.name, names, "%s"), list(rows))
    else:
        connection.exec_driver_sql(_insertion(table.name, names, "?"), list(rows))


def close(connection: Connection, table: Table, closed: Iterable[tuple[int, int]]) -> None:
    """End rows: pairs of the position they are in force from, and the one they end at."""
    pairs = [(ending, opened) for opened, ending in closed]
    if pairs:
        mark = "%s" if connection.dialect.name == "postgresql" else "?"
        sql = f"UPDATE {table.name} SET to_position = {mark} WHERE from_position = {mark}"  # noqa: S608 -- our names
        connection.exec_driver_sql(sql, pairs)


def founders_by_key(
    connection: Connection, bands: Table, bucket: int, keys: Iterable[int]
) -> Sequence[tuple[int, int]]:
    """(key, position of the founder) in one 72-hour bucket, for those of the keys that are there."""
    wanted: Any = sorted(keys)
    if connection.dialect.name == "postgresql":
        condition = "band = ANY(%s::bigint[])"
        sql = f"SELECT band, founder FROM {bands.name} WHERE bucket = %s AND {condition}"  # noqa: S608 -- our names
    else:
        condition = "band IN (SELECT value FROM json_each(?))"
        sql = f"SELECT band, founder FROM {bands.name} WHERE bucket = ? AND {condition}"  # noqa: S608 -- our names
        wanted = orjson.dumps(wanted).decode()
    cursor = connection.exec_driver_sql(sql, (bucket, wanted)).cursor
    return [] if cursor is None else list(cursor.fetchall())


@lru_cache(maxsize=256)
def _insertion(table: str, names: tuple[str, ...], mark: str) -> str:
    marks = ", ".join([mark] * len(names))
    return f"INSERT INTO {table} ({_listed(names)}) VALUES ({marks})"  # noqa: S608 -- our names


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
