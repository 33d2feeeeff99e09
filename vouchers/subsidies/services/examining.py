"""The spending of an ex-post case, gathered and judged: invoices and what else uses them, contract, payments."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from vouchers.applications import queries as applications
from vouchers.applications.states import ApplicationState
from vouchers.kernel.periods import DateRange
from vouchers.policy.pack.phases import Phase
from vouchers.redemption.invoices.checks import Level
from vouchers.redemption.queries import counted
from vouchers.redemption.rules import measures
from vouchers.redemption.rules.outcomes import ClaimCheck, from_plain
from vouchers.subsidies import queries, rules
from vouchers.subsidies.models import SpendingInvoice, SpendingPaper
from vouchers.subsidies.queries import Case, Used
from vouchers.subsidies.states import PaperKind

KEY = "spending"
"""The name of the spending in corrections and snapshots."""
_BORNE_OUT = {"paid", "incurred", "invoiced", "metered", "yearly"}  # bases that money spent can prove


def examine(application: Case, *, on: date) -> tuple[ClaimCheck, ...]:
    """Judge the spending of a case on a day."""
    return rules.check_spending(spending_of(application, on=on))


def is_open(application: Case) -> bool:
    """Whether the applicant may change it now: in the draft, or where a correction asks for it."""
    if not queries.is_direct(application):
        return False
    if application.state is ApplicationState.DRAFT:
        return True
    correction = applications.open_correction(application)
    return application.state is ApplicationState.CORRECTION and correction is not None and KEY in correction.fields


def snapshot_of(application: Case) -> dict[str, Any]:
    """What is confirmed with the application: every invoice and paper by its content."""
    return {
        "invoices": [
            [
                one.invoice.key,
                one.invoice.sha256,
                one.base,
                one.contract_number,
                one.service_from.isoformat(),
                one.service_until.isoformat(),
            ]
            for one in queries.invoices_of(application.id)
        ],
        "papers": [
            [one.kind.value, one.file.sha256, one.on.isoformat(), one.amount, one.reference]
            for one in queries.papers_of(application.id)
        ],
    }


def spending_of(application: Case, *, on: date) -> rules.Spending:
    """All that the spending of a case is judged by."""
    compiled, kind = applications.compiled_of(application), application.voucher_kind
    rule = compiled.pack.redemption_rule(kind)
    invoices, papers = queries.invoices_of(application.id), queries.papers_of(application.id)
    sums = {tax: sum(_in(one, rule.invoice_amount, tax) for one in invoices) for tax in ("net", "gross")}
    paid = sum(paper.amount or 0 for paper in papers)
    terms = rules.Terms(
        rule.invoice_use == "one-claim-only",
        rule.tolerance,
        rule.own_share_proof,
        rule.delivery_confirmation,
        compiled.clauses[rule.id],
    )
    return rules.Spending(
        terms=terms,
        invoices=tuple(_used(one, rule.invoice_amount) for one in invoices),
        gross=sums["gross"],
        paid=paid,
        has_contract=_any(papers, PaperKind.CONTRACT),
        is_delivered=_any(papers, PaperKind.DELIVERY),
        declared=tuple(_declared(application, sums, paid, on=on)),
        asked=application.approved or application.computed,
        on=on,
    )


def _used(one: SpendingInvoice, measure: str) -> rules.Used:
    invoice, elsewhere = one.invoice, queries.used_elsewhere(one.invoice, one.application)
    whole = min(_whole(invoice, measure), invoice.eligible)
    return rules.Used(
        number=invoice.key,
        base=one.base,
        free=max(0, whole - elsewhere),
        is_used=elsewhere > 0,
        service=DateRange(one.service_from, one.service_until),
        excluded=tuple(line.name for line in invoice.lines if not line.counts),
        noticed=tuple(check for check in map(from_plain, one.checks) if check.level is Level.AMBER),
    )


def _declared(application: Case, sums: dict[str, int], paid: int, *, on: date) -> Iterator[rules.Declared]:
    """The amounts that the subsidy is computed from, beside what the papers prove."""
    compiled, kind = applications.compiled_of(application), application.voucher_kind
    facts = applications.facts_for(application, on=on)
    for base in compiled.pack.amount.bases:
        if kind not in base.kinds or Phase.APPLICATION not in base.at or base.of == "quantity":
            continue
        amounts = [facts[name] for name in base.facts if name in facts]
        total = sum(amount for amount in amounts if type(amount) is int)
        tax = "gross" if base.tax == "included" else "net"
        proven = sums[tax] if base.of in _BORNE_OUT else None
        if base.of == "paid":
            proven = paid if tax == "gross" else paid * sums["net"] // (sums["gross"] or 1)
        if amounts:
            yield rules.Declared(compiled.vocabulary[base.facts[0]].label, total, proven)


def _in(one: SpendingInvoice, measure: str, tax: str) -> int:
    """The part of an invoice that is used, with or without tax."""
    return measures.in_proportion(one.base, _whole(one.invoice, measure), _whole(one.invoice, tax))


def _whole(invoice: Used, measure: str) -> int:
    return measures.eligible(tuple(counted(line) for line in invoice.lines), measure)


def _any(papers: Sequence[SpendingPaper], kind: PaperKind) -> bool:
    return any(paper.kind is kind for paper in papers)
