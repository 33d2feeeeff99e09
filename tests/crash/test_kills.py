"""The server killed at random under redemption load: nothing acknowledged is lost, nothing is done twice."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.crash.house import NOON, House, house, same_time
from tests.crash.load import AMOUNT, Load
from tests.crash.presses import press, seller_of
from tests.crash.results import high, keep, middle, spent
from tests.factories.accounts import Somebody, make_user
from tests.factories.redemption import EARLY, Stage, make_stage
from tests.invariants.world import kept
from tests.races.claims import Draft, drafts
from tests.races.harness import Visitor
from vouchers.accounts.states import Role
from vouchers.db.base import db

IS_FULL = os.environ.get("SIEGE") == "full"
KILLS = int(os.environ.get("KILLS", "1000" if IS_FULL else "2"))
CLAIMS = 400 if IS_FULL else 24
EVERY = 25 if IS_FULL else 2  # so often the server is started as an operator starts it; else forked, which is quick


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"] if IS_FULL else ["sqlite"])
def test_no_kill_loses_or_doubles_what_was_acknowledged(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The server of PostgreSQL itself is killed in `test_postgresql`."""
    address = request.getfixturevalue("postgresql_address") if kind == "postgresql" else ""
    kills = KILLS if kind == "sqlite" else max(1, KILLS // 5)
    shown = {"kills": 0, "acknowledged": 0, "broken off": 0, "lost or doubled": 0}
    begun = time.monotonic()
    with house(kind, tmp_path, address) as place, same_time(tmp_path), place.app.app_context():
        stage = make_stage()
        seller = make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=stage.provider_organisation_id)
        claims = drafts(stage, CLAIMS, amount=AMOUNT, net=20_000, at=NOON)
        warm(place, stage, claims.pop())
        browser = signed_in(place, seller, claims[0].path)
        with kept(place.ground) as put_back:
            while shown["kills"] < kills:
                put_back()
                load = Load(place, browser, list(claims))
                place.start(is_forked=True)
                while load.waiting and shown["kills"] < kills:
                    kill_under(load)
                    shown["kills"] += 1
                    shown["broken off"] += len(load.open)
                    place.start(is_forked=shown["kills"] % EVERY != 0)
                    load.retry_open()
                load.assert_all_kept()
                shown["acknowledged"] += len(load.acknowledged)
                assert place.stop() == 0
                keep("kills-under-load", kind, {**shown, **starts(place), **spent(begun)})
            db.session.remove()


def starts(place: House) -> dict[str, object]:
    """How long whole starts took so far, when there were any."""
    if not place.starts:
        return {}
    return {
        "whole starts": len(place.starts),
        "cpu seconds to the first answer": {"median": middle(place.cpu), "p95": high(place.cpu)},
        "wall seconds to the first answer": {"median": middle(place.starts), "p95": high(place.starts)},
    }


def warm(place: House, stage: Stage, claim: Draft) -> None:
    """One press in this process: forked servers inherit what it compiled, and are up to the next kill sooner."""
    path = claim.path
    assert press(place.app, seller_of(stage), f"{path}#{path}/submit").send()[0] == 303


def signed_in(place: House, somebody: Somebody, path: str) -> Visitor:
    """A browser whose session stays in the database when the server goes."""
    place.start(is_forked=True)
    browser = place.visitor(somebody)
    browser.get(path)
    assert place.stop() == 0
    return browser


def kill_under(load: Load) -> None:
    """Let the clients press until some were answered, and kill in the midst of the others."""
    before = load.answered()
    load.begin()
    until = time.monotonic() + 30
    while load.answered() < before + random.randint(1, 5) and load.waiting and time.monotonic() < until:  # noqa: S311
        time.sleep(0.002)
    time.sleep(random.random() * 0.05)  # noqa: S311
    load.house.kill()
    load.end()
