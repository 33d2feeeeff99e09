"""Appointments by two people, and conflicts of interest that officers declare."""

import sqlalchemy as sa
from alembic import op

revision = "0022_access"
down_revision = "0021_ends"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "appointment_proposals",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("user_id", ROW_ID, nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("office_id", ROW_ID, nullable=True),
        sa.Column("appointment_id", ROW_ID, nullable=True),
        sa.Column("schemes", sa.Text(), nullable=False),
        sa.Column("stages", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", ROW_ID, nullable=True),
        sa.Column("proposed_by", sa.String(length=200), nullable=False),
        sa.Column("decided_by_id", ROW_ID, nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR proposed_by_id IS NULL OR decided_by_id <> proposed_by_id",
            name=op.f("ck_appointment_proposals_two"),
        ),
        sa.CheckConstraint(
            "(kind = 'end') = (appointment_id IS NOT NULL)", name=op.f("ck_appointment_proposals_ended")
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name=op.f("fk_appointment_proposals_appointment_id")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["persons.id"], name=op.f("fk_appointment_proposals_decided_by_id")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_appointment_proposals_office_id")),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["persons.id"], name=op.f("fk_appointment_proposals_proposed_by_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_appointment_proposals_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_proposals")),
        sa.UniqueConstraint("public_id", name=op.f("uq_appointment_proposals_public_id")),
    )
    op.create_index(op.f("ix_appointment_proposals_state_id"), "appointment_proposals", ["state", "id"], unique=False)

    op.create_table(
        "conflicts",
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("organisation_id", ROW_ID, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_conflicts_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_conflicts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
        sa.UniqueConstraint("person_id", "organisation_id", name=op.f("uq_conflicts_person_id_organisation_id")),
    )
    op.create_index(op.f("ix_conflicts_organisation_id"), "conflicts", ["organisation_id"], unique=False)


def downgrade() -> None:
    op.drop_table("conflicts")
    op.drop_table("appointment_proposals")
