"""A direct subsidy is a claim on no order; the spending it rests on; a claim may pay two sides."""

import sqlalchemy as sa
from alembic import op

from vouchers.db import triggers

revision = "0028_objects"
down_revision = "0027_opinion_offices"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LOOSENED = {"claims": ("order_id", "provider_id", "invoice_id"), "allocations": ("order_id",)}
GROUND = (
    "CONSTRAINT ck_claims_ground CHECK"
    " ((order_id IS NULL) = (provider_id IS NULL) AND (order_id IS NULL) = (invoice_id IS NULL))"
)


def upgrade() -> None:
    _loosen()
    op.create_table(
        "spending_invoices",
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("invoice_id", ROW_ID, nullable=False),
        sa.Column("contract_number", sa.String(length=80), nullable=False),
        sa.Column("service_from", sa.Date(), nullable=False),
        sa.Column("service_until", sa.Date(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("checks", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("base > 0", name=op.f("ck_spending_invoices_base")),
        sa.CheckConstraint("service_until >= service_from", name=op.f("ck_spending_invoices_days")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_spending_invoices_application_id")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_spending_invoices_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spending_invoices")),
        sa.UniqueConstraint(
            "application_id", "invoice_id", name=op.f("uq_spending_invoices_application_id_invoice_id")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_spending_invoices_public_id")),
    )
    op.create_index(op.f("ix_spending_invoices_invoice_id"), "spending_invoices", ["invoice_id"], unique=False)
    op.create_table(
        "spending_papers",
        sa.Column("application_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("file_id", ROW_ID, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("(kind = 'payment') = (amount IS NOT NULL)", name=op.f("ck_spending_papers_paid")),
        sa.CheckConstraint("amount IS NULL OR amount > 0", name=op.f("ck_spending_papers_amount")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_spending_papers_application_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_spending_papers_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spending_papers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_spending_papers_public_id")),
    )
    op.create_index(op.f("ix_spending_papers_application_id"), "spending_papers", ["application_id"], unique=False)

    _part_items()


def downgrade() -> None:
    _join_items()
    op.drop_table("spending_papers")
    op.drop_table("spending_invoices")
    _tighten()


def _part_items() -> None:
    """What a layer of a claim owes one payee is paid once; nothing refers to these rows, so the table is made anew."""
    of_line = "SELECT i.line_id, i.claim_id, i.layer, l.payee_id, i.amount, i.id"
    _make_items(f"{of_line} FROM payment_items i JOIN payment_lines l ON l.id = i.line_id", payee=True)


def _join_items() -> None:
    _make_items("SELECT i.line_id, i.claim_id, i.layer, i.amount, i.id FROM payment_items i", payee=False)


def _make_items(rows: str, *, payee: bool) -> None:
    kept = [dict(row._mapping) for row in op.get_bind().execute(sa.text(f"{rows} ORDER BY i.id"))]  # noqa: SLF001
    op.drop_table("payment_items")
    extra = [sa.Column("payee_id", ROW_ID, nullable=False)] if payee else []
    keys = ["claim_id", "layer", *(["payee_id"] if payee else [])]
    if payee:
        extra.append(
            sa.ForeignKeyConstraint(["payee_id"], ["organisations.id"], name=op.f("fk_payment_items_payee_id"))  # type: ignore[arg-type]
        )
    table = op.create_table(
        "payment_items",
        sa.Column("line_id", ROW_ID, nullable=False),
        sa.Column("claim_id", ROW_ID, nullable=False),
        sa.Column("layer", sa.String(length=40), nullable=False),
        *extra,
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_items_amount")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_payment_items_claim_id")),
        sa.ForeignKeyConstraint(["line_id"], ["payment_lines.id"], name=op.f("fk_payment_items_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_items")),
        sa.UniqueConstraint(*keys, name=op.f("uq_payment_items_" + "_".join(keys))),
    )
    op.create_index(op.f("ix_payment_items_line_id"), "payment_items", ["line_id"], unique=False)
    if kept:
        op.bulk_insert(table, kept)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT setval('payment_items_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM payment_items), false)")
    triggers.run(op.get_bind(), "0028_objects")


def _loosen() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, columns in LOOSENED.items():
            _rewrite(table, [(f"\t{name} INTEGER NOT NULL", f"\t{name} INTEGER") for name in columns])
        _rewrite("claims", [("\tCONSTRAINT pk_claims ", f"\t{GROUND}, \n\tCONSTRAINT pk_claims ")])
        return
    for table, columns in LOOSENED.items():
        for name in columns:
            op.alter_column(table, name, nullable=True)
    op.execute(f"ALTER TABLE claims ADD {GROUND}")


def _tighten() -> None:
    if op.get_bind().dialect.name == "sqlite":
        subsidies = op.get_bind().exec_driver_sql("SELECT count(*) FROM claims WHERE order_id IS NULL").scalar_one()
        if subsidies:
            raise SystemExit(f"没有降级：已有 {subsidies} 笔直接补助，旧版本记不下")
        _rewrite("claims", [(f"\t{GROUND}, \n\tCONSTRAINT pk_claims ", "\tCONSTRAINT pk_claims ")])
        for table, columns in LOOSENED.items():
            _rewrite(table, [(f"\t{name} INTEGER", f"\t{name} INTEGER NOT NULL") for name in columns])
        return
    op.execute("ALTER TABLE claims DROP CONSTRAINT ck_claims_ground")
    for table, columns in LOOSENED.items():
        for name in columns:
            op.alter_column(table, name, nullable=False)


def _rewrite(table: str, changes: list[tuple[str, str]]) -> None:
    """Change what a table is declared as, which SQLite allows for constraints: its rows, keys and triggers stay.

    A batch would copy the table and drop the old one, triggers and all; these two are append-only and referred to.
    """
    bind = op.get_bind()
    named = "type = 'table' AND name = ?"
    declared = bind.exec_driver_sql(f"SELECT sql FROM sqlite_master WHERE {named}", (table,)).scalar_one()  # noqa: S608
    for old, new in changes:
        if declared.count(old) != 1:
            raise SystemExit(f"没有迁移：表 {table} 的定义与预期不符")
        declared = declared.replace(old, new)
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    bind.exec_driver_sql(f"UPDATE sqlite_master SET sql = ? WHERE {named}", (declared, table))  # noqa: S608
    bind.exec_driver_sql("PRAGMA writable_schema = RESET")
