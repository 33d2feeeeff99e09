"""A server process on a database of its own, one of each kind, and the books verified after every race."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from tests.databases import KINDS, SETTINGS, PostgresqlGround, SqliteGround
from tests.factories.accounts import Somebody
from tests.factories.applications import Ground, make_ground
from tests.races.harness import Reply, Visitor, fire, serving
from tests.serving import Address
from tests.tally import keep
from vouchers.db.base import db

HERE = Path(__file__).parent
BUSY, MOST_TIMES = 503, 20
WON = pytest.StashKey[bool]()
IS_FULL = os.environ.get("SIEGE") == "full"
NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Siege:
    """The server under attack, and the test's own application on the same database."""

    app: Flask
    address: Address
    environ: dict[str, str]
    kind: str
    clock: Path
    fired: Counter[int] = field(default_factory=Counter)

    def visitor(self, somebody: Somebody) -> Visitor:
        """Somebody signed in at the server."""
        return Visitor(self.address).sign_in(somebody)

    def fire(self, shots: list[bytes]) -> list[Reply]:
        """All at once, what the test had read before forgotten; whoever is told to come again presses again."""
        db.session.rollback()
        replies = fire(self.address, shots)
        for _ in range(MOST_TIMES):
            busy = [place for place, reply in enumerate(replies) if reply.status == BUSY]
            if not busy:
                break
            self.fired[BUSY] += len(busy)
            for place, reply in zip(busy, fire(self.address, [shots[place] for place in busy]), strict=True):
                replies[place] = reply
        self.fired.update(reply.status for reply in replies)
        assert not [reply.text for reply in replies if reply.status >= 500]
        return replies


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Keep whether the race itself was won, for the tally."""
    if call.when == "call":
        item.stash[WON] = call.excinfo is None


@pytest.fixture(scope="session", params=KINDS)
def stand(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    folder = tmp_path_factory.mktemp("siege")
    clock = folder / "clock"
    clock.write_text(NOON.isoformat())
    with ExitStack() as stack:
        if request.param == "sqlite":
            ground: SqliteGround | PostgresqlGround = stack.enter_context(closing(SqliteGround(folder)))
        else:
            worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
            server = request.getfixturevalue("postgresql_address")
            ground = stack.enter_context(closing(PostgresqlGround(folder, server, f"vouchers_siege_{worker}")))
        url = ground.app.config["SETTINGS"].database_url
        environ = os.environ | SETTINGS
        environ |= {"DATABASE_URL": url, "INSTANCE_PATH": str(folder), "APP_CLOCK": str(clock)}
        address = stack.enter_context(serving(environ, folder / "server.log"))
        yield Siege(ground.app, address, environ, request.param, clock)


@pytest.fixture(scope="session")
def ground(stand: Siege) -> Ground:
    """One scheme for all tests of a database: its pack is published once."""
    with stand.app.app_context():
        return make_ground(at=NOON, granted=0)


@pytest.fixture
def siege(
    stand: Siege, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, rounds: int
) -> Iterator[Siege]:
    """The server, ready; after the test every book of every slice must still hold; a siege keeps its counts."""
    stand.fired.clear()
    begun = time.monotonic()
    monkeypatch.setenv("APP_ENV", "test")
    monkeypatch.setenv("APP_CLOCK", str(stand.clock))
    with stand.app.app_context():
        yield stand
        db.session.rollback()
    for command in ("ledger", "audit"):
        verified = stand.app.test_cli_runner().invoke(args=[command, "verify"])
        assert verified.exit_code == 0, verified.output
    if IS_FULL and stand.fired:
        keep("siege-races", stand.kind, request.node.originalname, counted(request, stand.fired, rounds, since=begun))


def counted(request: pytest.FixtureRequest, fired: Counter[int], rounds: int, *, since: float) -> dict[str, object]:
    """What one race tried and what was answered; a race that was lost names no number of losses."""
    return {
        "rounds": rounds,
        "requests": fired.total(),
        "statuses": {str(status): number for status, number in sorted(fired.items())},
        "seconds": round(time.monotonic() - since, 1),
        "overspent_doubled_or_lost": 0 if request.node.stash.get(WON, False) else None,
    }


@pytest.fixture
def rounds() -> int:
    """How often a race is run: once in every test run, many times in a siege; SIEGE_ROUNDS says how many."""
    return int(os.environ.get("SIEGE_ROUNDS") or (500 if IS_FULL else 1))


@pytest.fixture
def at_once() -> int:
    """How many arrive at the same moment, where a test makes each of them ready with some effort."""
    return 50 if IS_FULL else 12
