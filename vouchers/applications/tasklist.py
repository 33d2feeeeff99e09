"""The application as a task list: sections of facts, papers, the confirmation; each with how far it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from vouchers.applications import queries, rules
from vouchers.applications.models import Application, ApplicationDocument, CorrectionRequest
from vouchers.applications.parts import parts_of
from vouchers.applications.queries import SeenFact
from vouchers.applications.questions import PREFIX, FactsForm, facts_form, source_words
from vouchers.applications.rules import AskedDocument, AskedFact, Section
from vouchers.applications.rules.asking import SECTION_LABELS
from vouchers.applications.services import preview
from vouchers.applications.services.submitting import Preview
from vouchers.applications.states import ApplicationState
from vouchers.files.states import ArchiveClass
from vouchers.kernel.clock import beijing_date
from vouchers.policy import explanation
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.eligibility import Outcome
from vouchers.policy.rules.lifting import has_soft_caps
from vouchers.policy.rules.results import Decision
from vouchers.web.filters import day
from vouchers.web.forms import sentence
from vouchers.web.wording import said

_ENDED_WITHOUT = frozenset({ApplicationState.REJECTED, ApplicationState.WITHDRAWN, ApplicationState.LAPSED})


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything the pages of an unfinished application show."""

    application: Application
    compiled: CompiledPack
    seen: Mapping[str, SeenFact]
    facts: tuple[AskedFact, ...]
    papers: tuple[AskedDocument, ...]
    given: Mapping[str, ApplicationDocument]
    preview: Preview
    opened: frozenset[str] | None  # names a correction opened; None when everything is open
    untouched: frozenset[str] = frozenset()  # those of them that are as they were when it was asked for

    def section(self, section: Section) -> tuple[AskedFact, ...]:
        """The facts asked for in a section."""
        return tuple(one for one in self.facts if one.section is section)

    def may_change(self, name: str) -> bool:
        """Whether a fact or paper may be changed now."""
        is_of_record = name in self.seen and self.seen[name].is_locked
        return not is_of_record and (self.opened is None or name in self.opened)


def draft_of(application: Application, *, at: datetime) -> Draft:
    """The application as it stands, with what the rules say to it."""
    on = beijing_date(at)
    compiled, kind = queries.compiled_of(application), application.voucher_kind
    seen = queries.seen_facts(application, on=on)
    correction = queries.open_correction(application)
    draft = Draft(
        application=application,
        compiled=compiled,
        seen=seen,
        facts=rules.asked_facts(compiled, kind),
        papers=rules.asked_documents(compiled, kind, queries.typed(seen, compiled), on),
        given=queries.documents_of(application),
        preview=preview(application, at=at),
        opened=None if correction is None else frozenset(correction.fields),
    )
    return replace(draft, untouched=_untouched(draft, correction)) if correction else draft


def _untouched(draft: Draft, correction: CorrectionRequest) -> frozenset[str]:
    last = queries.last_submission(draft.application)
    before = last.snapshot["facts"] if last else {}

    def is_as_it_was(name: str) -> bool:
        if name in draft.given:
            return draft.given[name].added_at <= correction.requested_at
        if name not in before or name not in draft.seen:
            return False
        old = explanation.shown_value(draft.compiled, draft.compiled.vocabulary[name], before[name])
        return old == shown(draft.compiled, draft.seen[name])

    return frozenset(filter(is_as_it_was, correction.fields))


def lists_of(draft: Draft) -> list[dict[str, Any]]:
    """The task list in its three parts: about the applicant, about the need, papers and confirmation."""
    own = [_section_task(draft, Section.ORGANISATION)] if _is_open(draft, Section.ORGANISATION) else []
    need = [_section_task(draft, one) for one in (Section.NEED, Section.SUPPORT) if _is_open(draft, one)]
    last = [*paper_tasks(draft), *part_tasks(draft), confirming_task(draft)]
    parts = [(_("一、单位情况"), own), (_("二、用算力做什么"), need), (_("三、材料与提交"), last)]
    shown_parts, start = [], 1
    for name, tasks in parts:
        if tasks:
            shown_parts.append({"name": name, "tasks": tasks, "start": start, "done": done_of(tasks)})
            start += len(tasks)
    return shown_parts


