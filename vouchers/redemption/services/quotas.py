"""On which quotas a claim draws: those of the caps that are asked at redemption."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256

from vouchers.ledger import queries as ledger
from vouchers.ledger.caps import Capped, Moment, caps_of
from vouchers.ledger.rules import Cap
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.facts import FactValue
from vouchers.redemption.models import Claim

_QUOTA = "redemption:"  # a cap asked at both phases has an account for each
_MOST, _KEPT = 60, 32  # characters that an account's subject takes, and that are kept of an id too long for it


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
    return tuple(replace(cap, key=quota_key(cap.key)) for cap in caps)


def used_of(caps: tuple[Cap, ...], pack: PolicyPack) -> dict[str, FactValue]:
    """The facts that say how much of each is used."""
    facts = {quota_key(cap.id): cap.granted_fact for cap in pack.amount.caps}
    return {facts[cap.key]: ledger.used(cap) for cap in caps}


def quota_key(cap: str) -> str:
    """By which subject the quota of a cap stands at redemption; an id that is too long is kept apart by its digest.

    >>> quota_key("per-year"), len(quota_key("a" * 60))
    ('redemption:per-year', 60)
    """
    key = f"{_QUOTA}{cap}"
    return key if len(key) <= _MOST else f"{key[: len(_QUOTA) + _KEPT]}:{sha256(cap.encode()).hexdigest()[:16]}"


def _day(claim: Claim, *, on: date) -> date:
    """The day by which caps are counted, as the pack says."""
    paid = max((proof.paid_on for proof in claim.proofs), default=on)
    terms = policy.pack(claim.voucher.scheme_version).redemption_rule(claim.voucher.voucher_kind)
    return {"service": claim.service_until, "invoice": claim.invoice.issued_on, "payment": paid, "claim": on}[
        terms.cap_date
    ]
