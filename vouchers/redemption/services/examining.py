"""Everything a claim is judged by, gathered and judged: contract, invoice, payment, delivery, rules and caps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from vouchers.applications import queries as applications
from vouchers.issuance import queries as issuance
from vouchers.issuance.states import LABELS as VOUCHER_LABELS
from vouchers.issuance.states import VoucherState
from vouchers.kernel.money import format_yuan
from vouchers.kernel.periods import DateRange
from vouchers.ledger import queries as ledger
from vouchers.ledger.rules import Cap
from vouchers.ledger.states import AccountKind
from vouchers.orders.states import LABELS as ORDER_LABELS
from vouchers.orders.states import OrderState
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.policy.pack.bases import fact_of_quantity
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.limits import Cap as CapRule
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.vouchers import RedemptionRule
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.eligibility import Outcome
from vouchers.policy.rules.facts import FactValue
from vouchers.policy.rules.procedure import documents_asked
from vouchers.policy.rules.results import ConditionResult, Decision
from vouchers.providers import queries as providers
from vouchers.redemption import queries
from vouchers.redemption.invoices.checks import Level
from vouchers.redemption.models import Claim
from vouchers.redemption.rules import claiming, measures
from vouchers.redemption.rules.outcomes import ALONE, ClaimCheck, from_plain, green
from vouchers.redemption.rules.papers import check_papers
from vouchers.redemption.services.quotas import caps_of_claim, used_of

REDUCTIONS = ("coupons", "gifts", "refunds")
_ON_CONTRACT = "other_support_contract"
_SERVED = frozenset({OrderState.IN_SERVICE, OrderState.COMPLETED})
_USABLE = frozenset({VoucherState.ACTIVE, VoucherState.USED_UP})


@dataclass(frozen=True, slots=True)
class Examination:
    """How a claim came out, the decision behind it, and the quotas it draws on."""

    checks: tuple[ClaimCheck, ...]
    decision: Decision
    caps: tuple[Cap, ...]


def examine(claim: Claim, *, on: date) -> Examination:
    """Judge a claim on a day."""
    facts, caps = facts_of(claim, on=on)
    compiled = policy.compiled(claim.voucher.scheme_version)
    decision = decide(compiled, claim.voucher.voucher_kind, facts, on=on, phase=Phase.REDEMPTION)
    alone = tuple(check for check in map(from_plain, claim.checks) if check.code.startswith(ALONE))
    ruled = tuple(_rule_checks(claim, decision, pack=compiled.pack))
    asked = documents_asked(compiled.pack, Phase.REDEMPTION, kind=claim.voucher.voucher_kind, facts=facts, on=on)
    papers = tuple(check_papers(asked, claim.papers_now, compiled.clauses))
    return Examination((*claiming.check_claim(_situation(claim, on=on)), *papers, *ruled, *alone), decision, caps)


def terms_of(claim: Claim) -> RedemptionRule:
    """What the pack says of redeeming this kind."""
    return policy.pack(claim.voucher.scheme_version).redemption_rule(claim.voucher.voucher_kind)


def measure_share(claim: Claim) -> Fraction:
    """What the scheme's measure is of the catalogue's gross price under this contract."""
    order, measure = claim.order, terms_of(claim).invoice_amount
    return Fraction(order.net if measure == "net" else order.gross, order.gross)


def service_of(claim: Claim) -> DateRange:
    """The days whose service is claimed."""
    return DateRange(claim.service_from, claim.service_until)


def deadline_of(claim: Claim) -> date | None:
    """The last day on which the service may be claimed, where the pack sets one."""
    term = terms_of(claim).claim_within
    if term is None:
        return None
    if term.unit == "working day":
        return policy.work_calendar().after(claim.service_until, term.count).day
    return term.after(claim.service_until)


def available_for(claim: Claim) -> int:
    """What the order holds that no other claim under way has taken, in fen."""
    own = ledger.balance_of(AccountKind.HELD, claim.public_id)
    return own + ledger.balance_of(AccountKind.HELD, claim.order.public_id)


def _situation(claim: Claim, *, on: date) -> claiming.Situation:
    rule = terms_of(claim)
    voucher_rule = policy.pack(claim.voucher.scheme_version).voucher_rule(claim.voucher.voucher_kind)
    clause = policy.compiled(claim.voucher.scheme_version).clauses[rule.id]
    terms = claiming.Terms(
        rule.window_date,
        rule.invoice_use == "one-claim-only",
        rule.tolerance,
        rule.own_share_proof,
        rule.delivery_confirmation,
        voucher_rule.hold_outlives_validity,
        clause,
        metered=voucher_rule.reserved_by_order,
        sheet=voucher_rule.face or 0,
        in_kind=claim.voucher.units is not None,
    )
    asked = claiming.Asked(claim.amount, claim.base, service_of(claim), on, deadline_of(claim))
    return claiming.Situation(terms, asked, _standing(claim, on=on), _paper(claim), _proof(claim))


def _standing(claim: Claim, *, on: date) -> claiming.Standing:
    voucher, order = claim.voucher, claim.order
    has_ended = voucher.state is VoucherState.EXPIRED  # whether it may still be claimed on is asked by date
    return claiming.Standing(
        voucher_is_usable=voucher.state in _USABLE or has_ended,
        voucher_state=VOUCHER_LABELS[voucher.state],
        validity=issuance.validity(voucher),
        order_is_served=order.state in _SERVED,
        order_state=ORDER_LABELS[order.state],
        order_service=DateRange(order.service_from, order.service_until),
        held=available_for(claim),
        is_admitted=_is_admitted(claim),
        has_account=_has_account(claim, on=on),
    )


def _is_admitted(claim: Claim) -> bool:
    kind, days = claim.order.offering.kind, (claim.service_from, claim.service_until)
    return all(providers.is_admitted(claim.provider_id, kind=kind, on=day) for day in days)


def _has_account(claim: Claim, *, on: date) -> bool:
    channels = policy.pack(claim.voucher.scheme_version).settlement.channels
    payees = queries.payees_of(claim)
    return all(parties.bank_account_of(payee, on=on, channels=channels) is not None for payee in payees)


def _paper(claim: Claim) -> claiming.Paper:
    invoice = claim.invoice
    used = queries.use_of_invoice(invoice.id, side=queries.side_of_claim(claim), but_for=claim.id)
    measured = measures.eligible(_counted(claim), terms_of(claim).invoice_amount)
    return claiming.Paper(
        issued_on=invoice.issued_on,
        free=max(0, min(measured, invoice.eligible) - used),
        is_used=used > 0,
        agrees_with_record=True,  # a file that disagrees with the record does not become a draft
        excluded=tuple(line.name for line in invoice.lines if not line.counts),
        remark=invoice.remark,
        contract_number=claim.order.contract_number,
    )


def _proof(claim: Claim) -> claiming.Proof:
    order, share = claim.order, measure_share(claim)
    measure = terms_of(claim).invoice_amount
    whole = measures.eligible(_counted(claim), measure)
    gross = measures.in_proportion(claim.base, whole, measures.eligible(_counted(claim), "gross"))
    contract = order.net if measure == "net" else order.gross
    rooms = queries.usage_rooms(order, service_of(claim), share=share)
    return claiming.Proof(
        own_share=max(0, gross - claim.amount),
        gross=gross,
        paid=sum(proof.amount for proof in claim.proofs),
        paid_on=tuple(proof.paid_on for proof in claim.proofs),
        is_delivered=bool(claim.deliveries),
        used_before=queries.files_used_before(claim),
        usage_left=sum(room.left for room in rooms),
        contract_left=contract - queries.order_use(order.id, but_for=claim.id),
    )


def facts_of(
    claim: Claim, *, on: date, phase: Phase = Phase.REDEMPTION
) -> tuple[Mapping[str, FactValue], tuple[Cap, ...]]:
    """What the rules may look at for a claim on a day, and the quotas it draws on."""
    voucher, order = claim.voucher, claim.order
    facts: dict[str, FactValue] = dict(applications.facts_for(voucher.application, on=on, phase=phase))
    tie = parties.relation_between(voucher.enterprise.organisation_id, claim.provider.organisation_id, on=on)
    facts |= {
        "service_kind": order.offering.kind.value,
        "provider_is_admitted": _is_admitted(claim),
        "provider_is_related": bool(tie),
        "contract_signed_on": order.contract_signed_on,
        "service_from": claim.service_from,
        "service_until": claim.service_until,
        "is_delivered": bool(claim.deliveries),
        **_green_share(claim),
        **_amounts(claim),
        **{name: int(claim.declared[name]) for name in REDUCTIONS if name in claim.declared},
    }
    facts |= _support_on_contract(claim, facts)
    if voucher.tier:
        facts["tier"] = voucher.tier
    caps = caps_of_claim(claim, facts, on=on)
    return facts | used_of(caps, policy.pack(voucher.scheme_version)), caps


def _support_on_contract(claim: Claim, facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """What others pay on the same contract, in fen: no less than other schemes here have on record (INV-12)."""
    recorded, declared = queries.support_elsewhere(claim.order), facts.get(_ON_CONTRACT, 0)
    return {_ON_CONTRACT: max(recorded, declared)} if recorded and isinstance(declared, int) else {}


def _amounts(claim: Claim) -> dict[str, int]:
    """Every measure of the spending, with and without tax."""
    lines, order = _counted(claim), claim.order
    whole = measures.eligible(lines, terms_of(claim).invoice_amount)
    used = sum(usage.quantity for usage in order.usage if usage.confirmed_at is not None)
    paid = sum(proof.amount for proof in claim.proofs)
    found = {"contract_net": order.net, "contract_gross": order.gross, "paid_gross": paid}
    found["paid_net"] = paid * order.net // order.gross
    for tax in ("net", "gross"):
        value = measures.usage_value(
            used, queries.part_price(order), share=Fraction(order.net if tax == "net" else order.gross, order.gross)
        )
        found |= {f"metered_{tax}": value, f"incurred_{tax}": value}
        found[f"invoiced_{tax}"] = measures.in_proportion(claim.base, whole, measures.eligible(lines, tax))
    counted = queries.quantities_covered(order, service_of(claim), claim.base, share=measure_share(claim))
    return found | {fact_of_quantity(unit): quantity for unit, quantity in counted.items()}


def _green_share(claim: Claim) -> dict[str, FactValue]:
    shares = [(usage.quantity, usage.green_share_bp) for usage in claim.order.usage if usage.green_share_bp is not None]
    hours = sum(quantity for quantity, _ in shares)
    if not hours:
        return {}
    green_hours = sum(quantity * share for quantity, share in shares)
    return {"green_share": Fraction(green_hours // hours, 10_000)}


def _rule_checks(claim: Claim, decision: Decision, *, pack: PolicyPack) -> list[ClaimCheck]:
    checks = []
    for condition in decision.conditions:
        rule = pack.rule(condition.id)
        say = {"say": rule.say if rule else condition.id}
        if condition.outcome is Outcome.PASS:
            checks.append(green(f"rule.{condition.id}", "{say}", say, clause=condition.clause))
        elif condition.outcome is Outcome.FAIL:
            checks.append(_failed(claim, condition, rule))
        else:
            message = "“{say}”由审核人员核实"
            checks.append(ClaimCheck(f"rule.{condition.id}", Level.AMBER, message, say, clause=condition.clause))
    return [*checks, *_amount_check(claim, decision, pack=pack)]


def _failed(claim: Claim, condition: ConditionResult, rule: Rule | None) -> ClaimCheck:
    """A rule that says no; a cap without a limit for this case says for what it has none."""
    params: dict[str, str | int] = {"say": rule.say if rule else condition.id}
    message, way = "不符合“{say}”", "，请核对有关事实和材料。"
    (name, wanted), *_rest = condition.wanted.items()
    if isinstance(rule, CapRule) and isinstance(wanted, dict) and "in" in wanted:
        seen = condition.seen.get(name)
        params |= {"label": _label(claim, name), "value": "没有登记" if seen is None else str(seen)}
        message = "“{say}”没有写明{label}为“{value}”时的额度，金额算不出来"
        way = "，请由主管部门核对这项事实，或修订方案补上这一档。"
    return ClaimCheck(f"rule.{condition.id}", Level.RED, message, params, way=way, clause=condition.clause)


def _amount_check(claim: Claim, decision: Decision, *, pack: PolicyPack) -> list[ClaimCheck]:
    if decision.amount is None or decision.refused_by:
        return []
    if decision.amount.maximum is None:
        missing = {"missing": "、".join(_label(claim, name) for name in decision.amount.missing)}
        way = "，请补上后再提交。"
        return [ClaimCheck("rule.amount", Level.RED, "缺少计算金额所需的信息：{missing}", missing, way=way)]
    rule = pack.rule(decision.amount.binding_cap) if decision.amount.binding_cap else None
    params = {"most": format_yuan(decision.amount.maximum), "amount": format_yuan(claim.amount)}
    if claim.amount <= decision.amount.maximum:
        return [green("rule.amount", "申请金额 {amount} 不超过按规则计算的 {most}", params)]
    params["cap"] = f"（{rule.say}）" if rule else ""
    way = "，请改到 {most} 以内。"
    message = "申请金额 {amount} 超过按规则计算的 {most}{cap}"
    return [ClaimCheck("rule.amount", Level.RED, message, params, way, field="amount")]


def _label(claim: Claim, name: str) -> str:
    fact = policy.compiled(claim.voucher.scheme_version).vocabulary.get(name)
    return fact.label if fact else name


def _counted(claim: Claim) -> tuple[measures.Counted, ...]:
    return tuple(
        measures.Counted(line.position, line.name, line.net, line.gross, line.counts) for line in claim.invoice.lines
    )
