"""The harness itself: it catches a handler that looks before it leaps, and lets one pass that holds the lock."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask, abort
from waitress.server import create_server

from tests.databases import KINDS
from tests.races.harness import counts, fire, request
from tests.serving import Address, running

AT_ONCE, WORTH, ROUNDS = 30, 1, 30
BETWEEN_SECONDS = 0.001  # what a real handler does between looking and leaping: on a file in memory both are one moment

Connect = Callable[[], Any]


@pytest.fixture(params=KINDS)
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Connect:
    """Connections as a beginner opens them, to a table with one purse."""

    def sqlite() -> sqlite3.Connection:
        return sqlite3.connect(tmp_path / "purse.db", timeout=30)

    def postgresql() -> psycopg.Connection[Any]:
        return psycopg.connect(request.getfixturevalue("postgresql_address"))

    chosen: Connect = sqlite if request.param == "sqlite" else postgresql
    with closing(chosen()) as connection:
        connection.execute("DROP TABLE IF EXISTS purse")
        connection.execute("CREATE TABLE purse (balance INTEGER, spent INTEGER)")
        connection.execute("INSERT INTO purse VALUES (0, 0)")
        connection.commit()
    return chosen


def test_the_harness_catches_a_handler_that_looks_before_it_leaps(connect: Connect) -> None:
    with served(connect, is_naive=True) as address:
        overspent = any(spend(connect, address) > WORTH for _ in range(ROUNDS))

    assert overspent


def test_the_same_handler_with_its_lock_holds(connect: Connect) -> None:
    with served(connect, is_naive=False) as address:
        spent = [spend(connect, address) for _ in range(ROUNDS // 10)]

    assert set(spent) == {WORTH}


def spend(connect: Connect, address: Address) -> int:
    """One round on a purse worth one; how many were told that they had it."""
    with closing(connect()) as connection:
        connection.execute(f"UPDATE purse SET balance = {WORTH}, spent = 0")  # noqa: S608  a number of ours
        connection.commit()
    replies = fire(address, [request("POST", "/spend", body="amount=1") for _ in range(AT_ONCE)])
    found = counts(replies)
    assert set(found) <= {200, 409}
    return found.get(200, 0)


@contextmanager
def served(connect: Connect, *, is_naive: bool) -> Iterator[Address]:
    """A server with one page that spends from the purse."""
    app = Flask(__name__)

    @app.post("/spend")
    def spend_one() -> str:
        with closing(connect()) as connection:
            is_sqlite = isinstance(connection, sqlite3.Connection)
            if not is_naive and is_sqlite:
                connection.execute("BEGIN IMMEDIATE")
            lock = "" if is_naive or is_sqlite else " FOR UPDATE"
            (left,) = connection.execute(f"SELECT balance FROM purse{lock}").fetchone()  # noqa: S608
            if left < 1:
                abort(409)
            time.sleep(BETWEEN_SECONDS)
            connection.execute("UPDATE purse SET balance = " + str(left - 1) + ", spent = spent + 1")  # noqa: S608
            connection.commit()
        return "spent"

    with running(create_server(app, host="127.0.0.1", port=0, threads=16)) as address:
        yield address
