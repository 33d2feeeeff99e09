"""Posting: the one place where money moves. Core statements only."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.exc import IntegrityError

from vouchers.audit import sealing
from vouchers.db.base import db
from vouchers.db.writing import send
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.faults import fault
from vouchers.kernel.identifiers import new_public_id
from vouchers.ledger import rules
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.rules import AccountKey, Move
from vouchers.ledger.states import AccountKind, TransferKind

_OPEN = text(
    "INSERT INTO ledger_accounts (name, kind, unit, balance, scheme_id, voucher_kind, layer, party, subject, period)"
    " VALUES (:name, :kind, :unit, 0, :scheme_id, :voucher_kind, :layer, :party, :subject, :period)"
    " ON CONFLICT (name) DO NOTHING"
)
_accounts = LedgerAccount.__table__.c
_LOCK = (
    select(_accounts.id, _accounts.name, _accounts.kind, _accounts.balance)
    .where(_accounts.name.in_(bindparam("names", expanding=True)))
    .order_by(_accounts.id)
    .with_for_update()
)
_transfers = Transfer.__table__
_INSERT = insert(_transfers).returning(_transfers.c.key, _transfers.c.id)  # type: ignore[arg-type]


def post(moves: Sequence[Move], *, actor: Actor, at: datetime, reason: str = "") -> str:
    """Post the transfers of one act and return its id.

    Accounts are opened on first use and locked in one order; an account that would fall below zero raises
    RuleViolation, a key that is already in the ledger raises Conflict. The database refuses both as well.
    """
    if not moves:
        return ""
    fault("ledger.before")
    accounts = locked(key for move in moves for key in (move.debit, move.credit))
    fault("ledger.locked")
    findings = rules.shortfalls({name: (kind, balance) for name, (_, kind, balance) in accounts.items()}, moves)
    if findings:
        raise RuleViolation(findings)
    act_id = new_public_id()
    rows = [
        {
            "act_id": act_id,
            "kind": move.kind,
            "debit_id": accounts[move.debit.name][0],
            "credit_id": accounts[move.credit.name][0],
            "amount": move.amount,
            "unit": move.debit.unit,
            "key": move.key,
            "reason": reason,
            "corrects_id": move.corrects_id,
            "actor_name": actor.name,
            "at": at,
        }
        for move in moves
    ]
    try:
        ids = {row.key: row.id for row in send(_INSERT, rows)}
    except IntegrityError as error:
        raise _refusal(error) from error
    sealing.note_digest(db.session(), Transfer.__tablename__, act_id, _sealed(ids, moves, rows))
    fault("ledger.posted")
    return act_id


def locked(asked: Iterable[AccountKey]) -> dict[str, tuple[int, AccountKind, int]]:
    """The accounts, opened where they are not yet and held until the act ends: id, kind and balance by name."""
    keys = {key.name: key for key in asked}
    found = _lock(list(keys))
    missing = [keys[name] for name in keys if name not in found]
    if missing:
        send(_OPEN, [_values(key) for key in sorted(missing, key=lambda key: key.name)])
        found = _lock(list(keys))
    return found


def reverse(act_id: str, kinds: Mapping[TransferKind, TransferKind], *, actor: Actor, at: datetime, reason: str) -> str:
    """Post the opposite of an act, last movement first, each naming the one it corrects; a second raises Conflict.

    `kinds` says under which kind each movement goes back, for example HOLD → RELEASE.
    """
    debit, credit = LedgerAccount.__table__.alias("debit"), LedgerAccount.__table__.alias("credit")
    statement = (
        select(Transfer.id, Transfer.kind, Transfer.amount, debit.c.name.label("debit"), credit.c.name.label("credit"))
        .join(debit, debit.c.id == Transfer.debit_id)
        .join(credit, credit.c.id == Transfer.credit_id)
        .where(Transfer.act_id == act_id)
        .order_by(Transfer.id.desc())
    )
    keys = {account.name: account for account in _keys_of(act_id)}
    fault("ledger.reversing")
    moves = [
        Move(kinds[row.kind], keys[row.credit], keys[row.debit], row.amount, f"reverse:{row.id}", corrects_id=row.id)
        for row in db.session.execute(statement)
    ]
    return post(moves, actor=actor, at=at, reason=reason)


def _sealed(ids: Mapping[str, int], moves: Sequence[Move], rows: Sequence[Mapping[str, Any]]) -> str:
    """The digest of an act's transfers; `ledger.queries.act_digests` computes the same from the tables."""
    last = ("amount", "unit", "key", "reason", "corrects_id", "actor_name", "at")
    return rules.act_digest(
        [
            (ids[move.key], move.kind.value, move.debit.name, move.credit.name, *(row[name] for name in last))
            for move, row in sorted(zip(moves, rows, strict=True), key=lambda pair: ids[pair[0].key])
        ]
    )


def _lock(names: list[str]) -> dict[str, tuple[int, AccountKind, int]]:
    rows = send(_LOCK, {"names": names})
    return {row.name: (row.id, row.kind, row.balance) for row in rows}


def _values(key: AccountKey) -> dict[str, str | int | None]:
    return {
        "name": key.name,
        "kind": key.kind.value,
        "unit": key.unit,
        "scheme_id": key.scheme_id,
        "voucher_kind": key.voucher_kind,
        "layer": key.layer,
        "party": key.party,
        "subject": key.subject,
        "period": key.period,
    }


def _keys_of(act_id: str) -> list[AccountKey]:
    statement = select(LedgerAccount).where(
        LedgerAccount.id.in_(
            select(Transfer.debit_id)
            .where(Transfer.act_id == act_id)
            .union(select(Transfer.credit_id).where(Transfer.act_id == act_id))
        )
    )
    return [
        AccountKey(a.kind, a.scheme_id, a.voucher_kind, a.layer, a.party, a.subject, a.period, a.unit)
        for a in db.session.scalars(statement)
    ]


def _refusal(error: IntegrityError) -> Exception:
    message = str(error.orig)
    if "transfers.key" in message or "uq_transfers_key" in message:
        return Conflict("this movement is already in the ledger")
    return error
