"""What the packs of a scheme say about paying: by which period, with how many signatures; and who is told."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time

from sqlalchemy import select

from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.kernel.clock import BEIJING
from vouchers.ledger.models import FinanceDocument
from vouchers.policy import queries as policy
from vouchers.policy.models import Scheme, SchemeVersion
from vouchers.redemption.models import Claim
from vouchers.redemption.states import ClaimState
from vouchers.settlement.queries.dues import claims_paid_by, new_dues
from vouchers.settlement.rules.periods import MONTHS, period_start

REMINDED = "settlement.remind"


def to_remind(on: date) -> list[Scheme]:
    """Schemes that settle by period, whose finished period left something to pay that nobody was reminded of."""
    statement = (
        select(Scheme, SchemeVersion)
        .join(SchemeVersion, SchemeVersion.scheme_id == Scheme.id)
        .join(Voucher, Voucher.scheme_version_id == SchemeVersion.id)
        .join(Claim, Claim.voucher_id == Voucher.id)
        .where(Claim.state == ClaimState.APPROVED, Claim.is_rehearsal.is_(False))
        .distinct()
        .order_by(Scheme.id, SchemeVersion.id)
    )
    found: dict[int, Scheme] = {}
    for scheme, version in db.session.execute(statement):
        frequency = policy.pack(version).settlement.frequency
        if frequency in MONTHS and not _reminded(scheme, period_start(frequency, on)):
            dues = new_dues(scheme.id, on=on)
            if any(due.stopped is None or due.stopped.code != "settlement.period" for due in dues):
                found[scheme.id] = scheme
    return list(found.values())


def paying_offices(scheme: Scheme) -> list[int]:
    """Whom to write to about paying: the bodies that its documents name, else the scheme's own office."""
    statement = select(FinanceDocument.paying_office_id).where(
        FinanceDocument.scheme_id == scheme.id, FinanceDocument.paying_office_id.is_not(None)
    )
    return sorted({found for found in db.session.scalars(statement) if found is not None}) or [scheme.office_id]


def _reminded(scheme: Scheme, since: date) -> bool:
    statement = select(AuditEvent.seq).where(
        AuditEvent.subject_type == "scheme",
        AuditEvent.subject_id == scheme.public_id,
        AuditEvent.act == REMINDED,
        AuditEvent.at >= datetime.combine(since, time.min, BEIJING).astimezone(UTC),
    )
    return db.session.scalar(statement.limit(1)) is not None


def signatures_wanted(line_ids: Collection[int]) -> int:
    """How many persons must sign a batch of these lines: the most that any of their schemes' versions wants."""
    versions = {claim.voucher.scheme_version for line_id in line_ids for claim in claims_paid_by(line_id)}
    return max((policy.pack(version).settlement.signatures for version in versions), default=2)
