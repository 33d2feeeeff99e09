"""Cases, submissions and corrections."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0009_applications"
down_revision = "0008_providers"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.Column("scheme_version_id", ROW_ID, nullable=False),
        sa.Column("window_id", ROW_ID, nullable=False),
        sa.Column("voucher_kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("requested", sa.BigInteger(), nullable=False),
        sa.Column("computed", sa.BigInteger(), nullable=False),
        sa.Column("approved", sa.BigInteger(), nullable=True),
        sa.Column("tier", sa.String(length=60), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("handler_user_id", ROW_ID, nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_is_provisional", sa.Boolean(), nullable=False),
        sa.Column("clock_stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("days_used", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.String(length=120), nullable=False),
        sa.Column("approval_number", sa.String(length=120), nullable=False),
        sa.Column("outcome_reason", sa.Text(), nullable=False),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "approved IS NULL OR (approved >= 0 AND approved <= computed)", name=op.f("ck_applications_approved")
        ),
        sa.CheckConstraint("requested >= 0", name=op.f("ck_applications_requested")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_applications_enterprise_id")),
        sa.ForeignKeyConstraint(["handler_user_id"], ["users.id"], name=op.f("fk_applications_handler_user_id")),
        sa.ForeignKeyConstraint(
            ["scheme_version_id"], ["scheme_versions.id"], name=op.f("fk_applications_scheme_version_id")
        ),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name=op.f("fk_applications_window_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("number", name=op.f("uq_applications_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_applications_public_id")),
    )
    op.create_index(op.f("ix_applications_enterprise_id"), "applications", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_applications_state_due_on_id"), "applications", ["state", "due_on", "id"], unique=False)
    op.create_index(
        op.f("ix_applications_state_stage_due_on_id"), "applications", ["state", "stage", "due_on", "id"], unique=False
    )
    op.create_index(op.f("ix_applications_submitted_at_id"), "applications", ["submitted_at", "id"], unique=False)
    op.create_index(
        "uq_applications_live",
        "applications",
        ["enterprise_id", "window_id", "voucher_kind"],
        unique=True,
        sqlite_where=sa.text(
            "state IN ('approved', 'correction', 'decided', 'draft', 'in_stage', 'notice_ended', 'objected', 'on_notice', 'submitted', 'to_confirm', 'to_decide', 'waiting')"
        ),
        postgresql_where=sa.text(
            "state IN ('approved', 'correction', 'decided', 'draft', 'in_stage', 'notice_ended', 'objected', 'on_notice', 'submitted', 'to_confirm', 'to_decide', 'waiting')"
        ),
    )
    op.create_table(
        "application_documents",
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("requirement", sa.String(length=60), nullable=False),
        sa.Column("file_id", ROW_ID, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_documents_application_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_application_documents_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_documents")),
        sa.UniqueConstraint("public_id", name=op.f("uq_application_documents_public_id")),
    )
    op.create_index(
        op.f("ix_application_documents_application_id"), "application_documents", ["application_id"], unique=False
    )
    op.create_table(
        "correction_requests",
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.String(length=200), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_correction_requests_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_requests")),
    )
    op.create_index(
        op.f("ix_correction_requests_application_id"), "correction_requests", ["application_id"], unique=False
    )
    op.create_table(
        "submissions",
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("confirmed_by", sa.String(length=200), nullable=False),
        sa.Column("confirmed_person_id", ROW_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_submissions_application_id")),
        sa.ForeignKeyConstraint(
            ["confirmed_person_id"], ["persons.id"], name=op.f("fk_submissions_confirmed_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("application_id", "revision", name=op.f("uq_submissions_application_id_revision")),
    )
    triggers.run(op.get_bind(), "0009_applications")


def downgrade() -> None:
    op.drop_table("submissions")
    op.drop_table("correction_requests")
    op.drop_table("application_documents")
    op.drop_table("applications")
