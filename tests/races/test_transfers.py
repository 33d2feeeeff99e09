"""Opposite movements of money at the same moment: no deadlock reaches anybody, and the sums are right."""

from collections.abc import Callable

from sqlalchemy.exc import OperationalError

from tests.factories import ledger as factory
from tests.races import together
from tests.races.conftest import IS_FULL, NOON, Siege
from vouchers.db.base import db
from vouchers.db.writing import Busy
from vouchers.ledger import queries
from vouchers.ledger.rules import Move, Pot
from vouchers.ledger.states import TransferKind

TURNS = 125 if IS_FULL else 2  # of each thread, there and back
THREADS, WORTH, MOST_TIMES = 8, 1_000, 20


def test_money_goes_both_ways_without_a_deadlock(siege: Siege) -> None:
    """Half of the threads name the accounts in one order and half in the other, in acts of two movements each."""
    pot = factory.make_pot(at=NOON, granted=10 * WORTH)
    for layer in ("city", "district"):
        factory.post([factory.issue(pot, "v1", 5 * WORTH, layer)], NOON)
    db.session.rollback()

    results = together(siege.app, [passing(pot, is_outward=n % 2 == 0) for n in range(THREADS)])

    db.session.rollback()
    assert results == [2 * TURNS] * THREADS
    for layer in ("city", "district"):
        assert queries.balance(pot.voucher(layer, voucher="v1", party="p1")) == 5 * WORTH
        assert queries.balance(pot.envelope(layer)) == 5 * WORTH


def passing(pot: Pot, *, is_outward: bool) -> Callable[[], int]:
    """One thread: from the envelope to the voucher and back, or the other way round; how often it came through."""
    layers = ("city", "district") if is_outward else ("district", "city")

    def work() -> int:
        done = 0
        for _ in range(TURNS):
            for turn in (is_outward, not is_outward):
                done += moved([move(pot, layer, is_outward=turn) for layer in layers])
        return done

    return work


def moved(moves: list[Move]) -> int:
    """Post, and again for as long as one's turn does not come; a deadlock is passed on."""
    for _ in range(MOST_TIMES):
        try:
            factory.post(moves, NOON)
        except (Busy, OperationalError) as told:
            if not is_turn_missed(told):
                raise
        else:
            return 1
    return 0


def is_turn_missed(told: Busy | OperationalError) -> bool:
    return isinstance(told, Busy) or getattr(told.orig, "sqlstate", None) in {"55P03", "57014"}


def move(pot: Pot, layer: str, *, is_outward: bool) -> Move:
    envelope, voucher = pot.envelope(layer), pot.voucher(layer, voucher="v1", party="p1")
    if is_outward:
        return Move(TransferKind.ISSUE, envelope, voucher, WORTH // 10, factory.key())
    return Move(TransferKind.EXPIRE, voucher, envelope, WORTH // 10, factory.key())
