"""Choosing: the 公平竞争审查 of a version with its answers and signatures, and simulations on a register."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0031_choosing"
down_revision = "0027_opinion_offices"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _fairness_reviews()
    _simulations()


def downgrade() -> None:
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
