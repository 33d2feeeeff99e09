"""Run migrations with the application's engine; all steps of one call in one transaction, after a copy on SQLite."""

import sqlite3

from alembic import context
from alembic.runtime.migration import MigrationContext
from flask import current_app
from sqlalchemy import Connection, event, text

from vouchers.audit import mark
from vouchers.db import grants
from vouchers.db.base import WRITE
from vouchers.db.keeping import copy_before_migration
from vouchers.db.soundness import unsound
from vouchers.kernel.faults import fault

target_db = current_app.extensions["migrate"].db
ONE_AT_A_TIME = 4_202_611  # an advisory lock of PostgreSQL: two programs of the same start migrate one after the other


def run_migrations() -> None:
    """Upgrade or downgrade under the write lock of the database."""
    given = context.config.attributes.get("connection")
    engine = target_db.engine if given is None else given.engine
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision not in {None, context.script.get_current_head()}:
        refuse_strangers(engine)
        keep_copy(engine, revision)
    with engine.connect().execution_options(**{WRITE: True}) as connection:
        event.listen(connection, "before_cursor_execute", lambda *_: fault("migration.statement"))
        context.configure(
            connection=connection,
            target_metadata=target_db.metadata,
            render_as_batch=True,
            transaction_per_migration=False,
            transactional_ddl=True,  # on SQLite too: our BEGIN IMMEDIATE holds it together, a kill leaves no half
            compare_type=True,
            on_version_apply=lambda **_: fault("migration.step"),
        )
        with context.begin_transaction():
            take_turn(connection)
            context.run_migrations()
            grants.renew(connection)
            fault("migration.before-commit")
        fault("migration.after-commit")


def refuse_strangers(engine):
    """Tables are changed by their owner: the role the product runs under may not."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql" and not (found := grants.standing(connection)).is_master:
            raise SystemExit(f"没有迁移：{found.role} 不是表的所有者。请把 DATABASE_URL 换成所有者的，再执行一次")


def keep_copy(engine, revision):
    """Refuse to touch what is damaged, and copy what is sound."""
    problem = unsound(engine) or mark.lost(engine)
    if problem:
        raise SystemExit(f"没有迁移：{problem}")
    try:
        kept = copy_before_migration(engine, revision)
    except (OSError, sqlite3.Error) as error:
        raise SystemExit(f"没有迁移：迁移前的备份未能写出（{error}），请先腾出磁盘空间") from None
    if kept is not None:
        fault("migration.backed-up")


def take_turn(connection: Connection) -> None:
    """Wait for another migration, and take what time the statements need."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})


if context.is_offline_mode():
    raise SystemExit("migrations need the database: flask db upgrade")
run_migrations()
