"""Choosing: fair-competition reviews, simulations on a register, experts' scores, draws by lot and rankings."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0031_choosing"
down_revision = "0030_tracks"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _fairness_reviews()
    _simulations()
    _lot_draws()
    _scores()
    _rankings()
    triggers.run(op.get_bind(), revision)


def downgrade() -> None:
    for table in ("ranking_entries", "rankings", "scores", "lot_draws"):
        op.drop_table(table)
    op.drop_table("simulations")
    op.drop_table("fairness_reviews")


def _fairness_reviews() -> None:
    op.create_table(
        "fairness_reviews",
        sa.Column("scheme_version_id", ROW_ID, nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("conclusion", sa.String(40), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("reviewed_by_id", ROW_ID, nullable=False),
        sa.Column("reviewed_at", TIME, nullable=False),
        sa.Column("confirmed_by_id", ROW_ID, nullable=True),
        sa.Column("confirmed_at", TIME, nullable=True),
        *_addressed("fairness_reviews"),
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> reviewed_by_id", name=op.f("ck_fairness_reviews_two_people")
        ),
        sa.CheckConstraint(
            "(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_fairness_reviews_signed_at")
        ),
        _key("fairness_reviews", "scheme_version_id", "scheme_versions"),
        _key("fairness_reviews", "reviewed_by_id", "persons"),
        _key("fairness_reviews", "confirmed_by_id", "persons"),
        sa.UniqueConstraint("scheme_version_id", name=op.f("uq_fairness_reviews_scheme_version_id")),
    )


def _simulations() -> None:
    op.create_table(
        "simulations",
        sa.Column("scheme_version_id", ROW_ID, nullable=False),
        sa.Column("against_id", ROW_ID, nullable=True),
        sa.Column("voucher_kind", sa.String(40), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("per_day", sa.Integer(), nullable=True),
        sa.Column("assumed", sa.Text(), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("asked_by_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("done_at", TIME, nullable=True),
        *_addressed("simulations"),
        sa.CheckConstraint("budget IS NULL OR budget > 0", name=op.f("ck_simulations_budget")),
        sa.CheckConstraint("per_day IS NULL OR per_day > 0", name=op.f("ck_simulations_per_day")),
        _key("simulations", "scheme_version_id", "scheme_versions"),
        _key("simulations", "against_id", "scheme_versions"),
        _key("simulations", "asked_by_id", "persons"),
    )
    op.create_index(op.f("ix_simulations_scheme_version_id"), "simulations", ["scheme_version_id"], unique=False)


def _lot_draws() -> None:
    op.create_table(
        "lot_draws",
        sa.Column("window_id", ROW_ID, nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("revealed", sa.String(64), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        *_addressed("lot_draws"),
        _key("lot_draws", "window_id", "windows"),
        sa.UniqueConstraint("window_id", name=op.f("uq_lot_draws_window_id")),
    )


def _scores() -> None:
    op.create_table(
        "scores",
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("stage", sa.String(60), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("expert_person_id", ROW_ID, nullable=False),
        sa.Column("expert", sa.String(200), nullable=False),
        sa.Column("office", sa.String(40), nullable=False),
        sa.Column("at", TIME, nullable=False),
        *_row("scores"),
        _key("scores", "application_id", "applications"),
        _key("scores", "expert_person_id", "persons"),
        sa.UniqueConstraint(
            "application_id",
            "stage",
            "revision",
            "expert_person_id",
            name=op.f("uq_scores_application_id_stage_revision_expert_person_id"),
        ),
    )


def _rankings() -> None:
    op.create_table(
        "rankings",
        sa.Column("window_id", ROW_ID, nullable=False),
        sa.Column("rule", sa.String(60), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.String(120), nullable=False),
        sa.Column("settled_by_id", ROW_ID, nullable=False),
        sa.Column("settled_at", TIME, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        *_row("rankings"),
        sa.CheckConstraint("budget >= 0 AND taken >= 0", name=op.f("ck_rankings_sizes")),
        _key("rankings", "window_id", "windows"),
        _key("rankings", "settled_by_id", "persons"),
        sa.UniqueConstraint("public_id", name=op.f("uq_rankings_public_id")),
        sa.UniqueConstraint("window_id", name=op.f("uq_rankings_window_id")),
    )
    op.create_table(
        "ranking_entries",
        sa.Column("ranking_id", ROW_ID, nullable=False),
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("score", sa.String(20), nullable=False),
        sa.Column("lot", sa.String(64), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        *_row("ranking_entries"),
        sa.CheckConstraint("given >= 0 AND given <= asked", name=op.f("ck_ranking_entries_given")),
        _key("ranking_entries", "ranking_id", "rankings"),
        _key("ranking_entries", "application_id", "applications"),
        sa.UniqueConstraint("application_id", name=op.f("uq_ranking_entries_application_id")),
        sa.UniqueConstraint("ranking_id", "place", name=op.f("uq_ranking_entries_ranking_id_place")),
    )


def _row(table: str) -> tuple[Any, ...]:
    """What every row has: its key."""
    return (
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _addressed(table: str) -> tuple[Any, ...]:
    """What every versioned table has: version, time, public id and key."""
    return (
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    )


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))
