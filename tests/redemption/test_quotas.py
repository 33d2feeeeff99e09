"""Caps of every shape hold when claims are handed in: counted claims and contracts, sellers, conditions."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.providers import cardless
from tests.factories.redemption import (
    EARLY,
    Stage,
    checked_claim,
    invoice_file,
    make_stage,
    new_claim,
    served_order,
    verified_claim,
)
from tests.policy.packs import cap_text
from tests.races import together
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.errors import RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.ledger import verify
from vouchers.ledger.rules import Cap
from vouchers.ledger.states import AccountKind
from vouchers.orders import queries as orders
from vouchers.providers.states import OfferingKind
from vouchers.providers.states import Unit as ServiceUnit
from vouchers.redemption import queries, services
from vouchers.redemption.models import Claim
from vouchers.redemption.services import Approval
from vouchers.redemption.services.examining import facts_of, terms_of

pytestmark = pytest.mark.database

SUBJECT = 60  # characters of a ledger account's subject
EACH, NET, HOLD = 1_000_000, 2_000_000, 4_000_000


def staged(**cap: object) -> Stage:
    """A stage under the shipped pack with a further cap that is asked at redemption."""
    return make_stage(hold=HOLD, changes=(cap_text(at=["redemption"], **cap),))


def claim(stage: Stage, at: datetime) -> Claim:
    return checked_claim(stage, at=at, amount=EACH, invoice=invoice_file(stage, net=NET))


def extra(one: Claim) -> Cap:
    """The quota of the further cap on which a claim drew."""
    (found,) = [cap for cap in queries.caps_drawn(one) if cap.key == "redemption:extra"]
    return found


def drawn(cap: Cap) -> tuple[int, int]:
    """What is used and what is left of a quota."""
    return ledger.balance(cap.account(AccountKind.DRAWN)), ledger.balance(cap.account(AccountKind.QUOTA))


def second_order(stage: Stage) -> Stage:
    offering = orders.get(stage.order).offering
    order = served_order(stage.voucher, offering, hold=EACH, buyer=stage.enterprise, seller=stage.provider)
    return replace(stage, order=order)


def withdraw(one: Claim, stage: Stage, at: datetime) -> None:
    with transaction():
        services.withdraw_claim(one.public_id, actor=stage.provider, at=at)


def test_claims_are_counted_and_one_that_is_withdrawn_is_counted_no_more(app: Flask, noon: datetime) -> None:
    stage = staged(count=1, counting="claims")
    first = claim(stage, noon)
    cap = extra(first)
    assert (drawn(cap), cap.unit) == ((1, 0), "claims")

    with pytest.raises(RuleViolation, match="示例上限"):
        claim(stage, noon)

    withdraw(first, stage, noon)
    assert drawn(cap) == (0, 1)
    assert drawn(extra(claim(stage, noon))) == (1, 0)
    assert list(verify.findings()) == []


def test_a_cap_of_the_longest_name_has_a_quota_of_its_own(app: Flask, noon: datetime) -> None:
    name = "a" * 60
    stage = staged(id=name, limit="12000 元")

    first = claim(stage, noon)

    (cap,) = [cap for cap in queries.caps_drawn(first) if cap.key.startswith("redemption:aaa")]
    assert drawn(cap) == (EACH, 200_000)
    assert len(cap.key) <= (SUBJECT)
    with pytest.raises(RuleViolation, match="示例上限"):
        claim(stage, noon)
    assert list(verify.findings()) == []


def test_a_claim_that_is_approved_in_part_stays_counted(app: Flask, noon: datetime) -> None:
    stage = staged(count=1, counting="claims")
    asked = verified_claim(stage, at=noon, amount=EACH, invoice=invoice_file(stage, net=NET))
    decider = make_user(Role.DECIDER, at=EARLY, name="周审定")

    with transaction():
        part = Approval(asked.version, EACH // 2, "部分用量没有凭证")
        services.approve_claim(asked.public_id, part, actor=decider.actor(Role.DECIDER), at=noon)

    assert drawn(extra(asked)) == (1, 0)


def test_of_many_claims_at_the_same_moment_one_gets_the_last_count(app: Flask, noon: datetime) -> None:
    stage = staged(count=1, counting="claims")
    asked = [new_claim(stage, amount=EACH, invoice=invoice_file(stage, net=NET)) for _ in range(4)]
    db.session.rollback()

    def submit(place: int) -> str:
        with transaction():
            return services.submit_claim(asked[place], actor=stage.provider, at=noon).public_id

    results = together(app, [lambda place=place: submit(place) for place in range(4)])  # type: ignore[misc]
    db.session.rollback()

    (taken,) = [one for one in results if isinstance(one, str)]
    assert drawn(extra(queries.get(taken))) == (1, 0)
    assert list(verify.findings()) == []


def test_a_contract_counts_once_and_a_second_contract_is_refused(app: Flask, noon: datetime) -> None:
    stage = staged(count=1, counting="contracts")
    other = second_order(stage)
    claims = [claim(stage, noon) for _ in range(2)]
    cap = extra(claims[1])

    with pytest.raises(RuleViolation, match="示例上限"):
        claim(other, noon)

    assert (drawn(cap), ledger.balance(cap.uses(AccountKind.DRAWN)), cap.unit) == ((1, 0), 2, "contracts")
    withdraw(claims[0], stage, noon)
    assert drawn(cap) == (1, 0)
    withdraw(claims[1], stage, noon)
    assert drawn(cap) == (0, 1)
    assert drawn(extra(claim(other, noon))) == (1, 0)
    assert list(verify.findings()) == []


def test_a_seller_has_a_quota_of_its_own(app: Flask, noon: datetime) -> None:
    stage = staged(limit="10000 元", over="seller", per="calendar-year")
    cap = extra(claim(stage, noon))

    with pytest.raises(RuleViolation, match="示例上限"):
        claim(stage, noon)

    assert drawn(cap) == (EACH, 0)
    assert cap.party == queries.get(queries.of_order(orders.get(stage.order).id)[0].public_id).payee.public_id
    assert list(verify.findings()) == []


def test_a_month_has_a_quota_of_its_own_by_the_day_the_pack_names(app: Flask, noon: datetime) -> None:
    stage = staged(limit="10000 元", per="month")
    first = claim(stage, noon)

    with pytest.raises(RuleViolation, match="示例上限"):
        claim(stage, noon)

    assert extra(first).period == f"{day_of(first):%Y-%m}"
    assert list(verify.findings()) == []


def test_a_limit_is_chosen_by_what_the_case_says(app: Flask, noon: datetime) -> None:
    by_field = {"match": [{"when": {"field": {"is": "health"}}, "then": "10000 元"}], "otherwise": "50000 元"}
    stage = staged(limit=by_field)
    cap = extra(claim(stage, noon))

    with pytest.raises(RuleViolation, match="示例上限"):
        claim(stage, noon)

    assert drawn(cap) == (EACH, 0)


def day_of(one: Claim) -> date:
    """The day by which the shipped pack counts caps."""
    assert one.claimed_on is not None
    return {"service": one.service_until, "invoice": one.invoice.issued_on, "claim": one.claimed_on}[
        terms_of(one).cap_date
    ]


def test_a_moving_period_holds_for_claims_and_lets_go_of_what_lies_before_it(app: Flask, noon: datetime) -> None:
    stage = staged(per="rolling", span="20 days", limit="10000 元")
    first = claim(stage, noon)
    with pytest.raises(RuleViolation, match="示例上限"):
        claim(stage, noon + timedelta(days=19))

    later = claim(stage, noon + timedelta(days=20))

    assert ledger.balance(extra(first).account(AccountKind.DRAWN)) == 0
    assert ledger.balance(extra(later).account(AccountKind.DRAWN)) == EACH
    withdraw(later, stage, noon + timedelta(days=20))
    assert list(verify.findings()) == []


def test_a_base_of_card_hours_is_read_off_the_confirmed_usage_and_counts_no_hour_twice(
    app: Flask, noon: datetime
) -> None:
    by_hours = (
        ("of: invoiced\n      tax: excluded", "of: quantity\n      unit: card-hours"),
        ("      less: [coupons, gifts, refunds]\n", ""),
    )
    stage = make_stage(hold=HOLD, changes=by_hours)
    metered = sum(usage.quantity for usage in orders.get(stage.order).usage) // 1000

    part, twice = (card_hours(stage, noon, net=net) for net in (NET, 2 * NET))

    assert 0 < part < metered
    assert twice in {2 * part, 2 * part + 1}


BY_TOKENS = (
    ("of: invoiced\n      tax: excluded", "of: quantity\n      unit: tokens"),
    ("      less: [coupons, gifts, refunds]\n", ""),
    ("spent_on: [compute]", "spent_on: [token]"),
)


def test_a_base_of_tokens_counts_every_token_that_bears_the_claim_and_none_besides(app: Flask, noon: datetime) -> None:
    tokens = 10_600_000_001  # one more than 10,600 million for what the contract costs
    entry = cardless(OfferingKind.TOKEN, ServiceUnit.MILLION_TOKENS, price=1_000)
    stage = make_stage(hold=HOLD, changes=BY_TOKENS, entry=entry, quantity=tokens)

    part, whole = (facts_of(draft(stage, noon, net), on=noon.date())[0] for net in (NET, 5 * NET))

    assert whole["used_tokens"] == tokens
    assert part["used_tokens"] == tokens // 5
    assert "used_card_hours" not in whole
    assert "green_share" not in whole


def test_card_hours_are_counted_as_pflops_hours_too(app: Flask, noon: datetime) -> None:
    stage = make_stage(hold=HOLD)
    (usage,) = orders.get(stage.order).usage

    facts = facts_of(draft(stage, noon, 5 * NET), on=noon.date())[0]

    assert usage.pflops_millihours == 2_496_000
    assert 0 < int(str(facts["used_pflops_hours"])) <= 2_496
    assert "used_tokens" not in facts


def test_a_voucher_redeemed_by_tokens_takes_no_order_in_another_unit(app: Flask, noon: datetime) -> None:
    card_hours = (*BY_TOKENS[:2], ("spent_on: [compute]", "spent_on: [compute, token]"))

    with pytest.raises(RuleViolation, match="这张券按词元核销"):
        make_stage(hold=HOLD, changes=card_hours)


def card_hours(stage: Stage, at: datetime, *, net: int) -> int:
    found = facts_of(draft(stage, at, net), on=at.date())[0]["used_card_hours"]
    assert isinstance(found, int)
    return found


def draft(stage: Stage, at: datetime, net: int) -> Claim:
    """A claim that is written and not handed in."""
    with transaction():
        new = new_claim(stage, amount=EACH, invoice=invoice_file(stage, net=net))
        return services.draft_claim(new, actor=stage.provider, at=at)
