"""Every cookie of an installation on https is kept from scripts, from other sites and from other hosts."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask, url_for

from tests.databases import SETTINGS, let_go
from tests.factories.accounts import PASSWORD, make_user
from vouchers import config
from vouchers.accounts.states import Role
from vouchers.factory import create_app

pytestmark = pytest.mark.usefixtures("clock")
PUBLIC = "https://suanli.example.gov.cn"


@pytest.fixture
def secure(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """The same installation as the public reaches it."""
    given = {**SETTINGS, "DATABASE_URL": app.config["SETTINGS"].database_url, "PUBLIC_URL": PUBLIC}
    served = create_app(config.load(given, tmp_path))
    yield served
    let_go(served)


def test_every_cookie_is_bound_to_this_host_and_hidden_from_scripts(secure: Flask, noon: datetime) -> None:
    """A13"""
    with secure.app_context():
        handler = make_user(Role.HANDLER, at=noon)
    browser = secure.test_client()
    cookies = []
    for path in _open_pages(secure):
        cookies += browser.get(path, base_url=PUBLIC).headers.getlist("Set-Cookie")
    page = browser.get("/sign-in", base_url=PUBLIC).get_data(as_text=True)
    token = page.partition('name="csrf_token" type="hidden" value="')[2].partition('"')[0]
    typed = {"sign_in": handler.sign_in, "password": PASSWORD, "csrf_token": token}
    headers = {"Referer": f"{PUBLIC}/sign-in", "Sec-Fetch-Site": "same-origin"}
    let_in = browser.post("/sign-in", data=typed, base_url=PUBLIC, headers=headers)
    cookies += let_in.headers.getlist("Set-Cookie")
    cookies += browser.get("/account", base_url=PUBLIC).headers.getlist("Set-Cookie")

    wrong = [cookie for cookie in cookies if not _is_safe(cookie)]

    assert let_in.status_code == 303
    assert {cookie.partition("=")[0] for cookie in cookies} >= {"__Host-sid", "__Host-session"}
    assert not wrong


def _is_safe(cookie: str) -> bool:
    parts = [part.strip().lower() for part in cookie.split(";")]
    wanted = {"secure", "httponly", "path=/"}
    is_same_site = "samesite=lax" in parts or "samesite=strict" in parts
    has_domain = any(part.startswith("domain") for part in parts)
    return cookie.startswith("__Host-") and wanted <= set(parts) and is_same_site and not has_domain


def _open_pages(app: Flask) -> list[str]:
    with app.test_request_context():
        return [
            url_for(rule.endpoint)
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or set()) and not rule.arguments
        ]
