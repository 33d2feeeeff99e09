"""What waits for whom: one row per kind of work, its permission, the page that does it, and how it is counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from sqlalchemy import Select, func, select

from vouchers.accounts.models import AppointmentProposal
from vouchers.accounts.permissions import Permission
from vouchers.accounts.states import ProposalState
from vouchers.applications import queries as applications
from vouchers.applications.models import Application, CapLift
from vouchers.applications.states import ApplicationState, LiftState
from vouchers.candidates.models import CandidateList
from vouchers.candidates.states import ListState
from vouchers.db.base import db
from vouchers.issuance import queries as issuance
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.ledger.models import FinanceDocument
from vouchers.ledger.states import DocumentState
from vouchers.notices.models import NoticeEntry, Objection, PublicNotice
from vouchers.notices.states import ObjectionState
from vouchers.policy.models import SchemeVersion, Window
from vouchers.policy.reach import reaches_scheme, reaches_version
from vouchers.policy.states import VersionState
from vouchers.providers.models import Provider
from vouchers.providers.states import ProviderState
from vouchers.redemption.models import Claim
from vouchers.redemption.states import ClaimState
from vouchers.review import queries as review
from vouchers.settlement.models import Batch, PaymentLine
from vouchers.settlement.states import BatchState, LineState
from vouchers.subsidies.models import AwardReversal
from vouchers.subsidies.states import ReversalState

_BATCHES = "settlement_office.list_batches"
MOST_COUNTED = 1000  # beyond it the page says 1,000+

P, S = Permission, ApplicationState


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work: what it is called, who may do it, where, and the rows that wait."""

    name: LazyString
    permission: Permission
    endpoint: str
    waiting: Callable[[Actor, date], Select[int]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A kind of work that waits for this person, and how much of it."""

    name: str
    endpoint: str
    count: int
    is_capped: bool


@dataclass(frozen=True, slots=True)
class DueCase:
    """A case with its deadline."""

    public_id: str
    number: str
    state: ApplicationState
    due_on: date | None
    is_provisional: bool


def _cases(*states: ApplicationState) -> Callable[[Actor, date], Select[int]]:
    return lambda actor, on: select(Application.id).where(
        Application.state.in_(states), applications.in_sight(actor, on=on)
    )


def _lifts(actor: Actor, on: date) -> Select[int]:
    return (
        select(Application.id)
        .join(CapLift, CapLift.application_id == Application.id)
        .where(
            CapLift.state == LiftState.PROPOSED,
            Application.state == S.IN_STAGE,
            applications.in_sight(actor, on=on),
        )
    )


def _approved(*, directly: bool) -> Callable[[Actor, date], Select[int]]:
    return lambda actor, on: _cases(S.APPROVED)(actor, on).where(issuance.paid_directly(yes=directly))


def _claims(state: ClaimState) -> Callable[[Actor, date], Select[int]]:
    return lambda actor, on: (
        select(Claim.id)
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .where(Claim.state == state, reaches_version(Voucher.scheme_version_id, actor, on=on))
    )


def _reversals(actor: Actor, on: date) -> Select[int]:
    return (
        select(AwardReversal.id)
        .join(Claim, Claim.id == AwardReversal.claim_id)
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .where(
            AwardReversal.state == ReversalState.PROPOSED,
            reaches_version(Voucher.scheme_version_id, actor, on=on),
        )
    )


def _objections(actor: Actor, on: date) -> Select[int]:
    reached = (  # asked of each open objection, which are few; a join begins with every entry of every notice
        select(NoticeEntry.id)
        .join(PublicNotice, PublicNotice.id == NoticeEntry.notice_id)
        .where(NoticeEntry.id == Objection.entry_id, reaches_scheme(PublicNotice.scheme_id, actor, on=on))
    )
    return select(Objection.id).where(Objection.state == ObjectionState.OPEN, reached.exists())


def _to_score(actor: Actor, on: date) -> Select[int]:
    return select(Application.id).where(Application.id.in_([case.id for case, _ in review.to_score(actor, on=on)]))


def _versions(state: VersionState) -> Callable[[Actor, date], Select[int]]:
    return lambda actor, on: select(SchemeVersion.id).where(
        SchemeVersion.state == state, reaches_scheme(SchemeVersion.scheme_id, actor, on=on)
    )


def _batches(state: BatchState) -> Callable[[Actor, date], Select[int]]:
    return lambda actor, on: select(Batch.id).where(Batch.state == state, reaches_scheme(Batch.scheme_id, actor, on=on))


def _lists(actor: Actor, on: date) -> Select[int]:
    return (
        select(CandidateList.id)
        .join(Window, Window.id == CandidateList.window_id)
        .where(CandidateList.state == ListState.READY, reaches_scheme(Window.scheme_id, actor, on=on))
    )


WORKS: Sequence[Work] = (
    Work(lazy_gettext("待受理的申请"), P.CASE_REVIEW, "review_office.show_queue", _cases(S.SUBMITTED)),
    Work(lazy_gettext("审核中的案件"), P.CASE_REVIEW, "review_office.show_queue", _cases(S.IN_STAGE)),
    Work(lazy_gettext("快速通道待补办的环节"), P.CASE_EXAMINE, "review_skipped.list_skipped", review.skipped_waiting),
    Work(
        lazy_gettext("待会议审定的案件"),
        P.CASE_DECIDE,
        "applications_office.list_cases",
        _cases(S.TO_DECIDE, S.WAITING),
    ),
    Work(lazy_gettext("待决定是否放宽上限的案件"), P.CASE_DECIDE, "applications_office.list_cases", _lifts),
    Work(
        lazy_gettext("审核完、待排序的案件"),
        P.CASE_DECIDE,
        "review_ranking.list_windows",
        lambda actor, on: select(Application.id).where(
            Application.state == S.TO_DECIDE,
            Application.window_id.in_([one.id for one in review.windows_to_rank(actor, on=on)]),
        ),
    ),
    Work(lazy_gettext("等您评分的案件"), P.CASE_SCORE, "review_scoring.list_cases", _to_score),
    Work(lazy_gettext("待公示的案件"), P.NOTICE_MANAGE, "notices_office.list_notices", _cases(S.DECIDED)),
    Work(
        lazy_gettext("待处理的异议"),
        P.NOTICE_MANAGE,
        "notices_office.list_notices",
        _objections,
    ),
    Work(lazy_gettext("公示期满、待批复的案件"), P.CASE_DECIDE, "notices_office.approve_cases", _cases(S.NOTICE_ENDED)),
    Work(
        lazy_gettext("已批复、待发券的案件"),
        P.VOUCHER_ISSUE,
        "issuance_office.list_issuable",
        _approved(directly=False),
    ),
    Work(
        lazy_gettext("已批复、待核定的直接补助"),
        P.VOUCHER_ISSUE,
        "subsidies_office.list_subsidies",
        _approved(directly=True),
    ),
    Work(
        lazy_gettext("待决定是否撤销核定的直接补助"),
        P.VOUCHER_ISSUE,
        "subsidies_office.list_awarded",
        _reversals,
    ),
    Work(
        lazy_gettext("待审核的服务商"),
        P.ADMISSION_DECIDE,
        "providers_office.list_admissions",
        lambda _actor, _on: select(Provider.id).where(
            Provider.state.in_((ProviderState.APPLIED, ProviderState.IN_REVIEW))
        ),
    ),
    Work(
        lazy_gettext("待核验的核销"),
        P.CLAIM_VERIFY,
        "redemption_office.list_claims",
        _claims(ClaimState.CHECKED),
    ),
    Work(
        lazy_gettext("待核定的核销"),
        P.CLAIM_APPROVE,
        "redemption_office.list_approvals",
        _claims(ClaimState.VERIFIED),
    ),
    Work(
        lazy_gettext("待复核的财政文件"),
        P.FINANCE_CHECK,
        "ledger_office.list_envelopes",
        lambda actor, on: select(FinanceDocument.id).where(
            FinanceDocument.state == DocumentState.RECORDED,
            reaches_scheme(FinanceDocument.scheme_id, actor, on=on),
        ),
    ),
    Work(
        lazy_gettext("待列入批次的核销"),
        P.BATCH_MAKE,
        _BATCHES,
        _claims(ClaimState.APPROVED),
    ),
    Work(
        lazy_gettext("退票、待重新支付的明细"),
        P.BATCH_MAKE,
        _BATCHES,
        lambda actor, on: select(PaymentLine.id).where(
            PaymentLine.state == LineState.REFUSED, reaches_scheme(PaymentLine.scheme_id, actor, on=on)
        ),
    ),
    Work(lazy_gettext("编制中、待送审的批次"), P.BATCH_MAKE, _BATCHES, _batches(BatchState.OPEN)),
    Work(lazy_gettext("待复核的兑付批次"), P.BATCH_APPROVE, _BATCHES, _batches(BatchState.LOCKED)),
    Work(lazy_gettext("已复核、待签发的批次"), P.BATCH_APPROVE, _BATCHES, _batches(BatchState.APPROVED)),
    Work(lazy_gettext("已签发、待送银行的批次"), P.BATCH_MAKE, _BATCHES, _batches(BatchState.RELEASED)),
    Work(lazy_gettext("已送银行、待导入回单的批次"), P.BATCH_MAKE, _BATCHES, _batches(BatchState.SENT)),
    Work(lazy_gettext("已对账、待办结的批次"), P.BATCH_MAKE, _BATCHES, _batches(BatchState.RECONCILED)),
    Work(
        lazy_gettext("待确认的任职提议"),
        P.PEOPLE_CONFIRM,
        "accounts_office.list_proposals",
        lambda _actor, _on: select(AppointmentProposal.id).where(AppointmentProposal.state == ProposalState.WAITING),
    ),
    Work(lazy_gettext("待发布的免申即享名单"), P.SCHEME_PUBLISH, "candidates_office.list_lists", _lists),
    Work(
        lazy_gettext("待签署的方案"),
        P.SCHEME_PUBLISH,
        "policy_office.list_schemes",
        _versions(VersionState.CHECKED),
    ),
    Work(
        lazy_gettext("已签署、待发布的方案"),
        P.SCHEME_PUBLISH,
        "policy_office.list_schemes",
        _versions(VersionState.SIGNED),
    ),
)


def waiting_for(actor: Actor, *, on: date) -> list[Waiting]:
    """Every kind of work this person may do that has something waiting."""
    found = []
    for work in WORKS:
        if actor.may(work.permission):
            count = _capped(work.waiting(actor, on))
            if count:
                is_capped = count > MOST_COUNTED
                found.append(Waiting(str(work.name), work.endpoint, min(count, MOST_COUNTED), is_capped))
    return found


def most_urgent(actor: Actor, *, on: date, limit: int = 8) -> list[DueCase]:
    """Cases within reach in review with the nearest deadline, late ones first."""
    statement = (
        select(
            Application.public_id,
            Application.number,
            Application.state,
            Application.due_on,
            Application.due_is_provisional,
        )
        .where(Application.state.in_((S.SUBMITTED, S.IN_STAGE)), Application.due_on.is_not(None))
        .where(applications.in_sight(actor, on=on))
        .order_by(Application.due_on, Application.id)
        .limit(limit)
    )
    return [DueCase(*row) for row in db.session.execute(statement)]


def _capped(statement: Select[int]) -> int:
    return db.session.scalar(select(func.count()).select_from(statement.limit(MOST_COUNTED + 1).subquery())) or 0
