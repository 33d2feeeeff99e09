"""Where a query runs: DuckDB here, or PostgreSQL; both are sent the same tree as their own SQL."""

from typing import Any

import duckdb
import ibis

from vouchers.policy.relational.whole import DUCKDB_FUNCTIONS


def sql_of(table: Any, dialect: str) -> str:
    """A table expression as SQL; steps stay apart, so that each is worked out once."""
    ibis.options.sql.fuse_selects = False
    return str(ibis.to_sql(table, dialect=dialect))


def duckdb_session() -> duckdb.DuckDBPyConnection:
    """A session of DuckDB that divides whole numbers exactly."""
    connection = duckdb.connect()
    connection.execute("SET lambda_syntax = 'ENABLE_SINGLE_ARROW'")  # as Ibis 12 writes lambdas
    connection.execute(DUCKDB_FUNCTIONS)
    return connection
