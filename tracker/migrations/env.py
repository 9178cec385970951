# noqa: INP001 -- Alembic loads this file by its path; it is no module of ours
"""Alembic's door: migrates over the connection, and inside the transaction, that `database.migrate` hands in."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=False)
context.run_migrations()
