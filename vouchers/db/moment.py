"""Reading many tables as they stand at one moment, for whoever compares them while others go on working."""

from sqlalchemy import text

from vouchers.db.base import db


def see_one_moment() -> None:
    """Let this session read nothing that is committed from now on, and take its time; it must not write."""
    session = db.session()
    session.rollback()
    if session.get_bind().dialect.name != "postgresql":
        return  # on SQLite a reading transaction sees one moment anyway
    connection = session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {limit} = 0"))
