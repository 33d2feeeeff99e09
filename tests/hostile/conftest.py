"""The demonstration, loaded once, and everybody of it signed in: what hostile requests are sent against."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from tests.databases import migrated_app
from tests.hostile.crowd import Crowd, gather
from tests.hostile.walk import Walk, walk
from tests.races.conftest import NOON
from vouchers.db.base import db

HERE = Path(__file__).parent


@contextmanager
def time_of(clock: Path) -> Iterator[None]:
    """The demonstration's time; other tests of this worker have their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("APP_ENV", "test")
        patch.setenv("APP_CLOCK", str(clock))
        yield


@pytest.fixture(scope="session")
def demonstration_clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clock = tmp_path_factory.mktemp("hostile") / "clock"
    clock.write_text(NOON.isoformat())
    return clock


@pytest.fixture(autouse=True)
def at_the_time_of_the_demonstration(demonstration_clock: Path) -> Iterator[None]:
    with time_of(demonstration_clock):
        yield


@pytest.fixture(scope="session")
def crowd(demonstration_clock: Path) -> Iterator[Crowd]:
    """One browser per account of the demonstration, and one that is not signed in."""
    folder = demonstration_clock.parent
    with time_of(demonstration_clock):
        app = migrated_app(folder, f"sqlite:///{folder / 'vouchers.db'}")
        loaded = app.test_cli_runner().invoke(args=["demo", "load"])
        assert loaded.exit_code == 0, loaded.output
        gathered = gather(app)
    yield gathered
    _let_go(app)


@pytest.fixture(scope="session")
def walked(crowd: Crowd, demonstration_clock: Path) -> Walk:
    """Every page that anybody of the demonstration can reach by links, and every address as everybody."""
    with time_of(demonstration_clock):
        return walk(crowd)


def _let_go(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
