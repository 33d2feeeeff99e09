"""Schemes, their versions and windows."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0004_policy"
down_revision = "0003_files"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "schemes",
        sa.Column("office_id", ROW_ID, nullable=False),
        sa.Column("pack_id", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_schemes_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schemes")),
        sa.UniqueConstraint("pack_id", name=op.f("uq_schemes_pack_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_schemes_public_id")),
    )
    op.create_table(
        "scheme_versions",
        sa.Column("scheme_id", ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("drafted_by_id", ROW_ID, nullable=True),
        sa.Column("signed_by_id", ROW_ID, nullable=True),
        sa.Column("document_number", sa.String(length=120), nullable=False),
        sa.Column("fair_competition", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_until", sa.Date(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "effective_until IS NULL OR effective_until >= effective_from", name=op.f("ck_scheme_versions_days")
        ),
        sa.CheckConstraint(
            "signed_by_id IS NULL OR signed_by_id <> drafted_by_id", name=op.f("ck_scheme_versions_two_people")
        ),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["persons.id"], name=op.f("fk_scheme_versions_drafted_by_id")),
        sa.ForeignKeyConstraint(["scheme_id"], ["schemes.id"], name=op.f("fk_scheme_versions_scheme_id")),
        sa.ForeignKeyConstraint(["signed_by_id"], ["persons.id"], name=op.f("fk_scheme_versions_signed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_versions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_scheme_versions_public_id")),
        sa.UniqueConstraint("scheme_id", "number", name=op.f("uq_scheme_versions_scheme_id_number")),
    )
    op.create_index(
        "uq_scheme_versions_published",
        "scheme_versions",
        ["scheme_id"],
        unique=True,
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "windows",
        sa.Column("scheme_id", ROW_ID, nullable=False),
        sa.Column("scheme_version_id", ROW_ID, nullable=False),
        sa.Column("voucher_kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_windows_order")),
        sa.ForeignKeyConstraint(["scheme_id"], ["schemes.id"], name=op.f("fk_windows_scheme_id")),
        sa.ForeignKeyConstraint(
            ["scheme_version_id"], ["scheme_versions.id"], name=op.f("fk_windows_scheme_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_windows")),
        sa.UniqueConstraint("public_id", name=op.f("uq_windows_public_id")),
    )
    op.create_index(op.f("ix_windows_scheme_id"), "windows", ["scheme_id"], unique=False)
    triggers.run(op.get_bind(), "0004_policy")


def downgrade() -> None:
    op.drop_table("windows")
    op.drop_table("scheme_versions")
    op.drop_table("schemes")
