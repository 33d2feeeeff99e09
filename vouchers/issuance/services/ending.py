"""What happens to a voucher after it was issued: made active, frozen, void, expired, used up, given back to."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime

from vouchers.db.base import db
from vouchers.issuance import queries
from vouchers.issuance.models import Voucher
from vouchers.issuance.rules import LAPSE, UNITS_USED
from vouchers.issuance.services.moving import advance, give_back_quota, locked, party_of, pot_of, takes_nothing_back
from vouchers.issuance.services.units import close_units
from vouchers.issuance.states import VoucherState
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.ledger import queries as ledger_queries
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Move
from vouchers.ledger.states import AccountKind, TransferKind
from vouchers.parties import services as parties
from vouchers.policy import queries as policy

_SWEEP = 100


def freeze(public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> None:
    """Stop a voucher from being spent until it is unfrozen."""
    advance(_of_officer(public_id, seen_version, actor, at), "freeze", actor=actor, at=at, reason=reason)


def unfreeze(public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> None:
    """Let a frozen voucher be spent again."""
    advance(_of_officer(public_id, seen_version, actor, at), "unfreeze", actor=actor, at=at, reason=reason)


def void(public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> None:
    """End a voucher; what is left goes back to the envelopes. What orders hold stays held until they end."""
    voucher = _of_officer(public_id, seen_version, actor, at)
    advance(voucher, "void", actor=actor, at=at, reason=reason)
    _return_rest(voucher, TransferKind.VOID, actor=actor, at=at)


def annul(public_id: str, reason: str, *, actor: Actor, at: datetime) -> None:
    """End the row of a subsidy whose award was withdrawn: what came back to it returns to the envelopes and quotas.

    Who may, and that two people want it, the slice of subsidies has asked.
    """
    voucher = queries.lock(public_id)
    advance(voucher, "annul", actor=actor, at=at, reason=reason)
    _return_rest(voucher, TransferKind.VOID, actor=actor, at=at)


def expire_due(*, actor: Actor, at: datetime) -> int:
    """End vouchers whose last valid day is past, a portion at a time; returns how many were looked at."""
    return _sweep(queries.ending_before, _expire, actor=actor, at=at)


def activate_due(*, actor: Actor, at: datetime) -> int:
    """Make vouchers active whose first valid day has come; returns how many were looked at."""
    return _sweep(queries.beginning_by, _activate, actor=actor, at=at)


def close_if_used_up(voucher_id: int, *, actor: Actor, at: datetime, held: Callable[[], int]) -> None:
    """Mark a voucher as used up when nothing is left on it and nobody holds any of it; `held` tells how many fen.

    Of a voucher in kind nothing is left when its units are ordered: what money remains was the price that orders saved.
    """
    public_id, state, units = queries.hold(voucher_id)
    place = AccountKind.VOUCHER if units is None else AccountKind.QUOTA
    if state is not VoucherState.ACTIVE or ledger_queries.balance_of(place, public_id) or held():
        return
    voucher = queries.lock(public_id)
    advance(voucher, "use_up", actor=actor, at=at)
    if units is not None:
        _lapse(voucher, f"{UNITS_USED}{public_id}:{voucher.version}", actor=actor, at=at, document=voucher.number)


def reopen_if_left(voucher: Voucher, *, key: str, actor: Actor, at: datetime) -> None:
    """Make a used-up voucher spendable again when something came back to it in time.

    Money that comes back to a voucher in kind without units left lapses: nothing can be ordered for it.
    """
    if voucher.state is not VoucherState.USED_UP:
        return
    if voucher.units is not None:
        _lapse(voucher, f"{UNITS_USED}{key}", actor=actor, at=at, document=voucher.number)
    elif ledger_queries.balance_of(AccountKind.VOUCHER, voucher.public_id):
        advance(voucher, "reopen", actor=actor, at=at)


def release_into(voucher: Voucher, holder: str, *, key: str, actor: Actor, at: datetime, document: str = "") -> int:
    """Give back what an order or claim (its public id) holds: to the voucher, or to the envelopes once it ended; fen.

    The voucher is read anew and held, so that it cannot end between the question and the move. `document` is the number
    under which the movement is shown.
    """
    voucher = queries.lock(voucher.public_id)
    pot, party = pot_of(voucher), party_of(voucher)
    is_over = takes_nothing_back(voucher, at=at)
    held = ledger_queries.balances_by_layer(AccountKind.HELD, holder)
    moves = [
        Move(
            TransferKind.RELEASE_ENDED if is_over else TransferKind.RELEASE,
            pot.held(layer, subject=holder, party=party),
            pot.envelope(layer) if is_over else pot.voucher(layer, voucher=voucher.public_id, party=party),
            amount,
            f"{key}:{layer}",
        )
        for layer, amount in sorted(held.items())
    ]
    ledger.post(moves, actor=actor, at=at, reason=document or voucher.number)
    if is_over and moves:
        give_back_quota(voucher, sum(held.values()), key=key, actor=actor, at=at)
    return sum(held.values())


def lapse_rest(voucher: Voucher, use: str, *, actor: Actor, at: datetime, document: str) -> None:
    """Of a voucher that is used once, return to the envelopes what its use (a public id) left."""
    _lapse(voucher, f"{LAPSE}{voucher.public_id}:{use}", actor=actor, at=at, document=document)


def _lapse(voucher: Voucher, key: str, *, actor: Actor, at: datetime, document: str) -> None:
    rest = ledger_queries.balances_by_layer(AccountKind.VOUCHER, voucher.public_id)
    moves = _back(voucher, TransferKind.EXPIRE, rest, key=key)
    ledger.post(moves, actor=actor, at=at, reason=document)
    if moves:
        give_back_quota(voucher, sum(rest.values()), key=key, actor=actor, at=at)
    close_units(voucher, key=key, actor=actor, at=at, document=document)


def _back(voucher: Voucher, kind: TransferKind, rest: Mapping[str, int], *, key: str) -> list[Move]:
    pot, party = pot_of(voucher), party_of(voucher)
    return [
        Move(
            kind,
            pot.voucher(layer, voucher=voucher.public_id, party=party),
            pot.envelope(layer),
            amount,
            f"{key}:{layer}",
        )
        for layer, amount in sorted(rest.items())
    ]


def _of_officer(public_id: str, seen_version: int | None, actor: Actor, at: datetime) -> Voucher:
    """A voucher, held, of a scheme that the officer's appointment covers and of a holder they are not tied to."""
    voucher = locked(public_id, seen_version)
    version = voucher.scheme_version
    policy.confirm_covered(version.scheme, actor, on=beijing_date(at))
    days = policy.recusal_days(version)
    parties.check_impartial([voucher.enterprise.organisation_id], actor=actor, at=at, former_days=days)
    return voucher


