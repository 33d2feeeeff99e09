"""Hours and amounts of orders, and the lifecycle, without a database."""

from datetime import date

import pytest

from vouchers.kernel.errors import Conflict
from vouchers.kernel.periods import DateRange
from vouchers.orders import rules
from vouchers.orders.rules import Grounds, Metered, Terms
from vouchers.orders.states import ORDERS, OrderState

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
    usage = Metered(MARCH, 500, 500, 1_000, MARCH, (), date(2026, 3, 31))

    assert rules.usage_findings(usage) == []


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
