"""Entries, orders and usage of the time when everything was sold by the card-hour come through the migration."""

from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.factories.orders import make_confirmed, make_deal, record_usage
from tests.factories.providers import admitted_provider, cardless, listed
from vouchers.db.base import db
from vouchers.db.soundness import unsound
from vouchers.orders import queries
from vouchers.providers.states import OfferingKind, Unit

MIGRATIONS = str(Path(__file__).parents[2] / "migrations")
TABLES = ("offerings", "orders", "usage_statements")

pytestmark = [pytest.mark.database, pytest.mark.owner]


def migrate(revision: str) -> None:
    db.session.rollback()
    db.engine.dispose()
    if revision == "head":
        upgrade(directory=MIGRATIONS)
    else:
        downgrade(directory=MIGRATIONS, revision=revision)


def rows() -> dict[str, list[dict[str, object]]]:
    with db.engine.connect() as connection:
        return {
            table: [dict(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).mappings()]  # noqa: S608
            for table in TABLES
        }


def test_what_was_counted_in_card_hours_is_counted_so_for_ever(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    order = make_confirmed(deal, at=noon)
    record_usage(deal, order, at=noon)
    now = rows()

    migrate("0031_choosing")
    then = rows()
    migrate("head")

    assert [row["card_millihours"] for table in TABLES[1:] for row in then[table]] == [1_000_000, 576_000]
    assert "unit" not in then["offerings"][0]
    assert rows() == now
    assert unsound(db.engine) == ""
    found = queries.get(order)
    assert (found.quantity, found.offering.unit, found.usage[0].pflops_millihours) == (
        1_000_000,
        Unit.CARD_HOUR,
        179_712,
    )
    with pytest.raises(DatabaseError, match="orders: what"), db.engine.begin() as connection:
        connection.execute(text("UPDATE orders SET number = 'X'"))


def test_the_old_shape_does_not_take_what_it_cannot_hold(app: Flask, noon: datetime) -> None:
    listed(admitted_provider(at=noon), cardless(OfferingKind.CORPUS, Unit.PIECE), at=noon)

    with pytest.raises(SystemExit, match="旧结构放不下"):
        migrate("0031_choosing")

    assert rows()["offerings"][0]["unit"] == "piece"
