"""The demonstration for tests that look at it: loaded once in a test run, and copied by whoever needs one."""

import fcntl
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from tests.databases import let_go, migrated_app

LOADED = datetime(2026, 3, 18, 1, tzinfo=UTC)
"""The morning of the day whose noon the clock of tests shows: what was done lies before the time of who looks at it."""


def demonstration(folder: Path, shared: Path) -> Flask:
    """An application on a demonstration of its own in this folder; `shared` is the folder of the whole test run."""
    kept = shared / "demonstration"
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            _load(shared / "loading")
            (shared / "loading").rename(kept)
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    return migrated_app(folder, _address(folder))


def shared_by_all(factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of a test run see."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def _load(folder: Path) -> None:
    folder.mkdir()
    app = migrated_app(folder, _address(folder))
    clock = folder / "clock"
    clock.write_text(LOADED.isoformat())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("APP_ENV", "test")
        patch.setenv("APP_CLOCK", str(clock))
        loaded = app.test_cli_runner().invoke(args=["demo", "load"])
    assert loaded.exit_code == 0, loaded.output
    let_go(app)


def _address(folder: Path) -> str:
    return f"sqlite:///{folder / 'vouchers.db'}"
