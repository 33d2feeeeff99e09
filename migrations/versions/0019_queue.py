"""The place of a case in the office's queue, kept beside its state so that the queue is read from an index in order."""

import sqlalchemy as sa
from alembic import op

revision = "0019_queue"
down_revision = "0018_messages"
branch_labels = None
depends_on = None

FILL = """
    UPDATE applications SET queue_on = coalesce(due_on, '9999-12-30')
    WHERE state IN ('submitted', 'in_stage', 'correction', 'to_decide', 'waiting',
                    'decided', 'on_notice', 'objected', 'notice_ended', 'approved')
"""


def upgrade() -> None:
    op.add_column("applications", sa.Column("queue_on", sa.Date(), server_default="9999-12-31", nullable=False))
    op.execute(FILL)
    op.create_index("ix_applications_queue_on_id", "applications", ["queue_on", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_applications_queue_on_id", "applications")
    op.drop_column("applications", "queue_on")
