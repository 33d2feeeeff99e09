"""Soft caps are lifted for one case by two persons: who proposed, who decided, why, and up to which amount."""

import sqlalchemy as sa
from alembic import op

revision = "0029_amounts"
down_revision = "0028_objects"
branch_labels = None
depends_on = None
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("applications", sa.Column("lift_reason", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "cap_lifts",
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("cap", sa.String(60), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
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
        sa.Column("public_id", sa.String(40), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_cap_lifts_amount")),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name=op.f("ck_cap_lifts_two_people")
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_by_id IS NULL)", name=op.f("ck_cap_lifts_decided")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_cap_lifts_application_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["persons.id"], name=op.f("fk_cap_lifts_decided_by_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["persons.id"], name=op.f("fk_cap_lifts_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cap_lifts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_cap_lifts_public_id")),
    )
    op.create_index(op.f("ix_cap_lifts_application_id_cap"), "cap_lifts", ["application_id", "cap"], unique=False)
    is_open = sa.text("state = 'proposed'")
    op.create_index(
        "uq_cap_lifts_open",
        "cap_lifts",
        ["application_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    _sign_by_three()
    op.add_column("finance_documents", sa.Column("purpose", sa.String(20), nullable=True))
    for table in ("bank_accounts", "payment_lines"):
        op.add_column(table, sa.Column("channel", sa.String(20), nullable=True))


def _sign_by_three() -> None:
    """A pack may want three signatures: whoever releases a batch is then neither its maker nor its checker."""
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    key = "CONSTRAINT fk_batches_released_by_id REFERENCES persons (id)"
    op.execute(f"ALTER TABLE batches ADD COLUMN released_by_id {kind} {key}")
    three = "signatures < 3 OR released_by_id IS NULL OR released_by_id NOT IN (made_by_id, approved_by_id)"
    named = f"CONSTRAINT ck_batches_three_people CHECK ({three})"
    op.execute(f"ALTER TABLE batches ADD COLUMN signatures INTEGER DEFAULT 2 NOT NULL {named}")


def downgrade() -> None:
    op.drop_column("finance_documents", "purpose")
    op.drop_column("payment_lines", "channel")
    op.drop_column("bank_accounts", "channel")
    op.drop_column("batches", "signatures")
    op.drop_column("batches", "released_by_id")
    op.drop_table("cap_lifts")
    op.drop_column("applications", "lift_reason")
