"""What every test may ask for: an application on a database of its own, a client, an actor, a fixed noon."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.databases import KINDS, SETTINGS, Ground, PostgresqlGround, SqliteGround, has_least_rights, postgresql_server
from tests.grouping import Worlds
from tests.hashing import quick_hashes
from tests.pages import PageClient
from tests.scratch import work_in_memory
from tests.strictness import no_database_for_pure_tests, pytest_collection_finish, pytest_sessionfinish
from tests.worlds import keeper_of
from vouchers.accounts.permissions import Permission
from vouchers.config import load
from vouchers.db.base import db
from vouchers.db.columns import PersonalKeys
from vouchers.kernel.actor import Actor, ActorKind

__all__ = ["no_database_for_pure_tests", "pytest_collection_finish", "pytest_sessionfinish", "quick_hashes"]


def pytest_configure() -> None:
    work_in_memory()


@pytest.hookimpl(optionalhook=True)  # of a run in several workers
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Worlds:
    """Tests that stand on one world stay with one worker."""
    return Worlds(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Function) -> None:
    """The database stands as its fixtures left it before the test begins."""
    ground = item.funcargs.get("database")
    if isinstance(ground, Ground):
        keeper_of(ground).settle()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With LEAST_RIGHTS=1 only what runs on PostgreSQL and needs no owner of its tables."""
    if not has_least_rights():
        return
    kept, left = list[pytest.Item](), list[pytest.Item]()
    for one in items:
        fits = "[postgresql" in one.name and not one.get_closest_marker("owner")
        (kept if fits else left).append(one)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked `database` run on both kinds, or on those the mark names; others on SQLite alone."""
    mark = metafunc.definition.get_closest_marker("database")
    if "database" in metafunc.fixturenames:
        metafunc.parametrize("database", (mark.args or KINDS) if mark else KINDS[:1], indirect=True)
    elif mark:
        raise pytest.UsageError(f"{metafunc.definition.nodeid} is marked database and asks for none")


@pytest.fixture(scope="session")
def sqlite_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteGround]:
    with closing(SqliteGround(tmp_path_factory.mktemp("sqlite"))) as ground:
        yield ground


@pytest.fixture(scope="session")
def postgresql_address() -> Iterator[str]:
    with postgresql_server() as address:
        yield address


@pytest.fixture(scope="session")
def postgresql_ground(tmp_path_factory: pytest.TempPathFactory, postgresql_address: str) -> Iterator[PostgresqlGround]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    folder = tmp_path_factory.mktemp("postgresql")
    with closing(PostgresqlGround(folder, postgresql_address, f"vouchers_test_{worker}")) as ground:
        yield ground


@pytest.fixture(autouse=True)
def keys_of_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Personal columns are sealed with one key for all tests, whatever application another test made."""
    PersonalKeys.set(load(SETTINGS, tmp_path_factory.getbasetemp()).personal_key)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Ground:
    ground = cast("Ground", request.getfixturevalue(f"{request.param}_ground"))
    keeper_of(ground).begin()
    return ground


@pytest.fixture
def app(database: Ground) -> Iterator[Flask]:
    with database.app.app_context():
        yield database.app
        db.session.rollback()


@pytest.fixture
def session(app: Flask) -> Session:
    return db.session()


@pytest.fixture
def client(app: Flask) -> PageClient:
    return PageClient(app)


@pytest.fixture
def noon() -> datetime:
    """Wednesday, 18 March 2026, twelve o'clock in Beijing."""
    return datetime(2026, 3, 18, 4, tzinfo=UTC)


@pytest.fixture
def actor() -> Actor:
    return Actor(ActorKind.USER, "测试员", user_id=1, person_id=1, permissions=frozenset(map(str, Permission)))


@pytest.fixture
def clock(noon: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that holds the time of running pages; write another instant to move it."""
    path = tmp_path / "clock"
    path.write_text(noon.isoformat())
    monkeypatch.setenv("APP_ENV", "test")
    monkeypatch.setenv("APP_CLOCK", str(path))
    return path
