"""What backups and a chain that vouches for rows need: digests in events, purged links, restorations, comparisons."""

import itertools
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from vouchers.audit.rules import ALGORITHM, covered, link, plain, row_digest
from vouchers.db import triggers
from vouchers.kernel.canonical import canonical_json, digest
from vouchers.kernel.clock import now

revision = "0024_backup"
down_revision = "0023_signin"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PORTION = 500  # rows one event vouches for
SEALED = {  # table → its key, and what of a row is vouched for: as the models said it when this step was made
    "users": (
        "id",
        "public_id person_id sign_in state password_hash totp_secret",
    ),
    "appointments": (
        "id",
        "user_id role office_id organisation_id schemes stages valid_from valid_until granted_by granted_at",
    ),
    "case_duties": (
        "case_id person_id",
        "duty since",
    ),
    "stored_files": (
        "id",
        (
            "public_id sha256 size kind name owner_organisation_id owner_office_id archive_class "
            "retention_start is_on_hold uploaded_by uploaded_at"
        ),
    ),
    "scheme_versions": (
        "id",
        (
            "public_id scheme_id number state source content content_hash drafted_by_id signed_by_id "
            "document_number fair_competition effective_from effective_until published_at"
        ),
    ),
    "mandates": (
        "id",
        "public_id person_id organisation_id kind letter_id valid_from valid_until granted_at",
    ),
    "bank_accounts": (
        "id",
        (
            "public_id organisation_id purpose account_name bank bank_code number number_index number_tail "
            "valid_from valid_until recorded_at"
        ),
    ),
    "finance_documents": (
        "id",
        (
            "public_id kind state scheme_id voucher_kind layer number amount paying_office_id fiscal_year "
            "project_code subject_code amends_id recorded_by_id checked_by_id checked_at"
        ),
    ),
    "applications": (
        "id",
        (
            "public_id number enterprise_id scheme_version_id window_id voucher_kind state requested "
            "computed approved tier decision approval_number outcome_reason"
        ),
    ),
    "submissions": (
        "id",
        "application_id revision snapshot hash confirmed_by confirmed_person_id at",
    ),
    "vouchers": (
        "id",
        (
            "public_id number code application_id enterprise_id scheme_version_id voucher_kind tier face "
            "state valid_from valid_until issued_at"
        ),
    ),
    "claims": (
        "id",
        (
            "public_id number order_id voucher_id provider_id payee_id state amount invoice_id base approved "
            "service_from service_until claimed_on decision evidence_hash verified_by_id approved_by_id"
        ),
    ),
    "batches": (
        "id",
        (
            "public_id number scheme_id fiscal_year state follows_id total line_count lines_hash made_by_id "
            "approved_by_id checker_total file_hash released_at"
        ),
    ),
    "payment_lines": (
        "id",
        (
            "public_id scheme_id layer payee_id paying_office_id state amount account_name bank bank_code "
            "account_number account_tail"
        ),
    ),
    "payment_items": (
        "id",
        "line_id claim_id layer amount",
    ),
    "payment_attempts": (
        "id",
        "public_id line_id batch_id number state indicator_id bank_reference sent_at answered_at",
    ),
    "certificates": (
        "id",
        "public_id number voucher_id token template_version file_id sha256 made_at revoked_at revoked_reason",
    ),
    "invoices": (
        "id",
        "public_id key dialect seller_uscc seller_name buyer_uscc buyer_name issued_on net tax gross eligible",
    ),
    "allocations": (
        "id",
        "claim_id order_id invoice_id invoice_line_id usage_id payment_proof_id amount releases_id at",
    ),
}
TRANSFERS = """
    SELECT t.act_id, t.id, t.kind, d.name AS debit, c.name AS credit, t.amount, t.unit, t.key, t.reason,
           t.corrects_id, t.actor_name, t.at
    FROM transfers t JOIN ledger_accounts d ON d.id = t.debit_id JOIN ledger_accounts c ON c.id = t.credit_id
    ORDER BY t.act_id, t.id"""


