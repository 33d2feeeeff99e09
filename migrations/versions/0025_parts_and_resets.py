"""The chain vouches for the part of a duty too; a reset by two may be of a password as well as of a factor.

Every row of a duty that the chain vouched for as it stands is vouched for anew.
"""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from vouchers.audit.rules import ALGORITHM, covered, link, row_digest
from vouchers.kernel.canonical import canonical_json
from vouchers.kernel.clock import now

revision = "0025_parts_and_resets"
down_revision = "0024_backup"
branch_labels = None
depends_on = None

TABLE, KEY = "case_duties", ("case_id", "person_id")
BEFORE, AFTER = ("duty", "since"), ("duty", "part", "since")
PORTION = 500  # rows one event vouches for


def upgrade() -> None:
    op.add_column("factor_resets", sa.Column("kind", sa.String(40), server_default="factor", nullable=False))
    _vouch_anew(op.get_bind(), BEFORE, AFTER)


def downgrade() -> None:
    _vouch_anew(op.get_bind(), AFTER, BEFORE)
    op.drop_column("factor_resets", "kind")


def _vouch_anew(bind: sa.Connection, old: tuple[str, ...], new: tuple[str, ...]) -> None:
    """Events with the digests by the new columns; a row that does not agree with its old digest stays found out."""
    rows, known = _rows(bind), _known(bind)
    sound = [row for row in rows if row_digest(_part(row, old)) == known.get(_key(row))]
    for start in range(0, len(sound), PORTION):
        _record(bind, {_key(row): row_digest(_part(row, new)) for row in sound[start : start + PORTION]})


def _rows(bind: sa.Connection) -> list[dict[str, Any]]:
    names = (*KEY, *AFTER)
    read = bind.exec_driver_sql(f"SELECT {', '.join(names)} FROM {TABLE} ORDER BY {', '.join(KEY)}")  # noqa: S608
    return [dict(zip(names, row, strict=True)) for row in read]


def _known(bind: sa.Connection) -> dict[str, str]:
    """The last digest of each row that the chain has."""
    return {key: digest for written in _written(bind) for key, digest in written.items()}


def _written(bind: sa.Connection) -> Iterator[dict[str, str]]:
    named = sa.text("SELECT rows FROM audit_events WHERE rows LIKE :named ORDER BY seq")
    for told in bind.execute(named, {"named": f'%"{TABLE}"%'}).scalars():
        yield json.loads(told).get(TABLE, {})


def _part(row: dict[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in (*KEY, *columns)}


def _key(row: dict[str, Any]) -> str:
    return ":".join(str(row[name]) for name in KEY)


def _record(bind: sa.Connection, digests: dict[str, str]) -> None:
    seq, previous = bind.execute(sa.text("SELECT seq, hash FROM audit_head WHERE id = 1")).one()
    at, rows = now(), {TABLE: digests}
    event = {
        "seq": seq + 1,
        "at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "act": "audit.vouch",
        "subject_type": "table",
        "subject_id": TABLE,
        "actor_kind": "command",
        "actor_id": "",
        "actor_name": revision,
        "actor_role": "command",
        "office": "",
        "before": "",
        "after": "",
        "details": {},
        "rows": rows,
        "reason": "",
        "request_id": "",
        "address": "",
        "hash_alg": ALGORITHM,
    }
    own = link(previous, covered(event))
    stored_at = at if bind.dialect.name == "postgresql" else at.strftime("%Y-%m-%d %H:%M:%S.%f")
    values = {**event, "at": stored_at, "details": "{}", "rows": canonical_json(rows)}
    values |= {"previous_hash": previous, "hash": own}
    names = ", ".join(f'"{name}"' for name in values)
    bind.execute(
        sa.text(f"INSERT INTO audit_events ({names}) VALUES ({', '.join(f':{name}' for name in values)})"),  # noqa: S608
        values,
    )
    bind.execute(sa.text("UPDATE audit_head SET seq = :seq, hash = :hash WHERE id = 1"), {"seq": seq + 1, "hash": own})
