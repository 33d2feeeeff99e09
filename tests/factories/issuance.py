"""Approved cases and vouchers for tests; a case's way to its approval is written as rows, the rest is real."""

from dataclasses import dataclass
from datetime import datetime

from tests.factories.accounts import MAKER
from tests.factories.applications import Ground, make_ground
from tests.factories.enterprises import enterprise, own_actor
from tests.worlds import kept
from vouchers.applications import queries as applications
from vouchers.applications.models import Application
from vouchers.applications.states import ApplicationState
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.numbers import next_number
from vouchers.db.transaction import transaction
from vouchers.enterprises.services import Registered
from vouchers.issuance import queries, services
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.ledger import queries as ledger
from vouchers.ledger.rules import Pot

FACE = 3_000_001  # an odd fen, so that two halves differ


@dataclass(frozen=True)
class Held:
    """A voucher by its public id, who holds it, and the ground it stands on; threads read it anew."""

    voucher: str
    holder: Actor
    ground: Ground

    @property
    def pot(self) -> Pot:
        """Where the money of its scheme stands."""
        return Pot(self.ground.scheme_id, "compute")


@kept
def make_case(
    ground: Ground, applicant: Registered, *, at: datetime, amount: int = FACE, tier: str = "starter"
) -> Application:
    """An approved case that waits for its voucher; opens its own transaction."""
    with transaction():
        window = applications.window(ground.window)
        case = Application(
            number=next_number("SQ", year=at.year, office_id=window.scheme.office_id),
            enterprise_id=applicant.enterprise.id,
            scheme_version_id=window.scheme_version_id,
            window_id=window.id,
            voucher_kind="compute",
            state=ApplicationState.APPROVED,
            requested=amount,
            computed=amount,
            approved=amount,
            tier=tier,
            decision={"facts": {"size_class": "small"}},
            handler_user_id=applicant.user_id,
            submitted_at=at,
            approval_number="渝中数〔2026〕12号",
            created_at=at,
        )
        db.session.add(case)
        db.session.flush()
        record("test.approve", Subject("application", case.public_id), actor=MAKER, at=at)
    return case


@kept
def issue(ground: Ground, case: Application, *, at: datetime) -> Voucher:
    """Issue a case; opens its own transaction."""
    with transaction():
        return services.issue(case.public_id, actor=ground.officer("decider"), at=at)


@kept
def make_held(*, at: datetime, amount: int = FACE, ground: Ground | None = None, number: int = 1) -> Held:
    """A voucher in its holder's hands."""
    ground = ground or make_ground(at=at)
    applicant = enterprise(number, at=at)
    case = make_case(ground, applicant, at=at, amount=amount)
    return Held(issue(ground, case, at=at).public_id, own_actor(applicant), ground)


def envelope(ground: Ground) -> dict[str, int]:
    """What each layer may still promise, in fen."""
    pot = Pot(ground.scheme_id, "compute")
    return {layer: ledger.balance(pot.envelope(layer)) for layer in ("city", "district")}


def parts(public_id: str) -> tuple[int, int, int, int]:
    """Left, held, redeemed and returned of a voucher, in fen."""
    found = queries.figures(queries.get(public_id))
    return found.left, found.held, found.redeemed, found.returned
