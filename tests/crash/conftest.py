"""A house with claims in it that wait for their provider, made once and put back before each test."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.crash.cluster import Cluster, cluster
from tests.crash.house import NOON, House, house, same_time, send
from tests.crash.presses import press, seller_of
from tests.crash.state import kept_with_files
from tests.factories.accounts import make_user
from tests.factories.redemption import EARLY, HOLD, NET, Stage, make_stage
from tests.races.claims import Draft, drafts
from tests.races.harness import Reply, Visitor, request
from vouchers.accounts.states import Role
from vouchers.db.base import db

MANY = 24
AMOUNT = 10_000


@dataclass
class Seller:
    """A provider with drafts, signed in, who presses the button of one after the other."""

    house: House
    stage: Stage
    browser: Visitor
    claims: list[Draft]

    def shot(self) -> bytes:
        """The press of the next draft, as it goes over the wire."""
        claim = self.claims.pop()
        return self.browser.shot(f"{claim.path}/submit", {"seen_version": claim.version})

    def press(self, shot: bytes) -> Reply:
        """Send a press; there must be an answer."""
        reply = send(self.house.address, shot)
        assert reply is not None
        return reply

    def look(self) -> int:
        """Open a page of theirs; its status."""
        asked = request("GET", self.claims[0].path, headers=self.browser._headers())
        reply = send(self.house.address, asked)
        return reply.status if reply else 0


def settle(place: House, *, many: int = MANY, amount: int = AMOUNT) -> Seller:
    """A stage and drafts in the house, the provider signed in; the session outlives the server, which stands still.

    One more draft is pressed in this process: forked servers inherit what that compiled, and are quick from the start.
    """
    stage = make_stage()
    who = make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=stage.provider_organisation_id)
    assert (many + 1) * amount <= min(HOLD, NET // 2), "the order does not bear so much"
    warm, *claims = drafts(stage, many + 1, amount=amount, net=2 * amount, at=NOON)
    assert press(place.app, seller_of(stage), f"{warm.path}#{warm.path}/submit").send()[0] == 303
    db.session.rollback()
    place.start(is_forked=True)
    browser = place.visitor(who)
    browser.get(claims[0].path)
    assert place.stop() == 0
    return Seller(place, stage, browser, claims)


@dataclass(frozen=True)
class Prepared:
    """A settled house as it stood, and how to put it back."""

    seller: Seller
    put_back: Callable[[], None]

    @contextmanager
    def entered(self) -> Iterator[Seller]:
        """For one test: as it was made, at its own time, the server not started."""
        self.put_back()
        place = replace(self.seller.house, environ=dict(self.seller.house.environ))
        try:
            with same_time(place.folder), place.app.app_context():
                yield replace(self.seller, house=place, claims=list(self.seller.claims))
                db.session.remove()
        finally:
            place.end()


@contextmanager
def prepared(
    kind: str, folder: Path, postgresql: str = "", *, many: int = MANY, amount: int = AMOUNT
) -> Iterator[Prepared]:
    """A settled house of one kind."""
    with ExitStack() as stack:
        place = stack.enter_context(house(kind, folder, postgresql))
        with same_time(folder), place.app.app_context():
            seller = settle(place, many=many, amount=amount)
            put_back = stack.enter_context(kept_with_files(place.app, place.ground))
        yield Prepared(seller, put_back)
        with place.app.app_context():
            stack.close()


@pytest.fixture(scope="session", autouse=True)
def migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every house on SQLite begins with a copy of one migrated file."""
    with pytest.MonkeyPatch.context() as patch:
        if "MIGRATED_DATABASE" not in os.environ:
            patch.setenv("MIGRATED_DATABASE", str(tmp_path_factory.getbasetemp() / "migrated.db"))
        yield


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    with prepared("sqlite", tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture(scope="session")
def own_server() -> Iterator[Cluster]:
    """A PostgreSQL server that tests may break."""
    with cluster() as made:
        yield made


@pytest.fixture(scope="session")
def prepared_postgresql(tmp_path_factory: pytest.TempPathFactory, own_server: Cluster) -> Iterator[Prepared]:
    with prepared("postgresql", tmp_path_factory.mktemp("house"), own_server.address) as found:
        yield found


@pytest.fixture
def place(tmp_path: Path) -> Iterator[House]:
    """An empty installation on SQLite, for tests that break it."""
    with house("sqlite", tmp_path) as found, same_time(tmp_path), found.app.app_context():
        yield found
        db.session.remove()


@pytest.fixture
def waiting(prepared_sqlite: Prepared) -> Iterator[Seller]:
    """A seller whose server is not started."""
    with prepared_sqlite.entered() as found:
        yield found


@pytest.fixture
def seller(waiting: Seller) -> Seller:
    """A seller before a server that stands."""
    waiting.house.start(is_forked=True)
    return waiting
