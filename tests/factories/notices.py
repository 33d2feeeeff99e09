"""Cases on notice and approved, through the real services."""

from datetime import datetime, timedelta

from tests.factories.applications import Ground
from tests.factories.review import make_decided, version_of
from tests.worlds import kept
from vouchers.applications import queries
from vouchers.applications.models import Application
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor, job
from vouchers.notices import services
from vouchers.notices.models import PublicNotice
from vouchers.notices.services import Approval, NewNotice

AFTER_NOTICE = timedelta(days=14)


@kept
def make_notice(ground: Ground, cases: list[str], *, at: datetime) -> PublicNotice:
    """A notice over decided cases."""
    with transaction():
        new = NewNotice("2026 年第一批算力券拟支持名单", tuple(cases))
        return services.open_notice(new, actor=ground.officer("acceptor"), at=at)


@kept
def make_noticed(ground: Ground, applicant: Actor, *, at: datetime) -> Application:
    """A case on notice."""
    public_id = make_decided(ground, applicant, at=at).public_id
    make_notice(ground, [public_id], at=at)
    return queries.get(public_id)


@kept
def make_approved(ground: Ground, applicant: Actor, *, at: datetime, planned: str = "80000.00") -> Application:
    """A case that waits for its voucher; its notice ended fourteen days later."""
    public_id = make_decided(ground, applicant, at=at, planned=planned).public_id
    make_notice(ground, [public_id], at=at)
    end_notices(at + AFTER_NOTICE)
    approve(ground, public_id, at=at + AFTER_NOTICE)
    return queries.get(public_id)


@kept
def end_notices(at: datetime) -> int:
    """The daily sweep."""
    with transaction():
        return services.end_due(actor=job("daily"), at=at)


@kept
def approve(ground: Ground, public_id: str, *, at: datetime) -> None:
    """Approve a case under a document number."""
    with transaction():
        approval = Approval("渝中数〔2026〕12号", version_of(public_id))
        services.approve(public_id, approval, actor=ground.officer("decider"), at=at)
