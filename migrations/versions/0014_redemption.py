"""Claims, invoices and allocations."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0014_redemption"
down_revision = "0013_orders"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "invoices",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("dialect", sa.String(length=20), nullable=False),
        sa.Column("seller_uscc", sa.String(length=20), nullable=False),
        sa.Column("seller_name", sa.String(length=200), nullable=False),
        sa.Column("buyer_uscc", sa.String(length=20), nullable=False),
        sa.Column("buyer_name", sa.String(length=200), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("eligible", sa.BigInteger(), nullable=False),
        sa.Column("allocated", sa.BigInteger(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_id", ROW_ID, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("allocated >= 0 AND allocated <= eligible", name=op.f("ck_invoices_allocated")),
        sa.CheckConstraint("eligible >= 0 AND eligible <= gross", name=op.f("ck_invoices_eligible")),
        sa.CheckConstraint("gross = net + tax", name=op.f("ck_invoices_amounts")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_invoices_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("key", name=op.f("uq_invoices_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invoices_public_id")),
    )
    op.create_index(op.f("ix_invoices_sha256"), "invoices", ["sha256"], unique=False)
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", ROW_ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("tax_rate", sa.String(length=20), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_lines_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_lines")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_invoice_lines_invoice_id_position")),
    )
    op.create_table(
        "claims",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("order_id", ROW_ID, nullable=False),
        sa.Column("voucher_id", ROW_ID, nullable=False),
        sa.Column("provider_id", ROW_ID, nullable=False),
        sa.Column("payee_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", ROW_ID, nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("declared", sa.Text(), nullable=False),
        sa.Column("approved", sa.BigInteger(), nullable=True),
        sa.Column("service_from", sa.Date(), nullable=False),
        sa.Column("service_until", sa.Date(), nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("checks", sa.Text(), nullable=False),
        sa.Column("evidence_hash", sa.String(length=64), nullable=False),
        sa.Column("verified_by_id", ROW_ID, nullable=True),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("approved_by_id", ROW_ID, nullable=True),
        sa.Column("outcome_reason", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_claims_amount")),
        sa.CheckConstraint("base >= 0", name=op.f("ck_claims_base")),
        sa.CheckConstraint(
            "approved IS NULL OR (approved > 0 AND approved <= amount)", name=op.f("ck_claims_approved")
        ),
        sa.CheckConstraint(
            "approved_by_id IS NULL OR (verified_by_id IS NOT NULL AND approved_by_id <> verified_by_id)",
            name=op.f("ck_claims_two_people"),
        ),
        sa.ForeignKeyConstraint(["approved_by_id"], ["persons.id"], name=op.f("fk_claims_approved_by_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_claims_invoice_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_claims_order_id")),
        sa.ForeignKeyConstraint(["payee_id"], ["organisations.id"], name=op.f("fk_claims_payee_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_claims_provider_id")),
        sa.ForeignKeyConstraint(["verified_by_id"], ["persons.id"], name=op.f("fk_claims_verified_by_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_claims_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("number", name=op.f("uq_claims_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_claims_public_id")),
    )
    op.create_index(op.f("ix_claims_invoice_id"), "claims", ["invoice_id"], unique=False)
    op.create_index(op.f("ix_claims_order_id"), "claims", ["order_id"], unique=False)
    op.create_index(op.f("ix_claims_provider_id_state"), "claims", ["provider_id", "state"], unique=False)
    op.create_index(op.f("ix_claims_state_submitted_at_id"), "claims", ["state", "submitted_at", "id"], unique=False)
    op.create_index(op.f("ix_claims_voucher_id"), "claims", ["voucher_id"], unique=False)
    op.create_table(
        "delivery_confirmations",
        sa.Column("claim_id", ROW_ID, nullable=False),
        sa.Column("file_id", ROW_ID, nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_delivery_confirmations_claim_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_delivery_confirmations_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_confirmations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_delivery_confirmations_public_id")),
    )
    op.create_index(op.f("ix_delivery_confirmations_claim_id"), "delivery_confirmations", ["claim_id"], unique=False)
    op.create_table(
        "payment_proofs",
        sa.Column("claim_id", ROW_ID, nullable=False),
        sa.Column("file_id", ROW_ID, nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_proofs_amount")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_payment_proofs_claim_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_payment_proofs_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_proofs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_payment_proofs_public_id")),
    )
    op.create_index(op.f("ix_payment_proofs_claim_id"), "payment_proofs", ["claim_id"], unique=False)
    op.create_table(
        "allocations",
        sa.Column("claim_id", ROW_ID, nullable=False),
        sa.Column("order_id", ROW_ID, nullable=False),
        sa.Column("invoice_id", ROW_ID, nullable=False),
        sa.Column("invoice_line_id", ROW_ID, nullable=True),
        sa.Column("usage_id", ROW_ID, nullable=True),
        sa.Column("payment_proof_id", ROW_ID, nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("releases_id", ROW_ID, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("(amount > 0) = (releases_id IS NULL)", name=op.f("ck_allocations_release_names_its_row")),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_allocations_amount")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_allocations_claim_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_allocations_invoice_id")),
        sa.ForeignKeyConstraint(["invoice_line_id"], ["invoice_lines.id"], name=op.f("fk_allocations_invoice_line_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_allocations_order_id")),
        sa.ForeignKeyConstraint(
            ["payment_proof_id"], ["payment_proofs.id"], name=op.f("fk_allocations_payment_proof_id")
        ),
        sa.ForeignKeyConstraint(["releases_id"], ["allocations.id"], name=op.f("fk_allocations_releases_id")),
        sa.ForeignKeyConstraint(["usage_id"], ["usage_statements.id"], name=op.f("fk_allocations_usage_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
    )
    op.create_index(op.f("ix_allocations_claim_id"), "allocations", ["claim_id"], unique=False)
    op.create_index(op.f("ix_allocations_invoice_id"), "allocations", ["invoice_id"], unique=False)
    op.create_index("uq_allocations_releases_id", "allocations", ["releases_id"], unique=True)
    triggers.run(op.get_bind(), "0014_redemption")


def downgrade() -> None:
    op.drop_table("allocations")
    op.drop_table("payment_proofs")
    op.drop_table("delivery_confirmations")
    op.drop_table("claims")
    op.drop_table("invoice_lines")
    op.drop_table("invoices")
    triggers.run(op.get_bind(), "0014_redemption_down")
