"""Sellers: an invoice is used once on the side of who buys and once on the side of who sells."""

from alembic import op

from vouchers.db import triggers

revision = "0035_sellers"
down_revision = "0034_answers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE allocations ADD COLUMN side VARCHAR(20)")
    held = "CONSTRAINT ck_invoices_sold CHECK (sold >= 0 AND sold <= eligible)"
    op.execute(f"ALTER TABLE invoices ADD COLUMN sold BIGINT DEFAULT 0 NOT NULL {held}")
    triggers.run(op.get_bind(), revision)


def downgrade() -> None:
    count = op.get_bind().exec_driver_sql("SELECT count(*) FROM allocations WHERE side IS NOT NULL").scalar_one()
    if count:
        raise SystemExit("没有退回：已有提供方用过的发票，旧结构记不下；请恢复升级前的备份")
    triggers.run(op.get_bind(), f"{revision}_down")
    op.execute("ALTER TABLE invoices DROP COLUMN sold")
    op.execute("ALTER TABLE allocations DROP COLUMN side")
