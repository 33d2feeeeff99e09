"""Mail: which messages were handed out to readers' mailboxes, and where those are."""

import sqlalchemy as sa
from alembic import op

revision = "0020_mail"
down_revision = "0019_queue"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITS = sa.text("handed_out_at IS NULL")


def upgrade() -> None:
    op.add_column("messages", sa.Column("handed_out_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE messages SET handed_out_at = at")
    op.create_index("ix_messages_to_hand_out", "messages", ["id"], sqlite_where=WAITS, postgresql_where=WAITS)
    op.create_table(
        "mail_addresses",
        sa.Column("user_id", ROW_ID, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mail_addresses_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_mail_addresses")),
    )


def downgrade() -> None:
    op.drop_table("mail_addresses")
    op.drop_index("ix_messages_to_hand_out", "messages")
    op.drop_column("messages", "handed_out_at")
