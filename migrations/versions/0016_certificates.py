"""Certificates."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0016_certificates"
down_revision = "0015_settlement"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "certificates",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("voucher_id", ROW_ID, nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("template_version", sa.String(length=20), nullable=False),
        sa.Column("file_id", ROW_ID, nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_certificates_file_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_certificates_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("number", name=op.f("uq_certificates_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_certificates_public_id")),
        sa.UniqueConstraint("token", name=op.f("uq_certificates_token")),
        sa.UniqueConstraint("voucher_id", name=op.f("uq_certificates_voucher_id")),
    )
    triggers.run(op.get_bind(), "0016_certificates")


def downgrade() -> None:
    op.drop_table("certificates")
