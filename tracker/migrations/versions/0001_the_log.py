# noqa: INP001 -- Alembic loads this file by its path; it is no module of ours
"""The log: events nobody may change, their forgettable words, bodies, and the checkpoints of projections."""

from alembic import op

revision = "0001"
down_revision = None

SQLITE = (
    """CREATE TABLE events (
        position INTEGER NOT NULL PRIMARY KEY,
        stream TEXT NOT NULL,
        version INTEGER NOT NULL,
        type TEXT NOT NULL,
        schema_version INTEGER NOT NULL,
        payload TEXT NOT NULL,
        recorded_at INTEGER NOT NULL,
        words BLOB,
        hash BLOB NOT NULL,
        CONSTRAINT events_stream_version UNIQUE (stream, version)
    ) STRICT""",
    "CREATE INDEX events_recorded_at ON events (recorded_at)",
    """CREATE TABLE words (
        position INTEGER NOT NULL PRIMARY KEY,
        texts TEXT NOT NULL,
        seals BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE texts (
        sha256 TEXT NOT NULL PRIMARY KEY,
        body BLOB NOT NULL,
        stored_at INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE checkpoints (
        name TEXT NOT NULL PRIMARY KEY,
        version TEXT NOT NULL,
        position INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
    ) STRICT""",
    """CREATE TRIGGER events_never_change BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are never changed'); END""",
    """CREATE TRIGGER events_never_go BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END""",
    """CREATE TRIGGER events_follow_on BEFORE INSERT ON events
        WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM events)
        BEGIN SELECT RAISE(ABORT, 'events follow one another without holes'); END""",
)

POSTGRES = (
    """CREATE TABLE events (
        position BIGINT NOT NULL PRIMARY KEY,
        stream TEXT NOT NULL,
        version BIGINT NOT NULL,
        type TEXT NOT NULL,
        schema_version INTEGER NOT NULL,
        payload TEXT NOT NULL,
        recorded_at BIGINT NOT NULL,
        words BYTEA,
        hash BYTEA NOT NULL,
        CONSTRAINT events_stream_version UNIQUE (stream, version)
    )""",
    "CREATE INDEX events_recorded_at ON events (recorded_at)",
    """CREATE TABLE words (
        position BIGINT NOT NULL PRIMARY KEY,
        texts TEXT NOT NULL,
        seals BYTEA NOT NULL
    )""",
    """CREATE TABLE texts (
        sha256 TEXT NOT NULL PRIMARY KEY,
        body BYTEA NOT NULL,
        stored_at BIGINT NOT NULL
    )""",
    """CREATE TABLE checkpoints (
        name TEXT NOT NULL PRIMARY KEY,
        version TEXT NOT NULL,
        position BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )""",
    """CREATE FUNCTION events_never_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'events are never changed or deleted'; END $$""",
    """CREATE TRIGGER events_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events
        FOR EACH STATEMENT EXECUTE FUNCTION events_never_change()""",
)


def upgrade() -> None:
    """Plain SQL: batch operations were measured to lose triggers and STRICT."""
    for statement in POSTGRES if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)
