"""What posting, drawing and reversing leave in the books, column by column."""

from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.factories import ledger as factory
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.audit.verify import findings as audit_findings
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.errors import Conflict
from vouchers.ledger import queries, services, verify
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.rules import Cap, Move
from vouchers.ledger.states import AccountKind, TransferKind

pytestmark = pytest.mark.database


def test_a_movement_says_what_moved_under_which_key_by_whom_and_why(app: Flask, noon: datetime) -> None:
    pot = factory.make_pot(at=noon)
    give = Move(TransferKind.APPROPRIATE, pot.grant("city"), pot.envelope("city"), 1000, "give")
    with transaction():
        act = services.post([give], actor=factory.BANKER, at=noon, reason="渝数发〔2026〕1号")
        audit.record("test.move", Subject("test", "1"), actor=factory.BANKER, at=noon)

    row = db.session.scalars(select(Transfer)).one()
    accounts = {one.id: one for one in db.session.scalars(select(LedgerAccount))}
    assert (row.act_id, row.kind, row.amount, row.unit) == (act, TransferKind.APPROPRIATE, 1000, "CNY")
    assert (row.key, row.reason, row.actor_name, row.at) == ("give", "渝数发〔2026〕1号", "banker", noon)
    assert (accounts[row.debit_id].name, accounts[row.credit_id].name) == (give.debit.name, give.credit.name)
    assert row.corrects_id is None
    assert list(audit_findings()) == list(verify.findings()) == []


def test_an_account_is_opened_with_all_that_its_key_says(app: Flask, noon: datetime) -> None:
    pot = factory.make_pot(at=noon, granted=1000)
    factory.post([factory.issue(pot, "v1", 300)], noon)
    cap = Cap("yearly", pot.scheme_id, "p1", "2026", 500)
    _draw(cap, 5, "d1", noon)

    for key in (pot.voucher("city", voucher="v1", party="p1"), cap.account(AccountKind.DRAWN)):
        kept = db.session.scalars(select(LedgerAccount).where(LedgerAccount.name == key.name)).one()
        assert {name: getattr(kept, name) for name in key.__slots__} == {
            name: getattr(key, name) for name in key.__slots__
        }


def _draw(cap: Cap, amount: int, key: str, at: datetime) -> None:
    with transaction():
        services.draw(cap, amount, key=key, actor=factory.BANKER, at=at)
        audit.record("test.draw", Subject("test", "1"), actor=factory.BANKER, at=at)


def test_a_quota_is_opened_once_drawn_and_given_back(app: Flask, noon: datetime) -> None:
    pot = factory.make_pot(at=noon)
    cap = Cap("yearly", pot.scheme_id, "p1", "2026", 500)
    _draw(cap, 300, "d1", noon)
    _draw(cap, 100, "d2", noon)
    with transaction():
        services.give_back(cap, 50, key="b1", actor=factory.BANKER, at=noon)
        audit.record("test.back", Subject("test", "1"), actor=factory.BANKER, at=noon)

    rows = db.session.scalars(select(Transfer).order_by(Transfer.id)).all()
    quota = cap.account(AccountKind.QUOTA)
    assert [(row.kind, row.amount, row.key, row.reason, row.actor_name, row.at) for row in rows] == [
        (kind, amount, key, "yearly", "banker", noon)
        for kind, amount, key in (
            (TransferKind.OPEN_QUOTA, 500, f"open:{quota.name}"),
            (TransferKind.DRAW_QUOTA, 300, "d1"),
            (TransferKind.DRAW_QUOTA, 100, "d2"),
            (TransferKind.RETURN_QUOTA, 50, "b1"),
        )
    ]
    assert rows[0].act_id == rows[1].act_id
    assert (queries.balance(quota), queries.balance(cap.account(AccountKind.DRAWN))) == (150, 350)
    assert list(audit_findings()) == list(verify.findings()) == []


def test_a_reversal_mirrors_every_movement_of_its_act_the_last_one_first_and_no_other(
    app: Flask, noon: datetime
) -> None:
    pot = factory.make_pot(at=noon, granted=1000)
    factory.post([factory.issue(pot, "v1", 300), factory.issue(pot, "v1", 200, "district")], noon)
    holds = [
        factory.hold(pot, "v1", order="o1", amount=100),
        factory.hold(pot, "v1", order="o1", amount=40, layer="district"),
    ]
    act = factory.post(holds, noon)
    factory.post([factory.hold(pot, "v1", order="o2", amount=7)], noon)
    first, second = db.session.scalars(select(Transfer.id).where(Transfer.act_id == act).order_by(Transfer.id))

    with transaction():
        back = services.reverse(
            act, {TransferKind.HOLD: TransferKind.RELEASE}, actor=factory.BANKER, at=noon, reason="误占"
        )
        audit.record("test.undo", Subject("test", "1"), actor=factory.BANKER, at=noon)

    rows = db.session.scalars(select(Transfer).where(Transfer.act_id == back).order_by(Transfer.id)).all()
    told = [(row.kind, row.amount, row.key, row.corrects_id, row.reason, row.actor_name, row.at) for row in rows]
    assert told == [
        (TransferKind.RELEASE, 40, f"reverse:{second}", second, "误占", "banker", noon),
        (TransferKind.RELEASE, 100, f"reverse:{first}", first, "误占", "banker", noon),
    ]
    assert queries.balances_by_layer(AccountKind.VOUCHER, "v1") == {"city": 293, "district": 200}
    assert queries.balance_of(AccountKind.HELD, "o1") == 0
    assert list(audit_findings()) == list(verify.findings()) == []


def test_a_repeat_is_told_apart_from_any_other_refusal_of_the_database(app: Flask, noon: datetime) -> None:
    pot = factory.make_pot(at=noon, granted=1000)
    move = factory.issue(pot, "v1", 300)
    factory.post([move], noon)
    nowhere = Move(TransferKind.ISSUE, pot.envelope("city"), pot.voucher("city", voucher="v2", party="p"), 1, "k")

    with pytest.raises(Conflict, match=r"^this movement is already in the ledger$"):
        factory.post([move], noon)
    with pytest.raises(IntegrityError):
        factory.post([replace(nowhere, corrects_id=999)], noon)

    assert queries.balance_of(AccountKind.VOUCHER, "v2") == 0


def test_a_reversal_stays_in_its_unit(app: Flask, noon: datetime) -> None:
    hours = replace(factory.make_pot(at=noon), unit="h")
    give = Move(TransferKind.APPROPRIATE, hours.grant("city"), hours.envelope("city"), 10, factory.key())
    act = factory.post([give], noon)

    with transaction():
        back = {TransferKind.APPROPRIATE: TransferKind.REDUCE_ENVELOPE}
        services.reverse(act, back, actor=factory.BANKER, at=noon, reason="误")
        audit.record("test.undo", Subject("test", "1"), actor=factory.BANKER, at=noon)

    assert [row.unit for row in db.session.scalars(select(Transfer))] == ["h", "h"]
    assert queries.balance(hours.envelope("city")) == 0
    assert list(audit_findings()) == list(verify.findings()) == []
