"""On which quotas a voucher draws, and on which it drew."""

from typing import Any

from sqlalchemy import select

from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.kernel.clock import beijing_date
from vouchers.ledger.caps import Capped, Moment, caps_of
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.rules import Cap
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.policy.pack.limits import Cap as CapRule
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.facts import read_facts


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
    moment = Moment(on, case.window_id)
    capped = Capped(voucher.scheme_version.scheme_id, voucher.voucher_kind, limited, voucher.tier, facts, moment)
    return list(caps_of(compiled, capped, Phase.APPLICATION))


def sheets_to_draw(voucher: Voucher) -> list[Cap]:
    """The quota of all sheets that may ever be issued, where the pack says how many; issued sheets do not come back."""
    rule = policy.pack(voucher.scheme_version).voucher_rule(voucher.voucher_kind)
    if rule.sheets is None or rule.face is None:
        return []
    return [Cap(f"sheets:{rule.id}", voucher.scheme_version.scheme_id, "", "life", rule.sheets * rule.face)]


def caps_drawn(voucher: Voucher) -> list[Cap]:
    """The quotas that issuing it drew on, as the ledger has them: whoever controls the holder may have changed."""
    caps = policy.pack(voucher.scheme_version).amount.caps
    keys = {draw_key(cap.id, voucher): cap for cap in caps}
    account = LedgerAccount
    statement = (
        select(Transfer.key, account.scheme_id, account.party, account.period, account.unit, account.layer)
        .join(account, account.id == Transfer.debit_id)
        .where(Transfer.key.in_(keys))
        .order_by(Transfer.id)
    )
    return [_cap(keys[row.key], voucher, row) for row in db.session.execute(statement)]


def draw_key(cap: str, voucher: Voucher) -> str:
    """The key of the transfer by which a voucher draws on a cap."""
    return f"draw:{cap}:{voucher.public_id}"


def _cap(rule: CapRule, voucher: Voucher, account: Any) -> Cap:
    """The cap behind a drawn account; a limit is asked for when opening only. Uses of a year stand in claims."""
    unit = (rule.counting or account.unit) if account.layer else account.unit
    day = beijing_date(voucher.issued_at).isoformat() if rule.per == "rolling" else ""
    return Cap(rule.id, account.scheme_id, account.party, account.period, 0, unit, account.layer, day)
