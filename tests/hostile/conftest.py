"""The demonstration, loaded once, and everybody of it signed in: what hostile requests are sent against."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.databases import migrated_app
from tests.hostile.crowd import Crowd, gather
from tests.hostile.walk import Walk, walk
from tests.races.conftest import NOON
from vouchers.db.base import db

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all tests on the demonstration: it is loaded and walked once."""
    for item in items:
        if item.path.is_relative_to(HERE) and {"crowd", "walked"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("hostile"))


@pytest.fixture(scope="session")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """One browser per account of the demonstration, and one that is not signed in."""
    folder = tmp_path_factory.mktemp("hostile")
    clock = folder / "clock"
    clock.write_text(NOON.isoformat())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("APP_ENV", "test")
        patch.setenv("APP_CLOCK", str(clock))
        app = migrated_app(folder, f"sqlite:///{folder / 'vouchers.db'}")
        loaded = app.test_cli_runner().invoke(args=["demo", "load"])
        assert loaded.exit_code == 0, loaded.output
        yield gather(app)
        _let_go(app)


@pytest.fixture(scope="session")
def walked(crowd: Crowd) -> Walk:
    """Every page that anybody of the demonstration can reach by links, and every address as everybody."""
    return walk(crowd)


def _let_go(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
