"""What needs an enterprise or a provider, scoped to its own organisation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from flask_babel import gettext as _
from sqlalchemy import Select, select

from vouchers.applications.models import Application
from vouchers.applications.states import LABELS as APPLICATION_LABELS
from vouchers.applications.states import ApplicationState
from vouchers.candidates import queries as candidates
from vouchers.db.base import db
from vouchers.enterprises.models import Enterprise
from vouchers.issuance import queries as voucher_queries
from vouchers.issuance.models import Voucher
from vouchers.issuance.rules import days_left
from vouchers.issuance.states import VoucherState
from vouchers.kernel.money import format_yuan
from vouchers.ledger import queries as ledger_queries
from vouchers.orders.models import Order, UsageStatement
from vouchers.orders.states import OrderState, Side
from vouchers.providers.models import Provider
from vouchers.providers.states import ProviderState
from vouchers.redemption.models import Claim
from vouchers.redemption.services.examining import deadline_of
from vouchers.redemption.states import ClaimState
from vouchers.web.wording import said

T = TypeVar("T")

_MOST = 20
_SOON_DAYS = 30
_OPEN_CLAIMS = (ClaimState.RETURNED, ClaimState.DRAFT)


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for this side: what it is, which one, and where it is done."""

    text: str
    number: str
    endpoint: str
    public_id: str
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A voucher of one's own with what is left, in fen, and the days it still holds."""

    voucher: Voucher
    left: int
    days_left: int
    is_soon: bool


def enterprise_needs(organisation_id: int) -> list[Need]:
    """Offers to answer, applications and claims to submit or mend, orders and usage to confirm."""
    cases = _own(select(Application).join(Application.enterprise), organisation_id).where(
        Application.state.in_((ApplicationState.TO_CONFIRM, ApplicationState.CORRECTION, ApplicationState.DRAFT))
    )
    orders = _own(select(Order).join(Order.enterprise), organisation_id).where(
        Order.state == OrderState.PROPOSED, Order.proposed_by == Side.PROVIDER
    )
    usage = _own(
        select(Order).join(Order.enterprise).join(UsageStatement, UsageStatement.order_id == Order.id), organisation_id
    ).where(UsageStatement.confirmed_at.is_(None))
    claims = select(Claim).where(Claim.payee_id == organisation_id, Claim.state.in_(_OPEN_CLAIMS))
    claims = _own(claims.join(Voucher, Voucher.id == Claim.voucher_id).join(Voucher.enterprise), organisation_id)
    return [
        *(
            Need(
                _("您可享受%(kind)s，确认即可", kind=said(candidates.kind_name(one))),
                format_yuan(one.amount or 0),
                "candidates_enterprise.answer_offer",
                one.public_id,
                one.list.expires_on,
            )
            for one in candidates.offers_to(organisation_id)[:_MOST]
        ),
        *(
            _claim_need(claim, "redemption_enterprise.show_claim")
            for claim in db.session.scalars(_own(claims, organisation_id).order_by(Claim.id).limit(_MOST))
        ),
        *(_case_need(case) for case in db.session.scalars(cases.order_by(Application.id).limit(_MOST))),
        *(
            Need(_("服务商提出的订单，待您确认"), order.number, "orders_enterprise.show_order", order.public_id)
            for order in db.session.scalars(orders.order_by(Order.id).limit(_MOST))
        ),
        *(
            Need(_("服务商填报了用量或交付，待您确认"), order.number, "orders_enterprise.show_order", order.public_id)
            for order in db.session.scalars(usage.distinct().order_by(Order.id).limit(_MOST))
        ),
    ]


def vouchers_of(organisation_id: int, on: date) -> list[Held]:
    """One's own vouchers that can be spent or soon can, those that end first on top."""
    alive = {VoucherState.ISSUED, VoucherState.ACTIVE, VoucherState.FROZEN}
    found = [voucher for voucher in voucher_queries.own(organisation_id) if voucher.state in alive]
    left = ledger_queries.voucher_balances([voucher.public_id for voucher in found])
    days = [(voucher, days_left(voucher.valid_until, on)) for voucher in found]
    return [Held(voucher, left[voucher.public_id], count, count <= _SOON_DAYS) for voucher, count in days]


def provider_needs(organisation_id: int) -> list[Need]:
    """An admission to apply for, orders to confirm, claims that came back, and those that were never submitted."""
    orders = (
        select(Order)
        .join(Order.provider)
        .where(
            Provider.organisation_id == organisation_id,
            Order.state == OrderState.PROPOSED,
            Order.proposed_by == Side.ENTERPRISE,
        )
    )
    claims = (
        select(Claim)
        .join(Claim.provider)
        .where(
            Provider.organisation_id == organisation_id,
            Claim.payee_id == organisation_id,  # the enterprise mends its own
            Claim.state.in_(_OPEN_CLAIMS),
        )
    )
    return [
        *_admission_need(organisation_id),
        *(
            Need(_("企业提出的订单，待您确认"), order.number, "orders_provider.show_order", order.public_id)
            for order in db.session.scalars(orders.order_by(Order.id).limit(_MOST))
        ),
        *(
            _claim_need(claim, "redemption_provider.show_claim")
            for claim in db.session.scalars(claims.order_by(Claim.id).limit(_MOST))
        ),
    ]


def recent_claims(organisation_id: int) -> Sequence[Claim]:
    """One's own latest claims as a provider."""
    statement = select(Claim).join(Claim.provider).where(Provider.organisation_id == organisation_id)
    return db.session.scalars(statement.order_by(Claim.id.desc()).limit(_MOST)).all()


def _case_need(case: Application) -> Need:
    texts = {
        ApplicationState.TO_CONFIRM: _("申请待授权人确认"),
        ApplicationState.CORRECTION: _("申请需要补正"),
        ApplicationState.DRAFT: _("草稿未提交"),
    }
    text = texts.get(case.state, APPLICATION_LABELS[case.state])
    return Need(text, case.number, "applications_enterprise.show_application", case.public_id, case.due_on)


def _admission_need(organisation_id: int) -> Iterator[Need]:
    """Without an admission nothing else can begin: what the provider does about it, where it is its turn."""
    provider = db.session.scalar(select(Provider).where(Provider.organisation_id == organisation_id))
    texts = {
        ProviderState.DRAFT: _("还没有提交入库申请"),
        ProviderState.REFUSED: _("没有予以入库，补齐后可以再提交"),
    }
    if provider is not None and provider.state in texts:
        yield Need(texts[provider.state], "", "providers_provider.show_profile", "")


def _claim_need(claim: Claim, endpoint: str) -> Need:
    text = _("核销被退回，待您补充") if claim.state is ClaimState.RETURNED else _("核销草稿未提交")
    return Need(text, claim.number, endpoint, claim.public_id, deadline_of(claim))


def _own(statement: Select[T], organisation_id: int) -> Select[T]:
    return statement.where(Enterprise.organisation_id == organisation_id)
