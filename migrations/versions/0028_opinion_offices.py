"""Keep with each opinion the office it was given in: a pack may want a stage done by another office."""

import sqlalchemy as sa
from alembic import op

revision = "0028_opinion_offices"
down_revision = "0026_ties"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("opinions", sa.Column("office", sa.String(40), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("opinions", "office")
