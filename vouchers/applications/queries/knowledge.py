"""What is known for a decision: facts of record, answers of the case, credit records, quotas of the ledger."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from vouchers.applications import rules, support
from vouchers.applications.models import Application
from vouchers.applications.queries.cases import kind_name_of, last_submission
from vouchers.applications.queries.lifts import granted_lifts
from vouchers.applications.queries.records import (
    BY_APPLICATION,
    BY_LEDGER,
    BY_RECORD,
    BY_REVIEWER,
    BY_SYSTEM,
    SeenFact,
    own_records,
    role_of,
    sized,
    typed,
)
from vouchers.enterprises.models import Enterprise
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import decimal_yuan, parse_yuan
from vouchers.ledger import queries as ledger
from vouchers.ledger.caps import Moment, quota_of
from vouchers.ledger.support import years_supported
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.policy.models import SchemeVersion, Window
from vouchers.policy.pack.limits import Cap
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.again import stopping
from vouchers.policy.rules.compiled import CompiledPack, Plan
from vouchers.policy.rules.decision import decide, replay
from vouchers.policy.rules.facts import FactValue, Supplier
from vouchers.policy.rules.lifting import LIFTED, OVER
from vouchers.policy.rules.naming import NAMING, by_contract, contract_named, seller_named
from vouchers.policy.rules.results import Decision

YEARS_SUPPORTED, RENAMED = "years_supported", "is_renamed"


@dataclass(frozen=True, slots=True)
class CaseKey:
    """What is applied for: a voucher kind in a window; `public_id` is empty until an application is begun.

    `register` holds what a register of the authority says (免申即享).
    """

    kind: str
    window: int
    public_id: str = ""
    register: Mapping[str, SeenFact] = field(default_factory=dict)


def compiled_of(application: Application) -> CompiledPack:
    """The rules of the case: those of the version it was begun under, for good."""
    return policy.compiled(application.scheme_version)


def kind_name(application: Application) -> str:
    """What the voucher kind is called in the case's own version."""
    return kind_name_of(application)


def facts_for(application: Application, *, on: date, phase: Phase = Phase.APPLICATION) -> dict[str, FactValue]:
    """Everything the rules may look at for this case on a day and at a phase, typed."""
    return typed(seen_facts(application, on=on, phase=phase), compiled_of(application))


def seen_facts(application: Application, *, on: date, phase: Phase = Phase.APPLICATION) -> dict[str, SeenFact]:
    """The same with where each value comes from; after the application what became known since goes before answers."""
    case = CaseKey(
        application.voucher_kind,
        application.window_id,
        application.public_id,
        register_facts(application.from_register),
    )
    if phase is Phase.APPLICATION:
        return known_facts(application.enterprise, application.scheme_version, case, answers=application.answers, on=on)
    answers = _still_said(application, on=on)
    seen = known_facts(application.enterprise, application.scheme_version, case, answers=answers, on=on, phase=phase)
    if RENAMED in seen:
        seen.update(_renamed(application))
    return seen


def asked_again(application: Application, phase: Phase, *, on: date) -> list[Finding]:
    """Why a case no longer meets what its pack asks again at a later phase; nothing where it asks nothing then."""
    compiled, kind = compiled_of(application), application.voucher_kind
    if not compiled.plan(kind, phase).rules:
        return []
    facts = facts_for(application, on=on, phase=phase)
    return stopping(compiled, decide(compiled, kind, facts, on=on, phase=phase))


def not_listed(enterprise: Enterprise, window: Window) -> list[Finding]:
    """Why an enterprise may not apply in a window, where the pack keeps its kind to a list; names held before count."""
    compiled = policy.compiled(window.scheme_version)
    lists = {named.id: named for named in compiled.pack.lists}
    names = parties.names_of(enterprise.organisation)
    return [
        finding
        for rule in compiled.pack.process.intakes
        if rule.whitelist is not None and window.voucher_kind in rule.kinds
        for finding in rules.list_findings(
            names,
            lists[rule.whitelist].items.values(),
            say=lists[rule.whitelist].say,
            clause=compiled.clauses[rule.id],
        )
    ]


