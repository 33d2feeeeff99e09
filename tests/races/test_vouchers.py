"""Vouchers under fire: redeemed while they are frozen, voided or expire; no fen is lost, nothing is taken after."""

import time
from dataclasses import dataclass

from tests.factories.accounts import make_user
from tests.factories.redemption import EARLY, FACE, HOLD, Stage, make_stage
from tests.races import together
from tests.races.claims import Draft, drafts
from tests.races.conftest import NOON, Siege
from tests.races.harness import HELD_SECONDS, Reply, Visitor
from vouchers.accounts.states import Role
from vouchers.audit import queries as audit
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries, services
from vouchers.issuance.queries import Figures
from vouchers.issuance.states import VoucherState
from vouchers.kernel.actor import job
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.redemption import queries as claims_of
from vouchers.redemption.states import ClaimState

CLAIMS, EACH, NET = 6, 100_000, 1_000_000
AFTER_ITS_LAST_DAY = NOON.replace(month=7, day=5)


@dataclass(frozen=True)
class Scene:
    """An active voucher, claims on it that are ready to be handed in, and who hands them in."""

    stage: Stage
    claims: list[Draft]
    seller: Visitor

    @property
    def shots(self) -> list[bytes]:
        """Every claim handed in."""
        return [self.seller.shot(f"{one.path}/submit", {"seen_version": one.version}) for one in self.claims]

    @property
    def figures(self) -> Figures:
        """Where the voucher's money is now."""
        db.session.rollback()
        return queries.figures(queries.get(self.stage.voucher))

    def taken(self) -> list[str]:
        """The claims that were let through."""
        db.session.rollback()
        return [one.public_id for one in self.claims if claims_of.get(one.public_id).state is ClaimState.CHECKED]


def make_scene(siege: Siege) -> Scene:
    stage = make_stage()
    claims = drafts(stage, CLAIMS, amount=EACH, net=NET, at=NOON)
    finance = make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=stage.provider_organisation_id)
    seller = siege.visitor(finance)
    seller.get(claims[0].path)
    return Scene(stage, claims, seller)


def press(siege: Siege, stage: Stage, act: str) -> bytes:
    """The decider's press on freeze or void, as its page offers it."""
    decider = siege.visitor(make_user(Role.DECIDER, at=EARLY, name="周审定"))
    path = f"/office/vouchers/{stage.voucher}/{act}"
    form = decider.form(path)
    values = {name: found[0] for name, found in form.values.items() if found}
    return decider.shot(path, {**values, "reason": "接到举报，先行核查"})


def nothing_was_taken_after(scene: Scene, act: str) -> bool:
    """Whether every claim that was let through was handed in before the voucher was stopped."""
    (stopped,) = [event.seq for event in audit.history_of("voucher", scene.stage.voucher) if event.act == act]
    handed_in = [
        event.seq
        for claim in scene.taken()
        for event in audit.history_of("claim", claim)
        if event.act == "claim.submit"
    ]
    return all(seq < stopped for seq in handed_in)


def in_the_middle(shots: list[bytes], one: bytes) -> list[bytes]:
    """One shot among the others."""
    return [*shots[: len(shots) // 2], one, *shots[len(shots) // 2 :]]


def test_no_claim_is_taken_on_a_voucher_once_it_is_frozen(siege: Siege, rounds: int) -> None:
    for _ in range(rounds):
        scene = make_scene(siege)
        replies = siege.fire(in_the_middle(scene.shots, press(siege, scene.stage, "freeze")))

        assert replies[CLAIMS // 2].status == 303
        assert {reply.status for reply in replies} <= {303, 422}
        assert len(scene.taken()) == sum(reply.status == 303 for reply in replies) - 1
        assert queries.get(scene.stage.voucher).state is VoucherState.FROZEN
        assert nothing_was_taken_after(scene, "voucher.freeze")
        assert (scene.figures.left, scene.figures.held) == (FACE - HOLD, HOLD)


def test_no_claim_is_taken_on_a_voucher_once_it_is_void(siege: Siege, rounds: int) -> None:
    for _ in range(rounds):
        scene = make_scene(siege)
        replies = siege.fire(in_the_middle(scene.shots, press(siege, scene.stage, "void")))

        assert replies[CLAIMS // 2].status == 303
        assert {reply.status for reply in replies} <= {303, 422}
        assert queries.get(scene.stage.voucher).state is VoucherState.VOID
        assert nothing_was_taken_after(scene, "voucher.void")
        found = scene.figures
        assert (found.left, found.held, found.returned) == (0, HOLD, FACE - HOLD)
        assert [ledger.balance_of(AccountKind.HELD, one) for one in scene.taken()] == [EACH] * len(scene.taken())


def test_what_expires_while_it_is_redeemed_and_released_adds_up_to_its_face(siege: Siege, rounds: int) -> None:
    for _ in range(rounds):
        scene = make_scene(siege)
        provider = siege.visitor(
            make_user(Role.PROVIDER_OPERATOR, at=EARLY, organisation_id=scene.stage.provider_organisation_id)
        )
        path = f"/provider/orders/{scene.stage.order}/complete"
        form = provider.form(path)
        complete = provider.shot(path, {name: found[0] for name, found in form.values.items() if found})

        def fire(shots: list[bytes] = in_the_middle(scene.shots, complete)) -> list[Reply]:  # noqa: B008  bound now
            return siege.fire(shots)

        def sweep() -> list[Reply]:
            time.sleep(HELD_SECONDS)  # the shots lack their last byte for as long
            with transaction():
                services.expire_due(actor=job("daily"), at=AFTER_ITS_LAST_DAY)
            return []

        replies, _ = together(siege.app, [fire, sweep])

        assert isinstance(replies, list), replies
        assert {reply.status for reply in replies} <= {303, 422}
        assert replies[CLAIMS // 2].status == 303
        found, taken = scene.figures, scene.taken()
        assert queries.get(scene.stage.voucher).state is VoucherState.EXPIRED
        assert found.left == 0
        assert found.held == EACH * len(taken)
        assert found.returned == FACE - found.held
