"""The same press twice: the first answer again and one effect, for every act that moves money."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.exc import OperationalError

from vouchers.accounts.models import StoredAnswer
from vouchers.audit import watch
from vouchers.db.base import db
from vouchers.db.columns import Instant, Json
from vouchers.db.writing import send
from vouchers.kernel.errors import InProgress, KeyReused
from vouchers.kernel.faults import fault
from vouchers.kernel.findings import Finding

watch.EXEMPT.add(StoredAnswer.__tablename__)

_NOT_YET = 0
_TAKE = text(
    "INSERT INTO stored_answers (principal, operation, key, fingerprint, status, body, location, created_at)"
    " VALUES (:principal, :operation, :key, :fingerprint, :status, :body, :location, :created_at)"
    " ON CONFLICT (principal, operation, key) DO NOTHING"
).bindparams(bindparam("body", type_=Json), bindparam("created_at", type_=Instant))
_ANSWERED = (
    update(StoredAnswer)
    .where(
        StoredAnswer.principal == bindparam("by"),
        StoredAnswer.operation == bindparam("what"),
        StoredAnswer.key == bindparam("under"),
    )
    .values({name: bindparam(name) for name in ("status", "location", "body")})
)
_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to move money: who asks for what, under which key; the fingerprint is of its content."""

    principal: str
    operation: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: where a page goes on to, and the body for a script."""

    location: str = ""
    status: int = 303
    body: Any = None


def once(asked: Asked, work: Callable[[], Answer], *, at: datetime) -> Answer:
    """Do the work under this key the first time, and give its answer again ever after.

    Runs inside the transaction of the act. Everything that may refuse because the act was done already belongs into
    `work`. A refusal leaves nothing behind, the key included. The same key with other content is refused; one that is
    still being worked on is a conflict (on SQLite its turn does not come, and that is `Busy`).
    """
    fault("key.before")
    try:
        taken = send(_TAKE, _row(asked, at))  # on PostgreSQL a rival waits here until the first has committed
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise InProgress("the same press is still being worked on") from error
        raise
    if not taken.rowcount:
        own = (StoredAnswer.principal == asked.principal, StoredAnswer.operation == asked.operation)
        same = select(StoredAnswer).where(*own, StoredAnswer.key == asked.key)
        return _stored(db.session.execute(same).scalar_one(), asked)
    fault("key.taken")
    answer = work()
    fault("key.worked")
    done = {"status": answer.status, "location": answer.location, "body": [answer.body]}
    send(_ANSWERED, {**done, "by": asked.principal, "what": asked.operation, "under": asked.key})
    fault("key.answered")
    return answer


def _row(asked: Asked, at: datetime) -> dict[str, Any]:
    return {
        "principal": asked.principal,
        "operation": asked.operation,
        "key": asked.key,
        "fingerprint": asked.fingerprint,
        "status": _NOT_YET,
        "body": [],
        "location": "",
        "created_at": at,
    }


def _stored(row: StoredAnswer, asked: Asked) -> Answer:
    if row.fingerprint != asked.fingerprint:
        message = "同一张表单已经提交过，这次的内容与上次不同，没有办理。"
        raise KeyReused([Finding("key-reused", message, way="请重新打开页面，核对上次的结果后再提交。")])
    return Answer(row.location, row.status, row.body[0])
