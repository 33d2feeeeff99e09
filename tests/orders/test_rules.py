"""Quantities and amounts of orders, and the lifecycle, without a database."""

from dataclasses import replace
from datetime import date
from typing import Literal

import pytest

from vouchers.kernel.errors import Conflict
from vouchers.kernel.periods import DateRange
from vouchers.orders import rules
from vouchers.orders.rules import Grounds, Metered, Terms
from vouchers.orders.states import ORDERS, OrderState
from vouchers.providers.states import Unit
from vouchers.providers.units import MOST, PARTS

MARCH = DateRange(date(2026, 3, 1), date(2026, 3, 31))
GROUNDS = Grounds(100_00, MARCH, ("compute",), "compute", is_listed=True, is_admitted=True)
TERMS = Terms(10_000, 10_00, 90_00, 10_00, 100_00, 100_00, MARCH)


def test_good_terms_have_no_finding() -> None:
    assert rules.order_findings(TERMS, GROUNDS) == []


@pytest.mark.parametrize(
    ("grounds", "code"),
    [
        (Grounds(100_00, MARCH, ("model",), "compute", is_listed=True, is_admitted=True), "offering_kind"),
        (Grounds(100_00, MARCH, ("compute",), "compute", is_listed=False, is_admitted=True), "offering_withdrawn"),
        (Grounds(100_00, MARCH, ("compute",), "compute", is_listed=True, is_admitted=False), "provider_not_admitted"),
        (Grounds(99_99, MARCH, ("compute",), "compute", is_listed=True, is_admitted=True), "hold_above_balance"),
    ],
)
def test_each_ground_is_asked(grounds: Grounds, code: str) -> None:
    assert [finding.code for finding in rules.order_findings(TERMS, grounds)] == [code]


def test_a_started_fen_of_the_catalogue_price_counts_full() -> None:
    assert rules.highest_gross(1, 1) == 1
    assert rules.highest_gross(1_001, 1_000) == 1_001


def test_usage_up_to_the_last_hour_of_the_order_is_fine() -> None:
    usage = Metered(MARCH, 500, 500, 1_000, MARCH, (), date(2026, 3, 31), green_share_bp=0)

    assert rules.usage_findings(usage) == []


def test_a_price_is_of_the_unit_whatever_its_parts() -> None:
    assert rules.highest_gross(2_500_001, 800, Unit.MILLION_TOKENS) == 2_001
    assert rules.prefilled(3, 5_000_000, 600, Unit.PIECE) == (14_150_943, 849_057, 15_000_000)


def test_a_service_that_the_kind_does_not_allow_is_refused_with_the_clause() -> None:
    grounds = replace(GROUNDS, spent_on=("token",), clause="若干措施 模型券")

    (finding,) = rules.order_findings(TERMS, grounds)

    assert (finding.code, finding.clause) == ("offering_kind", "若干措施 模型券")
    assert "（依据：若干措施 模型券）" in finding.text


@pytest.mark.parametrize(
    ("unit", "counted", "codes"),
    [
        (Unit.MILLION_TOKENS, "tokens", []),
        (Unit.SET, "tokens", ["offering_unit"]),
        (Unit.CARD_HOUR, "tokens", ["offering_unit"]),
        (Unit.CARD_HOUR, "pflops-hours", []),
    ],
)
def test_a_voucher_redeemed_by_a_quantity_buys_only_what_is_counted_so(
    unit: Unit, counted: Literal["tokens", "pflops-hours"], codes: list[str]
) -> None:
    grounds = replace(GROUNDS, spent_on=("model",), offering_kind="model", unit=unit, counted=counted)
    terms = replace(TERMS, quantity=10 * PARTS[unit])

    assert [finding.code for finding in rules.order_findings(terms, grounds)] == codes


@pytest.mark.parametrize("quantity", [0, -5, (MOST + 1) * PARTS[Unit.CARD_HOUR]])
def test_no_order_is_for_nothing_or_for_more_than_can_be_meant(quantity: int) -> None:
    codes = [finding.code for finding in rules.order_findings(replace(TERMS, quantity=quantity), GROUNDS)]

    assert codes[0] == ("quantity_most" if quantity > 0 else "quantity_zero")


def test_green_power_is_told_of_card_hours_and_of_nothing_else() -> None:
    hours = Metered(MARCH, 500, 0, 1_000, MARCH, (), date(2026, 3, 31))
    pieces = replace(hours, unit=Unit.PIECE)

    found = [rules.usage_findings(one) for one in (hours, pieces, replace(pieces, green_share_bp=10))]

    assert [[finding.code for finding in one] for one in found] == [["green_missing"], [], ["green_of_no_card"]]


def test_more_than_the_order_is_told_in_its_unit() -> None:
    usage = Metered(MARCH, 3, 1, 3, MARCH, (), date(2026, 3, 31), Unit.PIECE)

    (finding,) = rules.usage_findings(usage)

    assert finding.text.startswith("数量超过订单剩余的 2 件。")


@pytest.mark.parametrize("state", OrderState)
@pytest.mark.parametrize("action", ["confirm", "begin_service", "dispute", "settle_dispute", "complete", "cancel"])
def test_every_state_knows_every_action(state: OrderState, action: str) -> None:
    if ORDERS.allows(state, action):
        assert ORDERS.after(state, action) in OrderState
    else:
        with pytest.raises(Conflict):
            ORDERS.after(state, action)


def test_ended_orders_stay_ended() -> None:
    assert ORDERS.actions_in(OrderState.COMPLETED) == ORDERS.actions_in(OrderState.CANCELLED) == ()
