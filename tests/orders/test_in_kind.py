"""Orders on a voucher in kind: what it pays for, at what price, and how many of its units are left for the next."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Insert, insert, select, text
from sqlalchemy.exc import IntegrityError

from tests.factories.archetypes import at
from tests.factories.in_kind import HOUR, MOST, PRICE, claimed, make_hours
from tests.races import together
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.issuance import services as issuance
from vouchers.issuance.states import VoucherState
from vouchers.issuance.verify import findings as voucher_findings
from vouchers.kernel.actor import command
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.periods import DateRange
from vouchers.ledger import queries as ledger
from vouchers.ledger import rules as ledger_rules
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.rules import Move
from vouchers.ledger.states import AccountKind, TransferKind
from vouchers.ledger.units import UnitAccounts
from vouchers.ledger.verify import findings as ledger_findings
from vouchers.orders import rules, services
from vouchers.orders.rules import Grounds, InKind, Terms
from vouchers.orders.states import Side
from vouchers.orders.verify import findings as order_findings
from vouchers.providers.states import Unit

SERVICE = DateRange(date(2026, 2, 1), date(2026, 4, 30))
VALID = DateRange(date(2026, 1, 21), date(2026, 12, 31))
TERMS = Terms(100 * HOUR, 800, 75_471, 4_529, 80_000, 80_000, SERVICE)
GROUNDS = Grounds(
    2_000_000,
    VALID,
    ("compute",),
    "compute",
    is_listed=True,
    is_admitted=True,
    counted="card-hours",
    in_kind=InKind(MOST * HOUR, PRICE),
)


def parts(voucher: str) -> tuple[int, int, int]:
    """Left, ordered and closed, in hours."""
    db.session.rollback()
    found = vouchers.unit_figures(vouchers.get(voucher))
    assert found is not None
    return found.left // HOUR, found.ordered // HOUR, found.closed // HOUR


def broken() -> list[str]:
    """What the verifiers of vouchers, orders and the ledger say."""
    db.session.rollback()
    return [sentence for find in (voucher_findings, order_findings, ledger_findings) for _, _, sentence in find()]


@pytest.mark.parametrize(
    ("change", "of_grounds", "codes"),
    [
        ({}, {}, []),
        ({"unit_price": 1_001}, {}, ["above_ceiling"]),
        ({"unit_price": 1_000, "gross": 100_000, "net": 94_340, "tax": 5_660, "hold": 100_000}, {}, []),
        ({"hold": 79_999}, {}, ["hold_not_gross"]),
        ({"quantity": 100 * HOUR}, {"in_kind": InKind(100 * HOUR - 1, PRICE)}, ["units_above_left"]),
        ({"quantity": 100 * HOUR}, {"in_kind": InKind(100 * HOUR, PRICE)}, []),
        ({}, {"unit": Unit.MILLION_TOKENS}, ["offering_unit"]),
    ],
)
def test_a_voucher_in_kind_pays_all_of_what_is_no_dearer_than_its_units(
    change: dict[str, Any], of_grounds: dict[str, Any], codes: list[str]
) -> None:
    found = rules.order_findings(replace(TERMS, **change), replace(GROUNDS, **of_grounds))

    assert [one.code for one in found if one.code in {*codes, "above_ceiling", "hold_not_gross"}] == codes
    assert all(one.way for one in found)


def test_a_started_fen_above_the_ceiling_is_refused() -> None:
    """A thousandth of an hour at ten yuan is one fen; at 9.99 the catalogue would round it up to one as well."""
    tiny = replace(TERMS, quantity=1, unit_price=999, net=1, tax=0, gross=1, hold=1)

    assert [one.code for one in rules.order_findings(tiny, GROUNDS)] == []
    cheaper = replace(GROUNDS, in_kind=InKind(MOST * HOUR, 999))
    (found,) = rules.order_findings(tiny, cheaper)
    assert found.text == "价税合计 ¥0.01 高于按每卡时最高 ¥9.99 计的 ¥0.00。请改小价税合计。"


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 100), st.booleans()), max_size=12), st.booleans())
def test_units_are_never_below_zero_and_none_is_lost(acts: list[tuple[int, int, bool]], ends: bool) -> None:  # noqa: FBT001
    """Orders of any size, used to any share, ended or not; and the voucher closed at the end, or not."""
    granted, accounts = 1_000, UnitAccounts(1, "hours", "holder", "voucher", "card-hour/1000")
    balances: dict[str, int] = {}

    def posted(move: Move) -> bool:
        before = {key.name: (key.kind, balances.get(key.name, 0)) for key in (move.debit, move.credit)}
        if ledger_rules.shortfalls(before, [move]):
            return False
        balances[move.debit.name] = balances.get(move.debit.name, 0) - move.amount
        balances[move.credit.name] = balances.get(move.credit.name, 0) + move.amount
        return True

    assert posted(accounts.open(granted))
    for number, (quantity, share, is_ended) in enumerate(acts):
        left = balances[accounts.left.name]
        assert posted(accounts.draw(f"order{number}", quantity)) == (quantity <= left)
        back = quantity - quantity * share // 100
        if quantity <= left and is_ended and back:
            assert posted(accounts.give_back(f"order{number}", back))
            assert not posted(accounts.give_back(f"order{number}", quantity - back + 1))
    left = balances[accounts.left.name]
    if ends and left:
        assert posted(accounts.close(left, key="end"))
    drawn = sum(balances.get(accounts.drawn(f"order{number}").name, 0) for number in range(len(acts)))
    closed = left if ends else 0
    assert all(balance >= 0 for name, balance in balances.items() if not name.startswith("allowance"))
    assert granted == balances[accounts.left.name] + drawn + closed
    assert sum(balances.values()) == 0


@pytest.mark.database
def test_of_two_orders_at_once_for_the_last_hours_one_is_told_no(app: Flask) -> None:
    hours = make_hours(app, hours=100)
    rival, order = hours.proposed(60), hours.proposed(60)

    def confirming(one: str) -> Callable[[], bool]:
        return lambda: bool(hours.confirmed(one))

    answers = together(app, [confirming(rival), confirming(order)])

    told = [answer for answer in answers if isinstance(answer, RuleViolation)]
    assert [finding.code for one in told for finding in one.findings] == ["units_above_left"]
    assert told[0].findings[0].text == "数量 60 卡时超过券上剩余的 40 卡时。请把数量改到剩余以内。"
    assert parts(hours.voucher) == (40, 60, 0)
    assert broken() == []


@pytest.mark.database
def test_the_database_itself_lets_nobody_draw_more_units_than_there_are(app: Flask) -> None:
    """Past every rule: the movement itself, as whoever forgets to ask would write it."""
    hours = make_hours(app, hours=100)
    order = hours.ordered(10)
    accounts = vouchers.unit_accounts(vouchers.get(hours.voucher))
    assert accounts is not None
    keys = (accounts.left, accounts.drawn(order))
    quota, drawn = (db.session.scalar(select(LedgerAccount.id).where(LedgerAccount.name == key.name)) for key in keys)

    def drawing(parts_: int) -> Insert:
        values: dict[str, Any] = {
            "act_id": "act",
            "kind": TransferKind.DRAW_QUOTA,
            "debit_id": quota,
            "credit_id": drawn,
        }
        values |= {"amount": parts_, "unit": accounts.unit, "key": "beside", "actor_name": "test", "at": at(1, 24)}
        return insert(Transfer).values(reason="", **values)

    with pytest.raises(IntegrityError, match="ck_ledger_accounts_balance"):
        db.session.execute(drawing(90 * HOUR + 1))
    db.session.rollback()
    db.session.execute(drawing(90 * HOUR))
    db.session.rollback()


@pytest.mark.database("sqlite")
def test_what_is_not_metered_comes_back_and_with_an_ended_voucher_goes_on(app: Flask) -> None:
    hours = make_hours(app, hours=1_000)
    first, second, third = hours.ordered(300), hours.ordered(300), hours.ordered(300)
    hours.used(first, 100)
    hours.completed(first)
    assert parts(hours.voucher) == (300, 700, 0)

    with transaction():
        services.cancel(second, "改期再做", side=Side.ENTERPRISE, actor=hours.applicant, at=at(3, 3))
    assert parts(hours.voucher) == (600, 400, 0)
    assert ledger.balance_of(AccountKind.VOUCHER, hours.voucher) == 1_000 * PRICE - 300 * 800

    hours.used(third, 200)
    with transaction():
        issuance.expire_due(actor=command("test"), at=at(12, 31).replace(year=2027))
    assert vouchers.get(hours.voucher).state is VoucherState.EXPIRED
    assert parts(hours.voucher) == (0, 400, 600)
    hours.completed(third)
    assert parts(hours.voucher) == (0, 300, 700)
    assert broken() == []


@pytest.mark.database("sqlite")
def test_what_its_one_use_left_of_a_voucher_that_is_used_once_is_not_ordered_again(app: Flask) -> None:
    def once(data: dict[str, Any]) -> None:
        data["voucher"][1]["partial_use"] = False

    hours = make_hours(app, once, hours=1_000)
    order = hours.ordered(300)
    assert parts(hours.voucher) == (0, 300, 700)
    hours.used(order, 200)
    claimed(hours, order, 160_000)
    hours.completed(order)

    assert parts(hours.voucher) == (0, 200, 800)
    assert vouchers.get(hours.voucher).state is VoucherState.USED_UP
    assert broken() == []


@pytest.mark.database("sqlite")
def test_verify_finds_units_that_were_tampered_with(app: Flask) -> None:
    hours = make_hours(app, hours=1_000)
    order = hours.ordered(300)
    accounts = vouchers.unit_accounts(vouchers.get(hours.voucher))
    assert accounts is not None
    assert broken() == []

    def tampered(statement: str, **values: object) -> list[str]:
        db.session.rollback()
        for trigger in ("vouchers_frozen", "orders_frozen"):
            db.session.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
        db.session.execute(text(statement), values)
        found = [one for find in (voucher_findings, order_findings, ledger_findings) for _, _, one in find()]
        db.session.rollback()
        return found

    change = "UPDATE ledger_accounts SET balance = balance + :more WHERE name = :name"
    assert "余下 701000、订单占用和已用 300000 与建立后未收回的数量 1000000 不符" in tampered(
        change, more=HOUR, name=accounts.left.name
    )
    assert "订单应占用数量 300000，券的数量账户记为 299000" in tampered(
        change, more=-HOUR, name=accounts.drawn(order).name
    )
    assert any("每单位最高价不符" in one for one in tampered("UPDATE vouchers SET units = units + 1"))
    assert "订单应占用数量 300001，券的数量账户记为 300000" in tampered("UPDATE orders SET quantity = quantity + 1")
    assert "券已终止，数量 700000 没有收回" in tampered("UPDATE vouchers SET state = 'void'")


@pytest.mark.database("sqlite")
def test_dearer_services_are_neither_shown_nor_ordered(app: Flask) -> None:
    hours = make_hours(app, price=PRICE + 1)

    assert vouchers.offers_for(vouchers.get(hours.voucher), on=date(2026, 1, 22)) == []
    with pytest.raises(RuleViolation, match=r"这张券每卡时最高 ¥10\.00，该服务的目录价 ¥10\.01 更高") as refused:
        hours.proposed(10)
    assert [finding.code for finding in refused.value.findings] == ["above_ceiling"]


def test_a_hold_of_another_sum_is_told_what_it_should_be() -> None:
    (found,) = rules.order_findings(replace(TERMS, hold=1), GROUNDS)

    assert found.text == "实物券支付全部价款，用券金额应为 ¥800.00。请把用券金额改成价税合计。"
