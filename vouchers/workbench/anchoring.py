"""链头: the head of the chain is signed daily and after every released batch, kept, told, and shown to everybody."""

from datetime import datetime
from typing import Any

from flask import current_app

from vouchers.accounts import queries as accounts
from vouchers.accounts.states import Role
from vouchers.audit import heads
from vouchers.audit import queries as chain
from vouchers.audit.heads import Head
from vouchers.audit.rules import HEAD_JOB
from vouchers.config import Settings
from vouchers.jobs.registry import JobKind, Payload
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date, now
from vouchers.messages import services as messages

MOST_SHOWN = 60


def newest_heads() -> list[Head]:
    """The heads signed last, the newest first."""
    return list(heads.kept(_settings()))[:MOST_SHOWN]


def sign_daily(*, actor: Actor, at: datetime) -> int:  # noqa: ARG001  every daily job is told who runs it
    """Sign the head once a day, when anything happened since, and send it to the audit administrators."""
    newest = next(heads.kept(_settings()), None)
    if newest is not None and beijing_date(newest.instant) == beijing_date(at):
        return 0
    signed = _sign(at)
    if signed is None:
        return 0
    params: dict[str, str | int] = {"seq": signed.seq, "hash": signed.hash, "key": signed.key}
    for user_id in accounts.users_with_role(Role.AUDIT_ADMIN, on=beijing_date(at)):
        messages.enqueue("audit_head", params, to=messages.to_user(user_id), at=at, link="/audit-heads")
    return 1


def _prepare(_: Payload) -> None:
    _sign(now())


def _finish(payload: Payload, prepared: Any, *, actor: Actor, at: datetime) -> None:
    """Nothing is left to write: the head lies in its folder."""


SIGN_HEAD = JobKind(HEAD_JOB, finish=_finish, prepare=_prepare)


def _sign(at: datetime) -> Head | None:
    seq, own_hash = chain.head()
    if seq == 0:
        return None
    head = heads.sign(seq, own_hash, _settings(), at=at)
    heads.keep(head, _settings())
    return head


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found
