"""专家评分: several experts mark the same case, none of them knowing the others' marks; each mark stays for good."""

from dataclasses import dataclass, replace
from datetime import datetime

from vouchers.accounts.states import Role
from vouchers.applications.states import ApplicationState
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.policy.pack.intake import Scoring
from vouchers.policy.pack.process import Stage
from vouchers.policy.rules import scoring
from vouchers.policy.rules.scoring import MOST_MARK
from vouchers.review import queries, rules
from vouchers.review.models import Score
from vouchers.review.queries import Case
from vouchers.review.rules import Seat
from vouchers.review.services.authority import examine, held_case, part_of, person_of, stage_of


@dataclass(frozen=True, slots=True)
class Marks:
    """One expert's marks in the order of the criteria, why, and that they have no interest in the case."""

    stage: str
    marks: tuple[int, ...]
    remark: str
    is_impartial: bool
    seen_version: int


def score(public_id: str, given: Marks, *, actor: Actor, at: datetime) -> Score:
    """Keep an expert's score; the case waits in its stage until enough experts scored and a reviewer concludes."""
    application = held_case(public_id, given.seen_version)
    if application.state is not ApplicationState.IN_STAGE or application.stage != given.stage:
        raise Conflict("the case is not in this stage")
    stage = stage_of(application)
    wanted = stage.scoring_of(application.voucher_kind)
    if wanted is None:
        raise Conflict("nobody scores in this stage")
    others = queries.scores_of(application, stage.id)
    findings = [*_marks_findings(wanted, given), *_turn_findings(wanted, others, person_of(actor))]
    if findings:
        raise RuleViolation(findings)
    _authorise(application, stage, actor=actor, at=at)
    one = Score(
        application_id=application.id,
        stage=stage.id,
        revision=queries.revision_of(application),
        marks=list(given.marks),
        remark=given.remark.strip(),
        expert_person_id=person_of(actor),
        expert=actor.name,
        office=queries.office_of(actor),
        at=at,
    )
    db.session.add(one)
    db.session.flush()
    subject, details = Subject("application", public_id), {"stage": stage.id, "scores": len(others) + 1}
    record("review.score", subject, actor=actor, at=at, details=details)  # the marks are sealed, not told to all
    return one


def scoring_findings(application: Case, stage: Stage) -> list[Finding]:
    """Why a case cannot pass a stage in which experts score."""
    wanted = stage.scoring_of(application.voucher_kind)
    if wanted is None:
        return []
    marks = [one.marks for one in queries.scores_of(application, stage.id)]
    found = scoring.average(wanted, marks)
    if found is None:
        params: dict[str, str | int] = {"done": len(marks), "all": wanted.experts}
        message = "专家评分还没有齐：{all} 位中 {done} 位已评。"
        return [Finding("scores-missing", message, params, "请等专家评完。", field="verdict")]
    if not scoring.passes(wanted, marks):
        params = {"average": scoring.shown_score(found), "least": wanted.pass_mark}
        message = "专家评分平均 {average} 分，低于合格线 {least} 分。"
        return [Finding("below-mark", message, params, "按本方案不予通过。", field="verdict")]
    return []


def _authorise(application: Case, stage: Stage, *, actor: Actor, at: datetime) -> None:
    """Experts work beside each other: who took the case, and whose office did it, is not theirs to mind; ties are."""
    standing = queries.standing_of(actor, application, stage.id, on=beijing_date(at))
    own = replace(standing, taken_by_other="", done_by_own_office=())
    findings = rules.authority_findings(own, Seat(Role.EXPERT, None))
    if findings:
        raise RuleViolation(findings)
    examine(application, part=part_of(application, stage), actor=actor, at=at)


def _marks_findings(wanted: Scoring, given: Marks) -> list[Finding]:
    findings = []
    if len(given.marks) != len(wanted.criteria):
        raise Conflict("one mark for each criterion")
    for position, (criterion, mark) in enumerate(zip(wanted.criteria, given.marks, strict=True)):
        if not 0 <= mark <= MOST_MARK:
            params: dict[str, str | int] = {"name": criterion.name, "most": MOST_MARK}
            message = "“{name}”的评分应为 0 到 {most} 的整数。"
            findings.append(Finding("mark-outside", message, params, field=f"mark_{position}"))
    if not given.remark.strip():
        way = "请写明评分理由，会随评分留存。"
        findings.append(Finding("remark-missing", "没有写评分理由。", way=way, field="remark"))
    if not given.is_impartial:
        message = "没有声明与申报单位没有利害关系。"
        findings.append(Finding("not-impartial", message, way="有利害关系的，请回避。", field="is_impartial"))
    return findings


def _turn_findings(wanted: Scoring, others: list[Score], person_id: int) -> list[Finding]:
    if any(one.expert_person_id == person_id for one in others):
        return [Finding("scored-before", "您已评过这一件，评分不能再改。")]
    if len(others) >= wanted.experts:
        return [Finding("scores-full", "已有 {all} 位专家评分，不再需要。", {"all": wanted.experts})]
    return []