def upgrade() -> None:
    op.add_column("audit_events", sa.Column("rows", sa.Text(), nullable=True))
    op.create_table(
        "audit_purged",
        sa.Column("seq", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("purge", sa.String(length=40), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_purged")),
    )
    op.create_index(op.f("ix_audit_purged_purge"), "audit_purged", ["purge"], unique=False)
    op.create_table(
        "restorations",
        sa.Column("backup_made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("backup_seq", ROW_ID, nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restorations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_restorations_public_id")),
    )
    op.create_table(
        "bank_comparisons",
        sa.Column("restoration_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", ROW_ID, nullable=False),
        sa.Column("checked_by_id", ROW_ID, nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "checked_by_id IS NULL OR checked_by_id <> recorded_by_id", name=op.f("ck_bank_comparisons_two_people")
        ),
        sa.CheckConstraint("total >= 0 AND payments >= 0", name=op.f("ck_bank_comparisons_totals")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["persons.id"], name=op.f("fk_bank_comparisons_checked_by_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["persons.id"], name=op.f("fk_bank_comparisons_recorded_by_id")),
        sa.ForeignKeyConstraint(
            ["restoration_id"], ["restorations.id"], name=op.f("fk_bank_comparisons_restoration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_comparisons")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bank_comparisons_public_id")),
    )
    op.create_index(
        "uq_bank_comparisons_live",
        "bank_comparisons",
        ["restoration_id"],
        unique=True,
        sqlite_where=sa.text("state = 'recorded'"),
        postgresql_where=sa.text("state = 'recorded'"),
    )
    triggers.run(op.get_bind(), "0024_backup")
    _vouch_for_what_is_there(op.get_bind())


def downgrade() -> None:
    triggers.run(op.get_bind(), "0024_backup_down")
    op.drop_table("bank_comparisons")
    op.drop_table("restorations")
    op.drop_table("audit_purged")
    op.drop_column("audit_events", "rows")


def _vouch_for_what_is_there(bind: sa.Connection) -> None:
    """Events with the digests of all rows from before, so that they are compared like those to come."""
    head = bind.execute(sa.text("SELECT seq, hash FROM audit_head WHERE id = 1")).one_or_none()
    if head is None:
        return  # nothing ever happened here
    seq, previous = head
    for table, portion in itertools.chain(_digests(bind), _acts(bind)):
        seq += 1
        event = _event(seq, table, {table: portion})
        own = link(previous, covered({**event, "at": event["at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")}))
        _insert(bind, {**event, "previous_hash": previous, "hash": own})
        previous = own
    bind.execute(sa.text("UPDATE audit_head SET seq = :seq, hash = :hash WHERE id = 1"), {"seq": seq, "hash": previous})


def _digests(bind: sa.Connection) -> Iterator[tuple[str, dict[str, str]]]:
    for table, (key, columns) in SEALED.items():
        names = [*key.split(), *columns.split()]
        quoted = ", ".join(f'"{name}"' for name in names)
        rows = [
            dict(zip(names, row, strict=True))
            for row in bind.exec_driver_sql(f"SELECT {quoted} FROM {table} ORDER BY {', '.join(key.split())}")  # noqa: S608
        ]
        for start in range(0, len(rows), PORTION):
            yield table, {_key(row, key): row_digest(row) for row in rows[start : start + PORTION]}


def _acts(bind: sa.Connection) -> Iterator[tuple[str, dict[str, str]]]:
    rows = bind.exec_driver_sql(TRANSFERS).all()
    grouped = itertools.groupby(rows, key=lambda row: row[0])
    acts = [(act, digest([[plain(value) for value in row[1:]] for row in group])) for act, group in grouped]
    for start in range(0, len(acts), PORTION):
        yield "transfers", dict(acts[start : start + PORTION])


def _key(row: dict[str, Any], key: str) -> str:
    return ":".join(str(row[name]) for name in key.split())


def _event(seq: int, table: str, rows: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "seq": seq,
        "at": now(),
        "act": "audit.vouch",
        "subject_type": "table",
        "subject_id": table,
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


def _insert(bind: sa.Connection, event: dict[str, Any]) -> None:
    at = event["at"] if bind.dialect.name == "postgresql" else event["at"].strftime("%Y-%m-%d %H:%M:%S.%f")
    values = {**event, "at": at, "details": "{}", "rows": canonical_json(event["rows"])}
    names = ", ".join(f'"{name}"' for name in values)
    bind.execute(
        sa.text(f"INSERT INTO audit_events ({names}) VALUES ({', '.join(f':{name}' for name in values)})"),  # noqa: S608
        values,
    )
