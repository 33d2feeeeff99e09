"""A real Chromium on a running server with the demonstration loaded; axe judges what it shows."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from waitress.server import create_server

from tests.demonstration import demonstration, shared_by_all
from tests.serving import running
from vouchers.db.base import db

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium-headless-shell"  # the engine without a desktop around it: a page costs a third
PATIENCE_MS = 10_000


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application behind the browser, on a database of its own with the demonstration."""
    return demonstration(tmp_path_factory.mktemp("served"), shared_by_all(tmp_path_factory))


@pytest.fixture(scope="session")
def address(served: Flask) -> Iterator[str]:
    """Where the server listens."""
    with running(create_server(served, host="127.0.0.1", port=0, threads=8)) as (host, port):
        yield f"http://{host}:{port}"
    with served.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, address: str, clock: Path) -> Iterator[Page]:
    """A fresh browser window; an error in the console or a broken policy fails the test."""
    context = browser.new_context(base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(PATIENCE_MS)
    window = context.new_page()
    complaints: list[str] = []
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.on("console", lambda message: complaints.append(message.text) if _is_ours(message) else None)
    yield window
    context.close()
    assert not complaints


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands, against WCAG 2.2 AA."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    only = {"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"], "preload": False}
    page.evaluate(Axe().axe_script)
    found = page.evaluate("only => axe.run(only).then(found => found.violations)", only)  # the rest is long to send
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def set_clock(clock: Path, at: datetime) -> None:
    """Move the time of the running server."""
    clock.write_text(at.isoformat())


def _is_ours(message: Any) -> bool:
    """Console errors, without the browser's own remark on a refusal's status code."""
    return message.type == "error" and "the server responded with a status of 4" not in message.text
