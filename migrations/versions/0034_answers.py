"""What the signer of a version says to the points of the check that no review answers."""

import sqlalchemy as sa
from alembic import op

revision = "0034_answers"
down_revision = "0033_reversals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scheme_versions", sa.Column("answer", sa.Text(), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE scheme_versions DROP COLUMN answer")
