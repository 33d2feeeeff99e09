"""Papers that a pack asks for with a claim, beside invoice, delivery and own share."""

import sqlalchemy as sa
from alembic import op

revision = "0039_claim_papers"
down_revision = "0038_definers"
branch_labels = None
depends_on = None

TABLE = "claim_papers"
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("claim_id", ROW_ID, nullable=False),
        sa.Column("requirement", sa.String(60), nullable=False),
        sa.Column("file_id", ROW_ID, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_papers_claim_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_claim_papers_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_papers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_claim_papers_public_id")),
    )
    op.create_index(op.f("ix_claim_papers_claim_id"), TABLE, ["claim_id"])


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM claim_papers")):
        raise SystemExit("没有退回：核销已交了方案另要的材料，旧结构放不下；请恢复升级前的备份")
    op.drop_table(TABLE)
