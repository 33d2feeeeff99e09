"""Acts on versions: bring a pack in, check, review, sign, publish and stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.policy import fairness, queries
from vouchers.policy.fairness import Assessment
from vouchers.policy.loader import LoadedPack, load_text
from vouchers.policy.models import FairnessReview, Scheme, SchemeVersion
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.services.standing import require_own_office, seen
from vouchers.policy.states import VERSIONS, VersionState

PACKS = Path(__file__).parents[3] / "seeds" / "policies"


@dataclass(frozen=True, slots=True)
class Signing:
    """What the second person states: the issued document's number, and an answer to what the check pointed out.

    `is_trial`: in an installation that decides nothing, a demonstration or a trial, a plan may do without its document.
    """

    document_number: str = ""
    answer: str = ""
    is_trial: bool = False


@lru_cache(maxsize=16)
def load(text: str, file: str) -> LoadedPack:
    """A pack's text, read and examined; quotations are looked up in the texts that come with the product."""
    return load_text(text, file, beside=PACKS)


def import_pack(text: str, file: str, *, office_id: int, actor: Actor, at: datetime) -> SchemeVersion:
    """Keep a pack's text as a draft of its scheme; an open draft is replaced, the same text changes nothing."""
    loaded = load(text, file)
    if loaded.pack is None or not isinstance(loaded.data, dict):
        raise RuleViolation(findings_of(loaded.errors))
    scheme = queries.scheme_of_pack(loaded.pack.id) or _new_scheme(loaded.pack.id, loaded.pack.title, office_id, at=at)
    require_own_office(scheme, actor)
    newest = next(iter(queries.versions_of(scheme.id)), None)
    if newest is not None and newest.content_hash == loaded.digest:
        return newest
    version = newest if newest is not None and newest.state is VersionState.DRAFT else None
    if version is None:
        number = 1 if newest is None else newest.number + 1
        version = SchemeVersion(scheme_id=scheme.id, number=number, state=VersionState.DRAFT, created_at=at)
        db.session.add(version)
    version.source, version.content, version.content_hash = text, loaded.data, loaded.digest
    version.drafted_by_id = actor.person_id
    version.effective_from, version.effective_until = loaded.pack.effective.first, loaded.pack.effective.last
    scheme.title = loaded.pack.title
    db.session.flush()
    version.version += 1
    details = {"pack": loaded.pack.id, "number": version.number, "hash": loaded.digest}
    audit.record("policy.draft", _subject(version), actor=actor, at=at, change=("", "draft"), details=details)
    return version


