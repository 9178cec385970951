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
        add_tuples(connection, table, names, map(itemgetter(*names), rows), len(rows))


def add_tuples(
    connection: Connection, table: Table, names: tuple[str, ...], rows: Iterable[tuple[Any, ...]], number: int
) -> None:
    """Insert so many rows given in the order of `names`; many at once by COPY where there is one."""
    if not number:
        return
    cursor: Any = connection.connection.cursor()
    try:
        if connection.dialect.name != "postgresql":
            cursor.executemany(_insertion(table.name, names, "?"), rows)
        elif number < COPY_FROM:
            cursor.executemany(_insertion(table.name, names, "%s"), rows)
        else:
            copy_in(connection, f"COPY {table.name} ({_listed(names)}) FROM STDIN", rows)
    finally:
        cursor.close()


def close(connection: Connection, table: Table, closed: Iterable[tuple[int, int]]) -> None:
    """End rows: pairs of the position they are in force from, and the one they end at."""
    pairs = [(ending, opened) for opened, ending in closed]
    if pairs:
        mark = "%s" if connection.dialect.name == "postgresql" else "?"
        sql = f"UPDATE {table.name} SET to_position = {mark} WHERE from_position = {mark}"  # noqa: S608 -- our names
        connection.exec_driver_sql(sql, pairs)


def founders_by_key(connection: Connection, bands: Table, keys: Iterable[int]) -> Sequence[tuple[int, int]]:
    """(key, position of the founder) for those of the keys that are there, in order."""
    return _of_numbers(connection, f"n.number, b.founder FROM {{}} JOIN {bands.name} b ON b.key = n.number", keys)


def founders_at(connection: Connection, articles: Table, positions: Iterable[int]) -> Sequence[tuple[Any, ...]]:
    """Position, article, outlet, title, signature and moment of publication of founders at these positions."""
    columns = "n.number, a.article, a.outlet, a.title, a.signature, a.published"
    joined = f"{{}} JOIN {articles.name} a ON a.from_position = n.number"
    return _of_numbers(connection, f"{columns} FROM {joined}", positions)


def _of_numbers(connection: Connection, query: str, numbers: Iterable[int]) -> Sequence[tuple[Any, ...]]:
    """Rows for each of the numbers, by its index entry, in order of the numbers."""
    wanted: Any = sorted(numbers)
    if not wanted:
        return []
    if connection.dialect.name == "postgresql":
        source, given = "unnest(%s::bigint[]) AS n(number)", wanted
    else:  # CROSS keeps SQLite from turning the loops inside out
        source, given = "(SELECT value AS number FROM json_each(?)) n CROSS", orjson.dumps(wanted).decode()
    cursor = connection.exec_driver_sql(f"SELECT {query.format(source)} ORDER BY 1, 2", (given,)).cursor
    return [] if cursor is None else list(cursor.fetchall())


@lru_cache(maxsize=256)
def _insertion(table: str, names: tuple[str, ...], mark: str) -> str:
    marks = ", ".join([mark] * len(names))
    return f"INSERT INTO {table} ({_listed(names)}) VALUES ({marks})"  # noqa: S608 -- our names


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
