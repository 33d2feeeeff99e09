"""The least rights of the role the product runs under on PostgreSQL, apart from the role that owns the tables.

What the triggers let nobody change, nobody is given the right to change: the list of such columns is read from them.
Whoever runs as that role can neither rewrite the ledger and the audit chain nor take away what guards them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from vouchers.db.base import Base, Passing

WHOLE = ""
_TOLD = 5
_VERSION = "alembic_version"  # only migrations write it
_LOCKED = {"ledger_accounts": "id"}  # rows that are locked and never changed: a lock wants a right to change something
_INSUFFICIENT_PRIVILEGE = "42501"
_OF_TABLES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")

_COLUMNS = text("""
    SELECT c.relname, a.attname, EXISTS (
        SELECT FROM pg_trigger t
        WHERE t.tgrelid = c.oid AND t.tgfoid = to_regproc('refuse_change') AND t.tgtype & 16 > 0
        AND (t.tgqual IS NULL OR pg_get_triggerdef(t.oid) LIKE '%WHEN ((pg_trigger_depth() = 0))%')
        AND (a.attnum = ANY (t.tgattr) OR cardinality(t.tgattr::int2[]) = 0)) AS is_kept
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' ORDER BY c.relname, a.attnum
""")
_HELD = text("""
    SELECT c.relname, p.name, '' FROM pg_class c, unnest(CAST(:of_tables AS text[])) AS p (name)
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
      AND has_table_privilege(:role, c.oid, p.name)
    UNION ALL
    SELECT c.relname, 'UPDATE', a.attname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
      AND NOT has_table_privilege(:role, c.oid, 'UPDATE') AND has_column_privilege(:role, c.oid, a.attnum, 'UPDATE')
""")
_MASTERS = text("""
    SELECT r.rolsuper OR EXISTS (
        SELECT FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
        AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
    FROM pg_roles r WHERE r.rolname = :role
""")
_GRANTED = text("""
    SELECT DISTINCT pg_get_userbyid(g.grantee) FROM pg_class c, aclexplode(c.relacl) AS g
    WHERE c.oid = to_regclass('audit_events') AND g.privilege_type = 'INSERT' AND g.grantee NOT IN (0, c.relowner)
""")


class Right(NamedTuple):
    """What may be done to a table, or to one of its columns."""

    table: str
    act: str
    column: str = WHOLE


@dataclass(frozen=True, slots=True)
class Standing:
    """How a role stands to the tables: whether they are its own, and where its rights are not those it needs."""

    role: str
    is_master: bool
    missing: frozenset[Right] = frozenset()
    excess: frozenset[Right] = frozenset()


def standing(connection: Connection) -> Standing:
    """Of the role this connection runs under; PostgreSQL only."""
    role = str(connection.scalar(text("SELECT current_user")))
    if is_master(connection, role):
        return Standing(role, is_master=True)
    wanted = needed(connection)
    found = {Right(*row) for row in connection.execute(_HELD, {"role": role, "of_tables": list(_OF_TABLES)})}
    return Standing(role, is_master=False, missing=frozenset(wanted - found), excess=frozenset(found - wanted))


def lacking(engine: Engine) -> str:
    """Which rights the role lacks that the product runs under, as a sentence with its mend; empty when none."""
    if engine.dialect.name != "postgresql":
        return ""
    with engine.connect() as connection:
        found = standing(connection)
    if not found.missing:
        return ""
    return f"角色 {found.role} 缺少权限（{told(found.missing)}）：请用表的所有者执行 flask grant-app {found.role}"


def told(rights: Iterable[Right]) -> str:
    """A few of these rights, in words."""
    names = [f"{one.act} {one.table}{f'.{one.column}' if one.column else ''}" for one in sorted(rights)]
    return "、".join(names[:_TOLD]) + ("……" if len(names) > _TOLD else "")


def is_refused(error: DBAPIError) -> bool:
    """Whether the server refused a statement to the role it came from."""
    return getattr(error.orig, "sqlstate", None) == _INSUFFICIENT_PRIVILEGE


def is_master(connection: Connection, role: str) -> bool | None:
    """Whether the role owns tables here, itself or as a member, or is above all rights; None when there is no such."""
    found: bool | None = connection.scalar(_MASTERS, {"role": role})
    return found


def needed(connection: Connection) -> set[Right]:
    """Every right the product needs, read from tables and triggers as they stand."""
    columns: dict[str, dict[str, bool]] = defaultdict(dict)
    for table, column, is_kept in connection.execute(_COLUMNS):
        columns[table][column] = is_kept
    passing = {mapper.local_table.name for mapper in Base.registry.mappers if issubclass(mapper.class_, Passing)}  # type: ignore[attr-defined]
    rights = {Right(table, "SELECT") for table in columns}
    for table in columns.keys() - {_VERSION}:
        free = {column for column, is_kept in columns[table].items() if not is_kept}
        rights.add(Right(table, "INSERT"))
        if free == columns[table].keys():
            rights.add(Right(table, "UPDATE"))
        rights |= {Right(table, "UPDATE", column) for column in free if len(free) < len(columns[table])}
        if table in _LOCKED:
            rights.add(Right(table, "UPDATE", _LOCKED[table]))
        if table in passing:
            rights.add(Right(table, "DELETE"))
    return rights


def grant(connection: Connection, role: str) -> int:
    """Give the role these rights and take any other from it; returns how many. Needs to run as the owner."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    schema, to = quote(str(connection.scalar(text("SELECT current_schema()")))), quote(role)
    base = quote(str(connection.scalar(text("SELECT current_database()"))))
    rights = sorted(needed(connection))
    each = [
        (right.act + (f" ({quote(right.column)})" if right.column else ""), f"{schema}.{quote(right.table)}")
        for right in rights
    ]
    for statement in (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {to}",  # rights to columns as well
        f"REVOKE CREATE ON SCHEMA {schema} FROM {to}",
        f"GRANT CONNECT ON DATABASE {base} TO {to}",
        f"GRANT USAGE ON SCHEMA {schema} TO {to}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {to}",
        *(f"GRANT {act} ON {table} TO {to}" for act, table in each),
    ):
        connection.exec_driver_sql(statement)
    return len(rights)


def renew(connection: Connection) -> None:
    """Give every role that had them the rights of the shape just reached; without such roles nothing is done."""
    if connection.dialect.name == "postgresql":
        for role in connection.execute(_GRANTED).scalars().all():
            grant(connection, role)
