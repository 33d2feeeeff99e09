"""Services other than card-hours: an entry names its unit; card, precision, speed and green share are of card-hours."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0032_services"
down_revision = "0031_choosing"
branch_labels = None
depends_on = None

OF_A_CARD = {
    "offerings": ("card", "precision", "gflops_per_card", "green_share_bp"),
    "usage_statements": ("gflops_per_card", "pflops_millihours", "green_share_bp"),
}
"""The columns that say something only of card-hours, by table."""

CARD = (
    "CASE WHEN unit = 'card-hour'"
    " THEN card IS NOT NULL AND precision IS NOT NULL AND gflops_per_card IS NOT NULL AND green_share_bp IS NOT NULL"
    " ELSE card IS NULL AND precision IS NULL AND gflops_per_card IS NULL AND green_share_bp IS NULL END"
)


def upgrade() -> None:
    for table in ("orders", "usage_statements"):
        op.execute(f"ALTER TABLE {table} RENAME COLUMN card_millihours TO quantity")
    for table, columns in OF_A_CARD.items():
        _let_be_absent(table, columns, may=True)
    named = f"CONSTRAINT ck_offerings_card CHECK ({CARD})"
    op.execute(f"ALTER TABLE offerings ADD COLUMN unit VARCHAR(40) DEFAULT 'card-hour' NOT NULL {named}")


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM offerings WHERE unit <> 'card-hour'")):
        raise SystemExit("没有退回：服务目录里有不按卡时计价的条目，旧结构放不下；请恢复升级前的备份")
    op.execute("ALTER TABLE offerings DROP COLUMN unit")
    for table, columns in OF_A_CARD.items():
        _let_be_absent(table, columns, may=False)
    for table in ("orders", "usage_statements"):
        op.execute(f"ALTER TABLE {table} RENAME COLUMN quantity TO card_millihours")


def _let_be_absent(table: str, columns: tuple[str, ...], *, may: bool) -> None:
    """Let columns hold NULL, or no more.

    SQLite can only rebuild a table for that, and what points at it would go with the old one. Its manual names another
    way for constraints alone: the text of the table in the schema is changed, and nothing is copied or dropped.
    """
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} {'DROP' if may else 'SET'} NOT NULL")
        return
    schema = sa.table("sqlite_master", sa.column("type"), sa.column("name"), sa.column("sql"))
    itself = (schema.c.type == "table", schema.c.name == table)
    written = bind.scalar(sa.select(schema.c.sql).where(*itself))
    for column in columns:
        old, new = (r" NOT NULL", "") if may else ("", " NOT NULL")
        written, changed = re.subn(rf"(\n\t\W?{column}\W? \w+(?:\(\d+\))?){old},", rf"\1{new},", written)
        if changed != 1:
            raise SystemExit(f"没有迁移：{table}.{column} 的写法与预期不同")
    version = bind.scalar(sa.text("PRAGMA schema_version"))
    op.execute("PRAGMA writable_schema = ON")
    bind.execute(sa.update(schema).where(*itself).values(sql=written))
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")
