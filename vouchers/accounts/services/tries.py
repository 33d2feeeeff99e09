"""How often one may try: counted in the database, so that it holds over workers and restarts."""

import hashlib
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from vouchers.accounts.models import RateCounter
from vouchers.accounts.rules import Limit
from vouchers.audit import watch
from vouchers.db.base import db

watch.EXEMPT.add(RateCounter.__tablename__)


def count_try(limit: Limit, who: str, *, at: datetime) -> int:
    """Count one try; returns 0, or the seconds to wait when there were too many."""
    bucket, start = _bucket(limit, who), limit.starts(at)
    key = (RateCounter.bucket == bucket, RateCounter.window_start == start)
    session = db.session()
    more = update(RateCounter).where(*key).values(count=RateCounter.count + 1).returning(RateCounter.count)
    count = session.scalar(more)
    if count is None:
        try:
            with session.begin_nested():
                session.add(RateCounter(bucket=bucket, window_start=start, count=1))
            session.execute(delete(RateCounter).where(RateCounter.bucket == bucket, RateCounter.window_start < start))
        except IntegrityError:  # another worker opened the window at this moment
            count = session.scalar(more)
    return limit.wait(at) if (count or 1) > limit.tries else 0


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
    key = (RateCounter.bucket == _bucket(limit, who), RateCounter.window_start == limit.starts(at))
    db.session.execute(update(RateCounter).where(*key, RateCounter.count > 0).values(count=RateCounter.count - 1))


def _bucket(limit: Limit, who: str) -> str:
    return f"{limit.name}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
