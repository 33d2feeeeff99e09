"""What PostgreSQL cannot do now: told in a sentence with a time to come again, and the same press does it then."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import make_url

from tests.crash.cluster import Cluster
from tests.crash.conftest import Prepared, Seller
from tests.crash.presses import seller_of
from tests.crash.state import assert_sound
from tests.databases import let_go
from tests.factories.accounts import sign_in
from tests.pages import PageClient
from vouchers.db.base import db
from vouchers.kernel.identifiers import new_public_id

PATIENCE_SECONDS = 30


class Place:
    """The test's own application on a server of its own, and a rival at the same database."""

    def __init__(self, seller: Seller, server: Cluster) -> None:
        self.app, self.server, self.claim = seller.house.app, server, ""
        url = make_url(self.app.config["SETTINGS"].database_url)
        self.name = str(url.database)
        self.address = url.set(drivername="postgresql").render_as_string(hide_password=False)

    @contextmanager
    def rival(self) -> Iterator[psycopg.Connection]:
        """A connection past the application."""
        with psycopg.connect(self.address) as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def told(self, **settings: str) -> Iterator[None]:
        """Settings for every connection of the application from now on."""

        def tell(connection: Any, _: Any) -> None:
            with connection.cursor() as cursor:
                for name, value in settings.items():
                    cursor.execute(f"SET {name} = '{value}'")
            connection.commit()

        let_go(self.app)
        event.listen(db.engine, "connect", tell)
        try:
            yield
        finally:
            event.remove(db.engine, "connect", tell)
            let_go(self.app)

    def when_one_waits(self, act: Callable[[], object]) -> threading.Thread:
        """Do this as soon as somebody waits for a lock of the rival."""

        def look() -> None:
            until = time.monotonic() + PATIENCE_SECONDS
            with self.server.asked() as connection:
                while not connection.execute(_WAITING, (self.name,)).fetchall():
                    assert time.monotonic() < until
                    time.sleep(0.01)
            act()

        thread = threading.Thread(target=look)
        thread.start()
        return thread


_WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
_CLAIM = "SELECT id FROM claims WHERE public_id = %s FOR UPDATE"
_HEAD = "SELECT id FROM audit_head FOR UPDATE"
Trouble = Callable[[Place], Any]


@contextmanager
def lock_held(place: Place) -> Iterator[None]:
    with place.told(lock_timeout="300ms"), place.rival() as rival:
        rival.execute(_CLAIM, (place.claim,))
        yield


@contextmanager
def statement_too_long(place: Place) -> Iterator[None]:
    with place.told(statement_timeout="300ms"), place.rival() as rival:
        rival.execute(_CLAIM, (place.claim,))
        yield


@contextmanager
def deadlock(place: Place) -> Iterator[None]:
    """The act has the claim and waits for the head of the chain; whoever has the head asks for the claim."""
    with place.told(deadlock_timeout="300ms"), place.rival() as rival:
        rival.execute("SET deadlock_timeout = '60s'")
        rival.execute(_HEAD)
        thread = place.when_one_waits(lambda: rival.execute(_CLAIM, (place.claim,)))
        yield
        thread.join()


@contextmanager
def not_serializable(place: Place) -> Iterator[None]:
    """The claim is changed between what the act has seen and what it locks."""
    with place.told(default_transaction_isolation="repeatable read"), place.rival() as rival:
        rival.execute("UPDATE claims SET version = version WHERE public_id = %s", (place.claim,))
        thread = place.when_one_waits(rival.commit)
        yield
        thread.join()


def fill(stack: ExitStack, address: str) -> None:
    """Connect until the server takes no more."""
    while True:
        stack.enter_context(psycopg.connect(address))


@contextmanager
def no_connection_left(place: Place) -> Iterator[None]:
    let_go(place.app)
    with ExitStack() as stack:
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            fill(stack, place.address)
        yield


@contextmanager
def pool_empty(place: Place) -> Iterator[None]:
    pool: Any = db.engine.pool
    before, pool._timeout = pool._timeout, 0.3
    with ExitStack() as stack:
        for _ in range(pool.size() + pool._max_overflow):
            stack.enter_context(db.engine.connect())
        yield
    pool._timeout = before


TROUBLES: Mapping[str, Trouble] = {  # by the error that the log is to name
    "LockNotAvailable": lock_held,
    "QueryCanceled": statement_too_long,
    "DeadlockDetected": deadlock,
    "SerializationFailure": not_serializable,
    "too many clients": no_connection_left,
    "QueuePool limit": pool_empty,
}
NO_CONNECTION = frozenset({"too many clients", "QueuePool limit"})  # not even a page can be read then


@pytest.fixture
def seller(prepared_postgresql: Prepared) -> Iterator[Seller]:
    with prepared_postgresql.entered() as found:
        yield found


def test_what_the_database_cannot_do_now_is_told_and_the_same_press_does_it_later(
    seller: Seller, own_server: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    place, browser = Place(seller, own_server), PageClient(seller.house.app)
    sign_in(browser, seller_of(seller.stage))
    for error, trouble in TROUBLES.items():
        claim = seller.claims.pop()
        place.claim = claim.public_id
        shot = filled(browser, claim.path)
        caplog.clear()
        with trouble(place):
            db.session.remove()
            looked = browser.get(seller.claims[0].path)
            refused = browser.post(**shot)

        assert looked.status_code == (503 if error in NO_CONNECTION else 200), error
        assert refused.status_code == 503, (error, browser.page)
        assert int(refused.headers["Retry-After"]) > 0, error
        assert "系统正忙" in refused.text, error
        assert error in caplog.text
        assert browser.post(**shot).status_code == 303, error
    assert_sound()


def filled(browser: PageClient, path: str) -> dict[str, Any]:
    """The form of a draft's page that submits it."""
    browser.get(path)
    assert browser.page is not None
    form = next(one for one in browser.page.forms if one.action == f"{path}/submit")
    return {"path": form.action, "data": {**form.values, "idempotency_key": new_public_id()}}
