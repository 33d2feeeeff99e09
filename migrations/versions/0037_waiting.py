"""Waiting versions: several may be published, each with a first day of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0037_waiting"
down_revision = "0036_units"
branch_labels = None
depends_on = None

TABLE, INDEX = "scheme_versions", "uq_scheme_versions_published"
IS_PUBLISHED = sa.text("state = 'published'")


def upgrade() -> None:
    _replace(["scheme_id", "effective_from"])


def downgrade() -> None:
    _replace(["scheme_id"])


def _replace(columns: list[str]) -> None:
    op.drop_index(INDEX, table_name=TABLE)
    op.create_index(INDEX, TABLE, columns, unique=True, sqlite_where=IS_PUBLISHED, postgresql_where=IS_PUBLISHED)
