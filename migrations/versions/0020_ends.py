"""Notices that were withdrawn say when and why."""

import sqlalchemy as sa
from alembic import op

revision = "0020_ends"
down_revision = "0019_queue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notices", sa.Column("withdrawn_reason", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("notices", "withdrawn_reason")
    op.drop_column("notices", "withdrawn_at")
