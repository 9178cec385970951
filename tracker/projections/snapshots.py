"""A question to the tables is asked of one snapshot of the generation in force."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from tracker.database import reading
from tracker.errors import StoreUnavailable, WorkspaceError
from tracker.projections import schema
from tracker.projections.queue import codebook_in_force
from tracker.projections.schema import SCHEMA, Tables
from tracker.projections.signals import NOW

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One snapshot of one generation of the tables."""

    connection: Connection
    t: Tables
    position: int

    def in_force(self) -> str | None:
        """The codebook whose queue is kept."""
        return codebook_in_force(self.connection, self.t)

    def at(self, as_of: int | None) -> int:
        """The position asked for; after every other when it is the present."""
        return NOW if as_of is None or as_of >= self.position else as_of


def snapshot(
    empty: Callable[[], Any],
) -> Callable[[Callable[Concatenate[View, P], T]], Callable[Concatenate[Engine, P], T]]:
    """Give a question one snapshot of the tables in force; `empty` answers before the first catch-up.

    On PostgreSQL a rebuild may clear away the generation that was just looked up: then it is asked again.
    Raises WorkspaceError when another release made the tables, StoreUnavailable when the database cannot be read.
    """

    def decorate(question: Callable[Concatenate[View, P], T]) -> Callable[Concatenate[Engine, P], T]:
        @wraps(question)
        def asked(engine: Engine, /, *args: P.args, **kwargs: P.kwargs) -> T:
            seen = -1
            while True:
                generation = -1
                try:
                    with reading(engine) as connection:
                        pointer = schema.pointer(connection)
                        if pointer is None:
                            nothing: T = empty()
                            return nothing
                        if pointer.schema != SCHEMA:
                            raise WorkspaceError(
                                "the tables were made by another release", remedy="run `tracker rebuild`"
                            )
                        generation = pointer.generation
                        view = View(connection=connection, t=schema.tables(generation), position=pointer.position)
                        return question(view, *args, **kwargs)
                except (DBAPIError, StoreUnavailable):
                    if generation in {seen, -1}:
                        raise
                    seen = generation

        return asked

    return decorate
