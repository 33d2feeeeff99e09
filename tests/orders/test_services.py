"""Orders hold part of a voucher once both sides agree, and give back what they do not use."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from tests.factories.issuance import FACE, envelope, parts
from tests.factories.orders import HOLD, Deal, confirm, make_confirmed, make_deal, new_order, propose, record_usage
from tests.factories.providers import admitted_provider, own_actor
from tests.races import together
from vouchers.audit import queries as audit
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.issuance import services as issuance
from vouchers.issuance import verify
from vouchers.issuance.states import VoucherState
from vouchers.kernel.actor import job
from vouchers.kernel.errors import Conflict, NotFound, NotPermitted, RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.orders import queries, services
from vouchers.orders.models import Order
from vouchers.orders.states import OrderState, Side

pytestmark = pytest.mark.database

HALF_YEAR = timedelta(days=200)


def refused_codes(work: Callable[[], object]) -> list[str]:
    with pytest.raises(RuleViolation) as refused, transaction():
        work()
    return [finding.code for finding in refused.value.findings]


def test_a_proposal_holds_nothing_and_its_confirmation_holds_by_layer(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    order = propose(deal, at=noon)
    before = parts(deal.voucher)

    confirm(deal, order, at=noon)

    assert before == (FACE, 0, 0, 0)
    assert parts(deal.voucher) == (FACE - HOLD, HOLD, 0, 0)
    assert sum(ledger.balances_by_layer(AccountKind.HELD, order).values()) == HOLD
    assert queries.get(order).state is OrderState.CONFIRMED
    assert [event.act for event in audit.history_of("order", order)] == ["order.propose", "order.confirm"]
    assert list(verify.findings()) == []


def test_the_side_that_proposed_does_not_confirm(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    order = propose(deal, at=noon)

    with pytest.raises(NotPermitted):
        confirm(deal, order, at=noon, side=Side.ENTERPRISE)

    assert queries.get(order).state is OrderState.PROPOSED


def test_a_stranger_finds_no_order(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    order = propose(deal, at=noon)
    stranger = own_actor(admitted_provider(52, at=noon))

    with pytest.raises(NotFound), transaction():
        services.confirm(order, side=Side.PROVIDER, actor=stranger, at=noon)
    with pytest.raises(NotFound):
        queries.get_provider_own(order, stranger.organisation_id)


def test_everything_that_stands_against_an_order_is_said_at_once(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    wrong = new_order(
        deal,
        net=2_000_000,
        tax=0,
        gross=1_999_999,
        hold=FACE + 1,
        service_from=date(2026, 12, 1),
        service_until=date(2026, 12, 2),
    )

    codes = refused_codes(lambda: services.propose(wrong, side=Side.ENTERPRISE, actor=deal.buyer, at=noon))

    assert codes == ["service_outside", "totals", "above_catalogue", "hold_above_gross", "hold_above_balance"]


def test_a_frozen_voucher_takes_no_order(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    order = propose(deal, at=noon)
    with transaction():
        issuance.freeze(deal.voucher, "核查", actor=deal.held.ground.officer("decider"), at=noon)

    codes = refused_codes(lambda: services.confirm(order, side=Side.PROVIDER, actor=deal.seller, at=noon))

    assert codes == ["voucher_frozen"]
    assert queries.get(order).state is OrderState.PROPOSED
    assert parts(deal.voucher) == (FACE, 0, 0, 0)


def test_of_two_orders_that_together_exceed_the_balance_one_is_confirmed(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    big = {"hold": 2_000_000, "net": 2_000_000, "tax": 0, "gross": 2_000_000, "quantity": 2_000_000}
    orders = [propose(deal, at=noon, **big) for _ in range(2)]  # type: ignore[arg-type]

    results = together(app, [_confirming(deal, order, noon) for order in orders])
    db.session.rollback()

    assert sorted(isinstance(one, RuleViolation) for one in results) == [False, True]
    assert parts(deal.voucher) == (FACE - 2_000_000, 2_000_000, 0, 0)


def test_an_order_is_confirmed_once(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    order = propose(deal, at=noon)

    results = together(app, [_confirming(deal, order, noon)] * 2)
    db.session.rollback()

    assert sorted(isinstance(one, Conflict) for one in results) == [False, True]
    assert parts(deal.voucher) == (FACE - HOLD, HOLD, 0, 0)


def test_confirming_beside_the_expiry_loses_no_fen(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    order = propose(deal, at=noon)
    late = noon + HALF_YEAR

    def expire() -> int:
        with transaction():
            return issuance.expire_due(actor=job("daily"), at=late)

    results = together(app, [_confirming(deal, order, noon), expire])
    db.session.rollback()

    left, held, redeemed, returned = parts(deal.voucher)
    assert results[1] == 1
    assert vouchers.get(deal.voucher).state is VoucherState.EXPIRED
    assert (left, redeemed, held + returned) == (0, 0, FACE)
    assert held == (0 if isinstance(results[0], RuleViolation) else HOLD)
    assert list(verify.findings()) == []


def test_cancelling_gives_back_to_the_voucher(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    order = make_confirmed(deal, at=noon)

    with transaction():
        services.cancel(order, "项目推迟", side=Side.ENTERPRISE, actor=deal.buyer, at=noon)

    assert parts(deal.voucher) == (FACE, 0, 0, 0)
    assert ledger.balances_by_layer(AccountKind.VOUCHER, deal.voucher) == {"city": 1_500_001, "district": 1_500_000}
    assert queries.get(order).reason == "项目推迟"


def test_what_an_order_gives_back_after_the_voucher_ended_goes_to_the_envelope(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    order, late = make_confirmed(deal, at=noon), noon + HALF_YEAR
    with transaction():
        issuance.expire_due(actor=job("daily"), at=late)
    at_expiry = parts(deal.voucher)

    with transaction():
        services.cancel(order, "没有使用", side=Side.PROVIDER, actor=deal.seller, at=late)

    assert at_expiry == (0, HOLD, 0, FACE - HOLD)
    assert parts(deal.voucher) == (0, 0, 0, FACE)
    assert envelope(deal.held.ground) == {"city": 100_000_000, "district": 100_000_000}
    drawn = vouchers.caps_drawn(vouchers.get(deal.voucher))
    assert {ledger.balance(cap.account(AccountKind.DRAWN)) for cap in drawn} == {0}


def test_an_order_past_the_last_day_that_was_not_swept_yet_gives_back_to_the_envelope(
    app: Flask, noon: datetime
) -> None:
    deal = make_deal(at=noon)
    order, late = make_confirmed(deal, at=noon), noon + HALF_YEAR

    with transaction():
        services.cancel(order, "没有使用", side=Side.PROVIDER, actor=deal.seller, at=late)
    with transaction():
        issuance.expire_due(actor=job("daily"), at=late)

    assert parts(deal.voucher) == (0, 0, 0, FACE)
    assert list(verify.findings()) == []


def test_first_usage_begins_the_service_and_is_normalised(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    order = make_confirmed(deal, at=noon)

    public_id = record_usage(deal, order, at=noon)

    statement = queries.usage(public_id)
    assert queries.get(order).state is OrderState.IN_SERVICE
    assert (statement.quantity, statement.pflops_millihours) == (576_000, 179_712)
    assert statement.confirmed_at is None


def test_usage_is_refused_outside_the_order(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    order = make_confirmed(deal, at=noon)
    record_usage(deal, order, at=noon)
    again = {"period_from": date(2026, 3, 18), "period_until": date(2026, 5, 1), "quantity": 500_000}

    with pytest.raises(RuleViolation) as refused:
        record_usage(deal, order, at=noon, **again)

    codes = [finding.code for finding in refused.value.findings]
    assert codes == ["usage_outside", "usage_future", "usage_overlaps", "usage_above_order"]


def test_usage_is_confirmed_once_by_the_enterprise(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    public_id = record_usage(deal, make_confirmed(deal, at=noon), at=noon)
    with pytest.raises(NotFound), transaction():
        services.confirm_usage(public_id, actor=deal.seller, at=noon)

    with transaction():
        services.confirm_usage(public_id, actor=deal.buyer, at=noon)

    assert queries.usage(public_id).confirmed_by == deal.buyer.name
    with pytest.raises(Conflict), transaction():
        services.confirm_usage(public_id, actor=deal.buyer, at=noon)


def test_a_buyer_cannot_take_back_what_was_served_and_not_charged(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    order = make_confirmed(deal, at=noon)
    record_usage(deal, order, at=noon)

    codes = refused_codes(lambda: services.complete(order, side=Side.ENTERPRISE, actor=deal.buyer, at=noon))

    assert codes == ["served_not_charged"]
    with transaction():
        services.complete(order, side=Side.PROVIDER, actor=deal.seller, at=noon)
    assert parts(deal.voucher) == (FACE, 0, 0, 0)


def test_an_act_on_a_stale_page_is_refused(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    order = propose(deal, at=noon)
    seen = queries.get(order).version
    with transaction():
        services.cancel(order, "改签", side=Side.ENTERPRISE, actor=deal.buyer, at=noon, seen_version=seen)

    with pytest.raises(Conflict), transaction():
        services.confirm(order, side=Side.PROVIDER, actor=deal.seller, at=noon, seen_version=seen)

    assert queries.get(order).state is OrderState.CANCELLED


def test_whoever_decided_the_case_agrees_no_order(app: Flask, noon: datetime) -> None:
    deal = make_deal(at=noon)
    decider = deal.held.ground.officer("decider")
    double = decider.__class__(
        decider.kind, decider.name, person_id=decider.person_id, organisation_id=deal.buyer.organisation_id
    )

    codes = refused_codes(lambda: services.propose(new_order(deal), side=Side.ENTERPRISE, actor=double, at=noon))

    assert codes == ["duty-held"]


def _confirming(deal: Deal, order: str, at: datetime) -> Callable[[], Order]:
    def press() -> Order:
        with transaction():
            return services.confirm(order, side=Side.PROVIDER, actor=deal.seller, at=at)

    return press