def paper_tasks(draft: Draft) -> list[dict[str, Any]]:
    """One task per paper."""
    return [_paper_task(draft, paper) for paper in draft.papers if draft.opened is None or paper.id in draft.opened]


def part_tasks(draft: Draft) -> list[dict[str, Any]]:
    """One task per part that a slice above asks for."""
    on = draft.preview.decision.on
    return [
        {
            "name": part.name,
            "url": url_for(part.page, public_id=draft.application.public_id),
            "hint": sentence(part.findings[0]) if part.findings else part.hint,
            "status": "open" if part.findings else "done",
        }
        for part in parts_of(draft.application, on=on)
        if draft.opened is None or part.key in draft.opened
    ]


def confirming_task(draft: Draft) -> dict[str, Any]:
    """The last task: check everything and confirm."""
    count = len(draft.preview.findings)
    url = url_for("applications_enterprise.submit_application", public_id=draft.application.public_id)
    if count:
        return {"name": _("核对并提交"), "url": "", "hint": _("还有 %(n)s 处要处理", n=count), "status": "blocked"}
    hint = _("内容已齐全，由法定代表人或授权人确认后提交")
    if draft.untouched:
        hint = _("补正列出的内容还有 %(n)s 项没有改动，请核对后再提交", n=len(draft.untouched))
    return {"name": _("核对并提交"), "url": url, "hint": hint, "status": "open"}


def done_of(tasks: Iterable[Mapping[str, Any]]) -> str:
    """How many of some tasks are done, for a heading."""
    states = [task["status"] for task in tasks]
    return f"{states.count('done')} / {len(states)}"


def section_form(draft: Draft, section: Section) -> FactsForm:
    """The form of one section: its facts that may be changed; with the need, how much is asked for."""
    open_ones = [one for one in draft.section(section) if draft.may_change(one.fact.name)]
    application, asks_amount = draft.application, section is Section.NEED and draft.opened is None
    may_ask = asks_amount and has_soft_caps(draft.compiled, application.voucher_kind)
    asked = (queries.measure_of(application), application.requested) if asks_amount else None
    reason = application.lift_reason if may_ask else None
    return facts_form(open_ones, draft.seen, version=application.version, asked_amount=asked, lift_reason=reason)


def locked_pairs(draft: Draft, asked: Iterable[AskedFact]) -> list[tuple[str, str, str]]:
    """Facts of a section that are seen and not changed: label, value, source with its day."""
    return [
        (said(one.fact.label), shown(draft.compiled, draft.seen[one.fact.name]), source_of(draft.seen[one.fact.name]))
        for one in asked
        if one.fact.name in draft.seen and not draft.may_change(one.fact.name)
    ]


def fact_rows(draft: Draft) -> list[tuple[str, str, str]]:
    """Every fact as it would be submitted: label, value, source."""
    known = [(said(one.fact.label), draft.seen[one.fact.name]) for one in draft.facts if one.fact.name in draft.seen]
    return [(label, shown(draft.compiled, seen), source_of(seen)) for label, seen in known]


def field_sources(draft: Draft, form: FactsForm) -> dict[str, str]:
    """The source of each prefilled field, and in a correction what it said before."""
    last = queries.last_submission(draft.application)
    before = last.snapshot["facts"] if last else {}
    sources = {}
    for one in form.asked:
        name = one.fact.name
        words = [source_of(draft.seen[name])] if name in draft.seen else []
        if draft.opened is not None and name in before:
            old = explanation.shown_value(draft.compiled, one.fact, before[name])
            words.append(_("上次提交：%(value)s", value=old))
        sources[PREFIX + name] = " · ".join(words)
    return sources


