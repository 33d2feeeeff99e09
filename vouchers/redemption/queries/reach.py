"""A claim with its scheme in one reading: each page of an officer first asks whether it is within reach."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.kernel.errors import NotFound
from vouchers.policy.models import SchemeVersion
from vouchers.redemption.models import Claim

_TO_SCHEME = joinedload(Claim.voucher).joinedload(Voucher.scheme_version).joinedload(SchemeVersion.scheme)


def get_with_scheme(public_id: str) -> Claim:
    """A claim; NotFound when there is none."""
    claim = db.session.scalar(select(Claim).where(Claim.public_id == public_id).options(_TO_SCHEME))
    if claim is None:
        raise NotFound(f"claim {public_id}")
    return claim
