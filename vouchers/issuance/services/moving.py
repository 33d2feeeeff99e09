"""What every act on a voucher shares: its transition with its event and message, its accounts, its quotas."""

from datetime import datetime

from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.issuance import queries
from vouchers.issuance.models import Voucher
from vouchers.issuance.states import VOUCHERS, VoucherState
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Cap, Pot
from vouchers.messages import services as messages
from vouchers.policy import queries as policy

_ENDED = frozenset({VoucherState.EXPIRED, VoucherState.VOID})
_TOLD = frozenset({"freeze", "unfreeze", "void", "expire"})


def advance(voucher: Voucher, action: str, *, actor: Actor, at: datetime, reason: str = "") -> None:
    """Move a locked voucher along its table and leave one event; its holder is told of what concerns them."""
    before = voucher.state
    voucher.state = VOUCHERS.after(before, action)
    if reason:
        voucher.reason = reason
    db.session.flush()
    change = (before.value, voucher.state.value)
    audit.record(f"voucher.{action}", subject_of(voucher), actor=actor, at=at, change=change, reason=reason)
    if action in _TOLD:
        params = {"number": voucher.number, "reason": reason, "last": voucher.valid_until.isoformat()}
        holder = messages.to_organisation(voucher.enterprise.organisation_id)
        messages.enqueue(
            f"voucher_{action}", params, to=holder, at=at, link=f"/enterprise/vouchers/{voucher.public_id}"
        )


def locked(public_id: str, seen_version: int | None) -> Voucher:
    """A voucher, held; Conflict when it changed since the page was shown."""
    voucher = queries.lock(public_id)
    if seen_version is not None and voucher.version != seen_version:
        raise Conflict("the voucher changed since the page was shown")
    return voucher


def pot_of(voucher: Voucher) -> Pot:
    """Where the commitments of the voucher's scheme and kind stand."""
    return Pot(voucher.scheme_version.scheme_id, voucher.voucher_kind)


def party_of(voucher: Voucher) -> str:
    """The party under which the voucher's money stands."""
    return voucher.enterprise.organisation.public_id


def subject_of(voucher: Voucher) -> Subject:
    """The voucher as audit events name it."""
    return Subject("voucher", voucher.public_id)


def takes_nothing_back(voucher: Voucher, *, at: datetime) -> bool:
    """Whether what comes back can no longer be spent: it was ended, its last day is past, or its one use is over."""
    return voucher.state in _ENDED or voucher.valid_until < beijing_date(at) or _is_spent(voucher)


def _is_spent(voucher: Voucher) -> bool:
    """Whether a voucher that is used once was used: what comes back later is not spent again."""
    rule = policy.pack(voucher.scheme_version).voucher_rule(voucher.voucher_kind)
    return not rule.partial_use and queries.figures(voucher).redeemed > 0


def granted_by(voucher: Voucher, cap: Cap) -> int:
    """What a voucher takes of a cap in its measure: fen, or whole units of a voucher in kind."""
    return voucher.face if cap.is_money or voucher.units is None else voucher.units


def give_back_quota(voucher: Voucher, amount: int, *, key: str, actor: Actor, at: datetime) -> None:
    """Return part of the quotas that issuing drew, to the accounts it drew on.

    What is counted, or capped in units, comes back once the whole face has come back: then nothing was supported.
    """
    for cap in queries.caps_drawn(voucher, on=beijing_date(at)):
        if not cap.is_money and queries.figures(voucher).returned < voucher.face:
            continue
        back = amount if cap.is_money else granted_by(voucher, cap)
        ledger.give_back(cap, back, key=f"give-back:{cap.key}:{key}", actor=actor, at=at)
