"""Drafting: begin, save facts section by section, add papers. Only what may be changed now is changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from vouchers.applications import queries, rules
from vouchers.applications.models import Application, ApplicationDocument
from vouchers.applications.services.moving import SUBJECT
from vouchers.applications.states import ApplicationState
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.numbers import next_number
from vouchers.enterprises import queries as enterprises
from vouchers.enterprises.rules import applying_findings
from vouchers.enterprises.states import EnterpriseState
from vouchers.files import queries as files
from vouchers.files.services import Owner, Received, keep
from vouchers.files.states import ArchiveClass
from vouchers.kernel.actor import Actor
from vouchers.kernel.canonical import digest
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.identifiers import uscc_problem
from vouchers.policy.rules.naming import SELLER

EDITABLE = frozenset({ApplicationState.DRAFT, ApplicationState.CORRECTION})


@dataclass(frozen=True, slots=True)
class NewDraft:
    """What is applied for: an open window, which names scheme version and voucher kind.

    `from_register` is what a register of the authority says of the applicant: facts, the register's name, its day.
    """

    window: str
    from_register: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SavedFacts:
    """Values of one section as written in JSON; None takes a value out. `requested` in fen, None leaves it alone.

    `lift_reason` says why more is asked than a soft cap gives; None leaves it alone.
    """

    values: Mapping[str, Any]
    seen_version: int
    requested: int | None = None
    lift_reason: str | None = None


def start(new: NewDraft, *, actor: Actor, at: datetime) -> Application:
    """Begin a draft in an open window; one live case per enterprise, window and kind."""
    if actor.organisation_id is None or actor.user_id is None:
        raise NotPermitted("only somebody who acts for an enterprise applies")
    enterprise = enterprises.of_organisation(actor.organisation_id)
    window = queries.window(new.window)
    findings = queries.not_open(window, at, may_prepare=window.release is not None)
    findings += queries.not_listed(enterprise, window)
    if enterprise.state is EnterpriseState.BARRED:  # who is still being looked at may prepare a draft
        findings += applying_findings(enterprise.state)
    live = queries.has_live(enterprise.id, window.id, window.voucher_kind)
    if live is not None:
        findings.append(_live_finding(live.number))
    if findings:
        raise RuleViolation(findings)
    application = Application(
        number=next_number("SQ", year=beijing_date(at).year, office_id=window.scheme.office_id),
        enterprise_id=enterprise.id,
        scheme_version_id=window.scheme_version_id,
        window_id=window.id,
        voucher_kind=window.voucher_kind,
        state=ApplicationState.DRAFT,
        from_register=None if new.from_register is None else dict(new.from_register),
        handler_user_id=actor.user_id,
        is_rehearsal=enterprise.is_rehearsal or window.scheme.is_rehearsal,
        created_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(application)
    except IntegrityError as error:
        raise RuleViolation([_live_finding("")]) from error
    details = {"number": application.number, "window": window.public_id, "kind": window.voucher_kind}
    record("application.start", _subject(application), actor=actor, at=at, change=("", "draft"), details=details)
    return application


def save_facts(public_id: str, saved: SavedFacts, *, actor: Actor, at: datetime) -> Application:
    """Keep the values of a section. Values of record stay; in a correction only what it names may change."""
    application = editable(public_id, actor, seen_version=saved.seen_version)
    changes = {name: value for name, value in saved.values.items() if application.answers.get(name) != value}
    findings = _fact_findings(application, changes, at=at)
    if findings:
        raise RuleViolation(findings)
    kept = {**application.answers, **changes}
    application.answers = {name: value for name, value in kept.items() if value is not None}
    if saved.requested is not None and application.state is ApplicationState.DRAFT:
        application.requested = saved.requested
    if saved.lift_reason is not None and application.state is ApplicationState.DRAFT:
        application.lift_reason = saved.lift_reason.strip()
    _note(application, "application.save_facts", {"facts": sorted(changes), "digest": digest(kept)}, actor=actor, at=at)
    return application


def add_document(
    public_id: str, requirement: str, *, received: Received, seen_version: int, actor: Actor, at: datetime
) -> Application:
    """Put a received file under a requirement; the earlier one is superseded and stays."""
    application = editable(public_id, actor, seen_version=seen_version)
    _check_requirement(application, requirement, received.kind.value, at=at)
    owner = Owner(organisation_id=application.enterprise.organisation_id)
    stored = keep(received, owner=owner, archive_class=ArchiveClass.CASE, actor=actor, at=at)
    _put_document(application, requirement, stored.id, at=at)
    details = {"requirement": requirement, "sha256": stored.sha256}
    _note(application, "application.add_document", details, actor=actor, at=at)
    return application


def reuse_document(
    public_id: str, requirement: str, *, file: str, seen_version: int, actor: Actor, at: datetime
) -> Application:
    """Put a file that the enterprise handed in earlier under a requirement (材料复用)."""
    application = editable(public_id, actor, seen_version=seen_version)
    stored = files.get_own(file, application.enterprise.organisation_id)
    _check_requirement(application, requirement, stored.kind.value, at=at)
    _put_document(application, requirement, stored.id, at=at)
    details = {"requirement": requirement, "sha256": stored.sha256}
    _note(application, "application.reuse_document", details, actor=actor, at=at)
    return application


def editable(public_id: str, actor: Actor, *, seen_version: int) -> Application:
    """The actor's own case, held, seen in its newest version, and in a state that may be edited."""
    application = queries.lock_own(public_id, actor.organisation_id)
    if application.version != seen_version or application.state not in EDITABLE:
        raise Conflict("the application changed meanwhile, or may not be edited now")
    return application


