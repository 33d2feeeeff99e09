"""Vouchers."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0012_issuance"
down_revision = "0011_notices"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "vouchers",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.Column("scheme_version_id", ROW_ID, nullable=False),
        sa.Column("voucher_kind", sa.String(length=40), nullable=False),
        sa.Column("tier", sa.String(length=60), nullable=False),
        sa.Column("face", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("face > 0", name=op.f("ck_vouchers_face")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_vouchers_days")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_vouchers_application_id")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_vouchers_enterprise_id")),
        sa.ForeignKeyConstraint(
            ["scheme_version_id"], ["scheme_versions.id"], name=op.f("fk_vouchers_scheme_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers")),
        sa.UniqueConstraint("application_id", name=op.f("uq_vouchers_application_id")),
        sa.UniqueConstraint("code", name=op.f("uq_vouchers_code")),
        sa.UniqueConstraint("number", name=op.f("uq_vouchers_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_vouchers_public_id")),
    )
    op.create_index(op.f("ix_vouchers_enterprise_id"), "vouchers", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_vouchers_state_valid_until"), "vouchers", ["state", "valid_until"], unique=False)
    triggers.run(op.get_bind(), "0012_issuance")


def downgrade() -> None:
    op.drop_table("vouchers")
