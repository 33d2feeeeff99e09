"""Providers, admissions and offerings."""

import sqlalchemy as sa
from alembic import op

revision = "0008_providers"
down_revision = "0007_enterprises"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "providers",
        sa.Column("organisation_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_providers_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_providers")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_providers_organisation_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_providers_public_id")),
    )
    op.create_table(
        "admissions",
        sa.Column("provider_id", ROW_ID, nullable=False),
        sa.Column("batch", sa.String(length=80), nullable=False),
        sa.Column("kinds", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_admissions_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admissions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_admissions_public_id")),
    )
    op.create_index(op.f("ix_admissions_provider_id"), "admissions", ["provider_id"], unique=False)
    op.create_table(
        "offerings",
        sa.Column("provider_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("card", sa.String(length=80), nullable=False),
        sa.Column("precision", sa.String(40), nullable=False),
        sa.Column("gflops_per_card", ROW_ID, nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("green_share_bp", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("gflops_per_card > 0", name=op.f("ck_offerings_speed")),
        sa.CheckConstraint("green_share_bp BETWEEN 0 AND 10000", name=op.f("ck_offerings_green_share")),
        sa.CheckConstraint("price > 0", name=op.f("ck_offerings_price")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_offerings_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offerings")),
        sa.UniqueConstraint("public_id", name=op.f("uq_offerings_public_id")),
    )
    op.create_index(op.f("ix_offerings_provider_id"), "offerings", ["provider_id"], unique=False)
    op.create_table(
        "provider_documents",
        sa.Column("provider_id", ROW_ID, nullable=False),
        sa.Column("requirement", sa.String(length=60), nullable=False),
        sa.Column("file_id", ROW_ID, nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_provider_documents_file_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_provider_documents_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_documents")),
        sa.UniqueConstraint("public_id", name=op.f("uq_provider_documents_public_id")),
    )
    op.create_index(op.f("ix_provider_documents_provider_id"), "provider_documents", ["provider_id"], unique=False)
    op.create_table(
        "offering_prices",
        sa.Column("offering_id", ROW_ID, nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["offering_id"], ["offerings.id"], name=op.f("fk_offering_prices_offering_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offering_prices")),
        sa.UniqueConstraint("offering_id", "since", name=op.f("uq_offering_prices_offering_id_since")),
    )


def downgrade() -> None:
    op.drop_table("offering_prices")
    op.drop_table("provider_documents")
    op.drop_table("offerings")
    op.drop_table("admissions")
    op.drop_table("providers")
