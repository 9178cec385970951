"""The projected tables: one set per generation, and the checkpoint row that says which set is the one to read."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    delete,
    insert,
    inspect,
    select,
    text,
    update,
)

SCHEMA = "4"  # raise it when tables, rules of this room or weights of readiness change: the tables are then rebuilt
OPEN = 2**63 - 1  # `to_position` of a row that is still in force
POINTER = "projections"
_BUILD = "projections-g"  # + generation: checkpoint row of a set of tables, finished or being built
_LOCK = 0x7061_726C_6579_0002

# The table of the store room (migrations); only rows of our names are touched.
CHECKPOINTS = Table(
    "checkpoints",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("version", Text),
    Column("position", BigInteger),
    Column("updated_at", BigInteger),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Which generation is read, by which rules it was made, and the last position it holds."""

    generation: int
    schema: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """One generation. Rows with `from_position` and `to_position` answer for every past position."""

    articles: Table
    bands: Table
    queue: Table
    codings: Table
    links: Table
    signals: Table
    reviews: Table
    story_signals: Table
    conflict_stories: Table
    counts: Table
    coverage: Table
    presence: Table
    feeds: Table
    terms: Table
    gone: Table
    moved: Table
    feed_days: Table
    failures: Table
    archives: Table
    notes: Table

    def every(self) -> tuple[Table, ...]:
        """All tables, in the order of the fields."""
        return tuple(getattr(self, field.name) for field in fields(self))


@lru_cache(maxsize=8)
def tables(generation: int) -> Tables:
    """The tables of a generation, as they are declared; nothing is created."""
    make = _Maker(generation)
    return Tables(
        articles=make(
            "articles",
            "from_position:key to_position article:text revision story:text url:text title:text feed:text outlet:text "
            "owner:text country:text bloc:text language:text published:null date_source:text fingerprint:text "
            "signature:bytes words body:text text_source:text author:text recorded undated:flag joined:flag",
            unique=("article revision",),
            index=("story", "feed from_position", "recorded feed"),
        ),
        bands=make("bands", "key:key founder:key", clustered=True),
        queue=make("queue", "codebook:textkey position:key article:text revision", clustered=True),
        codings=make(
            "codings",
            "from_position:key to_position article:text codebook:text revision analyser:text sentences skipped:text",
            index=("article codebook", "to_position"),
        ),
        links=make(
            "links",
            "from_position:key conflict:textkey to_position codebook:text article:text",
            index=("codebook conflict article", "article"),
        ),
        signals=make(
            "signals",
            "from_position:key place:key to_position codebook:text article:text revision conflict:text signal:text "
            "locus:text signal_key:text data:text",
            index=("article",),
        ),
        reviews=make(
            "reviews",
            "from_position:key to_position article:text signal_key:text verdict:text reason:text by:text",
            index=("article",),
        ),
        story_signals=make(
            "story_signals",
            "story:textkey codebook:textkey conflict:textkey party:textkey signal:textkey channel:textkey day "
            "bloc:text plus:real minus:real owners:text outlets:text self_plus:real self_minus:real leader:flag "
            "records:text plus_square:real minus_square:real",
            index=("codebook conflict day",),
            clustered=True,
        ),
        conflict_stories=make(
            "conflict_stories",
            "story:textkey codebook:textkey conflict:textkey day bloc:text",
            index=("codebook conflict day",),
            clustered=True,
        ),
        counts=make(  # this and the next two: see blocks.py
            "counts",
            "codebook:textkey conflict:textkey signal:textkey month:key lines:text days:bytes",
            clustered=True,
        ),
        coverage=make("coverage", "codebook:textkey conflict:textkey month:key lines:text days:bytes", clustered=True),
        presence=make(
            "presence",
            "codebook:textkey conflict:textkey indicator:textkey month:key lines:text days:bytes outlets:text "
            "outlets_on:bytes owners:text owners_on:bytes",
            clustered=True,
        ),
        feeds=make("feeds", "feed:textkey from_position:key to_position data:text"),
        terms=make(
            "terms",
            "feed:textkey conflict:textkey from_position:key to_position since until:null",
            index=("conflict",),
        ),
        gone=make("gone", "feed:textkey from_position:key to_position day url:text"),
        moved=make("moved", "from_position:key feed:text old:text new:text"),
        feed_days=make("feed_days", "feed:textkey day:key position", clustered=True),
        failures=make(
            "failures",
            "feed:textkey from_position:key to_position since until:null reason:text remedy:text",
        ),
        archives=make("archives", "from_position:key archive:text outlets:text since:null until:null articles"),
        notes=make("notes", "position:key kind:text conflict:text subject:text data:text", index=("kind conflict",)),
    )


_TEXT = Text().with_variant(Text(collation="C"), "postgresql")  # the same order in both databases, and in Python

