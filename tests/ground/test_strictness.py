"""The ground itself: what it must refuse, it refuses."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from tests.databases import KINDS
from tests.pages import BadPage, PageClient
from vouchers.accounts.models import Office
from vouchers.accounts.states import OfficeKind
from vouchers.db.base import db

ROOT = Path(__file__).parents[2]
Run = Callable[[str, str], subprocess.CompletedProcess[str]]
PROBE = """
import pytest

def test_green():
    pass

{probe}
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Pytest on a file of its own, ruled by the same conftest."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    settings = ["-q", "-p", "no:cacheprovider", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml")]

    def run_file(probe: str, name: str) -> subprocess.CompletedProcess[str]:
        path = tmp_path / name
        path.write_text(PROBE.format(probe=probe))
        command = [sys.executable, "-m", "pytest", *settings, str(path)]
        return subprocess.run(  # noqa: S603  our own command
            command, capture_output=True, text=True, check=False, cwd=ROOT, env=environ, timeout=120
        )

    return run_file


def test_a_skipped_test_fails_the_run(run: Run) -> None:
    done = run('@pytest.mark.skip(reason="later")\ndef test_skipped():\n    pass', "test_probe_skipped.py")

    assert "1 passed, 1 skipped" in done.stdout
    assert done.returncode == 1


def test_rules_cannot_reach_a_database(run: Run) -> None:
    probe = "def test_reaching(session):\n    session.connection()"

    done = run(probe, "test_rules.py")

    assert "rules and states know no database" in done.stdout
    assert done.returncode == 1


def test_a_marked_test_must_ask_for_a_database(run: Run) -> None:
    done = run("@pytest.mark.database\ndef test_marked():\n    pass", "test_probe_marked.py")

    assert "is marked database and asks for none" in done.stdout + done.stderr
    assert done.returncode != 0


@pytest.mark.owner
@pytest.mark.database
@pytest.mark.parametrize("time", [1, 2])
def test_every_test_has_a_database_of_its_own(app: Flask, time: int) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE trace (n INTEGER)"))  # the second time it would be there

    assert db.engine.dialect.name in KINDS


def naive(app: Flask, act: str) -> PageClient:
    """A client of an application with a handler that forgets to commit."""

    def handler() -> str:
        office = Office(kind=OfficeKind.LEAD, name="某局", region="某市")
        db.session.add(office)
        if act == "flushes":
            db.session.flush()
        return "{}"

    other = Flask(f"naive-{act}")
    other.config["SQLALCHEMY_DATABASE_URI"] = app.config["SQLALCHEMY_DATABASE_URI"]
    db.init_app(other)
    other.add_url_rule("/", view_func=handler, methods=["POST"])
    return PageClient(other)


@pytest.mark.parametrize("act", ["adds", "flushes"])
def test_changes_that_a_request_leaves_uncommitted_are_noticed(app: Flask, act: str) -> None:
    client = naive(app, act)

    with pytest.raises(BadPage, match="never committed: Office"):
        client.post("/")
