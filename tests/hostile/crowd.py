"""The people of the demonstration as browsers, and a digest of everything they must not change by looking."""

import hashlib
from dataclasses import dataclass
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.pages import PageClient
from vouchers.audit import watch
from vouchers.cli.demo import cast
from vouchers.db.base import Base, db
from vouchers.kernel.clock import now

VISITOR = "visitor"
MEMORY = frozenset({"audit_events", "audit_head"})  # what remembers acts, and who looked at what


@dataclass(frozen=True)
class Crowd:
    """The application, and a browser for each role."""

    app: Flask
    browsers: dict[str, PageClient]

    def browser(self, role: str) -> FlaskClient:
        """The bare client of a role: it sends what it is told."""
        return self.browsers[role]._client

    def get(self, role: str, address: str) -> TestResponse:
        """GET as this role, as a browser would."""
        return self.ask(role, address, headers={"Sec-Fetch-Site": "same-origin"})

    def ask(self, role: str, address: str, **sent: Any) -> TestResponse:
        """GET with whatever a test sends along; the answer is read to its end."""
        return self.browser(role).get(address, buffered=True, **sent)

    def business(self) -> dict[str, str]:
        """Each business table and the digest of its rows; memory, sessions and counters are left out."""
        with self.app.app_context():
            tables = [t for t in Base.metadata.sorted_tables if t.name not in watch.EXEMPT | MEMORY]
            rows = {table.name: db.session.execute(select(table)).all() for table in tables}
            db.session.rollback()
        return {
            name: f"{len(found)} {hashlib.sha256(repr(found).encode()).hexdigest()}" for name, found in rows.items()
        }


def gather(app: Flask) -> Crowd:
    """Everybody signs in through the pages."""
    browsers = {VISITOR: PageClient(app)}
    for account in cast.sign_ins():
        browser = browsers[str(account["role"])] = PageClient(app)
        browser.get("/sign-in")
        answer = browser.submit({"sign_in": account["sign_in"], "password": account["password"]}, form="/sign-in")
        assert answer.status_code == 303, answer.text
        if account["totp_secret"]:
            browser.get("/second-factor")
            answer = browser.submit({"code": pyotp.TOTP(account["totp_secret"]).at(now())}, form="/second-factor")
            assert answer.status_code == 303, answer.text
    return Crowd(app, browsers)
