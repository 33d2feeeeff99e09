"""On which quotas a voucher draws, and on which it drew."""

from sqlalchemy import select

from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.kernel.clock import beijing_date
from vouchers.ledger.caps import Capped, caps_of
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.rules import Cap
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.policy.pack.phases import Phase


def caps_to_draw(voucher: Voucher) -> list[Cap]:
    """The quotas that issuing a voucher draws on, with their limits."""
    organisation, on = voucher.enterprise.organisation, beijing_date(voucher.issued_at)
    limited = {
        "applicant": organisation.public_id,
        "controller": parties.controller_of(organisation.id, on=on),
        "scheme": "",  # named as applications.queries.party_of names it when it reads the same quota
    }
    facts = (voucher.application.decision or {}).get("facts", {})
    capped = Capped(voucher.scheme_version.scheme_id, voucher.voucher_kind, limited, voucher.tier, facts, on)
    return list(caps_of(policy.pack(voucher.scheme_version), capped, Phase.APPLICATION))


def caps_drawn(voucher: Voucher) -> list[Cap]:
    """The quotas that issuing it drew on, as the ledger has them: whoever controls the holder may have changed."""
    caps = policy.pack(voucher.scheme_version).amount.caps
    keys = {draw_key(cap.id, voucher): cap.id for cap in caps}
    statement = (
        select(Transfer.key, LedgerAccount.scheme_id, LedgerAccount.party, LedgerAccount.period)
        .join(LedgerAccount, LedgerAccount.id == Transfer.debit_id)
        .where(Transfer.key.in_(keys))
        .order_by(Transfer.id)
    )
    return [
        Cap(keys[row.key], row.scheme_id, row.party, row.period, limit=0)  # a limit is asked for when opening only
        for row in db.session.execute(statement)
    ]


def draw_key(cap: str, voucher: Voucher) -> str:
    """The key of the transfer by which a voucher draws on a cap."""
    return f"draw:{cap}:{voucher.public_id}"
