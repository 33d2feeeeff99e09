"""The case screen: what an officer may do now and why not, what to look at, what changed since the last submission."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from vouchers.accounts import queries as accounts
from vouchers.accounts.states import Duty
from vouchers.applications import progress, rules, support, tasklist
from vouchers.applications import queries as applications
from vouchers.applications.models import Application
from vouchers.applications.parts import parts_of
from vouchers.applications.progress import Promise
from vouchers.applications.queries import CaseRow
from vouchers.applications.services import promised_days
from vouchers.applications.states import ApplicationState
from vouchers.enterprises import queries as enterprises
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotFound
from vouchers.kernel.money import format_yuan
from vouchers.parties import queries as parties
from vouchers.policy import explanation
from vouchers.policy import queries as policy
from vouchers.policy.pack.process import Acceptance, Stage
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.eligibility import Outcome
from vouchers.policy.rules.facts import FactType
from vouchers.policy.rules.results import Decision
from vouchers.review import queries
from vouchers.review import rules as review_rules
from vouchers.review.rules import Seat
from vouchers.web.forms import sentence
from vouchers.web.wording import said

S = ApplicationState
_THEIRS = "enterprise"


@dataclass(frozen=True, slots=True)
class Act:
    """An act as the bar of the case screen shows it; `why` says why it is not possible now."""

    key: str
    text: str
    url: str
    kind: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a case waits for: who is wanted, in which stage, the duty (with its part) they take on, and their acts."""

    seat: Seat
    stage: str
    duty: tuple[Duty, str]
    acts: Sequence[Act]


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact with its value now and at the last submission, and its source."""

    label: str
    old: str | None
    new: str
    source: str
    name: str


@dataclass(frozen=True, slots=True)
class QueueLine:
    """What a line of the queue shows besides its case: the days left and the stage in words."""

    left: int | None
    stage_name: str


def case_in_sight(public_id: str, actor: Actor, *, on: date) -> Application:
    """The case, when it was submitted and lies within the officer's schemes; else as if there were none."""
    application = applications.get(public_id)
    is_covered = policy.is_covered(application.scheme_version.scheme, actor, on=on)
    if not is_covered or application.state in {S.DRAFT, S.TO_CONFIRM} or application.submitted_at is None:
        raise NotFound(f"application {public_id}")
    return application


def acts_on(application: Application, actor: Actor, decision: Decision | None, *, at: datetime) -> list[Act]:
    """What the lifecycle allows here, for this officer; what is expected and not possible says why."""
    turn = _turn_of(application)
    if turn is None:
        return []
    standing = queries.standing_of(actor, application, turn.stage, on=beijing_date(at))
    barred = review_rules.authority_findings(standing, turn.seat)
    barred += accounts.bars_to_duty(application.public_id, actor.person_id or 0, wanted=turn.duty)
    why = "".join(sentence(finding) for finding in barred)
    blocked = _blocked_pass(decision) if application.state is S.IN_STAGE else ""
    return [Act(act.key, act.text, act.url, act.kind, why or (blocked if act.key == "A" else "")) for act in turn.acts]


def queue_lines(rows: Sequence[CaseRow], *, on: date) -> dict[str, QueueLine]:
    """What the lines of the queue show besides their cases, by public id."""
    names, calendar = applications.stage_names(rows), policy.work_calendar()
    return {
        row.public_id: QueueLine(
            rules.days_left(calendar, row.due_on, on), names[row.public_id] if row.state is S.IN_STAGE else ""
        )
        for row in rows
    }


def fact_rows(application: Application, compiled: CompiledPack, decision: Decision) -> list[FactRow]:
    """The facts of the decision, changed ones beside what they were."""
    changes = progress.changes_since(application)
    seen = applications.seen_facts(application, on=decision.on)
    return [
        FactRow(
            label=explanation.of_plan(compiled.pack, compiled.vocabulary[name].label),
            old=_shown(compiled, name, changes[name]) if name in changes and changes[name] is not None else None,
            new=_shown(compiled, name, value) or "",
            source=tasklist.source_of(seen[name]) if name in seen else "",
            name=name,
        )
        for name, value in decision.facts.items()
    ]


def document_rows(application: Application) -> list[dict[str, Any]]:
    """The papers beside the case, new ones since the last submission marked."""
    compiled = applications.compiled_of(application)
    names = {rule.id: explanation.of_plan(compiled.pack, rule.name) for rule in compiled.pack.documents}
    changes = progress.changes_since(application)
    return [
        {
            "name": f"{names.get(requirement, requirement)}{_('：')}{paper.file.name}",
            "url": url_for("files.download", public_id=paper.file.public_id),
            "note": _("补正后更换") if requirement in changes else beijing_date(paper.added_at).isoformat(),
        }
        for requirement, paper in applications.documents_of(application).items()
    ]


def ties_of(application: Application) -> list[tuple[str, str]]:
    """Related parties, credit and other cases of the applicant, as pairs."""
    organisation_id = application.enterprise.organisation_id
    on = beijing_date(application.submitted_at or application.created_at)
    members = parties.members_of(organisation_id, on=on)
    breaches = enterprises.credit_records(application.enterprise_id)
    others = [one for one in applications.list_own(organisation_id) if one.public_id != application.public_id]
    return [
        (_("统一社会信用代码"), application.enterprise.organisation.uscc or _("没有")),
        (_("有权办理的人"), _("、").join(dict.fromkeys(one.name for one in members)) or _("没有")),
        (_("信用记录"), _("；").join(f"{one.on} {one.source}" for one in breaches) or _("没有失信记录")),
        (_("其他方案的支持"), _support_of(application) or _("没有记录")),
        (_("以往案件"), _("%(n)s 件", n=len(others)) if others else _("没有")),
    ]


