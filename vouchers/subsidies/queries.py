"""Reading the spending of ex-post cases, what else uses its invoices, and the subsidy that came of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select

from vouchers.applications.models import Application
from vouchers.applications.states import LIVE
from vouchers.db.base import db
from vouchers.db.filters import at_least_fen, at_most_fen, contains, from_day, one_of, to_day
from vouchers.db.lists import ListSpec, Page, export_of, page_of
from vouchers.enterprises.models import Enterprise
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound
from vouchers.parties.models import Organisation
from vouchers.policy import queries as policy
from vouchers.policy.models import Scheme, SchemeVersion
from vouchers.policy.reach import reaches_version
from vouchers.redemption import queries as redemption
from vouchers.redemption.models import Claim, Invoice
from vouchers.redemption.rules.sides import side_of
from vouchers.redemption.states import ClaimState
from vouchers.subsidies.models import AwardReversal, SpendingInvoice, SpendingPaper
from vouchers.subsidies.states import ReversalState

Case = Application
Subsidy = Claim
Used = Invoice
"""What services of this slice take from those below, by the names they have here."""


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


def is_for_sellers(application: Application) -> bool:
    """Whether a case is that of who provided the service, and not of who bought it."""
    return policy.pack(application.scheme_version).is_for_sellers(application.voucher_kind)


def used_elsewhere(invoice: Invoice, application: Application) -> int:
    """What claims, subsidies and other cases under way use of an invoice on the side of this case, in fen."""
    pack, is_sellers = policy.pack(application.scheme_version), is_for_sellers(application)
    is_by_seller = Organisation.uscc == invoice.seller_uscc  # an invoice is taken in for its buyer or its seller
    waiting = (
        select(func.coalesce(func.sum(SpendingInvoice.base), 0))
        .join(Application, Application.id == SpendingInvoice.application_id)
        .join(Enterprise, Enterprise.id == Application.enterprise_id)
        .join(Organisation, Organisation.id == Enterprise.organisation_id)
        .where(
            SpendingInvoice.invoice_id == invoice.id,
            SpendingInvoice.application_id != application.id,
            Application.state.in_(LIVE),
            is_by_seller if is_sellers else is_by_seller.is_not(True),
        )
    )
    own, side = claim_of_case(application.id), side_of(pack, application.voucher_kind)
    taken = redemption.use_of_invoice(invoice.id, side=side, but_for=own.id if own else None)
    return taken + int(db.session.scalar(waiting) or 0)


def claim_of_case(application_id: int) -> Claim | None:
    """The subsidy that was awarded on a case."""
    statement = select(Claim).join(Voucher, Voucher.id == Claim.voucher_id)
    direct = (Claim.order_id.is_(None), Voucher.application_id == application_id)
    return db.session.scalar(statement.where(*direct))


def claim_of(voucher_id: int) -> Claim | None:
    """The subsidy behind a row that stands in the place of a voucher."""
    return db.session.scalar(select(Claim).where(Claim.voucher_id == voucher_id, Claim.order_id.is_(None)))


def open_reversal(claim_id: int) -> AwardReversal | None:
    """The withdrawal of an award that waits for the second person."""
    statement = select(AwardReversal).where(AwardReversal.claim_id == claim_id)
    return db.session.scalar(statement.where(AwardReversal.state == ReversalState.PROPOSED))


def reversals_of(claim_id: int) -> Sequence[AwardReversal]:
    """Everything that was proposed about an award, oldest first."""
    statement = select(AwardReversal).where(AwardReversal.claim_id == claim_id)
    return db.session.scalars(statement.order_by(AwardReversal.id)).all()


def being_reversed(claim_ids: Collection[int]) -> set[int]:
    """Which of these claims wait for the decision whether their award is withdrawn."""
    statement = select(AwardReversal.claim_id).where(AwardReversal.state == ReversalState.PROPOSED)
    return set(db.session.scalars(statement.where(AwardReversal.claim_id.in_(claim_ids))))


@dataclass(frozen=True, slots=True)
class AwardedRow:
    """One subsidy in a list: its case, voucher (public id), whom it is paid to, and how it stands; amount in fen.

    `is_questioned`: its withdrawal is proposed and not decided.
    """

    number: str
    case: str
    voucher: str
    payee: str
    scheme: str
    day: date | None
    amount: int
    state: ClaimState
    is_questioned: bool


_QUESTIONED = Claim.id.in_(select(AwardReversal.claim_id).where(AwardReversal.state == ReversalState.PROPOSED))
AWARDED_LIST = ListSpec(
    key=Claim.id,
    sorts={"number": Claim.number, "payee": Organisation.name, "day": Claim.claimed_on, "amount": Claim.amount},
    default="-day",
    filters={
        "q": contains(Claim.number, Application.number, Organisation.name, Scheme.title),
        "state": one_of(Claim.state, ClaimState),
        "reversal": lambda text: Claim.id.in_(_reversed_as(text)),
        "from": from_day(Claim.claimed_on),
        "to": to_day(Claim.claimed_on),
        "least": at_least_fen(Claim.amount),
        "most": at_most_fen(Claim.amount),
    },
)


def list_awarded(arguments: Mapping[str, str], actor: Actor, *, on: date) -> Page[AwardedRow]:
    """Subsidies within reach, the newest first."""
    return page_of(db.session(), _awarded(actor, on), spec=AWARDED_LIST, arguments=arguments, shape=AwardedRow)


def export_awarded(arguments: Mapping[str, str], actor: Actor, *, on: date) -> Iterator[AwardedRow]:
    """Every row of the same list."""
    return export_of(db.session(), _awarded(actor, on), spec=AWARDED_LIST, arguments=arguments, shape=AwardedRow)


def _reversed_as(text: str) -> Select[int]:
    return select(AwardReversal.claim_id).where(one_of(AwardReversal.state, ReversalState)(text))


def _awarded(actor: Actor, on: date) -> Select[str, str, str, str, str, date | None, int, ClaimState, bool]:
    return (
        select(
            Claim.number,
            Application.number,
            Voucher.public_id,
            Organisation.name,
            Scheme.title,
            Claim.claimed_on,
            Claim.amount,
            Claim.state,
            _QUESTIONED,
        )
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .join(Application, Application.id == Voucher.application_id)
        .join(Organisation, Organisation.id == Claim.payee_id)
        .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .where(Claim.order_id.is_(None), reaches_version(Voucher.scheme_version_id, actor, on=on))
    )
