"""A house with a claim in it that waits for its provider, for tests of one failure each."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crash.house import NOON, House, house, same_time, send
from tests.factories.accounts import make_user
from tests.factories.redemption import EARLY, Stage, make_stage
from tests.races.claims import Draft, drafts
from tests.races.harness import Reply, Visitor, request
from vouchers.accounts.states import Role
from vouchers.db.base import db

MANY = 8


@dataclass
class Seller:
    """A provider with drafts, signed in, who presses the button of one after the other."""

    house: House
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


def settle(place: House, *, is_forked: bool = True) -> Seller:
    """A stage and drafts in the house, the server started, the provider signed in."""
    stage: Stage = make_stage()
    who = make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=stage.provider_organisation_id)
    claims = drafts(stage, MANY, amount=10_000, net=20_000, at=NOON)
    db.session.rollback()
    place.start(is_forked=is_forked)
    browser = place.visitor(who)
    browser.get(claims[0].path)
    return Seller(place, browser, claims)


@pytest.fixture(scope="session", autouse=True)
def migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every house on SQLite begins with a copy of one migrated file."""
    with pytest.MonkeyPatch.context() as patch:
        if "MIGRATED_DATABASE" not in os.environ:
            patch.setenv("MIGRATED_DATABASE", str(tmp_path_factory.getbasetemp() / "migrated.db"))
        yield


@pytest.fixture
def place(tmp_path: Path) -> Iterator[House]:
    """An installation on SQLite."""
    with house("sqlite", tmp_path) as found, same_time(tmp_path), found.app.app_context():
        yield found
        db.session.remove()


@pytest.fixture
def seller(place: House) -> Seller:
    return settle(place)
