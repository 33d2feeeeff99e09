"""事实: what is said about an organisation, by whom, and from when until when."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from vouchers.audit.services import record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.parties import queries, rules
from vouchers.parties.models import Fact
from vouchers.parties.queries import subject_of
from vouchers.parties.states import FactSource
from vouchers.policy.rules.facts import FactType
from vouchers.policy.rules.vocabulary import VOCABULARY


def record_fact(  # noqa: PLR0913  a fact is a value with its source, its document and its days
    organisation_id: int,
    name: str,
    value: object,
    *,
    source: FactSource,
    document_id: int | None = None,
    valid_from: date | None = None,
    valid_until: date | None = None,
    actor: Actor,
    at: datetime,
) -> Fact:
    """Record a fact of the vocabulary, its value as in JSON. A declaration does not undo what a register said."""
    word, plain = _fitting(name, value)
    organisation = queries.lock(organisation_id)
    held = queries.source_of(organisation_id, name, on=beijing_date(at))
    findings = rules.replacement_findings(held, source, label=word.label, name=name)
    if findings:
        raise RuleViolation(findings)
    fact = Fact(
        organisation_id=organisation_id,
        name=name,
        value=plain,
        unit=word.unit,
        source=source,
        document_id=document_id,
        valid_from=valid_from,
        valid_until=valid_until,
        recorded_at=at,
        recorded_by=actor.name,
    )
    db.session.add(fact)
    db.session.flush()
    details = {"name": name, "source": source.value}
    record("parties.record_fact", subject_of(organisation), actor=actor, at=at, details=details)
    return fact


def end_fact(organisation_id: int, name: str, *, actor: Actor, at: datetime) -> None:
    """Let a declared fact hold no more from today on; what a register or an officer said stays."""
    organisation, day = queries.lock(organisation_id), beijing_date(at)
    held = queries.source_of(organisation_id, name, on=day)
    if held is None:
        return
    findings = rules.replacement_findings(held, FactSource.SELF_DECLARED, label=VOCABULARY[name].label, name=name)
    if findings:
        raise RuleViolation(findings)
    open_ones = select(Fact).where(Fact.organisation_id == organisation_id, Fact.name == name)
    for fact in db.session.scalars(open_ones):
        if fact.valid_until is None or fact.valid_until >= day:
            fact.valid_until = day - timedelta(days=1)
    record("parties.end_fact", subject_of(organisation), actor=actor, at=at, details={"name": name})


def _fitting(name: str, value: object) -> tuple[FactType, object]:
    """The word of the vocabulary with the value in its plain form; RuleViolation when either does not fit."""
    word = VOCABULARY.get(name)
    if word is None:
        raise RuleViolation([Finding("unknown-fact", "不认识事实“{name}”。", {"name": name}, field=name)])
    try:
        return word, word.written(word.read(value))
    except ValueError as problem:
        params = {"label": word.label, "why": str(problem)}
        raise RuleViolation([Finding("unfit-fact", "“{label}”的值不合用：{why}。", params, field=name)]) from None
