"""Stored originals."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0003_files"
down_revision = "0002_accounts"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "stored_files",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("owner_organisation_id", ROW_ID, nullable=True),
        sa.Column("owner_office_id", ROW_ID, nullable=True),
        sa.Column("archive_class", sa.String(40), nullable=False),
        sa.Column("retention_start", sa.Date(), nullable=False),
        sa.Column("is_on_hold", sa.Boolean(), nullable=False),
        sa.Column("uploaded_by", sa.String(length=200), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_stored_files_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stored_files_public_id")),
    )
    op.create_index(
        op.f("ix_stored_files_owner_organisation_id"), "stored_files", ["owner_organisation_id"], unique=False
    )
    op.create_index(op.f("ix_stored_files_sha256"), "stored_files", ["sha256"], unique=False)
    triggers.run(op.get_bind(), "0003_files")


def downgrade() -> None:
    op.drop_table("stored_files")
