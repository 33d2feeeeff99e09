"""One world for all tests of access: the demonstration, and somebody of every role, each with their own session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.world import NOON, World, outsiders, rarities
from tests.databases import let_go
from tests.demonstration import demonstration, shared_by_all
from vouchers.db.base import db

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def whole_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("access")
    clock = folder / "clock"
    app = demonstration(folder, shared_by_all(tmp_path_factory))
    clock.write_text(NOON.isoformat())
    with pytest.MonkeyPatch.context() as patch:  # other tests of this worker have their own time and application
        patch.setenv("APP_ENV", "test")
        patch.setenv("APP_CLOCK", str(clock))
        with app.app_context():
            outsiders()
            rarities(app)
            world = World(app, clock, folder / "vouchers.db", folder / "kept.db")
            db.session.rollback()
    yield world
    let_go(app)


@pytest.fixture
def world(whole_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The world as it was made; what a test changes is undone."""
    monkeypatch.setenv("APP_ENV", "test")
    monkeypatch.setenv("APP_CLOCK", str(whole_world.clock))
    with whole_world.app.app_context():
        yield whole_world
        db.session.rollback()
        whole_world.restore()
