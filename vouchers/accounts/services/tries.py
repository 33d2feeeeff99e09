"""How often one may try: counted in the database, so that it holds over workers and restarts."""

import hashlib
from datetime import datetime

from sqlalchemy import bindparam, delete, text, update
from sqlalchemy.exc import IntegrityError

from vouchers.accounts.models import RateCounter
from vouchers.accounts.rules import Limit
from vouchers.audit import watch
from vouchers.db.base import db
from vouchers.db.columns import Instant
from vouchers.db.writing import send

watch.EXEMPT.add(RateCounter.__tablename__)


_COUNT = text(
    "INSERT INTO rate_counters (bucket, window_start, count) VALUES (:bucket, :start, 1)"
    " ON CONFLICT (bucket, window_start) DO UPDATE SET count = rate_counters.count + 1 RETURNING count"
).bindparams(bindparam("start", type_=Instant))
_FORGET = delete(RateCounter).where(
    RateCounter.bucket == bindparam("of"), RateCounter.window_start < bindparam("start")
)
_GIVE_BACK = (
    update(RateCounter)
    .where(RateCounter.bucket == bindparam("of"), RateCounter.window_start == bindparam("start"), RateCounter.count > 0)
    .values(count=RateCounter.count - 1)
)


def count_try(limit: Limit, who: str, *, at: datetime) -> int:
    """Count one try; returns 0, or the seconds to wait when there were too many."""
    bucket, start = _bucket(limit, who), limit.starts(at)
    count = send(_COUNT, {"bucket": bucket, "start": start}).scalar_one()
    if count == 1:  # a window was opened: those before it are over
        send(_FORGET, {"of": bucket, "start": start})
    return limit.wait(at) if count > limit.tries else 0


def take_room(limit: Limit, who: str, amount: int, *, at: datetime) -> int:
    """Take so much of what a window allows; 0, or the seconds to wait when it does not fit: then nothing is taken."""
    bucket, start = _bucket(limit, who), limit.starts(at)
    if amount > limit.tries:
        return limit.wait(at)
    key = (RateCounter.bucket == bucket, RateCounter.window_start == start)
    fits = RateCounter.count <= limit.tries - amount
    session = db.session()
    more = update(RateCounter).where(*key, fits).values(count=RateCounter.count + amount).returning(RateCounter.count)
    if session.scalar(more) is not None:
        return 0
    try:
        with session.begin_nested():
            session.add(RateCounter(bucket=bucket, window_start=start, count=amount))
    except IntegrityError:  # the window is full, or another worker opened it at this moment
        return 0 if session.scalar(more) is not None else limit.wait(at)
    session.execute(delete(RateCounter).where(RateCounter.bucket == bucket, RateCounter.window_start < start))
    return 0


def refund_try(limit: Limit, who: str, *, at: datetime) -> None:
    """Take one try back: it succeeded."""
    send(_GIVE_BACK, {"of": _bucket(limit, who), "start": limit.starts(at)})


def _bucket(limit: Limit, who: str) -> str:
    return f"{limit.name}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
