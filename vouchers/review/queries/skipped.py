"""Reading what fast tracks leave out: whether one holds for a case, and what is still to be made good."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import joinedload

from vouchers.applications import queries as applications
from vouchers.applications.models import Application
from vouchers.applications.states import ApplicationState
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound
from vouchers.policy.pack.conditions import leaves
from vouchers.policy.pack.intake import FastTrack
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.facts import FactType, Supplier, read_facts
from vouchers.policy.rules.procedure import fast_track
from vouchers.review.models import SkippedStage

_ENDED = (
    ApplicationState.REJECTED,
    ApplicationState.WITHDRAWN,
    ApplicationState.LAPSED,
    ApplicationState.OUT_OF_FUNDS,
)


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A stage that waits to be made good."""

    public_id: str
    case: str
    number: str
    name: str
    stage: str
    due_on: date
    is_provisional: bool


def fast_track_for(application: Application, judgements: Mapping[str, Any]) -> FastTrack | None:
    """The first fast track of the case's kind whose condition holds on the facts that it was decided on."""
    pack, decision = applications.compiled_of(application), applications.decision_of(application)
    if decision is None:
        return None
    raw = {**application.answers, **decision.facts, **judgements}
    facts, _ = read_facts({name: value for name, value in raw.items() if name in pack.vocabulary}, pack.vocabulary)
    return fast_track(pack.pack, application.voucher_kind, facts, decision.on)


def tracks_of(pack: CompiledPack, kind: str) -> list[FastTrack]:
    """The fast tracks of a kind."""
    return [track for track in pack.pack.process.fast_tracks if kind in track.kinds]


def to_judge_at_acceptance(application: Application) -> list[FactType]:
    """What whoever accepts must judge, so that it is known whether a fast track holds."""
    pack = applications.compiled_of(application)
    read = [leaf.fact for track in tracks_of(pack, application.voucher_kind) for leaf in leaves(track.when)]
    found = (pack.vocabulary[name] for name in dict.fromkeys(read) if name in pack.vocabulary)
    return [fact for fact in found if fact.supplier is Supplier.REVIEWER and fact.name not in application.answers]


def skipped_of(application_id: int) -> list[SkippedStage]:
    """What was left out on a case."""
    statement = select(SkippedStage).where(SkippedStage.application_id == application_id)
    return list(db.session.scalars(statement.order_by(SkippedStage.id)))


def lock_skipped(public_id: str) -> SkippedStage:
    """A stage that was left out, held until the commit."""
    statement = select(SkippedStage).where(SkippedStage.public_id == public_id)
    found = db.session.scalar(statement.with_for_update(of=SkippedStage).execution_options(populate_existing=True))
    if found is None:
        raise NotFound(f"skipped stage {public_id}")
    return found


def get_skipped(public_id: str) -> SkippedStage:
    """A stage that was left out."""
    found = db.session.scalar(select(SkippedStage).where(SkippedStage.public_id == public_id))
    if found is None:
        raise NotFound(f"skipped stage {public_id}")
    return found


def skipped_waiting(actor: Actor, on: date) -> Select[int]:
    """The keys of what is to be made good within the officer's reach."""
    return (
        select(SkippedStage.id)
        .join(Application, Application.id == SkippedStage.application_id)
        .where(_is_open(), applications.in_sight(actor, on=on))
    )


def list_skipped(actor: Actor, *, on: date) -> list[SkippedRow]:
    """What is to be made good within the officer's reach, what is due first on top."""
    statement = (
        select(SkippedStage)
        .options(joinedload(SkippedStage.application))
        .where(SkippedStage.id.in_(skipped_waiting(actor, on)))
        .order_by(SkippedStage.due_on, SkippedStage.id)
    )
    return [_row(one) for one in db.session.scalars(statement)]


def skipped_overdue(on: date, most: int) -> list[SkippedStage]:
    """What should have been made good before a day and nobody was reminded of."""
    statement = (
        select(SkippedStage)
        .join(Application, Application.id == SkippedStage.application_id)
        .where(_is_open(), SkippedStage.reminded_at.is_(None), SkippedStage.due_on < on)
        .order_by(SkippedStage.due_on, SkippedStage.id)
        .limit(most)
    )
    return list(db.session.scalars(statement))


def _is_open() -> ColumnElement[bool]:
    return and_(SkippedStage.made_good_at.is_(None), Application.state.not_in(_ENDED))


def _row(one: SkippedStage) -> SkippedRow:
    application = one.application
    process = applications.compiled_of(application).pack.process
    return SkippedRow(
        one.public_id,
        application.public_id,
        application.number,
        application.enterprise.organisation.name,
        process.stage(one.stage).name,
        one.due_on,
        one.due_is_provisional,
    )
