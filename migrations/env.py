"""Run migrations with the application's engine; all steps of one call in one transaction."""

from alembic import context
from flask import current_app

from vouchers.db.base import WRITE

target_db = current_app.extensions["migrate"].db


def run_migrations() -> None:
    """Upgrade or downgrade under the write lock of the database."""
    given = context.config.attributes.get("connection")
    engine = target_db.engine if given is None else given.engine
    with engine.connect().execution_options(**{WRITE: True}) as connection:
        context.configure(
            connection=connection,
            target_metadata=target_db.metadata,
            render_as_batch=True,
            transaction_per_migration=False,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("migrations need the database: flask db upgrade")
run_migrations()
