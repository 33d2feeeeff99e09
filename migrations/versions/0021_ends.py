"""Notices that were withdrawn say when and why; red-letter invoices are on record; holders are warned once."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0021_ends"
down_revision = "0020_mail"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("notices", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notices", sa.Column("withdrawn_reason", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "red_letters",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("original_key", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", ROW_ID, nullable=True),
        sa.Column("seller_uscc", sa.String(length=20), nullable=False),
        sa.Column("seller_name", sa.String(length=200), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("reduction", sa.BigInteger(), nullable=False),
        sa.Column("applied", sa.BigInteger(), nullable=False),
        sa.Column("file_id", ROW_ID, nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.CheckConstraint("applied >= 0 AND applied <= reduction", name=op.f("ck_red_letters_applied")),
        sa.CheckConstraint("gross = net + tax AND gross > 0", name=op.f("ck_red_letters_amounts")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_red_letters_file_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_red_letters_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_red_letters")),
        sa.UniqueConstraint("key", name=op.f("uq_red_letters_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_red_letters_public_id")),
    )
    op.create_index(op.f("ix_red_letters_invoice_id"), "red_letters", ["invoice_id"], unique=False)
    op.create_index(op.f("ix_red_letters_original_key"), "red_letters", ["original_key"], unique=False)
    op.create_table(
        "expiry_warnings",
        sa.Column("voucher_id", ROW_ID, nullable=False),
        sa.Column("days", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_expiry_warnings_voucher_id")),
        sa.PrimaryKeyConstraint("voucher_id", "days", name=op.f("pk_expiry_warnings")),
    )
    triggers.run(op.get_bind(), "0021_ends")


def downgrade() -> None:
    op.drop_table("expiry_warnings")
    op.drop_table("red_letters")
    op.drop_column("notices", "withdrawn_reason")
    op.drop_column("notices", "withdrawn_at")
