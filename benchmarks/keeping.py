"""Keeping: how fast the chain and what it vouches for are verified, and a backup made beside writers, restored."""

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import func, select, text

from benchmarks.grounds import grounds
from benchmarks.measure import Figure, at_least, at_most, plain, seconds
from tests.databases import SETTINGS, Ground, let_go
from tests.factories.redemption import make_stage
from tests.races.conftest import NOON
from vouchers import config
from vouchers.audit.models import AuditEvent
from vouchers.audit.services import Subject, record
from vouchers.audit.verify import findings as chain_findings
from vouchers.cli.backup import making, restoring
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.factory import create_app
from vouchers.kernel.actor import command
from vouchers.ledger import services as ledger
from vouchers.ledger.models import Transfer
from vouchers.ledger.rules import Move, Pot
from vouchers.ledger.states import TransferKind
from vouchers.ledger.verify import findings as ledger_findings

ACTS, PER_ACT = 1_500, 30
WORK = command("benchmark")
_numbers = count(1)


def run() -> list[Figure]:
    """Both databases."""
    with grounds() as found:
        return [figure for name, ground in found for figure in _of_database(name, ground)]


def _of_database(name: str, ground: Ground) -> Iterator[Figure]:
    ground.renew()
    with ground.app.app_context():
        make_stage()
        for _ in range(ACTS):
            _act()
        events = db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0
        transfers = db.session.scalar(select(func.count()).select_from(Transfer)) or 0
        taken = seconds(lambda: _confirm_nothing(chain_findings, ledger_findings))
        yield at_least(f"{name}: verify, events and transfers", (events + transfers) / taken, 15_000, unit=" rows/s")
        with tempfile.TemporaryDirectory(prefix="backup") as folder:
            yield from _backup(name, ground, Path(folder))


def _backup(name: str, ground: Ground, folder: Path) -> Iterator[Figure]:
    settings, quiet = ground.app.config["SETTINGS"], _pauses(0.5)
    with _writer(ground) as pauses:
        taken = seconds(lambda: making.make(settings, folder / "backup", at=NOON))
    size = sum(path.stat().st_size for path in (folder / "backup").rglob("*") if path.is_file()) / 1e6
    goal = at_most if name == "SQLite" else _without_goal
    yield goal(f"{name}: backup of {size:.0f} MB, per 100 MB", taken / size * 100, 1.0, unit=" s")
    yield at_most(f"{name}: longest wait of a writer beside it", max(pauses) * 1000, 100, unit=" ms")
    yield plain(f"{name}: the same without a backup", max(quiet) * 1000, "ms")
    yield plain(f"{name}: writers' median beside it", statistics.median(pauses) * 1000, "ms")
    if name == "SQLite":
        app = create_app(config.load({**SETTINGS}, folder / "restored"))
        with app.app_context():
            restored = seconds(lambda: restoring.restore(app, folder / "backup", accept_lost=False, at=NOON))
        let_go(app)
        yield at_most(f"{name}: restore, per GB", restored / size * 1000, 300, unit=" s")


def _without_goal(name: str, value: float, _: float, *, unit: str) -> Figure:
    return plain(name, value, unit.strip())


def _act() -> None:
    pot = Pot(1, "compute")
    moves = [
        Move(TransferKind.APPROPRIATE, pot.grant("city"), pot.envelope("city"), 1, f"bench:{next(_numbers)}")
        for _ in range(PER_ACT)
    ]
    with transaction():
        ledger.post(moves, actor=WORK, at=NOON)
        record("bench.act", Subject("bench", "1"), actor=WORK, at=NOON)


def _pauses(long: float) -> list[float]:
    end, found = time.monotonic() + long, []
    while time.monotonic() < end:
        found.append(seconds(_act))
    return found


@contextmanager
def _writer(ground: Ground) -> Iterator[list[float]]:
    stop, pauses = threading.Event(), [0.0]

    def write() -> None:
        with ground.app.app_context():
            while not stop.is_set():
                pauses.append(seconds(_act))

    thread = threading.Thread(target=write)
    thread.start()
    time.sleep(0.2)
    try:
        yield pauses
    finally:
        stop.set()
        thread.join()


def _confirm_nothing(*verifiers: object) -> None:
    db.session.execute(text("SELECT 1"))
    for verifier in verifiers:
        if list(verifier()):  # type: ignore[operator]
            raise SystemExit("the books do not hold")