def revise(public_id: str, text: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> SchemeVersion:
    """Keep a changed text of the newest version as the draft of its scheme; a text that is not the newest is stale."""
    version = seen(queries.lock_version(public_id), seen_version)
    require_own_office(version.scheme, actor)
    if queries.versions_of(version.scheme_id)[0].id != version.id:
        raise Conflict("a newer version was drafted since")
    loaded = load(text, version.scheme.pack_id)
    if loaded.pack is not None and loaded.pack.id != version.scheme.pack_id:
        message, params = "编号 id 应保持“{id}”。", {"id": version.scheme.pack_id}
        raise RuleViolation([Finding("other-pack", message, params, "新的方案请另行导入。", field="text")])
    return import_pack(text, version.scheme.pack_id, office_id=version.scheme.office_id, actor=actor, at=at)


def check_version(public_id: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> LoadedPack:
    """Examine a version, its own examples included; every finding at once when it does not hold."""
    version = seen(queries.lock_version(public_id), seen_version)
    require_own_office(version.scheme, actor)
    loaded = load(version.source, version.scheme.pack_id)
    if loaded.errors or loaded.not_yet:
        raise RuleViolation(findings_of([*loaded.errors, *loaded.not_yet]))
    _advance(version, "check", actor=actor, at=at, details={"warnings": len(loaded.warnings)})
    return loaded


def review_fairness(
    public_id: str, given: Assessment, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> FairnessReview:
    """Record the 公平竞争审查 of a checked version as the first person; until it is signed it may be written anew."""
    version = seen(queries.lock_version(public_id), seen_version)
    require_own_office(version.scheme, actor)
    VERSIONS.after(version.state, "sign")
    if actor.person_id is None:
        raise NotPermitted("a person reviews")
    pointed = fairness.pointed_in(load(version.source, version.scheme.pack_id))
    findings = fairness.assessment_findings(pointed, given)
    if findings:
        raise RuleViolation(findings)
    review = fairness.written(version, pointed, given, person_id=actor.person_id, at=at)
    details: dict[str, str | int] = {"hash": version.content_hash, "answers": len(pointed), "to": given.conclusion}
    audit.record("policy.review_fairness", _subject(version), actor=actor, at=at, reason=given.opinion, details=details)
    return review


def sign_version(
    public_id: str, signing: Signing, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> SchemeVersion:
    """Sign a checked version and its 公平竞争审查 as the second person; what needs a reasoned answer must have one."""
    version = seen(queries.lock_version(public_id), seen_version)
    require_own_office(version.scheme, actor)
    VERSIONS.after(version.state, "sign")
    findings = []
    if actor.person_id is None or actor.person_id == version.drafted_by_id:
        message = "起草人不能签署自己起草的方案。"
        findings.append(Finding("same-person", message, way="请由另一位政策人员登录后签署。"))
    loaded = load(version.source, version.scheme.pack_id)
    review = fairness.review_of(version)
    findings += fairness.signing_findings(
        fairness.pointed_in(loaded), review, actor.person_id, is_always=not signing.is_trial
    )
    findings += _document_findings(loaded, signing)
    if findings:
        raise RuleViolation(findings)
    version.signed_by_id = actor.person_id
    version.document_number, version.answer = signing.document_number.strip(), signing.answer.strip() or None
    if review is not None:
        review.confirmed_by_id, review.confirmed_at, review.version = actor.person_id, at, review.version + 1
        version.fair_competition = fairness.in_words(review)
    _advance(version, "sign", actor=actor, at=at, details={"hash": version.content_hash})
    return version


def publish_version(public_id: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> SchemeVersion:
    """Put a signed version in force; its examples are run once more, and the version before it is superseded."""
    version = seen(queries.lock_version(public_id), seen_version)
    require_own_office(version.scheme, actor)
    VERSIONS.after(version.state, "publish")
    loaded = load(version.source, version.scheme.pack_id)
    if loaded.errors or loaded.not_yet or loaded.digest != version.content_hash:
        raise RuleViolation(
            findings_of([*loaded.errors, *loaded.not_yet]) or [Finding("changed", "签署后的内容与签署时不一致。")]
        )
    former = queries.published_version(version.scheme_id)
    if former is not None:
        _advance(former, "supersede", actor=actor, at=at, details={"by": version.number})
        db.session.flush()  # at most one version of a scheme is in force, at every moment
    version.published_at = at
    _advance(version, "publish", actor=actor, at=at, details={"hash": version.content_hash})
    return version


def stop_version(
    public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> SchemeVersion:
    """Stop a version in force; cases that were handed in under it keep it."""
    version = seen(queries.lock_version(public_id), seen_version)
    require_own_office(version.scheme, actor)
    if not reason.strip():
        raise RuleViolation([Finding("no-reason", "停止执行要写明原因。", field="reason")])
    _advance(version, "stop", actor=actor, at=at, reason=reason)
    return version


def findings_of(found: Sequence[PackFinding]) -> list[Finding]:
    """What a pack's examination found, as findings of a page."""
    message = "第 {line} 行：{message}。"
    return [
        Finding(one.code, message, {"line": one.line, "message": one.message}, one.mend, field="source")
        for one in found
    ]


def _document_findings(loaded: LoadedPack, signing: Signing) -> list[Finding]:
    """What is missing beside the review: an answer to what the check pointed out, and the document that is in force."""
    findings, open_points = [], fairness.others_in(loaded)
    if open_points and not signing.answer.strip():
        message, way = "检查还有 {count} 处提示，没有说明。", "请写明为什么可以这样执行，或改好后重新检查。"
        findings.append(Finding("no-answer", message, {"count": len(open_points)}, way, field="answer"))
    if signing.is_trial:
        return findings
    if not signing.document_number.strip():
        way = "请填写已印发的实施细则的文号；还没有印发的，可以在演示或试用的系统里发布。"
        findings.append(Finding("no-document", "正式执行的方案要有实施细则文号。", way=way, field="document_number"))
    if loaded.pack is not None and loaded.pack.status == "starting-point":
        way = "请对照已印发的实施细则逐条核对，把 status 改为 operative，作为新版本起草。"
        findings.append(Finding("starting-point", "起步方案（status: starting-point）不能正式执行。", way=way))
    return findings


def _new_scheme(pack_id: str, title: str, office_id: int, *, at: datetime) -> Scheme:
    scheme = Scheme(pack_id=pack_id, title=title, office_id=office_id, created_at=at)
    db.session.add(scheme)
    db.session.flush()
    return scheme


def _subject(version: SchemeVersion) -> Subject:
    return Subject("scheme_version", version.public_id)


def _advance(
    version: SchemeVersion,
    action: str,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    details: dict[str, str | int] | None = None,
) -> None:
    before = version.state
    version.state = VERSIONS.after(before, action)
    version.version += 1
    change = (before.value, version.state.value)
    audit.record(
        f"policy.{action}", _subject(version), actor=actor, at=at, change=change, reason=reason, details=details
    )
