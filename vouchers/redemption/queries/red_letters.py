"""Red-letter invoices on record, and how much of them is not yet taken off their originals."""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, func, or_, select

from vouchers.db.base import db
from vouchers.db.filters import contains
from vouchers.db.lists import ListSpec, Page, page_of
from vouchers.db.writing import send
from vouchers.redemption.models import Allocation, Claim, RedLetter
from vouchers.redemption.states import ClaimState

LIVE = (
    ClaimState.SUBMITTED,
    ClaimState.CHECKED,
    ClaimState.VERIFIED,
    ClaimState.APPROVED,
    ClaimState.BATCHED,
    ClaimState.PAID,
)
_LIST = ListSpec(
    key=RedLetter.id,
    sorts={
        "recorded": RedLetter.id,
        "number": RedLetter.key,
        "gross": RedLetter.gross,
        "reduction": RedLetter.reduction,
    },
    default="-recorded",
    filters={"q": contains(RedLetter.key, RedLetter.original_key, RedLetter.seller_name)},
)
_letters = RedLetter.__table__.c
_PENDING = select(func.coalesce(func.sum(_letters.reduction - _letters.applied), 0)).where(
    _letters.invoice_id == bindparam("invoice_id")
)


def red_letter_by_key(key: str) -> RedLetter | None:
    """The red letter on record under a number."""
    return db.session.scalar(select(RedLetter).where(RedLetter.key == key))


def red_letters_of(invoice_id: int, key: str) -> Sequence[RedLetter]:
    """Everything that takes back an invoice, oldest first; also what came before the invoice itself was on record."""
    against = or_(RedLetter.invoice_id == invoice_id, RedLetter.original_key == key)
    return db.session.scalars(select(RedLetter).where(against).order_by(RedLetter.id)).all()


def red_pending(invoice_id: int) -> int:
    """By how much live claims use more of an invoice than its red letters leave, in fen of the scheme's measure."""
    return int(send(_PENDING, {"invoice_id": invoice_id}).scalar_one())


def overdrawn_invoices() -> set[int]:
    """The invoices of which live claims use more than their red letters leave."""
    statement = select(RedLetter.invoice_id).where(RedLetter.applied < RedLetter.reduction)
    return {found for found in db.session.scalars(statement) if found is not None}


def claims_on_invoice(invoice_id: int) -> Sequence[Claim]:
    """The claims that use an invoice now, oldest first; a direct subsidy rests on several."""
    resting = select(Allocation.claim_id).where(Allocation.invoice_id == invoice_id)
    on_it = or_(Claim.invoice_id == invoice_id, Claim.id.in_(resting))
    return db.session.scalars(select(Claim).where(on_it, Claim.state.in_(LIVE)).order_by(Claim.id)).all()


def invoices_of(claim: Claim) -> set[int]:
    """The invoices a claim rests on: one, or those of a direct subsidy."""
    return {row.invoice_id for row in claim.allocations} if claim.is_direct else {claim.invoice_id}


def list_red_letters(arguments: Mapping[str, str], seller_uscc: str | None = None) -> Page[RedLetter]:
    """Red letters, the newest first; of one seller where a provider looks."""
    statement = select(RedLetter)
    if seller_uscc is not None:
        statement = statement.where(RedLetter.seller_uscc == seller_uscc)
    return page_of(db.session(), statement, spec=_LIST, arguments=arguments, shape=lambda found: found)