_KINDS: dict[str, Callable[[str], Column[Any]]] = {
    "": lambda n: Column(n, BigInteger, nullable=False),
    "null": lambda n: Column(n, BigInteger),
    "key": lambda n: Column(n, BigInteger, primary_key=True, autoincrement=False),
    "text": lambda n: Column(n, _TEXT, nullable=False),
    "textkey": lambda n: Column(n, _TEXT, primary_key=True),
    "real": lambda n: Column(n, Double, nullable=False),
    "bytes": lambda n: Column(n, LargeBinary, nullable=False),
    "flag": lambda n: Column(n, SmallInteger, nullable=False),
}


class _Maker:
    """Declares tables of one generation from a line of `name:kind`."""

    def __init__(self, generation: int) -> None:
        self.generation, self.metadata = generation, MetaData()

    def __call__(
        self,
        name: str,
        columns: str,
        *,
        index: tuple[str, ...] = (),
        unique: tuple[str, ...] = (),
        clustered: bool = False,
    ) -> Table:
        full = f"{name}_g{self.generation}"
        table = Table(
            full,
            self.metadata,
            *(_KINDS[kind](column) for column, _, kind in (c.partition(":") for c in columns.split())),
            sqlite_with_rowid=not clustered,
        )
        for number, named in enumerate((*unique, *index)):
            Index(f"{full}_{number}", *(table.c[c] for c in named.split()), unique=named in unique)
        return table


def pointer(connection: Connection) -> Pointer | None:
    """The generation in force; None before the first catch-up. Works on a database that was never migrated."""
    c = CHECKPOINTS.c
    if not inspect(connection).has_table(CHECKPOINTS.name):
        return None
    row = connection.execute(select(c.version, c.position).where(c.name == POINTER)).first()
    if row is None:
        return None
    schema, _, generation = row.version.partition(" g")
    return Pointer(generation=int(generation), schema=schema, position=row.position)


def exclusive(connection: Connection) -> None:
    """One maker of tables at a time; SQLite's write transaction is exclusive already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def create(connection: Connection) -> int:
    """Make a fresh set of tables, which nobody reads yet; returns its generation."""
    exclusive(connection)
    c = CHECKPOINTS.c
    names = connection.execute(select(c.name).where(c.name.startswith(_BUILD, autoescape=True))).scalars()
    generation = 1 + max((int(name.removeprefix(_BUILD)) for name in names), default=0)
    row = {"name": f"{_BUILD}{generation}", "version": SCHEMA, "position": 0, "updated_at": 0}
    connection.execute(insert(CHECKPOINTS), row)
    for table in tables(generation).every():
        table.metadata.create_all(connection, [table], checkfirst=False)
    return generation


def point(connection: Connection, generation: int, position: int, moment: int, *, instead_of: Pointer | None) -> bool:
    """Make a generation the one to read; False when another process has moved the pointer, or further on."""
    c = CHECKPOINTS.c
    values = {"version": f"{SCHEMA} g{generation}", "position": position, "updated_at": moment}
    if instead_of is None:
        exclusive(connection)
        if pointer(connection) is not None:
            return False
        connection.execute(insert(CHECKPOINTS), {"name": POINTER, **values})
        return True
    same = c.version == f"{instead_of.schema} g{instead_of.generation}"
    behind = c.position <= position if instead_of.schema == SCHEMA else c.position >= 0
    moved = connection.execute(update(CHECKPOINTS).where(c.name == POINTER, same, behind).values(**values))
    return moved.rowcount == 1


def advance(connection: Connection, at: Pointer, position: int, moment: int) -> bool:
    """Move the checkpoint in the transaction of the rows; False when another projector was first."""
    c = CHECKPOINTS.c
    moved = connection.execute(
        update(CHECKPOINTS)
        .where(c.name == POINTER, c.version == f"{at.schema} g{at.generation}", c.position == at.position)
        .values(position=position, updated_at=moment)
    )
    return moved.rowcount == 1


def leftovers(connection: Connection, *, below: int) -> dict[int, tuple[str, ...]]:
    """Generations older than `below` with the names of the tables that are left of them."""
    c = CHECKPOINTS.c
    names = connection.execute(select(c.name).where(c.name.startswith(_BUILD, autoescape=True))).scalars()
    doomed = {g for g in (int(name.removeprefix(_BUILD)) for name in names) if g < below}
    existing = set(inspect(connection).get_table_names()) if doomed else set()
    found: dict[int, tuple[str, ...]] = {}
    for generation in sorted(doomed):
        ours = {table.name.rpartition("_g")[0] for table in tables(generation).every()}
        marked = (name.rpartition("_g") for name in sorted(existing))
        found[generation] = tuple(f"{head}_g{g}" for head, _, g in marked if g == str(generation) and head in ours)
    return found


def drop(connection: Connection, table: str) -> None:
    """Remove one table of an old generation; on PostgreSQL give up soon when a reader is still at it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = '2s'"))
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{table}"')


def forget(connection: Connection, generation: int) -> None:
    """Strike a generation whose tables are gone off the list."""
    c = CHECKPOINTS.c
    connection.execute(delete(CHECKPOINTS).where(c.name == f"{_BUILD}{generation}"))
