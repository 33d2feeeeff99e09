"""Claims under fire: what a hold, an invoice, a key and a state may give once, they give once."""

import pytest

from tests.factories.accounts import Somebody, make_user
from tests.factories.redemption import EARLY, Stage, checked_claim, make_stage, verified_claim
from tests.races.claims import draft, drafts, invoice
from tests.races.conftest import NOON, Siege
from tests.races.harness import Visitor, counts
from vouchers.accounts.states import Role
from vouchers.audit import queries as audit
from vouchers.db.base import db
from vouchers.kernel.identifiers import new_public_id
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.redemption import queries
from vouchers.redemption.states import ClaimState

AT_ONCE = 50
WHOLE, THIRD, THIRD_NET = 4_800_000, 1_600_000, 3_333_333
TOLD_NO = {409, 422}


@pytest.fixture
def stage(siege: Siege) -> Stage:
    return make_stage()


@pytest.fixture
def seller(siege: Siege, stage: Stage) -> Visitor:
    return siege.visitor(
        make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=stage.provider_organisation_id, name="许财务")
    )


def officer(role: Role, name: str) -> Somebody:
    return make_user(role, at=EARLY, name=name)


def state_of(claim: str) -> ClaimState:
    db.session.rollback()
    return queries.get(claim).state


def acts_on(claim: str) -> list[str]:
    return [event.act for event in audit.history_of("claim", claim)]


def test_fifty_claims_of_a_third_each_take_exactly_three(siege: Siege, rounds: int) -> None:
    for _ in range(rounds):
        stage = make_stage(hold=WHOLE)
        own = siege.visitor(make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=stage.provider_organisation_id))
        claims = drafts(stage, AT_ONCE, amount=THIRD, net=THIRD_NET, at=NOON)
        own.get(claims[0].path)

        replies = siege.fire([own.shot(f"{one.path}/submit", {"seen_version": one.version}) for one in claims])

        assert counts(replies) == {303: 3, 422: AT_ONCE - 3}
        assert ledger.balance_of(AccountKind.HELD, stage.order) == WHOLE - 3 * THIRD
        taken = [one for one in claims if state_of(one.public_id) is ClaimState.CHECKED]
        assert [ledger.balance_of(AccountKind.HELD, one.public_id) for one in taken] == [THIRD] * 3


def test_one_invoice_backs_one_claim(siege: Siege, stage: Stage, seller: Visitor, rounds: int) -> None:
    for _ in range(rounds):
        paper = invoice(stage, net=100_000)
        claims = [draft(stage, amount=10_000, paper=paper, at=NOON) for _ in range(10)]
        seller.get(claims[0].path)

        replies = siege.fire([seller.shot(f"{one.path}/submit", {"seen_version": one.version}) for one in claims])

        assert counts(replies) == {303: 1, 422: 9}
        used = queries.get(claims[0].public_id).invoice
        assert used.allocated == used.eligible
        assert [state_of(one.public_id) for one in claims].count(ClaimState.CHECKED) == 1


def test_the_same_press_fifty_times_is_one_press(siege: Siege, stage: Stage, rounds: int) -> None:
    decider = siege.visitor(officer(Role.DECIDER, "周审定"))
    reviewer = officer(Role.REVIEWER, "王核验")
    for _ in range(rounds):
        paper = invoice(stage, net=100_000)
        claim = verified_claim(stage, at=NOON, verifier=reviewer, amount=10_000, invoice=paper)
        path, version = f"/office/claims/{claim.public_id}/approve", claim.version
        decider.get(path)
        press = {"seen_version": version, "amount": "100.00", "idempotency_key": new_public_id()}

        replies = siege.fire([decider.shot(path, press)] * AT_ONCE)
        other = decider.post(path, {**press, "amount": "99.00", "reason": "少一元"})

        assert {(reply.status, reply.location) for reply in replies} == {(303, f"/office/claims/{claim.public_id}")}
        assert other.status == 422
        assert acts_on(claim.public_id).count("claim.approve") == 1
        assert state_of(claim.public_id) is ClaimState.APPROVED


def test_verified_withdrawn_or_sent_back_is_one_of_them(
    siege: Siege, stage: Stage, seller: Visitor, rounds: int
) -> None:
    first, second = (siege.visitor(officer(Role.REVIEWER, name)) for name in ("王核验", "赵核验"))
    for _ in range(rounds):
        claim = checked_claim(stage, at=NOON, amount=10_000, invoice=invoice(stage, net=100_000))
        public_id, version = claim.public_id, claim.version
        office = f"/office/claims/{public_id}"
        seller.get(f"/provider/claims/{public_id}")
        first.get(f"{office}/verify")
        second.get(f"{office}/send-back")

        replies = siege.fire(
            [
                first.shot(f"{office}/verify", {"seen_version": version, "finding": "已在平台查验，一致"}),
                seller.shot(f"/provider/claims/{public_id}/withdraw", {"seen_version": version}),
                second.shot(f"{office}/send-back", {"seen_version": version, "reason": "缺少企业签章"}),
            ]
        )

        assert sorted(reply.status for reply in replies) == [303, 409, 409]
        winner = [reply.status for reply in replies].index(303)
        expected = (ClaimState.VERIFIED, ClaimState.WITHDRAWN, ClaimState.RETURNED)[winner]
        assert state_of(public_id) is expected
        held = ledger.balance_of(AccountKind.HELD, public_id)
        assert held == (10_000 if expected is ClaimState.VERIFIED else 0)


def test_approved_or_refused_is_one_of_them(siege: Siege, stage: Stage, rounds: int) -> None:
    first, second = (siege.visitor(officer(Role.DECIDER, name)) for name in ("周审定", "吴审定"))
    reviewer = officer(Role.REVIEWER, "王核验")
    for _ in range(rounds):
        paper = invoice(stage, net=100_000)
        claim = verified_claim(stage, at=NOON, verifier=reviewer, amount=10_000, invoice=paper)
        public_id, version = claim.public_id, claim.version
        office = f"/office/claims/{public_id}"
        first.get(f"{office}/approve")
        second.get(f"{office}/refuse")

        replies = siege.fire(
            [
                first.shot(f"{office}/approve", {"seen_version": version, "amount": "100.00"}),
                second.shot(f"{office}/refuse", {"seen_version": version, "reason": "票面已被红冲"}),
            ]
        )

        assert {reply.status for reply in replies} - TOLD_NO == {303}
        is_approved = replies[0].status == 303
        assert is_approved != (replies[1].status == 303)
        assert state_of(public_id) is (ClaimState.APPROVED if is_approved else ClaimState.REJECTED)
        assert ledger.balance_of(AccountKind.HELD, public_id) == 0
