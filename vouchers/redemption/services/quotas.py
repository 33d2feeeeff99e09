"""On which quotas a claim draws: those of the caps that are asked at redemption."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from vouchers.applications.queries import granted_lifts
from vouchers.ledger import queries as ledger
from vouchers.ledger.caps import Capped, Moment, caps_of, quota_key
from vouchers.ledger.rules import Cap
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.facts import FactValue
from vouchers.redemption.models import Claim


def caps_of_claim(claim: Claim, facts: Mapping[str, FactValue], *, on: date) -> tuple[Cap, ...]:
    """The quotas that a claim draws on, with their limits."""
    voucher = claim.voucher
    organisation, case = voucher.enterprise.organisation, voucher.application
    found = {
        "applicant": organisation.public_id,
        "controller": parties.controller_of(organisation.id, on=on),
        "scheme": voucher.scheme_version.scheme.public_id,
        "project": case.public_id,
        "order": claim.order.public_id,
        "contract": claim.order.public_id,
        "claim": claim.public_id,
        "seller": claim.provider.organisation.public_id,
    }
    moment = Moment(_day(claim, on=on), case.window_id, claim.order.public_id)
    limited = Capped(voucher.scheme_version.scheme_id, voucher.voucher_kind, found, voucher.tier, facts, moment)
    caps = caps_of(policy.compiled(voucher.scheme_version), limited, Phase.REDEMPTION)
    above = granted_lifts(case.public_id)
    lifted = (
        replace(cap, above=above[cap.key], lifted_for=case.public_id) if cap.key in above else cap for cap in caps
    )
    return tuple(replace(cap, key=quota_key(cap.key)) for cap in lifted)


def used_of(caps: tuple[Cap, ...], pack: PolicyPack) -> dict[str, FactValue]:
    """The facts that say how much of each is used, and whether a contract or year stands over it already."""
    rules = {quota_key(rule.id): rule for rule in pack.amount.caps}
    facts: dict[str, FactValue] = {rules[cap.key].granted_fact: ledger.used(cap) for cap in caps}
    counted = {rules[cap.key].over_fact: cap for cap in caps if rules[cap.key].over_fact}
    return facts | {fact: ledger.stands_over(cap) for fact, cap in counted.items()}


def _day(claim: Claim, *, on: date) -> date:
    """The day by which caps are counted, as the pack says."""
    paid = max((proof.paid_on for proof in claim.proofs), default=on)
    terms = policy.pack(claim.voucher.scheme_version).redemption_rule(claim.voucher.voucher_kind)
    return {"service": claim.service_until, "invoice": claim.invoice.issued_on, "payment": paid, "claim": on}[
        terms.cap_date
    ]
