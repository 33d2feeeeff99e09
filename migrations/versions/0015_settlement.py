"""Batches, payment lines and attempts."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0015_settlement"
down_revision = "0014_redemption"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("scheme_id", ROW_ID, nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("follows_id", ROW_ID, nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("lines_hash", sa.String(length=64), nullable=False),
        sa.Column("made_by_id", ROW_ID, nullable=False),
        sa.Column("approved_by_id", ROW_ID, nullable=True),
        sa.Column("checker_total", sa.BigInteger(), nullable=True),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "approved_by_id IS NULL OR approved_by_id <> made_by_id", name=op.f("ck_batches_two_people")
        ),
        sa.CheckConstraint("total >= 0 AND line_count >= 0", name=op.f("ck_batches_totals")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["persons.id"], name=op.f("fk_batches_approved_by_id")),
        sa.ForeignKeyConstraint(["follows_id"], ["batches.id"], name=op.f("fk_batches_follows_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["persons.id"], name=op.f("fk_batches_made_by_id")),
        sa.ForeignKeyConstraint(["scheme_id"], ["schemes.id"], name=op.f("fk_batches_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("number", name=op.f("uq_batches_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_batches_public_id")),
    )
    op.create_index(op.f("ix_batches_state_id"), "batches", ["state", "id"], unique=False)
    op.create_table(
        "payment_lines",
        sa.Column("scheme_id", ROW_ID, nullable=False),
        sa.Column("layer", sa.String(length=40), nullable=False),
        sa.Column("payee_id", ROW_ID, nullable=False),
        sa.Column("paying_office_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("account_name", sa.String(length=200), nullable=False),
        sa.Column("bank", sa.String(length=200), nullable=False),
        sa.Column("bank_code", sa.String(length=20), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("account_tail", sa.String(length=4), nullable=False),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_lines_amount")),
        sa.ForeignKeyConstraint(["payee_id"], ["organisations.id"], name=op.f("fk_payment_lines_payee_id")),
        sa.ForeignKeyConstraint(["paying_office_id"], ["offices.id"], name=op.f("fk_payment_lines_paying_office_id")),
        sa.ForeignKeyConstraint(["scheme_id"], ["schemes.id"], name=op.f("fk_payment_lines_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_lines")),
        sa.UniqueConstraint("public_id", name=op.f("uq_payment_lines_public_id")),
    )
    op.create_index(op.f("ix_payment_lines_payee_id"), "payment_lines", ["payee_id"], unique=False)
    op.create_index(op.f("ix_payment_lines_state_id"), "payment_lines", ["state", "id"], unique=False)
    op.create_table(
        "payment_attempts",
        sa.Column("line_id", ROW_ID, nullable=False),
        sa.Column("batch_id", ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("indicator_id", ROW_ID, nullable=True),
        sa.Column("bank_reference", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_payment_attempts_batch_id")),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["finance_documents.id"], name=op.f("fk_payment_attempts_indicator_id")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["payment_lines.id"], name=op.f("fk_payment_attempts_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempts")),
        sa.UniqueConstraint("batch_id", "line_id", name=op.f("uq_payment_attempts_batch_id_line_id")),
        sa.UniqueConstraint("line_id", "number", name=op.f("uq_payment_attempts_line_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_payment_attempts_public_id")),
    )
    op.create_index("uq_payment_attempts_bank_reference", "payment_attempts", ["bank_reference"], unique=True)
    op.create_index(
        "uq_payment_attempts_live",
        "payment_attempts",
        ["line_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'refused'"),
        postgresql_where=sa.text("state <> 'refused'"),
    )
    op.create_table(
        "payment_items",
        sa.Column("line_id", ROW_ID, nullable=False),
        sa.Column("claim_id", ROW_ID, nullable=False),
        sa.Column("layer", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_items_amount")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_payment_items_claim_id")),
        sa.ForeignKeyConstraint(["line_id"], ["payment_lines.id"], name=op.f("fk_payment_items_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_items")),
        sa.UniqueConstraint("claim_id", "layer", name=op.f("uq_payment_items_claim_id_layer")),
    )
    op.create_index(op.f("ix_payment_items_line_id"), "payment_items", ["line_id"], unique=False)
    triggers.run(op.get_bind(), "0015_settlement")


def downgrade() -> None:
    op.drop_table("payment_items")
    op.drop_table("payment_attempts")
    op.drop_table("payment_lines")
    op.drop_table("batches")
    triggers.run(op.get_bind(), "0015_settlement_down")
