"""The server killed at random under redemption load: nothing acknowledged is lost, nothing is done twice."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.conftest import Prepared, prepared
from tests.crash.load import Load
from tests.crash.results import is_over, keep, spent, spread

IS_FULL = os.environ.get("SIEGE") == "full"
KILLS = int(os.environ.get("KILLS", "1000" if IS_FULL else "2"))
CLAIMS = 400
EVERY = 25  # so often the server is started as an operator starts it; else forked, which is quick


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"] if IS_FULL else ["sqlite"])
def test_no_kill_loses_or_doubles_what_was_acknowledged(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """`test_postgresql` kills the database server itself."""
    kills = KILLS if kind == "sqlite" else max(1, KILLS // 20)
    shown = {"asked for": kills, "kills": 0, "acknowledged": 0, "broken off": 0, "lost or doubled": 0}
    begun = time.monotonic()
    with stand(kind, tmp_path, request) as made:
        while shown["kills"] < kills and not is_over(begun):
            with made.entered() as seller:
                place, load = seller.house, Load(seller.house, seller.browser, seller.claims)
                place.start(is_forked=True)
                while load.waiting and shown["kills"] < kills and not is_over(begun):
                    kill_under(load)
                    shown["kills"] += 1
                    shown["broken off"] += len(load.open)
                    place.start(is_forked=shown["kills"] % EVERY != 0)
                    load.retry_open()
                load.assert_all_kept()
                shown["acknowledged"] += len(load.acknowledged)
                assert place.stop() == 0
                up = spread("cpu seconds to the first answer", place.cpu)
                up |= spread("wall seconds to the first answer", place.starts)
                keep("kills-under-load", kind, {**shown, **up, **spent(begun)})
    assert shown["kills"] == kills, "the time was up before"


@contextmanager
def stand(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Prepared]:
    """The house of all tests when a few kills are enough, one with many drafts for a siege."""
    if not IS_FULL:
        yield request.getfixturevalue("prepared_sqlite")
        return
    address = request.getfixturevalue("postgresql_address") if kind == "postgresql" else ""
    with prepared(kind, folder, address, many=CLAIMS) as made:
        yield made


def kill_under(load: Load) -> None:
    """Let the clients press until some were answered, and kill in the midst of the others."""
    load.begin()
    load.wait_for(random.randint(1, 5))  # noqa: S311
    time.sleep(random.random() * 0.05)  # noqa: S311
    load.house.kill()
    load.end()
