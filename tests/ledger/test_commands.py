"""`flask ledger verify`."""

import json
from datetime import datetime

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.factories import ledger as factory


def test_clean_books_are_reported_with_counts(app: Flask, noon: datetime) -> None:
    factory.make_pot(at=noon, granted=1000)

    result = app.test_cli_runner().invoke(args=["ledger", "verify", "--json"])

    report = json.loads(result.output)
    assert result.exit_code == 0
    assert report["ok"] is True
    assert report["checked"] == {"accounts": 4, "transfers": 2}
    assert report["findings"] == []


def test_a_balance_written_by_hand_is_named(app: Flask, session: Session, noon: datetime) -> None:
    factory.make_pot(at=noon, granted=1000)
    session.execute(text("UPDATE ledger_accounts SET balance = 1 WHERE kind = 'envelope' AND layer = 'city'"))
    session.commit()

    result = app.test_cli_runner().invoke(args=["ledger", "verify", "--json"])

    report = json.loads(result.output)
    assert result.exit_code == 1
    assert report["ok"] is False
    assert {finding["invariant"] for finding in report["findings"]} == {"INV-01", "INV-02", "INV-04"}
