"""Reading experts' scores: those of a case as it was submitted last, and the cases that wait for an expert."""

from datetime import date
from fractions import Fraction

from sqlalchemy import func, select

from vouchers.applications import queries as applications
from vouchers.applications.models import Application
from vouchers.applications.states import ApplicationState
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.policy import queries as policy
from vouchers.policy.models import Scheme, SchemeVersion
from vouchers.policy.pack.process import Stage
from vouchers.policy.rules import scoring
from vouchers.review.models import Score


def revision_of(application: Application) -> int:
    """Which submission of a case is looked at."""
    last = applications.last_submission(application)
    return last.revision if last else 0


def scores_of(application: Application, stage: str) -> list[Score]:
    """The scores of a case in a stage, in the order in which they came.

    While the case is in the stage, those of what was submitted last: mended, it is scored anew. Afterwards, those by
    which it passed, whatever is mended later.
    """
    own = (Score.application_id == application.id, Score.stage == stage)
    revision: int | None = revision_of(application)
    if application.state is not ApplicationState.IN_STAGE or application.stage != stage:
        revision = db.session.scalar(select(func.max(Score.revision)).where(*own))
    return list(db.session.scalars(select(Score).where(*own, Score.revision == revision).order_by(Score.id)))


def scoring_stage(application: Application) -> Stage | None:
    """The stage in which the case is scored: the last one where there are several."""
    stages, kind = policy.pack(application.scheme_version).process.stages, application.voucher_kind
    return next((stage for stage in reversed(stages) if stage.scoring_of(kind)), None)


def score_of(application: Application) -> Fraction | None:
    """The average of the experts on a case; None where nobody scores or not all have."""
    stage = scoring_stage(application)
    rule = stage.scoring_of(application.voucher_kind) if stage else None
    if stage is None or rule is None:
        return None
    return scoring.average(rule, [one.marks for one in scores_of(application, stage.id)])


def to_score(actor: Actor, *, on: date) -> list[tuple[Application, int]]:
    """The cases that this expert may still score, the oldest first, with how many have scored."""
    statement = (
        select(Application)
        .join(SchemeVersion, SchemeVersion.id == Application.scheme_version_id)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .where(Application.state == ApplicationState.IN_STAGE, policy.covered_by(actor, on=on))
        .order_by(Application.stage_since, Application.id)
    )
    found = []
    for case in db.session.scalars(statement):
        stage = policy.pack(case.scheme_version).process.stage(case.stage)
        rule = stage.scoring_of(case.voucher_kind)
        scores = scores_of(case, stage.id) if rule else []
        is_mine = any(one.expert_person_id == actor.person_id for one in scores)
        if rule and len(scores) < rule.experts and not is_mine:
            found.append((case, len(scores)))
    return found