def _fact_findings(application: Application, changes: Mapping[str, Any], *, at: datetime) -> list[Finding]:
    compiled = queries.compiled_of(application)
    asked = {one.fact.name: one.fact for one in rules.asked_facts(compiled, application.voucher_kind)}
    seen = queries.seen_facts(application, on=beijing_date(at))
    findings = []
    for name, value in changes.items():
        if name not in asked:
            findings.append(Finding("fact-unknown", "本申请不需要“{name}”。", {"name": name}, "请刷新页面后重填。"))
        elif name in seen and seen[name].is_locked:
            params = {"label": asked[name].label}
            way = "信息有误的，请先申请更正登记信息。"
            findings.append(Finding("fact-locked", "“{label}”取自登记信息，不能在这里修改。", params, way, field=name))
        elif name == SELLER and value is not None and uscc_problem(str(value)):
            params = {"label": asked[name].label, "why": uscc_problem(str(value))}
            findings.append(Finding("fact-unfit", "“{label}”：{why}。", params, field=name))
        elif value is not None:
            try:
                asked[name].read(value)
            except ValueError as problem:
                params = {"label": asked[name].label, "why": str(problem)}
                findings.append(Finding("fact-unfit", "“{label}”：{why}。", params, field=name))
    if application.state is ApplicationState.CORRECTION:
        labels = {name: fact.label for name, fact in asked.items()}
        findings += rules.scope_findings(changes, opened_fields(application), field_names=labels)
    return findings


def opened_fields(application: Application) -> frozenset[str]:
    """The names of facts and documents that the open correction lets the applicant change."""
    correction = queries.open_correction(application)
    return frozenset(correction.fields if correction else ())


def _check_requirement(application: Application, requirement: str, kind: str, *, at: datetime) -> None:
    on = beijing_date(at)
    facts = queries.facts_for(application, on=on)
    compiled = queries.compiled_of(application)
    asked = {one.id: one for one in rules.asked_documents(compiled, application.voucher_kind, facts, on)}
    if requirement not in asked:
        message = "本申请不需要这份材料。"
        raise RuleViolation([Finding("document-unknown", message, way="请刷新页面后重试。", field="file")])
    if kind not in asked[requirement].formats:
        params = {"kind": kind.upper(), "wanted": "、".join(one.upper() for one in asked[requirement].formats)}
        message, way = "这份材料不接收 {kind} 格式。", "请上传 {wanted}。"
        raise RuleViolation([Finding("document-format", message, params, way, field="file")])
    if application.state is ApplicationState.CORRECTION:
        names = {requirement: asked[requirement].name}
        findings = rules.scope_findings([requirement], opened_fields(application), field_names=names)
        if findings:
            raise RuleViolation(findings)


def _put_document(application: Application, requirement: str, file_id: int, *, at: datetime) -> None:
    standing = queries.documents_of(application).get(requirement)
    if standing is not None:
        standing.superseded_at = at
    db.session.add(
        ApplicationDocument(application_id=application.id, requirement=requirement, file_id=file_id, added_at=at)
    )


def _note(application: Application, act: str, details: Mapping[str, Any], *, actor: Actor, at: datetime) -> None:
    flag_modified(application, "answers")  # the version rises with papers too: who reviews sees what changed
    db.session.flush()
    record(act, _subject(application), actor=actor, at=at, details=dict(details))


def _subject(application: Application) -> Subject:
    return Subject(SUBJECT, application.public_id)


def _live_finding(number: str) -> Finding:
    message = "本单位在这个窗口已经有一件办理中的申请 {number}，同一券种不能同时申报两件。"
    return Finding("already-live", message, {"number": number}, "请在原申请上继续办理；需要重来的，先撤回原申请。")