def _return_rest(voucher: Voucher, kind: TransferKind, *, actor: Actor, at: datetime) -> None:
    rest = ledger_queries.balances_by_layer(AccountKind.VOUCHER, voucher.public_id)
    moves = _back(voucher, kind, rest, key=f"{kind}:{voucher.public_id}")
    ledger.post(moves, actor=actor, at=at, reason=voucher.number)
    if moves:
        give_back_quota(voucher, sum(rest.values()), key=f"{kind}:{voucher.public_id}", actor=actor, at=at)
    close_units(voucher, key=voucher.public_id, actor=actor, at=at, document=voucher.number)


def _sweep(
    find: Callable[[date, int], list[str]],
    act: Callable[[Voucher, Actor, datetime], None],
    *,
    actor: Actor,
    at: datetime,
) -> int:
    found = find(beijing_date(at), _SWEEP)
    for public_id in sorted(found):
        act(queries.lock(public_id), actor, at)
    db.session.flush()
    return len(found)


def _expire(voucher: Voucher, actor: Actor, at: datetime) -> None:
    if _still(voucher, queries.ENDING):
        advance(voucher, "expire", actor=actor, at=at)
        _return_rest(voucher, TransferKind.EXPIRE, actor=actor, at=at)


def _activate(voucher: Voucher, actor: Actor, at: datetime) -> None:
    if _still(voucher, (VoucherState.ISSUED,)):
        advance(voucher, "activate", actor=actor, at=at)


def _still(voucher: Voucher, states: Collection[VoucherState]) -> bool:
    """Whether a voucher found before it was held is still what it was found for."""
    return voucher.state in states
