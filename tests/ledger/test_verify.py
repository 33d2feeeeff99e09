"""Each invariant of the ledger, broken alone by somebody with the file in hand, is named with its row."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import text

from tests.factories import ledger as factory
from tests.factories.accounts import Somebody, make_user
from vouchers.accounts.states import Role
from vouchers.audit.verify import findings as audit_findings
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.ledger import verify
from vouchers.ledger.rules import Pot
from vouchers.ledger.services import documents
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import DocumentKind

TRANSFER = "act_id, kind, debit_id, credit_id, amount, unit, key, reason, actor_name, at"


@pytest.fixture
def pot(app: Flask, noon: datetime) -> Pot:
    """1000 fen in each of two layers, of which a voucher has 300, and an order holds 100 of these."""
    made = factory.make_pot(at=noon, granted=1000)
    factory.post([factory.issue(made, "v1", 300)], noon)
    factory.post([factory.hold(made, "v1", order="o1", amount=100)], noon)
    return made


@pytest.fixture
def maker(app: Flask, noon: datetime) -> Somebody:
    return make_user(Role.FINANCE_MAKER, at=noon, name="李丽")


def tamper(statement: str) -> None:
    """As somebody with the file in hand would: no triggers, no checks, no foreign keys."""
    db.session.remove()
    with db.engine.connect() as connection:
        for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.commit()
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(text(statement))
        connection.commit()
        raw.execute("PRAGMA ignore_check_constraints = OFF")


def one(statement: str) -> int:
    return int(db.session.execute(text(statement)).scalar_one())


def found() -> list[tuple[str, str, str]]:
    db.session.rollback()
    return list(verify.findings())


def test_books_nobody_touched_have_no_findings(pot: Pot) -> None:
    assert found() == []
    assert verify.counts() == {"accounts": 6, "transfers": 4}


def test_empty_books_are_counted_as_empty(app: Flask) -> None:
    assert verify.counts() == {"accounts": 0, "transfers": 0}
    assert found() == []


def test_a_balance_that_its_movements_do_not_make(pot: Pot) -> None:
    tamper("UPDATE ledger_accounts SET balance = 201 WHERE kind = 'voucher'")

    assert found() == [
        ("INV-04", pot.voucher("city", voucher="v1", party="p1").name, "账户余额 201 分与分录之和 200 分不符"),
        ("INV-01", f"{pot.scheme_id}:compute:city", "批准规模与可发放、券面、占用、应付、已付之和相差 1 分"),
        ("INV-02", "CNY", "单位 CNY 的全部账户之和为 1，应为 0"),
    ]


def test_a_balance_below_zero(pot: Pot) -> None:
    tamper("UPDATE ledger_accounts SET balance = -100 WHERE kind = 'held'")
    tamper("UPDATE ledger_accounts SET balance = 400 WHERE kind = 'voucher'")

    held, voucher = pot.held("city", subject="o1", party="p1").name, pot.voucher("city", voucher="v1", party="p1").name
    assert set(found()) == {
        ("INV-03", held, "账户余额为负：-100 分"),
        ("INV-04", held, "账户余额 -100 分与分录之和 100 分不符"),
        ("INV-04", voucher, "账户余额 400 分与分录之和 200 分不符"),
    }


def test_money_moved_between_schemes_or_layers(pot: Pot) -> None:
    tamper("UPDATE ledger_accounts SET balance = balance + 5 WHERE kind = 'envelope' AND layer = 'city'")
    tamper("UPDATE ledger_accounts SET balance = balance - 5 WHERE kind = 'envelope' AND layer = 'district'")

    assert {(code, row) for code, row, _ in found()} == {
        ("INV-04", pot.envelope("city").name),
        ("INV-04", pot.envelope("district").name),
        ("INV-01", f"{pot.scheme_id}:compute:city"),
        ("INV-01", f"{pot.scheme_id}:compute:district"),
    }


def test_a_movement_under_a_kind_that_does_not_join_its_accounts(pot: Pot) -> None:
    number = one("SELECT id FROM transfers WHERE kind = 'hold'")
    tamper("UPDATE transfers SET kind = 'pay' WHERE kind = 'hold'")

    assert found() == [("INV-02", f"transfers/{number}", "分录种类 pay 不能连接这两个账户")]


def test_a_movement_between_units(pot: Pot) -> None:
    number = one("SELECT id FROM transfers WHERE kind = 'hold'")
    tamper("UPDATE ledger_accounts SET unit = 'h', name = replace(name, 'CNY', 'h') WHERE kind = 'held'")

    assert ("INV-02", f"transfers/{number}", "分录种类 hold 不能连接这两个账户") in found()


def test_more_taken_back_than_was_moved(pot: Pot) -> None:
    held = one("SELECT id FROM transfers WHERE kind = 'hold'")
    told = []
    for key, amount in (("back1", 100), ("back2", 1)):
        tamper(
            f"INSERT INTO transfers ({TRANSFER}, corrects_id) SELECT 'x', 'release', credit_id, debit_id, {amount},"
            f" unit, '{key}', '', 'x', at, id FROM transfers WHERE id = {held}"
        )
        told.append([finding for finding in found() if finding[0] == "INV-05"])

    assert told == [[], [("INV-05", f"transfers/{held}", "冲正合计 101 分超过原分录 100 分")]]  # all of it may go back


def test_an_account_that_is_not_what_its_name_says(pot: Pot) -> None:
    name = pot.held("city", subject="o1", party="p1").name
    number = one("SELECT id FROM ledger_accounts WHERE kind = 'held'")
    tamper("UPDATE ledger_accounts SET subject = 'o2' WHERE kind = 'held'")

    assert found() == [("INV-05", f"ledger_accounts/{number}", f"账户的内容与它的名称不符：{name}")]


def test_an_account_that_no_movement_opened(pot: Pot) -> None:
    name = pot.held("city", subject="o9", party="p1").name
    tamper(
        "INSERT INTO ledger_accounts"
        " (name, kind, unit, balance, scheme_id, voucher_kind, layer, party, subject, period)"
        f" VALUES ('{name}', 'held', 'CNY', 0, {pot.scheme_id}, 'compute', 'city', 'p1', 'o9', '')"
    )
    number = one("SELECT max(id) FROM ledger_accounts")

    assert found() == [("INV-05", f"ledger_accounts/{number}", f"没有任何分录的账户：{name}")]


def test_a_document_whose_money_is_not_in_the_books_or_is_though_nobody_checked(
    maker: Somebody, noon: datetime
) -> None:
    pot, checker = factory.make_pot(at=noon), make_user(Role.FINANCE_CHECKER, at=noon, name="赵强")
    kept = []
    for number in ("1", "2"):
        new = NewDocument(DocumentKind.ENVELOPE, pot.scheme_id, "city", number, 500, voucher_kind="compute")
        with transaction():
            kept.append(documents.record_document(new, actor=maker.actor(Role.FINANCE_MAKER), at=noon).public_id)
    with transaction():
        documents.check_document(kept[0], actor=checker.actor(Role.FINANCE_CHECKER), at=noon, seen_version=1)
    assert found() == []

    tamper("UPDATE finance_documents SET state = CASE state WHEN 'checked' THEN 'recorded' ELSE 'checked' END")

    told = "财政文件的状态与账本不一致"
    assert found() == [("INV-08", f"finance_documents/{public_id}", told) for public_id in kept]


def test_the_chain_vouches_for_every_column_of_a_movement(pot: Pot) -> None:
    act = db.session.execute(text("SELECT act_id FROM transfers WHERE kind = 'hold'")).scalar_one()
    for column, value in (
        ("key", "'other'"),
        ("reason", "'other'"),
        ("actor_name", "'other'"),
        ("at", "'2026-03-18 05:00:00.000000'"),
        ("unit", "'other'"),
        ("corrects_id", "1"),
        ("amount", "99"),
        ("kind", "'release'"),
        ("debit_id", "1"),
        ("credit_id", "1"),
    ):
        before = one("SELECT id FROM transfers WHERE kind = 'hold'")
        tamper(f"CREATE TABLE kept AS SELECT * FROM transfers WHERE id = {before}")
        tamper(f"UPDATE transfers SET {column} = {value} WHERE id = {before}")
        db.session.rollback()

        told = [row for code, row, _ in audit_findings() if code == "INV-48"]

        assert told == [f"transfers/{act}"], column
        tamper(f"DELETE FROM transfers WHERE id = {before}")
        tamper("INSERT INTO transfers SELECT * FROM kept")
        tamper("DROP TABLE kept")
    db.session.rollback()
    assert list(audit_findings()) == []
