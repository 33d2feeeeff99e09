"""What of the experts' scores is shown: to an expert the case they mark, to others all marks once all are in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _

from vouchers.applications import queries as applications
from vouchers.applications.models import Application
from vouchers.applications.states import ApplicationState
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, NotFound
from vouchers.policy import explanation
from vouchers.policy import queries as policy
from vouchers.policy.pack.intake import Scoring
from vouchers.policy.pack.process import Stage
from vouchers.policy.rules import scoring
from vouchers.policy.rules.facts import Supplier
from vouchers.policy.rules.scoring import shown_score
from vouchers.review import queries

_OF_THE_PROJECT = frozenset({Supplier.ENTERPRISE})


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One expert's score in words."""

    expert: str
    total: str
    marks: str
    remark: str


@dataclass(frozen=True, slots=True)
class ShownScores:
    """The scores of a case: how many are in; the rows and the average once all are."""

    wanted: int
    done: int
    least: int
    rows: tuple[ScoreRow, ...]
    average: str
    passes: bool


def scores_shown(application: Application) -> ShownScores | None:
    """The scores of a case for the office; nothing where nobody scores."""
    stage = queries.scoring_stage(application)
    rule = stage.scoring_of(application.voucher_kind) if stage else None
    if stage is None or rule is None:
        return None
    found = queries.scores_of(application, stage.id)
    average = scoring.average(rule, [one.marks for one in found])
    names = [one.name for one in rule.criteria]
    rows = tuple(
        ScoreRow(
            one.expert,
            shown_score(scoring.weighted(rule, one.marks)),
            _("，").join(f"{name} {mark}" for name, mark in zip(names, one.marks, strict=True)),
            one.remark,
        )
        for one in (found if average is not None else ())
    )
    passes = scoring.passes(rule, [one.marks for one in found])
    shown = shown_score(average) if average is not None else ""
    return ShownScores(rule.experts, len(found), rule.pass_mark, rows, shown, passes)


def case_to_score(public_id: str, actor: Actor, *, on: date) -> tuple[Application, Stage, Scoring]:
    """A case that waits for experts, its stage and how it is scored.

    NotFound outside the expert's schemes, Conflict where nobody scores it now.
    """
    application = applications.get(public_id)
    is_covered = policy.is_covered(application.scheme_version.scheme, actor, on=on)
    stages = {stage.id: stage for stage in policy.pack(application.scheme_version).process.stages}
    stage = stages.get(application.stage)
    rule = stage.scoring_of(application.voucher_kind) if stage else None
    if not is_covered or application.submitted_at is None:
        raise NotFound(f"application {public_id}")
    if application.state is not ApplicationState.IN_STAGE or stage is None or rule is None:
        raise Conflict("nobody scores this case now")
    return application, stage, rule


def needed_facts(application: Application) -> list[tuple[str, str]]:
    """What the enterprise says of its project: label and value; nothing of people, accounts or credit."""
    compiled, decision = applications.compiled_of(application), applications.decision_of(application)
    facts = decision.facts if decision else {}
    words = {name: compiled.vocabulary[name] for name in facts if name in compiled.vocabulary}
    own = {name: fact for name, fact in words.items() if fact.supplier in _OF_THE_PROJECT}
    return [
        (explanation.of_plan(compiled.pack, fact.label), explanation.shown_value(compiled, fact, facts[name]))
        for name, fact in own.items()
    ]


def needed_documents(application: Application) -> Sequence[tuple[str, str]]:
    """The papers of a case by name, with where an expert gets each."""
    compiled = applications.compiled_of(application)
    names = {rule.id: explanation.of_plan(compiled.pack, rule.name) for rule in compiled.pack.documents}
    return [
        (
            names.get(key, key),
            url_for("review_scoring.download", public_id=application.public_id, requirement=key),
        )
        for key in applications.documents_of(application)
    ]
