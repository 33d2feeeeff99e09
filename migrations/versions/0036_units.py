"""Vouchers in kind: how many units a voucher is for, and that what nobody orders any more leaves their account."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0036_units"
down_revision = "0035_sellers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    named = "CONSTRAINT ck_vouchers_units CHECK (units IS NULL OR units > 0)"
    op.execute(f"ALTER TABLE vouchers ADD COLUMN units BIGINT {named}")
    named = "CONSTRAINT ck_vouchers_unit CHECK ((units IS NULL) = (unit IS NULL))"
    op.execute(f"ALTER TABLE vouchers ADD COLUMN unit VARCHAR(20) {named}")
    triggers.run(op.get_bind(), revision)


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM vouchers WHERE units IS NOT NULL")):
        raise SystemExit("没有退回：已经发放实物券，旧结构放不下；请恢复升级前的备份")
    triggers.run(op.get_bind(), f"{revision}_down")
    for column in ("unit", "units"):
        op.execute(f"ALTER TABLE vouchers DROP COLUMN {column}")
