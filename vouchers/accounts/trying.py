"""A try at something secret: counted before it is made, taken back when it succeeds."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from werkzeug.exceptions import TooManyRequests

from vouchers.accounts.rules import Limit
from vouchers.accounts.services import count_try, refund_try
from vouchers.db.transaction import transaction

T = TypeVar("T")
Tries = Sequence[tuple[Limit, str]]


def count_tries(tries: Tries, *, at: datetime) -> None:
    """Count in a transaction of its own, so that tries at the same moment all count; 429 when there were too many."""
    with transaction():
        waits = [count_try(limit, who, at=at) for limit, who in tries]
    if any(waits):
        raise TooManyRequests(retry_after=max(waits))


def try_within(tries: Tries, work: Callable[[], T | None], *, at: datetime) -> T | None:
    """Count, then work in one transaction; what it returns, and the tries are given back unless that is None."""
    count_tries(tries, at=at)
    with transaction():
        found = work()
        if found is not None:
            refund_tries(tries, at=at)
    return found


def refund_tries(tries: Tries, *, at: datetime) -> None:
    """Take tries back that succeeded, inside the transaction of the act."""
    for limit, who in tries:
        refund_try(limit, who, at=at)
