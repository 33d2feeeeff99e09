"""Reversals: the award of a direct subsidy is proposed to be withdrawn by one person, decided by another."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0033_reversals"
down_revision = "0032_services"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "award_reversals"


def upgrade() -> None:
    two = "decided_by_id IS NULL OR decided_by_id <> proposed_by_id"
    is_open = sa.text("state = 'proposed'")
    op.create_table(
        TABLE,
        sa.Column("claim_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", ROW_ID, nullable=False),
        sa.Column("proposed_by", sa.String(200), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_by_id", ROW_ID, nullable=True),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint(two, name=op.f("ck_award_reversals_two_people")),
        sa.CheckConstraint("(state = 'proposed') = (decided_by_id IS NULL)", name=op.f("ck_award_reversals_decided")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_award_reversals_claim_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["persons.id"], name=op.f("fk_award_reversals_decided_by_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["persons.id"], name=op.f("fk_award_reversals_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_reversals")),
        sa.UniqueConstraint("public_id", name=op.f("uq_award_reversals_public_id")),
    )
    op.create_index(op.f("ix_award_reversals_claim_id"), TABLE, ["claim_id"], unique=False)
    op.create_index(
        "uq_award_reversals_open", TABLE, ["claim_id"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
    triggers.run(op.get_bind(), revision)


def downgrade() -> None:
    triggers.run(op.get_bind(), f"{revision}_down")
    op.drop_table(TABLE)
