"""A server on a database full of everything that loads need, with the people who send them."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import psycopg
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import make_url

from benchmarks.throng import AMOUNT, Waiting, deciders, people_like, published_cases, waiting_claims
from tests.databases import SETTINGS, Ground, let_go
from tests.factories.accounts import make_user
from tests.factories.applications import make_ground
from tests.factories.crowd import Crowd, make_crowd
from tests.factories.redemption import EARLY
from tests.invariants.world import BEGIN
from tests.races.harness import Visitor, request, served
from vouchers.accounts.states import Role
from vouchers.applications.states import ApplicationState as S
from vouchers.db.base import db

ORDERS = 4
DAYS = 90
_STATES = (S.SUBMITTED, S.ISSUED, S.IN_STAGE, S.ISSUED, S.REJECTED, S.TO_DECIDE, S.ISSUED, S.ISSUED, S.WITHDRAWN)


def kept(shot: bytes) -> str:
    """A request whose connection stays open after it."""
    return shot.decode().replace("Connection: close", "Connection: keep-alive", 1)


class Officer(Visitor):
    """Somebody signed in whose requests are prepared, not sent."""

    def gets(self, paths: Sequence[str]) -> list[str]:
        """Pages, asked for in this session."""
        return [kept(request("GET", path, headers=self._headers())) for path in paths]

    def approval(self, claim: Waiting) -> str:
        """A claim approved in full, as its form sends it."""
        values = {"seen_version": claim.version, "amount": f"{AMOUNT // 100}.00", "reason": ""}
        return kept(self.shot(f"/office/claims/{claim.public_id}/approve", values))


@dataclass
class Stand:
    """The server's address, and what may be sent to it."""

    app: Flask
    port: int
    pid: int
    url: str
    officer: Officer
    approvers: list[Officer]
    notice: str
    people: list[str]
    claims: list[Waiting] = field(repr=False)
    hello: float = 0  # processor milliseconds of the bare reference's least answer

    def approvals(self, number: int) -> list[str]:
        """So many approvals of claims that nobody has approved yet, by the approvers in turn."""
        taken, self.claims = self.claims[:number], self.claims[number:]
        turns = zip(taken, cycle(self.approvers), strict=False)
        return [officer.approval(claim) for claim, officer in turns]

    def verdict(self) -> str:
        """What the commands that verify say is broken."""
        runner = self.app.test_cli_runner()
        answers = [runner.invoke(args=[command, "verify"]) for command in ("ledger", "audit")]
        wrong = [answer.output.strip() for answer in answers if answer.exit_code != 0]
        return " | ".join(wrong)[:300] or "clean"


@contextmanager
def stand(ground: Ground, *, claims: int, approvers: int, cases: int, people: int) -> Iterator[Stand]:
    """Fill a fresh database, start the server on it, and sign its officers in."""
    ground.renew()
    settings = ground.app.config["SETTINGS"]
    clock = Path(settings.instance) / "clock"
    clock.write_text((BEGIN + timedelta(minutes=5)).isoformat())
    os.environ.update(APP_ENV="test", APP_CLOCK=str(clock))
    with ground.app.app_context():
        waiting = waiting_claims(claims, orders=ORDERS, at=BEGIN)
        stood = make_ground(at=BEGIN - timedelta(hours=1), granted=0)
        handler = make_user(Role.HANDLER, at=EARLY)
        crowd = Crowd(stood.window, handler.user_id, _STATES, stage="first-review", due=DAYS)
        notice = published_cases(make_crowd(crowd, cases, at=BEGIN - timedelta(hours=1)), at=BEGIN)
        somebody, decide = make_user(Role.REVIEWER, at=EARLY), deciders(approvers)
        names = people_like(somebody, people)
        db.session.rollback()
        with db.engine.connect() as connection:
            connection.execute(text("ANALYZE"))
            connection.commit()
        db.session.remove()
    let_go(ground.app)
    environ = os.environ | SETTINGS | {"DATABASE_URL": settings.database_url, "INSTANCE_PATH": str(settings.instance)}
    log = Path(settings.instance) / "server.log"
    with served(environ, log) as (address, pid), ground.app.app_context():
        officers = [Officer(address) for _ in range(approvers + 1)]
        for officer, who in zip(officers, [somebody, *decide], strict=True):
            officer.sign_in(who)
        officers[0].get("/office/queue")
        for officer in officers[1:]:
            officer.form(f"/office/claims/{waiting[0].public_id}/approve")  # its token goes with every form
        url = _beside(settings.database_url, Path(settings.instance))
        yield Stand(ground.app, address[1], pid, url, officers[0], officers[1:], notice, names, waiting)


def _beside(database_url: str, folder: Path) -> str:
    """Where the reference may keep its tables: a file, or a schema of its own."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{folder / 'reference.db'}"
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA reference")
    own = url.set(drivername="postgresql+psycopg").update_query_dict({"options": "-csearch_path=reference"})
    return own.render_as_string(hide_password=False)
