"""Comparisons with the bank after a restore, and what the restored books say of payments under way."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, select

from vouchers.audit.models import Restoration
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound
from vouchers.policy.reach import reaches_scheme
from vouchers.settlement.models import BankComparison, Batch
from vouchers.settlement.states import BatchState, ComparisonState

_TOUCHED = (BatchState.APPROVED, BatchState.RELEASED, BatchState.SENT)


def waiting_comparison(restoration_id: int) -> BankComparison | None:
    """The comparison that waits for a second person."""
    own = (BankComparison.restoration_id == restoration_id, BankComparison.state == ComparisonState.RECORDED)
    return db.session.scalars(select(BankComparison).where(*own)).one_or_none()


def comparison(public_id: str) -> BankComparison:
    """A comparison by its public id."""
    return _found(select(BankComparison).where(BankComparison.public_id == public_id))


def lock_comparison(public_id: str) -> BankComparison:
    """A comparison, held."""
    statement = select(BankComparison).where(BankComparison.public_id == public_id)
    return _found(statement.with_for_update(of=BankComparison).execution_options(populate_existing=True))


def last_restoration() -> Restoration | None:
    """The newest restoration, ended or not."""
    return db.session.scalars(select(Restoration).order_by(Restoration.id.desc()).limit(1)).one_or_none()


def comparisons_of(restoration_id: int) -> Sequence[BankComparison]:
    """All comparisons of a restoration, the newest first."""
    own = BankComparison.restoration_id == restoration_id
    return db.session.scalars(select(BankComparison).where(own).order_by(BankComparison.id.desc())).all()


def batches_to_compare(actor: Actor, *, on: date) -> Sequence[Batch]:
    """All batches within reach that may have gone further than the restored books know, the newest first."""
    touched = (Batch.state.in_(_TOUCHED), reaches_scheme(Batch.scheme_id, actor, on=on))
    return db.session.scalars(select(Batch).where(*touched).order_by(Batch.id.desc())).all()


def _found(statement: Select[BankComparison]) -> BankComparison:
    found = db.session.scalars(statement).one_or_none()
    if found is None:
        raise NotFound("no such comparison")
    return found
