"""The ledger and finance documents."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0005_ledger"
down_revision = "0004_policy"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "finance_documents",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("scheme_id", ROW_ID, nullable=False),
        sa.Column("voucher_kind", sa.String(length=40), nullable=False),
        sa.Column("layer", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=120), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paying_office_id", ROW_ID, nullable=True),
        sa.Column("fiscal_year", sa.Integer(), nullable=True),
        sa.Column("project_code", sa.String(length=60), nullable=False),
        sa.Column("subject_code", sa.String(length=60), nullable=False),
        sa.Column("amends_id", ROW_ID, nullable=True),
        sa.Column("recorded_by_id", ROW_ID, nullable=False),
        sa.Column("checked_by_id", ROW_ID, nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "kind <> 'indicator' OR (paying_office_id IS NOT NULL AND fiscal_year IS NOT NULL)",
            name=op.f("ck_finance_documents_payer"),
        ),
        sa.CheckConstraint(
            "amount <> 0 AND amount BETWEEN -10000000000000 AND 10000000000000",
            name=op.f("ck_finance_documents_amount"),
        ),
        sa.CheckConstraint("amount = CAST(amount AS BIGINT)", name=op.f("ck_finance_documents_whole")),
        sa.CheckConstraint(
            "checked_by_id IS NULL OR checked_by_id <> recorded_by_id", name=op.f("ck_finance_documents_two_people")
        ),
        sa.ForeignKeyConstraint(["amends_id"], ["finance_documents.id"], name=op.f("fk_finance_documents_amends_id")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["persons.id"], name=op.f("fk_finance_documents_checked_by_id")),
        sa.ForeignKeyConstraint(
            ["paying_office_id"], ["offices.id"], name=op.f("fk_finance_documents_paying_office_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["persons.id"], name=op.f("fk_finance_documents_recorded_by_id")),
        sa.ForeignKeyConstraint(["scheme_id"], ["schemes.id"], name=op.f("fk_finance_documents_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_documents")),
        sa.UniqueConstraint("public_id", name=op.f("uq_finance_documents_public_id")),
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("scheme_id", ROW_ID, nullable=True),
        sa.Column("voucher_kind", sa.String(length=40), nullable=False),
        sa.Column("layer", sa.String(length=40), nullable=False),
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "balance >= 0 OR kind IN ('allowance', 'grant', 'treasury')", name=op.f("ck_ledger_accounts_balance")
        ),
        sa.CheckConstraint("balance = CAST(balance AS BIGINT)", name=op.f("ck_ledger_accounts_whole")),
        sa.ForeignKeyConstraint(["scheme_id"], ["schemes.id"], name=op.f("fk_ledger_accounts_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_ledger_accounts_name")),
    )
    op.create_index(
        op.f("ix_ledger_accounts_kind_scheme_id_voucher_kind_layer"),
        "ledger_accounts",
        ["kind", "scheme_id", "voucher_kind", "layer"],
        unique=False,
    )
    op.create_index(op.f("ix_ledger_accounts_party_kind"), "ledger_accounts", ["party", "kind"], unique=False)
    op.create_index(op.f("ix_ledger_accounts_subject"), "ledger_accounts", ["subject"], unique=False)
    op.create_table(
        "transfers",
        sa.Column("act_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("debit_id", ROW_ID, nullable=False),
        sa.Column("credit_id", ROW_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("corrects_id", ROW_ID, nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("amount = CAST(amount AS BIGINT)", name=op.f("ck_transfers_whole")),
        sa.CheckConstraint("amount > 0 AND amount <= 10000000000000", name=op.f("ck_transfers_amount")),
        sa.CheckConstraint("debit_id <> credit_id", name=op.f("ck_transfers_two_accounts")),
        sa.ForeignKeyConstraint(["corrects_id"], ["transfers.id"], name=op.f("fk_transfers_corrects_id")),
        sa.ForeignKeyConstraint(["credit_id"], ["ledger_accounts.id"], name=op.f("fk_transfers_credit_id")),
        sa.ForeignKeyConstraint(["debit_id"], ["ledger_accounts.id"], name=op.f("fk_transfers_debit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("key", name=op.f("uq_transfers_key")),
    )
    op.create_index(op.f("ix_transfers_act_id"), "transfers", ["act_id"], unique=False)
    op.create_index(op.f("ix_transfers_credit_id"), "transfers", ["credit_id"], unique=False)
    op.create_index(op.f("ix_transfers_debit_id"), "transfers", ["debit_id"], unique=False)
    triggers.run(op.get_bind(), "0005_ledger")


def downgrade() -> None:
    op.drop_table("transfers")
    op.drop_table("ledger_accounts")
    op.drop_table("finance_documents")
    triggers.run(op.get_bind(), "0005_ledger_down")
