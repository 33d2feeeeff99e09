"""What is read from the books: per layer, subject, scheme and indicator, and never somebody else's."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import literal, select, union

from tests.factories import ledger as factory
from tests.factories.accounts import appoint_too, make_user
from tests.ledger.bureau import CHECK, LEAVE, Bureau
from vouchers.accounts.models import Office
from vouchers.accounts.states import Role
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.lists import PAGE_SIZE
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.ledger import overview, queries
from vouchers.ledger.queries import Movement, PotTotals, Uncovered
from vouchers.ledger.rules import Cap, Move, Pot
from vouchers.ledger.services import draw, post
from vouchers.ledger.states import AccountKind, TransferKind
from vouchers.policy.models import Scheme

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("app")]


@pytest.fixture
def pot(app: Flask, noon: datetime) -> Pot:
    """1000 fen a layer; v1 has 300 of the city and 50 of the district; order o1 held 100: 40 redeemed, 30 paid."""
    made = factory.make_pot(at=noon, granted=1000)
    factory.post([factory.issue(made, "v1", 300), factory.issue(made, "v1", 50, "district")], noon)
    factory.post([factory.issue(made, "v2", 7)], noon)
    factory.post([factory.hold(made, "v1", order="o1", amount=100)], noon)
    held, owed = made.held("city", subject="o1", party="p1"), made.payable("city", payee="p2")
    factory.post([Move(TransferKind.REDEEM, held, owed, 40, factory.key())], noon)
    factory.post([Move(TransferKind.PAY, owed, made.paid("city", payee="p2"), 30, factory.key())], noon)
    return made


@pytest.fixture
def bureau(app: Flask, noon: datetime) -> Bureau:
    return Bureau(noon)


def test_balances_are_those_of_the_one_account(pot: Pot) -> None:
    assert queries.balance(pot.envelope("city")) == 693
    assert queries.balance(pot.envelope("nowhere")) == 0
    assert queries.balances_by_layer(AccountKind.VOUCHER, "v1") == {"city": 200, "district": 50}
    assert queries.balances_by_layer(AccountKind.HELD, "v1") == {}
    assert queries.balance_of(AccountKind.VOUCHER, "v1") == 250
    assert queries.voucher_balances(["v2", "v1", "none"]) == {"v2": 7, "v1": 250, "none": 0}


def test_an_empty_layer_is_left_out(pot: Pot, noon: datetime) -> None:
    factory.post([factory.hold(pot, "v1", order="o2", amount=50, layer="district")], noon)

    assert queries.balances_by_layer(AccountKind.VOUCHER, "v1") == {"city": 200}


def test_what_selected_orders_hold_is_summed(pot: Pot, noon: datetime) -> None:
    factory.post([factory.hold(pot, "v2", order="o2", amount=3)], noon)

    assert queries.held_by(select(literal("o1"))) == 60
    assert queries.held_by(union(select(literal("o1")), select(literal("o2")))) == 63
    assert queries.held_by(select(literal("v1"))) == 0


def test_a_statement_is_of_one_subject_with_instants_and_reasons(pot: Pot, noon: datetime) -> None:
    later = noon + timedelta(hours=1)
    with transaction():
        moves = [factory.hold(pot, "v1", order="o3", amount=10), factory.hold(pot, "v1", order="o3", amount=5)]
        post(moves, actor=factory.BANKER, at=later, reason="占用")
        record("test.move", Subject("test", "1"), actor=factory.BANKER, at=later)

    assert queries.statement(AccountKind.VOUCHER, "v1") == [
        Movement(noon, TransferKind.ISSUE, "", 350, 350),
        Movement(noon, TransferKind.HOLD, "", -100, 250),
        Movement(later, TransferKind.HOLD, "占用", -15, 235),
    ]
    assert queries.statement(AccountKind.HELD, "o3") == [Movement(later, TransferKind.HOLD, "占用", 15, 15)]
    assert queries.statement(AccountKind.VOUCHER, "o3") == []


def test_totals_are_per_scheme_kind_and_layer_in_money_alone(pot: Pot, noon: datetime) -> None:
    other = factory.make_pot(at=noon, granted=9, layers=("city",))
    hours = Pot(other.scheme_id, "compute", unit="h")
    factory.post([Move(TransferKind.APPROPRIATE, hours.grant("city"), hours.envelope("city"), 77, factory.key())], noon)
    with transaction():
        cap = Cap("yearly", pot.scheme_id, "p1", "2026", 500)
        draw(cap, 5, key=factory.key(), actor=factory.BANKER, at=noon)
        record("test.move", Subject("test", "1"), actor=factory.BANKER, at=noon)

    city = PotTotals(pot.scheme_id, "compute", "city", 1000, 693, 207, 60, 10, 30)
    district = PotTotals(pot.scheme_id, "compute", "district", 1000, 950, 50, 0, 0, 0)
    others = PotTotals(other.scheme_id, "compute", "city", 9, 9, 0, 0, 0, 0)
    assert queries.pot_totals() == [city, district, others]
    assert queries.pot_totals(pot.scheme_id) == [city, district]
    assert all(one.adds_up for one in (city, district, others))
    for part in ("granted", "available", "vouchers", "held", "payable", "paid"):
        assert not PotTotals(**{**_fields(city), part: getattr(city, part) + 1}).adds_up, part


def _fields(total: PotTotals) -> dict[str, object]:
    return {name: getattr(total, name) for name in PotTotals.__slots__}


def test_indicators_are_told_with_what_is_unspent_and_spent(pot: Pot, bureau: Bureau, noon: datetime) -> None:
    other = factory.make_pot(at=noon)
    first = bureau.indicator(pot, 900, is_checked=CHECK)
    foreign = bureau.indicator(other, 20, is_checked=CHECK)
    bureau.indicator(pot, 5, is_checked=LEAVE)
    bureau.envelope(pot, is_checked=CHECK)
    spend = Move(TransferKind.SPEND, queries.indicator_of(first), queries.spent_of(first), 250, factory.key())
    factory.post([spend], noon)

    told = [(one.document.id, one.unspent, one.spent) for one in queries.indicator_totals()]

    assert told == [(first.id, 650, 250), (foreign.id, 20, 0)]
    assert [one.document.id for one in queries.indicator_totals(other.scheme_id)] == [foreign.id]


def test_an_indicator_has_its_own_accounts(pot: Pot, bureau: Bureau) -> None:
    document = bureau.indicator(pot, 900, is_checked=LEAVE)
    office = db.session.get_one(Office, bureau.payer).public_id

    place = f"{pot.scheme_id}::city:{office}:{document.public_id}:2026:CNY"
    assert queries.treasury_of(document).name == f"treasury::::{office}::2026:CNY"
    assert queries.indicator_of(document).name == f"indicator:{place}"
    assert queries.spent_of(document).name == f"spent:{place}"


def test_an_envelope_has_no_payer_and_no_year(pot: Pot, bureau: Bureau) -> None:
    document = bureau.envelope(pot, is_checked=LEAVE)

    with pytest.raises(ValueError, match=r"^only an indicator has a paying body$"):
        queries.treasury_of(document)
    with pytest.raises(ValueError, match=r"^only an indicator has a fiscal year$"):
        queries.treasury_of(bureau.envelope(pot, payer=bureau.payer, is_checked=LEAVE))


def test_a_layer_is_paid_under_its_own_checked_indicators_of_the_year(pot: Pot, bureau: Bureau, noon: datetime) -> None:
    other = factory.make_pot(at=noon)
    first = bureau.indicator(pot, 900, is_checked=CHECK)
    second = bureau.indicator(pot, 100, is_checked=CHECK)
    bureau.indicator(pot, 1, is_checked=LEAVE)
    bureau.indicator(pot, 1, amends=first.id, is_checked=CHECK)
    bureau.indicator(pot, 1, layer="district", is_checked=CHECK)
    bureau.indicator(pot, 1, year=2027, is_checked=CHECK)
    bureau.indicator(other, 1, is_checked=CHECK)
    bureau.envelope(pot, is_checked=CHECK)

    assert [one.id for one in queries.indicators_for(pot.scheme_id, "city", 2026)] == [first.id, second.id]


def test_documents_within_reach_are_listed_newest_first_by_state(pot: Pot, bureau: Bureau, noon: datetime) -> None:
    other = factory.make_pot(at=noon)
    first, second = bureau.envelope(pot, is_checked=CHECK), bureau.envelope(pot, is_checked=LEAVE)
    third = bureau.envelope(other, is_checked=LEAVE)
    key = db.session.get_one(Scheme, pot.scheme_id).pack_id
    narrow = appoint_too(
        make_user(None, at=noon), Role.FINANCE_CHECKER, at=noon, office_id=bureau.payer, schemes=(key,)
    )

    def ids(actor: Actor, state: str = "") -> list[int]:
        return [one.id for one in overview.documents(actor, {"state": state}, on=beijing_date(noon)).rows]

    assert ids(bureau.maker) == [third.id, second.id, first.id]
    assert ids(narrow) == [second.id, first.id]
    assert ids(bureau.maker, "recorded") == [third.id, second.id]
    assert ids(narrow, "checked") == [first.id]
    waiting = [
        [one.id for one in overview.waiting_documents(actor, on=beijing_date(noon))] for actor in (bureau.maker, narrow)
    ]
    assert waiting == [[third.id, second.id], [second.id]]


def test_documents_beyond_one_page_are_on_the_next(pot: Pot, bureau: Bureau, noon: datetime) -> None:
    made = [bureau.envelope(pot, is_checked=LEAVE).id for _ in range(PAGE_SIZE + 1)]

    page = overview.documents(bureau.maker, {}, on=beijing_date(noon))
    rest = overview.documents(bureau.maker, {"cursor": page.next_cursor}, on=beijing_date(noon))

    assert [one.id for one in (*page.rows, *rest.rows)] == made[::-1]
    assert page.count == len(made)


def test_what_no_indicator_covers_is_told_per_layer(pot: Pot, bureau: Bureau, noon: datetime) -> None:
    bureau.indicator(pot, 200, is_checked=CHECK)
    bureau.indicator(pot, 76, is_checked=CHECK)
    bureau.indicator(pot, 49, layer="district", is_checked=CHECK)
    model = Pot(pot.scheme_id, "model")
    factory.post([Move(TransferKind.APPROPRIATE, model.grant("city"), model.envelope("city"), 10, factory.key())], noon)

    assert queries.uncovered() == [
        Uncovered(pot.scheme_id, "city", 277, 276),  # 207 on vouchers, 60 held, 10 owed
        Uncovered(pot.scheme_id, "district", 50, 49),
    ]
    factory.post([factory.issue(model, "m1", 9)], noon)
    bureau.indicator(pot, 10, is_checked=CHECK)
    bureau.indicator(pot, 1, layer="district", is_checked=CHECK)
    assert queries.uncovered() == []
