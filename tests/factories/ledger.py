"""Money to test with: a scheme's row, granted envelopes, moves."""

from datetime import datetime
from itertools import count

from sqlalchemy import insert

from tests.factories.accounts import make_office
from tests.worlds import kept
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.ledger import services
from vouchers.ledger.rules import Move, Pot
from vouchers.ledger.states import TransferKind
from vouchers.policy.models import Scheme

BANKER = command("banker")
_keys = count()


@kept
def make_pot(*, at: datetime, granted: int = 0, layers: tuple[str, ...] = ("city", "district")) -> Pot:
    """A scheme whose envelopes hold `granted` fen in each layer; opens its own transactions."""
    office_id = make_office(at=at)
    with transaction():
        row = {"office_id": office_id, "pack_id": f"pack-{next(_keys)}", "title": "测试方案", "created_at": at}
        scheme_id = db.session.execute(insert(Scheme).values(row).returning(Scheme.id)).scalar_one()
        audit.record("scheme.create", Subject("scheme", str(scheme_id)), actor=BANKER, at=at)
    pot = Pot(scheme_id, "compute")
    if granted:
        post([Move(TransferKind.APPROPRIATE, pot.grant(one), pot.envelope(one), granted, key()) for one in layers], at)
    return pot


def post(moves: list[Move], at: datetime) -> str:
    """Post moves in a transaction of their own, with the event an act would leave."""
    with transaction():
        act = services.post(moves, actor=BANKER, at=at)
        audit.record("test.move", Subject("test", "1"), actor=BANKER, at=at)
    return act


def issue(pot: Pot, voucher: str, amount: int, layer: str = "city") -> Move:
    """A move from an envelope to a voucher."""
    rest = pot.voucher(layer, voucher=voucher, party="p1")
    return Move(TransferKind.ISSUE, pot.envelope(layer), rest, amount, key())


def hold(pot: Pot, voucher: str, *, order: str, amount: int, layer: str = "city") -> Move:
    """A move from a voucher to an order's hold."""
    rest = pot.voucher(layer, voucher=voucher, party="p1")
    return Move(TransferKind.HOLD, rest, pot.held(layer, subject=order, party="p1"), amount, key())


def key() -> str:
    """A key that no other move has."""
    return f"test:{next(_keys)}"
