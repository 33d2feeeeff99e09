"""Ways to sign in: where a session came from and how, one-time links, identities of the provider, factor resets."""

import sqlalchemy as sa
from alembic import op

revision = "0023_signin"
down_revision = "0022_access"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SESSIONS = "sign_in_sessions"


def upgrade() -> None:
    op.add_column(SESSIONS, sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(SESSIONS, sa.Column("wrong_codes", sa.Integer(), server_default="0", nullable=False))
    op.add_column(SESSIONS, sa.Column("device", sa.String(80), server_default="", nullable=False))
    op.add_column(SESSIONS, sa.Column("method", sa.String(40), server_default="password", nullable=False))
    op.create_table(
        "one_time_links",
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("user_id", ROW_ID, nullable=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("user_id IS NOT NULL OR purpose = 'setup'", name=op.f("ck_one_time_links_bound")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_one_time_links_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_links_token_hash")),
    )
    op.create_index(op.f("ix_one_time_links_user_id"), "one_time_links", ["user_id"], unique=False)
    op.create_table(
        "identity_links",
        sa.Column("user_id", ROW_ID, nullable=False),
        sa.Column("issuer", sa.String(300), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("shown_as", sa.String(100), nullable=False),
        sa.Column("by_owner", sa.Boolean(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_identity_links_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_links")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identity_links_issuer_subject")),
        sa.UniqueConstraint("user_id", "issuer", name=op.f("uq_identity_links_user_id_issuer")),
    )
    _create_factor_resets()


def _create_factor_resets() -> None:
    two = "decided_by IS NULL OR state <> 'confirmed' OR decided_by <> proposed_by"
    not_own = "proposed_by <> owner_id AND (decided_by IS NULL OR decided_by <> owner_id)"
    is_open = sa.text("state = 'proposed'")
    op.create_table(
        "factor_resets",
        sa.Column("user_id", ROW_ID, nullable=False),
        sa.Column("owner_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("proposed_by", ROW_ID, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", ROW_ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint(two, name=op.f("ck_factor_resets_two_persons")),
        sa.CheckConstraint(not_own, name=op.f("ck_factor_resets_not_own")),
        sa.ForeignKeyConstraint(["decided_by"], ["persons.id"], name=op.f("fk_factor_resets_decided_by")),
        sa.ForeignKeyConstraint(["owner_id"], ["persons.id"], name=op.f("fk_factor_resets_owner_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["persons.id"], name=op.f("fk_factor_resets_proposed_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_factor_resets_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_resets")),
        sa.UniqueConstraint("public_id", name=op.f("uq_factor_resets_public_id")),
    )
    op.create_index(
        "uq_factor_resets_open",
        "factor_resets",
        ["user_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    op.drop_table("factor_resets")
    op.drop_table("identity_links")
    op.drop_table("one_time_links")
    for column in ("method", "device", "wrong_codes", "proven_at"):
        op.drop_column(SESSIONS, column)
