"""Which revisions wait to be read: kept as a queue for the codebook in force, asked of all articles for others."""

from typing import Any

from sqlalchemy import Connection, Select, delete, exists, insert, literal, select

from tracker.projections.schema import OPEN, Tables


def codebook_in_force(connection: Connection, tables: Tables) -> str | None:
    """The codebook whose queue of unread articles is kept: the last one adopted."""
    notes = tables.notes.c
    query = select(notes.subject).where(notes.kind == "codebook-adopted").order_by(notes.position.desc()).limit(1)
    return connection.execute(query).scalar()


def refill_queue(connection: Connection, tables: Tables, codebook: str) -> None:
    """A codebook came into force: everything it has not read waits, in order of arrival."""
    queue = tables.queue
    connection.execute(delete(queue))
    connection.execute(
        insert(queue).from_select(["codebook", "article", "revision", "position"], uncoded(tables, codebook))
    )


def uncoded(tables: Tables, codebook: str) -> Select[Any]:
    """Current revisions without a coding by a codebook, as a query over all articles."""
    articles, codings = tables.articles.c, tables.codings.c
    coded = exists().where(
        codings.article == articles.article, codings.codebook == codebook, codings.revision >= articles.revision
    )
    return select(
        literal(codebook).label("codebook"),
        articles.article,
        articles.revision,
        articles.from_position.label("position"),
    ).where(articles.to_position == OPEN, ~coded)
