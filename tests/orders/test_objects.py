"""What a pack says of the voucher as an object, obeyed: used once, used without an order, used in whole sheets."""

from datetime import datetime

import pytest
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.applications import make_ground
from tests.factories.enterprises import enterprise
from tests.factories.issuance import issue, make_case
from tests.factories.redemption import (
    FACE,
    HOLD,
    Stage,
    approved_claim,
    checked_claim,
    make_stage,
    new_claim,
    verified_claim,
)
from tests.policy.packs import edited
from vouchers.accounts.states import Role
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.issuance import verify as issuance_verify
from vouchers.issuance.states import VoucherState
from vouchers.kernel.errors import RuleViolation
from vouchers.orders import queries, services
from vouchers.orders.states import OrderState, Side
from vouchers.redemption import services as redemption
from vouchers.redemption import verify
from vouchers.redemption.services import Approval

pytestmark = pytest.mark.database
ONCE = (("partial_use: true", "partial_use: false"),)
NO_ORDER = (("reserved_by_order: true", "reserved_by_order: false"),)
SHEETS = (("form: quota", "form: sheets\n    face: 1000 元\n    sheets: 50"),)


def parts(stage: Stage) -> tuple[int, int, int, int]:
    found = vouchers.figures(vouchers.get(stage.voucher))
    return found.left, found.held, found.redeemed, found.returned


def proven() -> bool:
    return [*issuance_verify.findings(), *verify.findings()] == []


def test_the_rest_of_a_voucher_that_is_used_once_lapses_with_its_use(app: Flask) -> None:
    stage = make_stage(changes=ONCE)

    assert parts(stage) == (0, HOLD, 0, FACE - HOLD)
    assert vouchers.movements(vouchers.get(stage.voucher))[-1].note == "一次用完，余下部分退回发放规模"
    assert proven()


def test_an_order_called_off_before_anything_was_redeemed_leaves_the_one_use(app: Flask, noon: datetime) -> None:
    stage = make_stage(changes=ONCE, metered=False)
    with transaction():
        services.cancel(stage.order, "服务商无法供货", side=Side.ENTERPRISE, actor=stage.enterprise, at=noon)

    assert parts(stage) == (HOLD, 0, 0, FACE - HOLD)
    assert proven()


def test_what_is_left_after_the_one_use_is_not_spent_again(app: Flask, noon: datetime) -> None:
    stage = make_stage(changes=ONCE)
    approved_claim(stage, at=noon, amount=HOLD - 100_000)
    with transaction():
        services.complete(stage.order, side=Side.PROVIDER, actor=stage.provider, at=noon)

    assert parts(stage) == (0, 0, HOLD - 100_000, FACE - HOLD + 100_000)
    assert vouchers.get(stage.voucher).state is VoucherState.USED_UP
    assert proven()


def test_what_would_lapse_is_told_before_it_does(app: Flask, noon: datetime) -> None:
    stage = make_stage(changes=ONCE, metered=False)
    with transaction():
        services.cancel(stage.order, "改约", side=Side.ENTERPRISE, actor=stage.enterprise, at=noon)
    first = queries.get(stage.order)
    terms = services.NewOrder(
        voucher=stage.voucher,
        offering=first.offering.public_id,
        contract_number="LT-2026-018",
        contract_signed_on=first.contract_signed_on,
        contract_file_id=None,
        quantity=first.quantity,
        tax_rate_bp=first.tax_rate_bp,
        net=first.net,
        tax=first.tax,
        gross=first.gross,
        hold=HOLD - 500_000,
        service_from=first.service_from,
        service_until=first.service_until,
    )
    with transaction():
        order = services.propose(terms, side=Side.PROVIDER, actor=stage.provider, at=noon).public_id

    assert queries.lapsing(queries.get(order)) == 500_000
    with transaction():
        services.confirm(order, side=Side.ENTERPRISE, actor=stage.enterprise, at=noon)
    assert (queries.lapsing(queries.get(order)), parts(stage)[0]) == (0, 0)


def test_without_an_order_before_use_a_contract_is_registered_and_claimed_on(app: Flask, noon: datetime) -> None:
    stage = make_stage(changes=NO_ORDER, metered=False)
    assert queries.get(stage.order).state is OrderState.IN_SERVICE  # nobody had to confirm it

    claim = checked_claim(stage, at=noon, amount=4_500_000)  # without usage nothing is known of its green share

    assert sum(row.amount for row in claim.allocations) == claim.base
    assert parts(stage) == (FACE - HOLD, HOLD, 0, 0)
    assert proven()


def test_where_an_order_reserves_no_claim_goes_without_confirmed_usage(app: Flask, noon: datetime) -> None:
    stage = make_stage(metered=False)

    with pytest.raises(RuleViolation) as refused, transaction():
        redemption.submit_claim(new_claim(stage), actor=stage.provider, at=noon)

    assert "claim.usage" in {finding.code for finding in refused.value.findings}


def test_sheets_are_ordered_claimed_and_approved_whole(app: Flask, noon: datetime) -> None:
    with pytest.raises(RuleViolation, match="整数倍"):
        make_stage(changes=SHEETS, hold=HOLD + 1)
    stage = make_stage(changes=SHEETS)
    with pytest.raises(RuleViolation) as refused, transaction():
        redemption.submit_claim(new_claim(stage, amount=HOLD - 1), actor=stage.provider, at=noon)
    assert "claim.sheets" in {finding.code for finding in refused.value.findings}
    claim = verified_claim(stage, at=noon)

    approval, decider = Approval(claim.version, HOLD - 1, "核减一分"), make_user(Role.DECIDER, at=noon, name="周审定")
    with pytest.raises(RuleViolation, match="按整张核定"), transaction():
        redemption.approve_claim(claim.public_id, approval, actor=decider.actor(Role.DECIDER), at=noon)


def test_sheets_are_issued_whole_and_no_more_than_the_pack_says(app: Flask, noon: datetime) -> None:
    loaded = edited(*SHEETS[0])
    assert not loaded.not_yet
    ground = make_ground(at=noon, loaded=loaded)
    odd, first, second = (enterprise(n, at=noon) for n in (1, 2, 3))
    with pytest.raises(RuleViolation, match="整数倍"):
        issue(ground, make_case(ground, odd, at=noon), at=noon)

    issue(ground, make_case(ground, first, at=noon, amount=3_000_000), at=noon)

    with pytest.raises(RuleViolation, match="剩余"):
        issue(ground, make_case(ground, second, at=noon, amount=3_000_000), at=noon)  # 30 of 50 are out
