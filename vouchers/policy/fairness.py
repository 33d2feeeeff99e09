"""公平竞争审查: what a version points out, how each point was answered, the conclusion, the two who sign it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.findings import Finding
from vouchers.policy import queries
from vouchers.policy.checks.fairness import POINTED
from vouchers.policy.loader import LoadedPack
from vouchers.policy.models import FairnessReview, Scheme, SchemeVersion
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.states import LABELS, Conclusion


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said about one pointed item: the article relied on, as the reviewer writes it, and the reason."""

    article: str
    reason: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the first person states: an answer to each pointed item in its order, the conclusion and the opinion."""

    answers: tuple[Answer, ...]
    conclusion: Conclusion
    opinion: str


def pointed_in(loaded: LoadedPack) -> tuple[PackFinding, ...]:
    """The findings of a pack that the review must answer one by one."""
    return tuple(one for one in loaded.warnings if one.code in POINTED)


def others_in(loaded: LoadedPack) -> tuple[PackFinding, ...]:
    """The findings of a pack that the signer answers: they are no matter of the review."""
    return tuple(one for one in loaded.warnings if one.code not in POINTED)


def review_of(version: SchemeVersion) -> FairnessReview | None:
    """The review of a version; a checked text never changes, so it is of this text."""
    return db.session.scalar(select(FairnessReview).where(FairnessReview.scheme_version_id == version.id))


def written(
    version: SchemeVersion, pointed: Sequence[PackFinding], given: Assessment, *, person_id: int, at: datetime
) -> FairnessReview:
    """The review as the first person states it; what was written before is replaced until it is signed."""
    review = review_of(version) or FairnessReview(scheme_version_id=version.id, created_at=at, version=0)
    review.conclusion, review.opinion = given.conclusion, given.opinion
    review.answers = [
        {"rule": item.rule, "line": item.line, "message": item.message, "article": one.article, "reason": one.reason}
        for item, one in zip(pointed, given.answers, strict=True)
    ]
    review.reviewed_by_id, review.reviewed_at, review.version = person_id, at, review.version + 1
    db.session.add(review)
    db.session.flush()
    return review


def assessment_findings(pointed: Sequence[PackFinding], given: Assessment) -> list[Finding]:
    """What is missing in an assessment: an article or a reason for an item, or the opinion."""
    findings = []
    for position, (item, answer) in enumerate(zip(pointed, given.answers, strict=True)):
        params: dict[str, str | int] = {"line": item.line, "message": item.message}
        if not answer.article.strip():
            told = "第 {line} 行“{message}”没有写依据的条款。"
            findings.append(Finding("no-article", told, params, "请写明条款。", field=article_field(position)))
        if not answer.reason.strip():
            told = "第 {line} 行“{message}”没有写理由。"
            findings.append(Finding("no-reason", told, params, "请写明理由。", field=reason_field(position)))
    if not given.opinion.strip():
        findings.append(Finding("no-opinion", "没有写审查意见。", way="请写明审查意见。", field="opinion"))
    return findings


def signing_findings(
    pointed: Sequence[PackFinding], review: FairnessReview | None, signer: int | None, *, is_always: bool
) -> list[Finding]:
    """Why a version cannot be signed yet by this person (their key), as far as the review goes.

    `is_always`: a review is wanted even of a pack in which nothing is pointed out.
    """
    if review is None:
        params, way = {"count": len(pointed)}, "请先由一人登记公平竞争审查，再由另一人签署。"
        told = "有 {count} 处须在公平竞争审查中说明理由，还没有审查结论。"
        if not pointed:
            told = "正式执行的方案要有公平竞争审查的结论。"
        return [Finding("no-review", told, params, way)] if pointed or is_always else []
    if review.conclusion is Conclusion.FAILS:
        way = "请起草新版本，删去或修改不符合的内容。"
        return [Finding("review-fails", "公平竞争审查的结论是不符合，不能签署。", way=way)]
    if review.reviewed_by_id == signer:
        way = "请由另一位政策人员复核后签署。"
        return [Finding("same-reviewer", "公平竞争审查由您登记，须由另一人复核签署。", way=way)]
    return []


def in_words(review: FairnessReview) -> str:
    """The conclusion and the opinion in one line."""
    return f"{LABELS[review.conclusion]}：{review.opinion}"


def article_field(position: int) -> str:
    """The name of the field for the article of an item."""
    return f"article_{position}"


def reason_field(position: int) -> str:
    """The name of the field for the reason of an item."""
    return f"reason_{position}"


def reviews_of(actor: Actor, *, on: date) -> list[FairnessReview]:
    """The reviews of the schemes within the officer's appointment, the newest first."""
    statement = (
        select(FairnessReview)
        .join(SchemeVersion, SchemeVersion.id == FairnessReview.scheme_version_id)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .where(queries.covered_by(actor, on=on))
        .order_by(FairnessReview.reviewed_at.desc(), FairnessReview.id.desc())
    )
    return list(db.session.scalars(statement))
