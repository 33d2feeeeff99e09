"""The review queue as a signed-in officer gets it, at a thousand and at a hundred thousand cases: it stays flat."""

import base64
import json
import re
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

import pyotp
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, text

from benchmarks.grounds import grounds
from benchmarks.measure import Figure, at_most, plain, seconds
from tests.databases import Ground
from tests.factories.accounts import PASSWORD, SECRET, Somebody, make_user
from tests.factories.applications import make_ground
from tests.factories.crowd import Crowd, make_crowd
from vouchers.accounts.states import Role
from vouchers.applications.models import Application
from vouchers.applications.states import NOT_WAITING
from vouchers.applications.states import ApplicationState as S
from vouchers.db.base import db
from vouchers.kernel.clock import now

FEW, MANY = 1_000, 100_000
DAYS = 90
ROUNDS = 15
QUEUE = "/office/queue"
STATES = (
    S.SUBMITTED,
    S.ISSUED,
    S.IN_STAGE,
    S.ISSUED,
    S.REJECTED,
    S.TO_DECIDE,
    S.ISSUED,
    S.ISSUED,
    S.WITHDRAWN,
    S.ISSUED,
)
_SESSION = re.compile(r"\b(sign_in_sessions|users|persons|appointments|messages|inbox_messages|offices)\b")
_STATEMENT = re.compile(r"^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


def run() -> list[Figure]:
    """First page and a page at depth, with few and with many cases, on both databases."""
    with grounds() as found:
        return [figure for name, ground in found for figure in _of_database(name, ground)]


def _of_database(name: str, ground: Ground) -> Iterator[Figure]:
    few_first, _, few_queries = _times(ground, FEW)
    many_first, many_deep, many_queries = _times(ground, MANY)
    yield plain(f"{name}: queue of {FEW:,} cases, first page", few_first * 1000, "ms")
    yield at_most(f"{name}: first page at {MANY:,} beside {FEW:,}", many_first / few_first, 1.5)
    yield at_most(f"{name}: H3 page at depth beside the first, {MANY:,} cases", many_deep / many_first, 1.5)
    yield at_most(f"{name}: H1 queries of the page, without those of the session", many_queries, 6, unit="")
    yield at_most(f"{name}: queries more than at {FEW:,}", many_queries - few_queries, 0, unit="")


def _times(ground: Ground, size: int) -> tuple[float, float, int]:
    """Median seconds of the first page and of one at depth, and the queries of the first."""
    ground.renew()
    with ground.app.app_context():
        at = now()
        stood = make_ground(at=at - timedelta(hours=1), granted=0)
        handler, officer = make_user(Role.HANDLER, at=at), make_user(Role.REVIEWER, at=at)
        crowd = Crowd(stood.window, handler.user_id, STATES, stage="first-review", due=DAYS)
        make_crowd(crowd, size, at=at - timedelta(hours=1))
        _analyse()
        deep = f"{QUEUE}?{urlencode({'cursor': _cursor_at_half()})}"
        db.session.remove()
        client = ground.app.test_client()
        _sign_in(client, officer)
        _get(client, QUEUE)
        first, far = (
            statistics.median(seconds(partial(_get, client, page)) for _ in range(ROUNDS)) for page in (QUEUE, deep)
        )
        with _counting() as statements:
            _get(client, QUEUE)
    return first, far, len(statements)


def _cursor_at_half() -> str:
    """The place in the middle of what waits, as a page would write it."""
    due = Application.queue_on
    waiting = select(due, Application.id).where(due < NOT_WAITING)
    count = db.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
    day, key = db.session.execute(waiting.order_by(due, Application.id).offset(count // 2).limit(1)).one()
    return base64.urlsafe_b64encode(json.dumps(["n", "due", day.isoformat(), key]).encode()).decode().rstrip("=")


def _analyse() -> None:
    """Let the planner know what there is, as it does by itself in a database that has stood for a night."""
    db.session.rollback()
    with db.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()


def _get(client: FlaskClient, path: str) -> str:
    answer = Context().run(client.get, path)  # nothing of the context here reaches the request
    if answer.status_code != 200:  # noqa: PLR2004
        raise SystemExit(f"{path} answered {answer.status_code}")
    return answer.get_data(as_text=True)


def _sign_in(client: FlaskClient, officer: Somebody) -> None:
    _submit(client, "/sign-in", {"sign_in": officer.sign_in, "password": PASSWORD, "next": ""})
    _submit(client, "/second-factor", {"code": pyotp.TOTP(SECRET).at(now()), "next": ""})


def _submit(client: FlaskClient, path: str, values: dict[str, str]) -> None:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', _get(client, path))
    sent = {**values, "csrf_token": token[1] if token else ""}
    answer = Context().run(client.post, path, data=sent, headers={"Sec-Fetch-Site": "same-origin"})
    if answer.status_code != 303:  # noqa: PLR2004
        raise SystemExit(f"{path} answered {answer.status_code}")


@contextmanager
def _counting() -> Iterator[list[str]]:
    """The statements of a page, without those that look for the session and who it is."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if _STATEMENT.match(statement) and not _SESSION.search(statement):
            found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
