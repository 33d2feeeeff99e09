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


def test_people_read_a_line_per_finding(app: Flask, session: Session, noon: datetime) -> None:
    pot = factory.make_pot(at=noon, granted=1000)
    clean = app.test_cli_runner().invoke(args=["ledger", "verify"])
    session.execute(text("UPDATE ledger_accounts SET balance = 1 WHERE kind = 'envelope' AND layer = 'city'"))
    session.commit()

    broken = app.test_cli_runner().invoke(args=["ledger", "verify"])

    counted, held = clean.output.splitlines()
    assert (clean.exit_code, counted) == (0, "已核对 4 个账户、2 笔分录")
    assert held.startswith("不变式：INV-01 INV-02 ")
    assert broken.exit_code == 1
    assert f"INV-04\t{pot.envelope('city').name}\t账户余额 1 分与分录之和 1000 分不符" in broken.output.splitlines()
