"""One voucher's whole life by hand in a real browser, from an office with nothing but its people."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser
from waitress.server import create_server

from tests.browser import life, spending
from tests.browser.conftest import set_clock
from tests.browser.hands import Town
from tests.databases import let_go, migrated_app
from tests.serving import running
from vouchers.cli.demo.ground import offices_and_staff, passwords_renewed
from vouchers.cli.demo.timeline import days_before, play
from vouchers.cli.demo.world import World
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import today
from vouchers.policy.queries import work_calendar

BEGINNING = datetime(2026, 3, 2, 1, tzinfo=UTC)
CHAPTERS = (
    life.scheme,
    life.money,
    life.provider,
    life.application,
    life.correction,
    life.review,
    life.notice,
    life.voucher,
    spending.order,
    spending.claim,
    spending.payment,
    spending.ending,
)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An installation where nothing has happened yet: offices, people, and a clock of its own."""
    monkeypatch.setenv("APP_ENV", "test")
    monkeypatch.setenv("APP_CLOCK", str(tmp_path / "clock"))
    set_clock(tmp_path / "clock", BEGINNING)
    app = migrated_app(tmp_path, f"sqlite:///{tmp_path / 'vouchers.db'}")
    with app.app_context(), transaction():
        world = World(days_before(today(), work_calendar()), today())
        play([offices_and_staff(world), passwords_renewed(world)])
    yield app
    let_go(app)


@pytest.fixture
def town(office: Flask, browser: Browser, tmp_path: Path) -> Iterator[Town]:
    def daily() -> None:
        for command in (["jobs", "daily", "--confirm-jump"], ["jobs", "run", "--once"]):
            answer = office.test_cli_runner().invoke(args=command)
            assert answer.exit_code == 0, answer.output

    with running(create_server(office, host="127.0.0.1", port=0, threads=8)) as (host, port):
        yield Town(browser, f"http://{host}:{port}", tmp_path / "clock", daily)


def test_a_voucher_lives_its_whole_life_by_hand(town: Town, office: Flask) -> None:
    for chapter in CHAPTERS:
        chapter(town)

    for book in ("ledger", "audit"):
        answer = office.test_cli_runner().invoke(args=[book, "verify", "--json"])
        assert json.loads(answer.output)["ok"], answer.output
