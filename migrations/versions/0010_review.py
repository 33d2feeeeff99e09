"""Review tasks and opinions."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0010_review"
down_revision = "0009_applications"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "opinions",
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("verdict", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("judgements", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reviewer_person_id", ROW_ID, nullable=False),
        sa.Column("reviewer", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("amount IS NULL OR amount >= 0", name=op.f("ck_opinions_amount")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_opinions_application_id")),
        sa.ForeignKeyConstraint(["reviewer_person_id"], ["persons.id"], name=op.f("fk_opinions_reviewer_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinions")),
    )
    op.create_index(op.f("ix_opinions_application_id_id"), "opinions", ["application_id", "id"], unique=False)
    op.create_table(
        "recusals",
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_recusals_application_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_recusals_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recusals")),
        sa.UniqueConstraint("application_id", "person_id", name=op.f("uq_recusals_application_id_person_id")),
    )
    op.create_table(
        "review_tasks",
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("assignee_user_id", ROW_ID, nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_review_tasks_application_id")),
        sa.ForeignKeyConstraint(["assignee_user_id"], ["users.id"], name=op.f("fk_review_tasks_assignee_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_tasks")),
        sa.UniqueConstraint("public_id", name=op.f("uq_review_tasks_public_id")),
    )
    op.create_index(
        op.f("ix_review_tasks_assignee_user_id_done_at"), "review_tasks", ["assignee_user_id", "done_at"], unique=False
    )
    op.create_index(
        "uq_review_tasks_open",
        "review_tasks",
        ["application_id"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    triggers.run(op.get_bind(), "0010_review")


def downgrade() -> None:
    op.drop_table("review_tasks")
    op.drop_table("recusals")
    op.drop_table("opinions")