def known_facts(
    enterprise: Enterprise,
    version: SchemeVersion,
    case: CaseKey,
    *,
    answers: Mapping[str, Any],
    on: date,
    phase: Phase = Phase.APPLICATION,
) -> dict[str, SeenFact]:
    """What is known of an enterprise for a case under a version, with these answers."""
    compiled = policy.compiled(version)
    held = {
        name: SeenFact(name, fact.value, fact.source.value, fact.document, fact.recorded_at)
        for name, fact in parties.facts_of(enterprise.organisation_id, on=on).items()
    }
    known = {**held, **{name: fact for name, fact in case.register.items() if not _is_newer(held.get(name), fact)}}
    records = {**known, **own_records(enterprise, known, compiled, on=on)}
    records.update(role_of(enterprise, compiled, case.kind, on=on))
    raw = rules.merged({name: (fact.value, fact.source) for name, fact in records.items()}, answers)
    seen = {name: _seen(name, raw[name], records, compiled) for name in raw if not name.startswith((LIFTED, OVER))}
    seen.update(_supported(enterprise, version, raw, plan=compiled.plan(case.kind, phase)))
    seen.update(_quotas(enterprise, version, case, named={name: raw.get(name) for name in NAMING}, on=on))
    seen.update((name, SeenFact(name, True, BY_REVIEWER)) for name in _lifted(case))  # noqa: FBT003
    wanted = {*compiled.plan(case.kind, Phase.APPLICATION).facts, *compiled.plan(case.kind, phase).facts}
    seen[RENAMED] = SeenFact(RENAMED, False, BY_SYSTEM)  # noqa: FBT003  nothing was confirmed under another name yet
    if YEARS_SUPPORTED in wanted:
        party = enterprise.organisation.public_id
        years = years_supported(version.scheme_id, case.kind, party, but_for=on.year)
        seen[YEARS_SUPPORTED] = SeenFact(YEARS_SUPPORTED, years, BY_LEDGER)
    return {name: fact for name, fact in seen.items() if name in wanted}


def facts_of_stranger(version: SchemeVersion, case: CaseKey, *, on: date) -> dict[str, SeenFact]:
    """What would be known of an enterprise that has no account yet: its register, and what this system has of nobody.

    The same as `known_facts` on the day on which it registers and says nothing more.
    """
    compiled = policy.compiled(version)
    records = {**case.register, "is_admitted_provider": SeenFact("is_admitted_provider", value=False, source=BY_SYSTEM)}
    records.update(sized(case.register, compiled, on=on))
    records.update(role_of(None, compiled, case.kind, on=on))
    if "dishonesty" not in records:
        records["dishonesty"] = SeenFact("dishonesty", [], BY_SYSTEM)
    named = {name: fact.value for name, fact in records.items() if name in NAMING}
    records.update(_quotas(None, version, case, named=named, on=on))
    records[RENAMED] = SeenFact(RENAMED, False, BY_SYSTEM)  # noqa: FBT003
    records[YEARS_SUPPORTED] = SeenFact(YEARS_SUPPORTED, 0, BY_LEDGER)
    wanted = compiled.plan(case.kind, Phase.APPLICATION).facts
    return {name: fact for name, fact in records.items() if name in wanted}


def register_facts(kept: Mapping[str, Any] | None) -> dict[str, SeenFact]:
    """What a register says of a case, as it was taken over: values of record with the register's name and day."""
    if kept is None:
        return {}
    at = datetime.fromisoformat(kept["at"])
    return {
        name: SeenFact(name, value, "register", at=at, register=kept["register"])
        for name, value in kept["facts"].items()
    }


def decision_of(application: Application) -> Decision | None:
    """The decision that was stored with the case."""
    return None if application.decision is None else Decision.from_dict(application.decision)


def replayed(application: Application) -> Decision | None:
    """The stored decision made again from the facts it kept: equal to it, or something was changed."""
    stored = decision_of(application)
    return None if stored is None else replay(compiled_of(application), stored)


def _renamed(application: Application) -> dict[str, SeenFact]:
    """Whether the applicant has another name than the one the confirmed snapshot was frozen with."""
    frozen = last_submission(application)
    if frozen is None:
        return {}
    name = application.enterprise.organisation.name
    return {RENAMED: SeenFact(RENAMED, frozen.snapshot["enterprise"]["name"] != name, BY_SYSTEM)}


