"""Commands on a database without tables say what to run; other faults stay what they are."""

from collections.abc import Iterator
from pathlib import Path

import click
import psycopg
import pytest
from click.testing import CliRunner
from flask import Flask
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from vouchers import config
from vouchers.cli.shape import telling
from vouchers.db.base import db
from vouchers.factory import create_app

COMMANDS = [("policy", "list"), ("ledger", "verify"), ("audit", "verify"), ("user", "reset", "nobody")]


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An installation whose database has no table."""
    given = {} if request.param == "sqlite" else {"DATABASE_URL": _empty_database(request)}
    app = create_app(config.load(given, tmp_path))
    yield app
    with app.app_context():
        db.engine.dispose()


def _empty_database(request: pytest.FixtureRequest) -> str:
    address = make_url(request.getfixturevalue("postgresql_address"))
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier("vouchers_bare")))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier("vouchers_bare")))
    return address.set(database="vouchers_bare").render_as_string(hide_password=False)


def test_commands_name_the_way_to_make_the_tables(bare: Flask) -> None:
    answers = [bare.test_cli_runner().invoke(args=list(words)) for words in COMMANDS]

    assert [answer.exit_code for answer in answers] == [1] * len(COMMANDS)
    assert all("flask --app app db upgrade" in answer.output + answer.stderr for answer in answers)


def test_another_fault_of_the_database_is_not_hidden(app: Flask) -> None:
    @click.command()
    def broken() -> None:
        db.session.execute(text("SELECT 1 FROM"))

    answer = CliRunner().invoke(telling(broken))

    assert isinstance(answer.exception, DBAPIError)
