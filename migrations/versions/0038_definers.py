"""Balances are written by the owner's right alone: the two triggers that do it run as their owner on PostgreSQL."""

from alembic import op

from vouchers.db import triggers

revision = "0038_definers"
down_revision = "0037_waiting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    triggers.run(op.get_bind(), revision)


def downgrade() -> None:
    triggers.run(op.get_bind(), f"{revision}_down")
