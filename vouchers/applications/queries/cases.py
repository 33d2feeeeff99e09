"""Reading cases: one, an owner's, those that wait for somebody."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select

from vouchers.applications.models import Application, ApplicationDocument, CorrectionRequest, Submission
from vouchers.applications.states import LIVE, ApplicationState
from vouchers.db.base import db
from vouchers.enterprises.models import Enterprise
from vouchers.kernel.errors import NotFound
from vouchers.policy import queries as policy
from vouchers.policy.models import Scheme, Window
from vouchers.policy.pack.measure import Measure


@dataclass(frozen=True, slots=True)
class Brief:
    """A case in its owner's list."""

    public_id: str
    number: str
    scheme: str
    voucher_kind: str
    state: ApplicationState
    computed: int | None  # in fen; of what was never submitted nothing is kept
    approved: int | None
    created_at: datetime
    due_on: date | None


def get(public_id: str) -> Application:
    """A case."""
    return _found(db.session.scalar(_by_public_id(public_id)), public_id)


def lock(public_id: str) -> Application:
    """A case, read anew and held until the commit."""
    return _found(db.session.scalar(_held(_by_public_id(public_id))), public_id)


def get_own(public_id: str, organisation_id: int | None) -> Application:
    """A case of this organisation; a stranger's looks like none."""
    return _found(db.session.scalar(_owned(_by_public_id(public_id), organisation_id)), public_id)


def lock_own(public_id: str, organisation_id: int | None) -> Application:
    """A case of this organisation, read anew and held until the commit."""
    return _found(db.session.scalar(_held(_owned(_by_public_id(public_id), organisation_id))), public_id)


def list_own(organisation_id: int) -> list[Brief]:
    """All cases of an organisation, the newest first."""
    statement = (
        select(Application, Scheme.title)
        .join(Enterprise, Enterprise.id == Application.enterprise_id)
        .join(Window, Window.id == Application.window_id)
        .join(Scheme, Scheme.id == Window.scheme_id)
        .where(Enterprise.organisation_id == organisation_id)
        .order_by(Application.id.desc())
    )
    return [
        Brief(
            public_id=one.public_id,
            number=one.number,
            scheme=title,
            voucher_kind=kind_name_of(one),
            state=one.state,
            computed=one.computed if one.submitted_at else None,
            approved=one.approved,
            created_at=one.created_at,
            due_on=one.due_on,
        )
        for one, title in db.session.execute(statement)
    ]


def kind_name_of(application: Application) -> str:
    """What the voucher kind is called in the case's own version."""
    kinds: list[dict[str, Any]] = application.scheme_version.content["kinds"]
    return next(
        (str(kind["name"]) for kind in kinds if kind["id"] == application.voucher_kind), application.voucher_kind
    )


def measure_of(application: Application) -> Measure:
    """In what the case's amounts are decided and said: money, or units of a voucher in kind."""
    return policy.pack(application.scheme_version).measure(application.voucher_kind)


def ready_to_issue(scheme_id: int) -> list[Application]:
    """Approved cases of a scheme that wait for their voucher, oldest first."""
    statement = (
        select(Application)
        .join(Window, Window.id == Application.window_id)
        .where(Application.state == ApplicationState.APPROVED, Window.scheme_id == scheme_id)
        .order_by(Application.id)
    )
    return list(db.session.scalars(statement))


def has_live(enterprise_id: int, window_id: int, voucher_kind: str) -> Application | None:
    """The live case of an enterprise in a window and kind, when there is one."""
    return db.session.scalar(
        select(Application).where(
            Application.enterprise_id == enterprise_id,
            Application.window_id == window_id,
            Application.voucher_kind == voucher_kind,
            Application.state.in_(LIVE),
        )
    )


def window(public_id: str) -> Window:
    """An application window."""
    found = db.session.scalar(select(Window).where(Window.public_id == public_id))
    if found is None:
        raise NotFound(f"window {public_id}")
    return found


def documents_of(application: Application) -> dict[str, ApplicationDocument]:
    """The papers that stand, by requirement."""
    statement = (
        select(ApplicationDocument)
        .where(ApplicationDocument.application_id == application.id, ApplicationDocument.superseded_at.is_(None))
        .order_by(ApplicationDocument.id)
    )
    return {one.requirement: one for one in db.session.scalars(statement)}


def confirmed(application: Application) -> Submission:
    """What was confirmed last; NotFound while nothing was."""
    found = last_submission(application)
    if found is None:
        raise NotFound(f"no submission of {application.public_id}")
    return found


def last_submission(application: Application, *, before: int | None = None) -> Submission | None:
    """The newest submission; with `before`, the newest with a lower revision."""
    statement = select(Submission).where(Submission.application_id == application.id)
    if before is not None:
        statement = statement.where(Submission.revision < before)
    return db.session.scalar(statement.order_by(Submission.revision.desc()).limit(1))


def corrections_of(application: Application) -> list[CorrectionRequest]:
    """Every correction asked for, oldest first."""
    statement = select(CorrectionRequest).where(CorrectionRequest.application_id == application.id)
    return list(db.session.scalars(statement.order_by(CorrectionRequest.id)))


def open_correction(application: Application) -> CorrectionRequest | None:
    """The correction that waits for an answer."""
    return next((one for one in reversed(corrections_of(application)) if one.answered_at is None), None)


def provisional_corrections() -> list[str]:
    """Public ids of cases in correction whose last day is still a guess."""
    waiting = (Application.state == ApplicationState.CORRECTION, Application.due_is_provisional.is_(True))
    return list(db.session.scalars(select(Application.public_id).where(*waiting).order_by(Application.id)))


def overdue_corrections(on: date, most: int) -> list[str]:
    """Public ids of cases whose correction was due before this day; a day that is a guess makes nothing lapse."""
    statement = (
        select(Application.public_id)
        .join(CorrectionRequest, CorrectionRequest.application_id == Application.id)
        .where(
            Application.state == ApplicationState.CORRECTION,
            CorrectionRequest.answered_at.is_(None),
            CorrectionRequest.due_on < on,
            Application.due_is_provisional.is_(False),
        )
        .order_by(Application.id)
        .limit(most)
    )
    return list(db.session.scalars(statement))


def _by_public_id(public_id: str) -> Select[Application]:
    return select(Application).where(Application.public_id == public_id)


def _owned(statement: Select[Application], organisation_id: int | None) -> Select[Application]:
    own = select(Enterprise.id).where(Enterprise.organisation_id == organisation_id)
    return statement.where(Application.enterprise_id.in_(own))


def _held(statement: Select[Application]) -> Select[Application]:
    return statement.with_for_update(of=Application).execution_options(populate_existing=True)


def _found(application: Application | None, public_id: str) -> Application:
    if application is None:
        raise NotFound(f"application {public_id}")
    return application
