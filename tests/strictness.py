"""What a test run refuses: skipped tests, rules that look for a database, rows that go; how it draws and tidies."""

import gc
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, event
from sqlalchemy.orm import Mapper

from vouchers.db.base import Passing

settings.register_profile(  # how long a draw or a run takes is for benchmarks, not for tests on a busy machine
    "tests", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tests")
settings.register_profile(  # thousands of short runs on a busy machine (`make mutants`)
    "mutants", max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)

gc.set_threshold(100_000, 50, 100)  # a worker holds a million objects: looking through them often is a seventh of a run

REMOVED_BY_TESTS = frozenset({"Office", "CaseDuty"})  # to see that watcher and seal notice: `audit`
PURE = frozenset({"test_rules", "test_states"})


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What stands after collecting stays to the end: nobody need look through it for rubbish again."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a promise nobody looked at: the run fails."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def no_database_for_pure_tests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Break every connection while rules and states are tested."""
    if request.path.stem in PURE:
        monkeypatch.setattr(Engine, "connect", _refuse)


@event.listens_for(Mapper, "before_delete")
def _keep(_mapper: object, _connection: object, row: object) -> None:
    """On PostgreSQL the role of the product has no right to remove it."""
    is_tried = type(row).__name__ in REMOVED_BY_TESTS
    assert isinstance(row, Passing) or is_tried, f"{type(row).__name__} is removed, and is no table whose rows may go"


def _refuse(*_: Any, **__: Any) -> None:
    raise AssertionError("rules and states know no database")
