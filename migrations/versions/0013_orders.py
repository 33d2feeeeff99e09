"""Orders and usage."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0013_orders"
down_revision = "0012_issuance"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("voucher_id", ROW_ID, nullable=False),
        sa.Column("offering_id", ROW_ID, nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.Column("provider_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("proposed_by", sa.String(40), nullable=False),
        sa.Column("contract_number", sa.String(length=80), nullable=False),
        sa.Column("contract_signed_on", sa.Date(), nullable=False),
        sa.Column("contract_file_id", ROW_ID, nullable=True),
        sa.Column("card_millihours", ROW_ID, nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate_bp", sa.Integer(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("hold", sa.BigInteger(), nullable=False),
        sa.Column("service_from", sa.Date(), nullable=False),
        sa.Column("service_until", sa.Date(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("hold > 0 AND hold <= gross", name=op.f("ck_orders_hold")),
        sa.CheckConstraint("net > 0 AND tax >= 0 AND gross = net + tax", name=op.f("ck_orders_amounts")),
        sa.CheckConstraint("service_until >= service_from", name=op.f("ck_orders_days")),
        sa.ForeignKeyConstraint(["contract_file_id"], ["stored_files.id"], name=op.f("fk_orders_contract_file_id")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_orders_enterprise_id")),
        sa.ForeignKeyConstraint(["offering_id"], ["offerings.id"], name=op.f("fk_orders_offering_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_orders_provider_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_orders_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_orders_public_id")),
    )
    op.create_index(op.f("ix_orders_enterprise_id_state"), "orders", ["enterprise_id", "state"], unique=False)
    op.create_index(op.f("ix_orders_provider_id_state"), "orders", ["provider_id", "state"], unique=False)
    op.create_index(op.f("ix_orders_voucher_id"), "orders", ["voucher_id"], unique=False)
    op.create_table(
        "order_versions",
        sa.Column("order_id", ROW_ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("agreed_by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_versions_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_versions")),
        sa.UniqueConstraint("order_id", "revision", name=op.f("uq_order_versions_order_id_revision")),
    )
    op.create_table(
        "usage_statements",
        sa.Column("order_id", ROW_ID, nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_until", sa.Date(), nullable=False),
        sa.Column("card_millihours", ROW_ID, nullable=False),
        sa.Column("gflops_per_card", ROW_ID, nullable=False),
        sa.Column("pflops_millihours", ROW_ID, nullable=False),
        sa.Column("green_share_bp", sa.Integer(), nullable=False),
        sa.Column("log_digest", sa.String(length=64), nullable=False),
        sa.Column("file_id", ROW_ID, nullable=True),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.String(length=200), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("card_millihours > 0", name=op.f("ck_usage_statements_hours")),
        sa.CheckConstraint("period_until >= period_from", name=op.f("ck_usage_statements_days")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_usage_statements_file_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_usage_statements_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_statements")),
        sa.UniqueConstraint("order_id", "period_from", name=op.f("uq_usage_statements_order_id_period_from")),
        sa.UniqueConstraint("public_id", name=op.f("uq_usage_statements_public_id")),
    )
    triggers.run(op.get_bind(), "0013_orders")


def downgrade() -> None:
    op.drop_table("usage_statements")
    op.drop_table("order_versions")
    op.drop_table("orders")
