"""Tracks of intake: lists of candidates, timed releases, stages that a fast track skipped."""

import sqlalchemy as sa
from alembic import op

revision = "0030_tracks"
down_revision = "0029_amounts"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("applications", sa.Column("from_register", sa.Text(), nullable=True))
    _lists()
    _candidates()
    op.create_table(
        "window_releases",
        sa.Column("window_id", ROW_ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("taken >= 0 AND taken <= quantity", name=op.f("ck_window_releases_taken")),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name=op.f("fk_window_releases_window_id")),
        sa.PrimaryKeyConstraint("window_id", name=op.f("pk_window_releases")),
    )
    op.create_table(
        "skipped_stages",
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("skipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_is_provisional", sa.Boolean(), nullable=False),
        sa.Column("made_good_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_skipped_stages_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skipped_stages")),
        sa.UniqueConstraint("application_id", "stage", name=op.f("uq_skipped_stages_application_id_stage")),
        sa.UniqueConstraint("public_id", name=op.f("uq_skipped_stages_public_id")),
    )
    op.create_index(op.f("ix_skipped_stages_made_good_at_due_on"), "skipped_stages", ["made_good_at", "due_on"])


def _lists() -> None:
    op.create_table(
        "candidate_lists",
        sa.Column("window_id", ROW_ID, nullable=False),
        sa.Column("file_id", ROW_ID, nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("uploaded_by_id", ROW_ID, nullable=False),
        sa.Column("released_by_id", ROW_ID, nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "released_by_id IS NULL OR released_by_id <> uploaded_by_id", name=op.f("ck_candidate_lists_two_people")
        ),
        sa.CheckConstraint("expires_on >= as_of", name=op.f("ck_candidate_lists_days")),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name=op.f("fk_candidate_lists_window_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_candidate_lists_file_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["persons.id"], name=op.f("fk_candidate_lists_uploaded_by_id")),
        sa.ForeignKeyConstraint(["released_by_id"], ["persons.id"], name=op.f("fk_candidate_lists_released_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_lists")),
        sa.UniqueConstraint("public_id", name=op.f("uq_candidate_lists_public_id")),
    )
    op.create_index(op.f("ix_candidate_lists_window_id"), "candidate_lists", ["window_id"])
    op.create_index(op.f("ix_candidate_lists_state_expires_on"), "candidate_lists", ["state", "expires_on"])


def _candidates() -> None:
    op.create_table(
        "candidates",
        sa.Column("list_id", ROW_ID, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("beside", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("application_id", ROW_ID, nullable=True),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("amount IS NULL OR amount >= 0", name=op.f("ck_candidates_amount")),
        sa.CheckConstraint("(state = 'confirmed') = (application_id IS NOT NULL)", name=op.f("ck_candidates_case")),
        sa.ForeignKeyConstraint(["list_id"], ["candidate_lists.id"], name=op.f("fk_candidates_list_id")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_candidates_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidates")),
        sa.UniqueConstraint("application_id", name=op.f("uq_candidates_application_id")),
        sa.UniqueConstraint("list_id", "uscc", name=op.f("uq_candidates_list_id_uscc")),
        sa.UniqueConstraint("public_id", name=op.f("uq_candidates_public_id")),
    )
    op.create_index(op.f("ix_candidates_list_id_result_id"), "candidates", ["list_id", "result", "id"])
    op.create_index(op.f("ix_candidates_list_id_state"), "candidates", ["list_id", "state"])
    op.create_index(op.f("ix_candidates_uscc_state"), "candidates", ["uscc", "state"])


def downgrade() -> None:
    op.drop_table("skipped_stages")
    op.drop_table("window_releases")
    op.drop_table("candidates")
    op.drop_table("candidate_lists")
    op.drop_column("applications", "from_register")