def _support_of(application: Application) -> str:
    """What other schemes here pay the applicant, to be held against what it declares."""
    found = support.elsewhere(application.enterprise.organisation_id, application.scheme_version.scheme_id)
    return "；".join(f"{one.scheme} {one.contract} {format_yuan(one.fen)}" for one in found)


def correctable(application: Application, compiled: CompiledPack, on: date) -> list[tuple[str, str]]:
    """The facts and papers that a correction may open: name and label."""
    kind = application.voucher_kind
    seen = applications.seen_facts(application, on=on)
    facts = [
        (one.fact.name, explanation.of_plan(compiled.pack, one.fact.label))
        for one in rules.asked_facts(compiled, kind)
        if one.fact.name not in seen or not seen[one.fact.name].is_locked
    ]
    papers = rules.asked_documents(compiled, kind, applications.typed(seen, compiled), on)
    parts = [(part.key, part.name) for part in parts_of(application, on=on)]
    return [*facts, *((one.id, _("材料：%(name)s", name=said(one.name))) for one in papers), *parts]


def rejecting_rules(compiled: CompiledPack, decision: Decision, stage: str = "") -> list[tuple[str, str]]:
    """The rules a refusal may rest on, those that are not met first; where experts score, the stage's own too."""
    stages = [one for one in compiled.pack.process.stages if one.id == stage and one.scoring_of(decision.kind)]
    asked = [(one.id, compiled.clauses.get(one.id, "")) for one in stages]
    asked += [(one.id, one.clause) for one in sorted(decision.conditions, key=lambda one: one.outcome is Outcome.PASS)]
    papers = [(rule.id, compiled.clauses.get(rule.id, "")) for rule in compiled.pack.documents if rule.of == _THEIRS]
    named = [(compiled.pack.rule(key), clause) for key, clause in [*asked, *papers]]
    return [
        (rule.id, _("%(say)s（%(clause)s）", say=explanation.of_plan(compiled.pack, rule.say), clause=said(clause)))
        for rule, clause in named
        if rule is not None
    ]


def to_judge(compiled: CompiledPack, decision: Decision) -> list[FactType]:
    """The facts that the reviewer must judge before the case can pass."""
    return [compiled.vocabulary[name] for name in review_rules.open_judgements(decision)]


def skipped_words(application: Application) -> str:
    """The stages that a fast track left out, by name."""
    names = progress.stage_names(application)
    return "、".join(names.get(one.stage, one.stage) for one in queries.skipped_of(application.id))


def skipped_lines(application: Application) -> list[tuple[str, date, bool]]:
    """What a fast track left out: the stage, until when it is to be made good, whether it was."""
    names = progress.stage_names(application)
    found = queries.skipped_of(application.id)
    return [(names.get(one.stage, one.stage), one.due_on, one.made_good_at is not None) for one in found]


def track_lines(application: Application) -> list[tuple[str, str, int]]:
    """The fast tracks that may hold: what each says, the stages it leaves out, the working days to make them good."""
    compiled, names = applications.compiled_of(application), progress.stage_names(application)
    return [
        (
            explanation.of_plan(compiled.pack, one.say),
            _("、").join(names.get(key, key) for key in one.skips),
            one.made_good_within,
        )
        for one in queries.tracks_of(compiled, application.voucher_kind)
    ]


def promise_of(application: Application, *, on: date) -> Promise:
    """The term that runs."""
    return progress.promise_of(application, on=on)


def promised(application: Application) -> int | None:
    """The working days promised here."""
    return promised_days(application)


def _turn_of(application: Application) -> Turn | None:
    process = applications.compiled_of(application).pack.process
    if application.state is S.SUBMITTED:
        first = process.acceptance
        return _turn(first, (Duty.EXAMINE, ""), acts=_examining(application, _("不予受理"), _("受理")))
    stage = next((stage for stage in process.stages if stage.id == application.stage), None)
    if stage is None:
        return None
    if application.state is S.IN_STAGE:
        part = stage.id if rules.is_apart(process, stage) else ""
        return _turn(stage, (Duty.EXAMINE, part), acts=_examining(application, _("不予通过"), _("通过")))
    if application.state in {S.TO_DECIDE, S.WAITING}:
        acts = [Act("A", _("会议审定"), _to("decide_case", application.public_id), "primary")]
        return _turn(stage, (Duty.DECIDE, ""), acts=acts)
    return None


def _examining(application: Application, refuse: str, agree: str) -> list[Act]:
    public_id = application.public_id
    agreeing = "accept_case" if application.state is S.SUBMITTED else "pass_case"
    return [
        Act("R", refuse, _to("reject_case", public_id), "danger"),
        Act("C", _("要求补正"), _to("correct_case", public_id)),
        Act("A", agree, _to(agreeing, public_id), "primary"),
    ]


def _turn(at: Acceptance | Stage, duty: tuple[Duty, str], *, acts: Sequence[Act]) -> Turn:
    return Turn(Seat(review_rules.ROLE_OF[at.role], review_rules.OFFICE_OF[at.office]), at.id, duty, acts)


def _to(view: str, public_id: str) -> str:
    return url_for(f"review_office.{view}", public_id=public_id)


def _blocked_pass(decision: Decision | None) -> str:
    if decision is None:
        return ""
    failed = [one for one in decision.conditions if one.outcome in {Outcome.FAIL, Outcome.UNKNOWN}]
    return _("还有 %(n)s 条规则没有符合，处理后才能通过。", n=len(failed)) if failed else ""


def _shown(compiled: CompiledPack, name: str, value: Any) -> str | None:
    try:
        return explanation.shown_value(compiled, compiled.vocabulary[name], value)
    except (KeyError, ValueError):
        return None if value is None else str(value)
