"""What is known of one case before a verdict: opinions, ties of the officer, money still to be promised."""

from datetime import date

from sqlalchemy import Select, exists, func, select

from vouchers.accounts import queries as accounts
from vouchers.accounts.models import Office, User
from vouchers.accounts.states import OfficeKind
from vouchers.applications.models import Application, CapLift
from vouchers.applications.states import ApplicationState
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.ledger.models import LedgerAccount
from vouchers.ledger.states import AccountKind
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.policy.models import Window
from vouchers.review.models import Opinion, Recusal, ReviewTask
from vouchers.review.rules import Standing

Case = Application
ProposedLift = CapLift
"""The case under review, by its name for the services here."""

PROMISED = frozenset(
    {
        ApplicationState.DECIDED,
        ApplicationState.ON_NOTICE,
        ApplicationState.OBJECTED,
        ApplicationState.NOTICE_ENDED,
        ApplicationState.APPROVED,
    }
)
"""States in which an amount is promised and no voucher holds it yet."""


def standing_of(actor: Actor, application: Application, stage: str, *, on: date) -> Standing:
    """How an officer stands before a case."""
    person_id = actor.person_id or 0
    recused = select(Recusal.id).where(Recusal.application_id == application.id, Recusal.person_id == person_id)
    office = None if actor.office_id is None else db.session.get(Office, actor.office_id)
    organisation = application.enterprise.organisation
    days = policy.recusal_days(application.scheme_version)
    ties = parties.ties_of_person(person_id, organisation.id, on=on, former_days=days)
    return Standing(
        role=actor.role,
        office=office.kind if office else None,
        covers_scheme=policy.is_covered(application.scheme_version.scheme, actor, on=on),
        covers_stage=not stage or accounts.actor_stages(actor, on=on).covers(stage),
        is_recused=db.session.scalar(recused) is not None,
        applicant=organisation.name,
        ties=tuple(ties),
        taken_by_other=_taken_by_other(actor, application),
        done_by_own_office=_done_by_own_office(actor, application, stage),
        office_clause=policy.compiled(application.scheme_version).clauses.get(stage, ""),
    )


def office_of(actor: Actor) -> str:
    """The public id of the office somebody acts for; empty for none."""
    office = None if actor.office_id is None else db.session.get(Office, actor.office_id)
    return office.public_id if office else ""


def open_task(application_id: int) -> ReviewTask | None:
    """The task that somebody has taken on a case."""
    statement = select(ReviewTask).where(ReviewTask.application_id == application_id, ReviewTask.done_at.is_(None))
    return db.session.scalar(statement)


def opinions_of(application_id: int) -> list[Opinion]:
    """Everything said on a case, oldest first."""
    return list(
        db.session.scalars(select(Opinion).where(Opinion.application_id == application_id).order_by(Opinion.id))
    )


def latest_amount(application: Application) -> int:
    """The amount as it stands: approved by a stage, else what was asked for."""
    return application.approved if application.approved is not None else application.requested


def lock_envelopes(scheme_id: int, voucher_kind: str) -> dict[str, int]:
    """What may still be promised per layer; held until the commit, so that two decisions cannot promise it twice."""
    held = _envelopes(scheme_id, voucher_kind).with_for_update()
    return {row.layer: row.balance for row in db.session.execute(held)}


def left_in_envelopes(scheme_id: int, voucher_kind: str) -> dict[str, int]:
    """What may still be promised per layer, for a page that only shows it."""
    return {row.layer: row.balance for row in db.session.execute(_envelopes(scheme_id, voucher_kind))}


def _envelopes(scheme_id: int, voucher_kind: str) -> Select[str, int]:
    statement = select(LedgerAccount.layer, LedgerAccount.balance).where(
        LedgerAccount.kind == AccountKind.ENVELOPE,
        LedgerAccount.scheme_id == scheme_id,
        LedgerAccount.voucher_kind == voucher_kind,
    )
    return statement.order_by(LedgerAccount.id)


def promised_amounts(scheme_id: int, voucher_kind: str) -> list[int]:
    """The amounts of cases that were decided on and have no voucher yet."""
    amount = func.coalesce(Application.approved, Application.requested)
    statement = (
        select(amount)
        .join(Window, Window.id == Application.window_id)
        .where(
            Window.scheme_id == scheme_id,
            Application.voucher_kind == voucher_kind,
            Application.state.in_(PROMISED),
        )
    )
    return [int(fen) for fen in db.session.scalars(statement)]


def overdue_cases(on: date, most: int) -> list[str]:
    """Cases whose stage should have been done before a day, the longest first, each once a stage it entered."""
    noted = exists().where(
        AuditEvent.subject_type == "application",
        AuditEvent.subject_id == Application.public_id,
        AuditEvent.act == "application.overdue",
        AuditEvent.at > Application.stage_since,
    )
    statement = (
        select(Application.public_id)
        .where(
            Application.state.in_([ApplicationState.IN_STAGE, ApplicationState.TO_DECIDE]),
            Application.due_on < on,
            Application.due_is_provisional.is_(False),
            Application.clock_stopped_at.is_(None),
            ~noted,
        )
        .order_by(Application.due_on, Application.id)
        .limit(most)
    )
    return list(db.session.scalars(statement))


def offices_of(kind: OfficeKind | None) -> list[int]:
    """The offices of a kind."""
    return list(db.session.scalars(select(Office.id).where(Office.kind == kind).order_by(Office.id)))


def _done_by_own_office(actor: Actor, application: Application, stage: str) -> tuple[str, ...]:
    """The stages that the pack wants of another office than this one, and that this office spoke on.

    An opinion whose office is not known counts as the same: what cannot be told apart does not pass.
    """
    stages = {one.id: one for one in policy.pack(application.scheme_version).process.stages}
    wanted = stages[stage].other_office_than if stage in stages else ()
    if not wanted:
        return ()
    statement = select(Opinion.stage).where(
        Opinion.application_id == application.id, Opinion.stage.in_(wanted), Opinion.office.in_(["", office_of(actor)])
    )
    spoken = set(db.session.scalars(statement))
    return tuple(stages[one].name for one in wanted if one in spoken)


def _taken_by_other(actor: Actor, application: Application) -> str:
    task = open_task(application.id)
    if task is None or task.assignee_user_id in {None, actor.user_id}:
        return ""
    holder = db.session.get(User, task.assignee_user_id)
    return holder.person.name if holder else ""