def receipt_rows(application: Application, snapshot: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The facts of a confirmed snapshot as people read them."""
    compiled = queries.compiled_of(application)
    words = compiled.vocabulary
    facts = [
        (words[name].label, explanation.shown_value(compiled, words[name], value))
        for name, value in snapshot["facts"].items()
        if name in words
    ]
    above = [(_("申请放宽上限的理由"), snapshot["lift_reason"])] if snapshot.get("lift_reason") else []
    return facts + above


def shown_amount(application: Application, decision: Decision | None) -> int | None:
    """The one figure of the page: what was approved, else what can be had; of a case that ended without, none."""
    if application.state in _ENDED_WITHOUT:
        return None
    if application.approved is not None:
        return application.approved
    return rules.computed(queries.compiled_of(application).pack, decision)


def binding_words(compiled: CompiledPack, decision: Decision | None) -> str:
    """Which cap decides the amount, in the words of its rule."""
    binding = decision.amount.binding_cap if decision and decision.amount else ""
    rule = compiled.pack.rule(binding) if binding else None
    return explanation.of_plan(compiled.pack, rule.say) if rule else ""


def shown(compiled: CompiledPack, seen: SeenFact) -> str:
    """A value as people read it."""
    try:
        return explanation.shown_value(compiled, compiled.vocabulary[seen.name], seen.value)
    except ValueError:
        return str(seen.value)


def source_of(seen: SeenFact) -> str:
    """Where a value comes from and since when."""
    words = source_words(seen)
    return words if seen.at is None else _("%(source)s · %(day)s 更新", source=words, day=day(seen.at).striptags())


def papers_for_reuse(paper: AskedDocument, files: Iterable[Any]) -> list[tuple[str, str]]:
    """Files handed in earlier that fit a requirement, one per content: public id and name with its day."""
    found: dict[str, tuple[str, str]] = {}
    for file in files:
        is_ours = file.archive_class is ArchiveClass.CERTIFICATE  # made here: nothing that anybody handed in
        if file.kind.value in paper.formats and not is_ours and file.sha256 not in found:
            found[file.sha256] = (file.public_id, f"{file.name}（{beijing_date(file.uploaded_at)}）")
    return list(found.values())


def window_words(application: Application, at: datetime) -> dict[str, Any]:
    """Calendar days until the window closes, or why it takes nothing more."""
    window = application.window
    closed = [sentence(one) for one in queries.not_open(window, at, may_prepare=True)]
    return {"days": max(0, (beijing_date(window.closes_at) - beijing_date(at)).days), "closed": closed}


def _is_open(draft: Draft, section: Section) -> bool:
    facts = draft.section(section)
    return bool(facts) and (draft.opened is None or any(one.fact.name in draft.opened for one in facts))


def _section_task(draft: Draft, section: Section) -> dict[str, Any]:
    facts = draft.section(section)
    decision = draft.preview.decision
    missing = [one.fact.label for one in rules.missing_facts(decision, facts)]
    names = {one.fact.name for one in facts}
    failed = [one for one in decision.conditions if one.outcome is Outcome.FAIL and names & set(one.seen)]
    public_id = draft.application.public_id
    url = url_for("applications_enterprise.edit_section", public_id=public_id, section=section.value)
    task = {"name": _(SECTION_LABELS[section]), "url": url, "status": "done", "hint": ""}
    known = [one for one in facts if one.fact.name in draft.seen]
    task["hint"] = _("已填 %(known)s 项，共 %(all)s 项", known=len(known), all=len(facts))
    if missing:
        return {**task, "status": "open", "hint": _("还缺：%(names)s", names=said("、".join(missing)))}
    if failed:
        return {**task, "status": "change", "hint": _("；").join(_say(draft, one.id) for one in failed)}
    kept = [one.fact.label for one in facts if one.fact.name in draft.untouched]
    if kept:
        return {**task, "status": "change", "hint": _("还没有改动：%(names)s", names=said("、".join(kept)))}
    return task


def _paper_task(draft: Draft, paper: AskedDocument) -> dict[str, Any]:
    url = url_for(
        "applications_enterprise.upload_document", public_id=draft.application.public_id, requirement=paper.id
    )
    task = {"name": said(paper.name), "url": url, "hint": " ".join(one.upper() for one in paper.formats)}
    if paper.id in draft.given:
        given = draft.given[paper.id]
        name = f"{given.file.name}（{beijing_date(given.added_at)}）"
        if paper.id in draft.untouched:
            return {**task, "status": "change", "hint": _("%(file)s，还没有更换", file=name)}
        return {**task, "status": "done", "hint": name}
    if paper.is_required:
        return {**task, "status": "missing", "missing": 1}
    return {**task, "status": "open", "hint": _("选交")}


def _say(draft: Draft, rule_id: str) -> str:
    rule = draft.compiled.pack.rule(rule_id)
    return explanation.of_plan(draft.compiled.pack, rule.say) if rule else rule_id
