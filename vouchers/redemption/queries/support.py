"""What other schemes here pay an enterprise, contract by contract: what its applications are held against."""

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from vouchers.applications.support import Supported
from vouchers.db.base import db
from vouchers.enterprises.models import Enterprise
from vouchers.issuance.models import Voucher
from vouchers.orders.models import Order
from vouchers.parties.models import Organisation
from vouchers.policy.models import Scheme, SchemeVersion
from vouchers.providers.models import Provider
from vouchers.redemption.models import Claim
from vouchers.redemption.states import GRANTED, UNDER_WAY


def support_by_contract(organisation_id: int, scheme_id: int) -> list[Supported]:
    """What schemes but this one pay an organisation or are asked to pay: by contract, of direct subsidies the sum."""
    seller = aliased(Organisation)
    total = func.sum(func.coalesce(Claim.approved, Claim.amount))
    by = (Scheme.title, Order.contract_number, seller.uscc)
    statement = (
        select(*by, total)
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .join(Enterprise, Enterprise.id == Voucher.enterprise_id)
        .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .outerjoin(Order, Order.id == Claim.order_id)
        .outerjoin(Provider, Provider.id == Claim.provider_id)
        .outerjoin(seller, seller.id == Provider.organisation_id)
        .where(
            Enterprise.organisation_id == organisation_id,
            Claim.state.in_((*UNDER_WAY, *GRANTED)),
            SchemeVersion.scheme_id != scheme_id,
        )
        .group_by(*by)
        .order_by(*by)
    )
    return [
        Supported(title, number or "", uscc or "", int(fen))
        for title, number, uscc, fen in db.session.execute(statement)
    ]
