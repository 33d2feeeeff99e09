"""PostgreSQL cuts its connections or makes one wait: told to come again, and the same press settles it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from tests.crash.conftest import Seller, settle
from tests.crash.house import House, house, same_time, send
from tests.crash.state import assert_sound
from vouchers.db.base import db

IS_FULL = os.environ.get("SIEGE") == "full"
BACK_SECONDS = 5.0


@pytest.fixture
def seller(postgresql_address: str, tmp_path: Path) -> Iterator[Seller]:
    with house("postgresql", tmp_path, postgresql_address) as place, same_time(tmp_path), place.app.app_context():
        yield settle(place)
        db.session.remove()


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


def test_terminated_backends_cost_nobody_a_press(seller: Seller) -> None:
    shots = [seller.shot() for _ in range(3)]
    for shot in shots:
        with db.engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    " AND datname = current_database()"
                )
            )
        took = until_done(seller.house, shot)
        assert took < BACK_SECONDS or not IS_FULL
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
    assert waited < (10 if IS_FULL else 30)
    assert seller.press(shot).status == 303
