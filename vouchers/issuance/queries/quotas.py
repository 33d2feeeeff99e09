"""On which quotas a voucher draws, and on which it drew."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select

from vouchers.applications.queries import granted_lifts
from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.kernel.clock import beijing_date
from vouchers.ledger.caps import Capped, Moment, caps_of, quota_key, seen_from
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.rules import Cap
from vouchers.ledger.services import lifted_key
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.policy.pack.limits import Cap as CapRule
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.facts import read_facts
from vouchers.policy.rules.naming import contract_named, seller_named


def caps_to_draw(voucher: Voucher) -> list[Cap]:
    """The quotas that issuing a voucher draws on, with their limits."""
    organisation, on, case = voucher.enterprise.organisation, beijing_date(voucher.issued_at), voucher.application
    limited = {
        "applicant": organisation.public_id,
        "controller": parties.controller_of(organisation.id, on=on),
        "scheme": "",  # named as applications.queries.party_of names it when it reads the same quota
        "project": case.public_id,
        "claim": case.public_id,
    }
    compiled = policy.compiled(voucher.scheme_version)
    facts, _ = read_facts((case.decision or {}).get("facts", {}), compiled.vocabulary)
    contract, seller = contract_named(facts, organisation.public_id), seller_named(facts)
    limited |= {"contract": contract} if contract else {}
    limited |= {"seller": seller} if seller else {}
    moment = Moment(on, case.window_id, contract)
    capped = Capped(voucher.scheme_version.scheme_id, voucher.voucher_kind, limited, voucher.tier, facts, moment)
    above = granted_lifts(case.public_id)
    return [
        replace(cap, above=above[cap.key], lifted_for=case.public_id) if cap.key in above else cap
        for cap in caps_of(compiled, capped, Phase.APPLICATION)
    ]


def sheets_to_draw(voucher: Voucher) -> list[Cap]:
    """The quota of all sheets that may ever be issued, where the pack says how many; issued sheets do not come back."""
    rule = policy.pack(voucher.scheme_version).voucher_rule(voucher.voucher_kind)
    if rule.sheets is None or rule.face is None:
        return []
    return [Cap(quota_key(rule.id, "sheets:"), voucher.scheme_version.scheme_id, "", "life", rule.sheets * rule.face)]


def caps_drawn(voucher: Voucher, *, on: date | None = None) -> list[Cap]:
    """The quotas that issuing it drew on, as the ledger has them: whoever controls the holder may have changed.

    A moving period is seen from the day of issue, or from another one.
    """
    caps = policy.pack(voucher.scheme_version).amount.caps
    keys = {draw_key(cap.id, voucher): cap for cap in caps}
    lifted = {lifted_key(key): cap for key, cap in keys.items()}
    account = LedgerAccount
    statement = (
        select(Transfer.key, account.scheme_id, account.party, account.period, account.unit, account.layer)
        .join(account, account.id == Transfer.debit_id)
        .where(Transfer.key.in_([*keys, *lifted]))
        .order_by(Transfer.id)
    )
    rows = list(db.session.execute(statement))
    found = {row.key: _cap(keys[row.key], voucher, row) for row in rows if row.key in keys}
    for row in rows:
        if row.key in lifted:  # where nothing was left of the quota itself, all of it was drawn over the limit
            key, rule = draw_key(lifted[row.key].id, voucher), lifted[row.key]
            found[key] = replace(found.get(key) or _cap(rule, voucher, row), lifted_for=row.party)
    caps_by_id = {cap.id: cap for cap in caps}
    return [seen_from(cap, caps_by_id[cap.key], on) if on is not None else cap for cap in found.values()]


def draw_key(cap: str, voucher: Voucher) -> str:
    """The key of the transfer by which a voucher draws on a cap."""
    return f"draw:{cap}:{voucher.public_id}"


def _cap(rule: CapRule, voucher: Voucher, account: Any) -> Cap:
    """The cap behind a drawn account; a limit is asked for when opening only. Uses of a year stand in claims."""
    unit = (rule.counting or account.unit) if account.layer else account.unit
    cap = Cap(rule.id, account.scheme_id, account.party, account.period, 0, unit, account.layer)
    if rule.span is None:
        return cap
    on = beijing_date(voucher.issued_at)
    return seen_from(replace(cap, period=rule.per, day=on.isoformat()), rule, on)
