"""What finance sees at a glance, in the words of the scheme."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import ledger as factory
from tests.factories import policy
from tests.factories.accounts import appoint_too, make_office, make_user
from tests.ledger.bureau import CHECK, Bureau
from vouchers.accounts.states import OfficeKind, Role
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.ledger import overview, queries
from vouchers.ledger.overview import Gap
from vouchers.ledger.rules import Move, Pot
from vouchers.ledger.states import TransferKind
from vouchers.policy.models import Scheme


@pytest.fixture
def pot(app: Flask, noon: datetime) -> Pot:
    """The shipped scheme, still a draft: 1000 fen per layer, 300 of the city on a voucher, 100 of them held."""
    policy.draft(policy.policy_officer(at=noon)[1], at=noon)
    made = Pot(db.session.scalars(select(Scheme.id)).one(), "compute")
    for layer in ("city", "district"):
        give = Move(TransferKind.APPROPRIATE, made.grant(layer), made.envelope(layer), 1000, factory.key())
        factory.post([give], noon)
    factory.post([factory.issue(made, "v1", 300)], noon)
    factory.post([factory.hold(made, "v1", order="o1", amount=100)], noon)
    held, owed = made.held("city", subject="o1", party="p1"), made.payable("city", payee="p2")
    factory.post([Move(TransferKind.REDEEM, held, owed, 40, factory.key())], noon)
    factory.post([Move(TransferKind.PAY, owed, made.paid("city", payee="p2"), 30, factory.key())], noon)
    return made


@pytest.fixture
def reader(app: Flask, noon: datetime) -> Actor:
    """Somebody of the finance bureau, whose appointment covers all schemes."""
    return make_user(Role.FINANCE_MAKER, at=noon).actor(Role.FINANCE_MAKER)


def title() -> str:
    return db.session.scalars(select(Scheme.title).order_by(Scheme.id)).first() or ""


def test_envelopes_are_summed_over_layers_with_their_names(pot: Pot, reader: Actor, noon: datetime) -> None:
    bare = factory.make_pot(at=noon, granted=5, layers=("town",))

    first, second = overview.pots(reader, on=beijing_date(noon))

    assert (first.title, first.kind) == (title(), "算力券")
    assert [name for name, _ in first.layers] == ["市级", "区级"]
    assert [total.granted for _, total in first.layers] == [1000, 1000]
    assert (first.granted, first.available, first.promised, first.owed, first.paid) == (2000, 1700, 260, 10, 30)
    assert (second.title, second.kind) == ("测试方案", "compute")  # a scheme without a pack: its own words
    assert [name for name, _ in second.layers] == ["town"]
    assert bare.scheme_id == second.layers[0][1].scheme_id


def test_indicators_and_what_they_do_not_cover_are_named(pot: Pot, noon: datetime) -> None:
    bureau = Bureau(noon)
    document = bureau.indicator(pot, 250, is_checked=CHECK)
    rest, spent = queries.indicator_of(document), queries.spent_of(document)
    factory.post([Move(TransferKind.SPEND, rest, spent, 30, factory.key())], noon)

    (cash,) = overview.cash(bureau.maker, on=beijing_date(noon))

    assert (cash.title, cash.layer, cash.granted) == (title(), "市级", 250)
    assert (cash.totals.unspent, cash.totals.spent) == (220, 30)
    assert overview.gaps(bureau.maker, on=beijing_date(noon)) == [Gap(title(), "市级", 270, 220)]


def test_money_can_be_recorded_where_the_scheme_says(pot: Pot, reader: Actor, noon: datetime) -> None:
    factory.make_pot(at=noon)  # without a pack there is nowhere to record
    scheme, name = pot.scheme_id, title()

    assert overview.places(reader, on=beijing_date(noon)) == [
        (f"{scheme}|{kind}|{layer}", f"{name} · {kind_name} · {layer_name}")
        for kind, kind_name in (("compute", "算力券"), ("model", "模型券"))
        for layer, layer_name in (("city", "市级"), ("district", "区级"))
    ]
    assert overview.cash_places(reader, on=beijing_date(noon)) == [
        (f"{scheme}|city", f"{name} · 市级"),
        (f"{scheme}|district", f"{name} · 区级"),
    ]


def test_finance_bureaux_pay_in_the_order_they_were_opened(app: Flask, noon: datetime) -> None:
    make_user(Role.REVIEWER, at=noon)
    ids = [make_office(name, OfficeKind.FINANCE, at=noon) for name in ("市财政局", "区财政局")]

    assert overview.paying_offices() == [(str(ids[0]), "市财政局"), (str(ids[1]), "区财政局")]


def test_schemes_beyond_reach_are_not_shown(pot: Pot, noon: datetime) -> None:
    bureau = Bureau(noon)
    bureau.indicator(pot, 250, is_checked=CHECK)
    stranger = appoint_too(
        make_user(None, at=noon), Role.FINANCE_MAKER, at=noon, office_id=bureau.payer, schemes=("elsewhere",)
    )

    for look in (overview.pots, overview.cash, overview.gaps, overview.places, overview.cash_places):
        assert look(stranger, on=beijing_date(noon)) == []
        assert look(bureau.maker, on=beijing_date(noon)) != []