def _still_said(application: Application, *, on: date) -> dict[str, Any]:
    """The answers of a case but for those on which something was recorded after it was handed in."""
    since = application.submitted_at
    known = parties.facts_of(application.enterprise.organisation_id, on=on)
    newer = {name for name, fact in known.items() if since is not None and fact.recorded_at > since}
    return {name: value for name, value in application.answers.items() if name not in newer}


def _seen(name: str, value: Any, records: Mapping[str, SeenFact], compiled: CompiledPack) -> SeenFact:
    recorded = records.get(name)
    if recorded is not None and recorded.value == value:
        return recorded
    fact = compiled.vocabulary.get(name)
    is_judged = fact is not None and fact.supplier is Supplier.REVIEWER
    return SeenFact(name, value, BY_REVIEWER if is_judged else BY_APPLICATION)


def _is_newer(held: SeenFact | None, register: SeenFact) -> bool:
    """Whether a value of record was put down after the day of a register, which then no longer holds."""
    if held is None or not held.is_locked or held.at is None or register.at is None:
        return False
    return held.at > register.at


def _lifted(case: CaseKey) -> list[str]:
    """The facts that two persons lifted a cap for this case: from their record alone."""
    return [f"{LIFTED}{cap}" for cap in granted_lifts(case.public_id)] if case.public_id else []


def _supported(
    enterprise: Enterprise, version: SchemeVersion, raw: Mapping[str, Any], *, plan: Plan
) -> Iterator[tuple[str, SeenFact]]:
    """Other support that is on record here and more than was declared: no less than that counts (as INV-12 has it)."""
    asked = {name for name in (support.ON_CONTRACT, support.TO_APPLICANT) if name in plan.facts}
    if not asked or (support.TO_APPLICANT not in asked and not all(raw.get(name) for name in NAMING)):
        return
    found = support.elsewhere(enterprise.organisation_id, version.scheme_id)
    sums = {
        support.ON_CONTRACT: support.on_contract(found, raw),
        support.TO_APPLICANT: sum(one.fen for one in found),
    }
    for name in asked:
        if sums[name] > _fen_of(raw.get(name)):
            yield name, SeenFact(name, decimal_yuan(sums[name]), BY_RECORD)


def _fen_of(value: Any) -> int:
    try:
        return parse_yuan(str(value))
    except ValueError:
        return 0


def _quotas(
    enterprise: Enterprise | None, version: SchemeVersion, case: CaseKey, *, named: Mapping[str, Any], on: date
) -> Iterator[tuple[str, SeenFact]]:
    contract = contract_named(named, enterprise.organisation.public_id if enterprise else "")
    for cap in policy.pack(version).amount.caps:
        if cap.granted_fact and case.kind in cap.kinds:
            party = _party_of(cap, enterprise, case, named=named, on=on)
            if party is None or (by_contract(cap) and not contract):
                continue  # nobody can say how often, before it is said of what
            moment = Moment(on, case.window, contract)
            quota = quota_of(cap, scheme_id=version.scheme_id, party=party, moment=moment)
            used = decimal_yuan(ledger.used(quota)) if quota.is_money else ledger.used(quota)
            yield cap.granted_fact, SeenFact(cap.granted_fact, used, BY_LEDGER)
            if cap.over_fact and ledger.stands_over(quota):
                yield cap.over_fact, SeenFact(cap.over_fact, True, BY_LEDGER)  # noqa: FBT003


def _party_of(
    cap: Cap, enterprise: Enterprise | None, case: CaseKey, *, named: Mapping[str, Any], on: date
) -> str | None:
    """The same for an enterprise that may be unknown yet: a party that drew on nothing."""
    if enterprise is not None:
        return party_of(cap, enterprise, case, named=named, on=on)
    if cap.over == "seller":
        return seller_named(named) or None
    return "" if cap.over == "scheme" else "nobody"


def party_of(cap: Cap, enterprise: Enterprise, case: CaseKey, *, named: Mapping[str, Any], on: date) -> str | None:
    """Whose quota a cap is: the applicant's, that of whoever controls it, of the scheme, or of the case itself.

    A contract or seller is that which the application names; None while it names none.
    """
    buyer = enterprise.organisation.public_id
    if cap.over == "controller":
        return parties.controller_of(enterprise.organisation_id, on=on)
    if cap.over == "contract":
        return contract_named(named, buyer) or None
    if cap.over == "seller":
        return seller_named(named) or None
    return {"scheme": "", "project": case.public_id, "claim": case.public_id}.get(cap.over, buyer)
