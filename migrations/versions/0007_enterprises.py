"""Enterprises and their credit record."""

import sqlalchemy as sa
from alembic import op

revision = "0007_enterprises"
down_revision = "0006_parties"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "enterprises",
        sa.Column("organisation_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_enterprises_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprises")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_enterprises_organisation_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_enterprises_public_id")),
    )
    op.create_table(
        "credit_records",
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_credit_records_enterprise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_records")),
    )
    op.create_index(op.f("ix_credit_records_enterprise_id"), "credit_records", ["enterprise_id"], unique=False)


def downgrade() -> None:
    op.drop_table("credit_records")
    op.drop_table("enterprises")
