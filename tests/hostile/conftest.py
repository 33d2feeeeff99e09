"""The demonstration, loaded once, and everybody of it signed in: what hostile requests are sent against."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.databases import let_go
from tests.demonstration import demonstration, shared_by_all
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
def crowd(demonstration_clock: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """One browser per account of the demonstration, and one that is not signed in."""
    app = demonstration(tmp_path_factory.mktemp("crowd"), shared_by_all(tmp_path_factory))
    with time_of(demonstration_clock):
        gathered = gather(app)
    yield gathered
    with app.app_context():
        db.session.remove()
    let_go(app)


@pytest.fixture(scope="session")
def walked(crowd: Crowd, demonstration_clock: Path) -> Walk:
    """Every page that anybody of the demonstration can reach by links, and every address as everybody."""
    with time_of(demonstration_clock):
        return walk(crowd)
