"""Index what ties a person to organisations: it is asked at each decision."""

from alembic import op

revision = "0026_ties"
down_revision = "0025_parts_and_resets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_mandates_person_id"), "mandates", ["person_id"], unique=False)
    op.create_index(op.f("ix_control_links_holder_person_id"), "control_links", ["holder_person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_control_links_holder_person_id"), table_name="control_links")
    op.drop_index(op.f("ix_mandates_person_id"), table_name="mandates")
