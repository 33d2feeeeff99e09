"""Approving claims through the services beside the very statements they sent, replayed by the bare driver.

The acts are done once on a copy of the database and every statement with its parameters is taken down. Then, on equal
copies in turn, the services do them again and the driver sends the same statements in transactions cut at the same
places. What lies between the two is what our own code and SQLAlchemy cost. This ratio knows nothing of statements that
are sent without need, and falls when one is saved; so a third one approves the same claims in full by hand.
"""

import sqlite3
import statistics
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy import event, select

from benchmarks.by_hand import ByHand
from benchmarks.grounds import grounds
from benchmarks.measure import Figure, at_least, plain, seconds
from tests.databases import Ground, PostgresqlGround, SqliteGround
from tests.factories.accounts import make_user
from tests.factories.redemption import EARLY, make_stage, verified_claim
from tests.invariants.verifying import broken
from tests.invariants.world import BEGIN, kept
from tests.races.claims import invoice
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.redemption import services
from vouchers.redemption.services import Approval

ACTS, ROUNDS = 40, 5
AMOUNT, NET = 100_000, 200_000
LATER = timedelta(minutes=5)
GOALS = {"SQLite": ("T1", 0.40), "PostgreSQL": ("T2", 0.45)}

Sent = list[tuple[str, Any, bool]]
"""What went over the wire: a statement, its parameters, and whether they are many rows."""

Work = tuple[list[tuple[str, int]], Actor]


def run() -> list[Figure]:
    """Both databases."""
    with grounds() as found:
        return [figure for name, ground in found for figure in _of_database(name, ground)]


def _of_database(name: str, ground: Ground) -> Iterator[Figure]:
    ground.renew()
    with ground.app.app_context():
        decider, claims = _verified(ACTS)
        with kept(ground) as put_back:
            put_back()
            _approve(claims[:5], decider)  # warm: statements compiled, packs read
            put_back()
            with _taken_down() as sent:
                _approve(claims, decider)
            if broken():
                raise SystemExit(f"{name}: {broken()}")
            rounds = [_round(ground, put_back, (claims, decider), sent) for _ in range(ROUNDS)]
            if broken():
                raise SystemExit(f"{name}, by hand: {broken()}")
    code, goal = GOALS[name]
    ours, theirs, by_hand = (statistics.median(side) for side in zip(*rounds, strict=True))
    same = statistics.median(raw / own for own, raw, _ in rounds)
    whole = statistics.median(hand / own for own, _, hand in rounds)
    yield at_least(f"{name}: {code} approvals through services beside their statements by the bare driver", same, goal)
    yield at_least(f"{name}: {code} approvals through services beside the same written by hand", whole, goal)
    yield plain(f"{name}: approvals a second, checked, posted, chained", ACTS / ours, "/s")
    yield plain(f"{name}: the same statements by the bare driver", ACTS / theirs, "/s")
    yield plain(f"{name}: the same effect written by hand for the bare driver", ACTS / by_hand, "/s")
    yield plain(f"{name}: statements of one approval", len(sent) / ACTS, "")


def _round(ground: Ground, put_back: Callable[[], None], work: Work, sent: Sent) -> tuple[float, float, float]:
    """Seconds of each side on equal copies."""
    claims, decider = work
    _fresh(put_back)
    ours = seconds(lambda: _approve(claims, decider))
    _fresh(put_back)
    with _driver(ground) as connection:
        theirs = seconds(lambda: _replay(connection, sent))
    _fresh(put_back)
    with _driver(ground) as connection:
        hand = ByHand(connection, decider, BEGIN + LATER)
        by_hand = seconds(lambda: hand.approve(claims, AMOUNT))
    return ours, theirs, by_hand


def _fresh(put_back: Callable[[], None]) -> None:
    db.session.remove()
    put_back()
    db.session.execute(select(1))  # connected: nobody's connecting is measured
    db.session.remove()


def _verified(number: int) -> tuple[Actor, list[tuple[str, int]]]:
    """So many claims that wait for their approver, on one order, with the versions that a page would show."""
    stage = make_stage()
    reviewer = make_user(Role.REVIEWER, at=EARLY)
    claims = [
        verified_claim(stage, at=BEGIN, verifier=reviewer, amount=AMOUNT, invoice=invoice(stage, net=NET))
        for _ in range(number)
    ]
    decider = make_user(Role.DECIDER, at=EARLY, name="周审定").actor(Role.DECIDER)
    return decider, [(claim.public_id, claim.version) for claim in claims]


def _approve(claims: list[tuple[str, int]], decider: Actor) -> None:
    at = BEGIN + LATER
    for public_id, version in claims:
        with transaction():
            services.approve_claim(public_id, Approval(version, AMOUNT), actor=decider, at=at)
    db.session.remove()


@contextmanager
def _taken_down() -> Iterator[Sent]:
    """Every statement that reaches the driver, in order, with the commits between them."""
    found: Sent = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, _x: object, many: bool) -> None:  # noqa: FBT001
        if not statement.startswith("BEGIN"):
            found.append((statement, parameters, many and isinstance(parameters, list)))  # else one with many VALUES

    def begin(_: object) -> None:
        found.append(("BEGIN", None, False))

    def commit(_: object) -> None:
        found.append(("COMMIT", None, False))

    def rollback(_: object) -> None:
        found.append(("ROLLBACK", None, False))

    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": note,
        "begin": begin,
        "commit": commit,
        "rollback": rollback,
    }
    for moment, listener in listeners.items():
        event.listen(db.engine, moment, listener)
    try:
        yield found
    finally:
        for moment, listener in listeners.items():
            event.remove(db.engine, moment, listener)


@contextmanager
def _driver(ground: Ground) -> Iterator[Any]:
    """A bare connection, set up as the product's own are."""
    if isinstance(ground, SqliteGround):
        with closing(sqlite3.connect(ground._file, isolation_level=None)) as connection:  # noqa: SLF001
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("PRAGMA wal_autocheckpoint=0")
            yield connection
        return
    if not isinstance(ground, PostgresqlGround):
        raise TypeError(type(ground))
    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        yield connection


def _replay(connection: Any, sent: Sent) -> None:
    """The same statements with the same parameters; rows are fetched, as the services fetch them."""
    is_sqlite = isinstance(connection, sqlite3.Connection)
    cursor = connection.cursor()
    for statement, parameters, many in sent:
        if parameters is None:
            cursor.execute("BEGIN IMMEDIATE" if statement == "BEGIN" and is_sqlite else statement)
        elif many:
            cursor.executemany(statement, parameters)
        else:
            with suppress(sqlite3.IntegrityError, psycopg.IntegrityError):  # a duty held already is refused again
                cursor.execute(statement, parameters)
                if cursor.description is not None:
                    cursor.fetchall()
