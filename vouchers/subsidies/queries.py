"""Reading the spending of ex-post cases, what else uses its invoices, and the subsidy that came of it."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from vouchers.applications.models import Application
from vouchers.applications.states import LIVE
from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound
from vouchers.policy import queries as policy
from vouchers.policy.reach import reaches_version
from vouchers.redemption import queries as redemption
from vouchers.redemption.models import Claim, Invoice
from vouchers.subsidies.models import SpendingInvoice, SpendingPaper

Case = Application
Subsidy = Claim
Used = Invoice
"""What services of this slice take from those below, by the names they have here."""
MOST_LISTED = 200


def is_direct(application: Application) -> bool:
    """Whether a case is paid as a subsidy, without a voucher."""
    return policy.pack(application.scheme_version).pays_directly(application.voucher_kind)


def invoices_of(application_id: int) -> Sequence[SpendingInvoice]:
    """The invoices of a case, in the order they were added."""
    statement = select(SpendingInvoice).where(SpendingInvoice.application_id == application_id)
    return db.session.scalars(statement.order_by(SpendingInvoice.id)).all()


def papers_of(application_id: int) -> Sequence[SpendingPaper]:
    """Contracts, payments and deliveries of a case, in the order they were added."""
    statement = select(SpendingPaper).where(SpendingPaper.application_id == application_id)
    return db.session.scalars(statement.order_by(SpendingPaper.id)).all()


def row_of(application_id: int, public_id: str) -> SpendingInvoice | SpendingPaper:
    """An invoice or paper of this case."""
    of_invoice = select(SpendingInvoice).where(SpendingInvoice.public_id == public_id)
    of_paper = select(SpendingPaper).where(SpendingPaper.public_id == public_id)
    invoice = db.session.scalar(of_invoice.where(SpendingInvoice.application_id == application_id))
    found = invoice or db.session.scalar(of_paper.where(SpendingPaper.application_id == application_id))
    if found is None:
        raise NotFound("no such paper")
    return found


def used_elsewhere(invoice_id: int, application_id: int) -> int:
    """What claims, subsidies and other cases under way use of an invoice, in fen."""
    waiting = (
        select(func.coalesce(func.sum(SpendingInvoice.base), 0))
        .join(Application, Application.id == SpendingInvoice.application_id)
        .where(
            SpendingInvoice.invoice_id == invoice_id,
            SpendingInvoice.application_id != application_id,
            Application.state.in_(LIVE),
        )
    )
    own = claim_of_case(application_id)
    taken = redemption.use_of_invoice(invoice_id, but_for=own.id if own else None)
    return taken + int(db.session.scalar(waiting) or 0)


def claim_of_case(application_id: int) -> Claim | None:
    """The subsidy that was awarded on a case."""
    statement = select(Claim).join(Voucher, Voucher.id == Claim.voucher_id)
    direct = (Claim.order_id.is_(None), Voucher.application_id == application_id)
    return db.session.scalar(statement.where(*direct))


def claim_of(voucher_id: int) -> Claim | None:
    """The subsidy behind a row that stands in the place of a voucher."""
    return db.session.scalar(select(Claim).where(Claim.voucher_id == voucher_id, Claim.order_id.is_(None)))


def awarded(actor: Actor, *, on: date) -> Sequence[Claim]:
    """Subsidies within reach, the newest first."""
    statement = (
        select(Claim)
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .where(Claim.order_id.is_(None), reaches_version(Voucher.scheme_version_id, actor, on=on))
        .order_by(Claim.id.desc())
        .limit(MOST_LISTED)
    )
    return db.session.scalars(statement).all()
