"""Organisations and what is known about them."""

import sqlalchemy as sa
from alembic import op

revision = "0006_parties"
down_revision = "0005_ledger"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "organisations",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("vouched_by_id", ROW_ID, nullable=True),
        sa.Column("uscc_needs_review", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint("uscc IS NOT NULL OR vouched_by_id IS NOT NULL", name=op.f("ck_organisations_identified")),
        sa.ForeignKeyConstraint(["vouched_by_id"], ["organisations.id"], name=op.f("fk_organisations_vouched_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organisations_public_id")),
        sa.UniqueConstraint("uscc", name=op.f("uq_organisations_uscc")),
    )
    op.create_table(
        "bank_accounts",
        sa.Column("organisation_id", ROW_ID, nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("account_name", sa.String(length=200), nullable=False),
        sa.Column("bank", sa.String(length=200), nullable=False),
        sa.Column("bank_code", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_index", sa.String(length=64), nullable=False),
        sa.Column("number_tail", sa.String(length=4), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_bank_accounts_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_accounts")),
        sa.UniqueConstraint(
            "organisation_id",
            "number_index",
            "valid_from",
            name=op.f("uq_bank_accounts_organisation_id_number_index_valid_from"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_bank_accounts_public_id")),
    )
    op.create_index(op.f("ix_bank_accounts_organisation_id"), "bank_accounts", ["organisation_id"], unique=False)
    op.create_table(
        "control_links",
        sa.Column("organisation_id", ROW_ID, nullable=False),
        sa.Column("holder_person_id", ROW_ID, nullable=True),
        sa.Column("holder_organisation_id", ROW_ID, nullable=True),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.Column("is_controller", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "(holder_person_id IS NULL) <> (holder_organisation_id IS NULL)", name=op.f("ck_control_links_one_holder")
        ),
        sa.CheckConstraint("share_bp BETWEEN 0 AND 10000", name=op.f("ck_control_links_share")),
        sa.ForeignKeyConstraint(
            ["holder_organisation_id"], ["organisations.id"], name=op.f("fk_control_links_holder_organisation_id")
        ),
        sa.ForeignKeyConstraint(["holder_person_id"], ["persons.id"], name=op.f("fk_control_links_holder_person_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_control_links_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_links")),
    )
    op.create_index(
        op.f("ix_control_links_holder_organisation_id"), "control_links", ["holder_organisation_id"], unique=False
    )
    op.create_index(op.f("ix_control_links_organisation_id"), "control_links", ["organisation_id"], unique=False)
    op.create_table(
        "facts",
        sa.Column("organisation_id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("document_id", ROW_ID, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["stored_files.id"], name=op.f("fk_facts_document_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_facts_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_facts_public_id")),
    )
    op.create_index(
        op.f("ix_facts_organisation_id_name_recorded_at"),
        "facts",
        ["organisation_id", "name", "recorded_at"],
        unique=False,
    )
    op.create_table(
        "former_names",
        sa.Column("organisation_id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_former_names_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_names")),
    )
    op.create_index(op.f("ix_former_names_organisation_id"), "former_names", ["organisation_id"], unique=False)
    op.create_table(
        "mandates",
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("organisation_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("letter_id", ROW_ID, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["stored_files.id"], name=op.f("fk_mandates_letter_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_mandates_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_mandates_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mandates_public_id")),
    )
    op.create_index(
        op.f("ix_mandates_organisation_id_person_id"), "mandates", ["organisation_id", "person_id"], unique=False
    )
    op.create_table(
        "successions",
        sa.Column("predecessor_id", ROW_ID, nullable=False),
        sa.Column("successor_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["predecessor_id"], ["organisations.id"], name=op.f("fk_successions_predecessor_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["organisations.id"], name=op.f("fk_successions_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_successions")),
    )
    op.create_index(op.f("ix_successions_predecessor_id"), "successions", ["predecessor_id"], unique=False)
    op.create_index(op.f("ix_successions_successor_id"), "successions", ["successor_id"], unique=False)


def downgrade() -> None:
    op.drop_table("successions")
    op.drop_table("mandates")
    op.drop_table("former_names")
    op.drop_table("facts")
    op.drop_table("control_links")
    op.drop_table("bank_accounts")
    op.drop_table("organisations")
