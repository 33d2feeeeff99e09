"""Keeping: how fast the chain and what it vouches for are verified, and a backup made beside writers, restored."""

import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import count
from pathlib import Path

from sqlalchemy import func, insert, select, text

from benchmarks.grounds import grounds
from benchmarks.measure import Figure, at_least, at_most, plain, seconds
from tests.databases import SETTINGS, Ground, let_go
from tests.factories.accounts import make_office
from tests.factories.redemption import make_stage
from tests.races.conftest import NOON
from vouchers import config
from vouchers.audit.models import AuditEvent
from vouchers.audit.services import Subject, record
from vouchers.audit.verify import findings as chain_findings
from vouchers.cli.backup import making, restoring
from vouchers.cli.backup.manifest import sha256_of
from vouchers.config import Settings
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.factory import create_app
from vouchers.kernel.actor import command
from vouchers.kernel.identifiers import new_public_id
from vouchers.ledger import services as ledger
from vouchers.ledger.models import Transfer
from vouchers.ledger.rules import Move, Pot
from vouchers.ledger.states import TransferKind
from vouchers.ledger.verify import findings as ledger_findings
from vouchers.messages.models import Message

ACTS, PER_ACT = 800, 30
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
        taken = _of_one_core(lambda: _confirm_nothing(chain_findings, ledger_findings))
        unit = " rows/s of a core"
        yield at_least(f"{name}: verify, events and transfers", (events + transfers) / taken, 15_000, unit=unit)
        _pad()
        with tempfile.TemporaryDirectory(prefix="backup") as folder:
            yield from _backup(name, ground, Path(folder))


def _backup(name: str, ground: Ground, folder: Path) -> Iterator[Figure]:
    settings: Settings = ground.app.config["SETTINGS"]
    quiet = _pauses(3)
    core = _of_one_core(lambda: making.make(settings, folder / "backup", at=NOON))
    size = sum(path.stat().st_size for path in (folder / "backup").rglob("*") if path.is_file()) / 1e6
    yield plain(f"{name}: backup of {size:.0f} MB, of a core per 100 MB", core / size * 100, "s")
    with _writer(ground) as pauses:
        making.make(settings, folder / "beside", at=NOON)
    beside, alone = statistics.median(pauses), statistics.median(quiet)
    yield at_most(f"{name}: a writer's median wait for an act, beside a backup and without", beside / alone, 3)
    yield plain(f"{name}: longest act beside it", max(pauses) * 1000, "ms")
    yield plain(f"{name}: longest act without", max(quiet) * 1000, "ms")
    if name == "SQLite":
        bare = _of_one_core(lambda: _bare(folder))
        yield at_most(f"{name}: backup beside the driver's own and one SHA-256", core / bare, 1.5)
        app = create_app(config.load({**SETTINGS}, folder / "restored"))
        with app.app_context():
            put_back = partial(restoring.restore, app, folder / "backup", accept_lost=False, at=NOON)
            yield at_most(f"{name}: restore, of a core per GB", _of_one_core(put_back) / size * 1000, 300, unit=" s")
        let_go(app)


def _of_one_core(work: Callable[[], object]) -> float:
    """Seconds of processor: the machine may be shared."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _bare(folder: Path) -> str:
    source = db.engine.raw_connection()
    with closing(sqlite3.connect(folder / "bare.db")) as copy:
        source.driver_connection.backup(copy)  # type: ignore[union-attr]
    source.close()
    return sha256_of(folder / "bare.db")


def _pad() -> None:
    """Make the database as large as one that has been in use."""
    office = make_office("填充", at=NOON)
    row = {"office_id": office, "role": "", "code": "pad", "params": {"text": "填充" * 400}, "link": "", "at": NOON}
    for _ in range(40):
        with transaction():
            rows = [{**row, "public_id": new_public_id()} for _ in range(1000)]
            db.session.execute(insert(Message), rows)


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
