"""The server killed at random under redemption load: nothing acknowledged is lost, nothing is done twice."""

import os
import random
import statistics
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.crash.house import NOON, House, house, same_time, send
from tests.crash.load import Load
from tests.crash.results import keep
from tests.crash.state import assert_sound
from tests.factories.accounts import make_user
from tests.factories.redemption import EARLY, make_stage
from tests.invariants.world import kept
from tests.races.claims import drafts
from vouchers.accounts.states import Role
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind

IS_FULL = os.environ.get("SIEGE") == "full"
KILLS = int(os.environ.get("KILLS", "1000" if IS_FULL else "2"))
CLAIMS = 400 if IS_FULL else 40
AMOUNT = 10_000
EVERY = 10 if IS_FULL else 1  # so often the server is started as an operator starts it; else forked, which is quick


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_kill_loses_or_doubles_what_was_acknowledged(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = request.getfixturevalue("postgresql_address") if kind == "postgresql" else ""
    kills = KILLS if kind == "sqlite" else max(1, KILLS // 5)
    shown = {"kills": 0, "acknowledged": 0, "broken off": 0}
    with house(kind, tmp_path, address) as place, same_time(tmp_path), place.app.app_context():
        stage = make_stage()
        seller = make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=stage.provider_organisation_id)
        claims = drafts(stage, CLAIMS, amount=AMOUNT, net=20_000, at=NOON)
        place.start()
        browser = place.visitor(seller)
        browser.get(claims[0].path)
        place.stop()
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
                shown["acknowledged"] += len(load.acknowledged)
                assert_all_kept(place, load)
                assert place.stop() == 0
            db.session.remove()
    up = {"cpu seconds to the first answer": place.cpu, "wall seconds to the first answer": place.starts}
    medians = {name: round(statistics.median(values), 2) for name, values in up.items()}
    keep("kills-under-load", kind, {**shown, "whole starts": len(place.starts), **medians})


def kill_under(load: Load) -> None:
    """Let the clients press until some were answered, and kill in the midst of the others."""
    before = load.answered()
    load.begin()
    until = time.monotonic() + 30
    while load.answered() < before + random.randint(1, 12) and load.waiting and time.monotonic() < until:  # noqa: S311
        time.sleep(0.002)
    time.sleep(random.random() * 0.05)  # noqa: S311
    load.house.kill()
    load.end()


def assert_all_kept(place: House, load: Load) -> None:
    """Each acknowledged press is there once, with the answer it was given."""
    for claim, (shot, location) in load.acknowledged.items():
        again = send(place.address, shot)
        assert again is not None
        assert (again.status, again.location) == (303, location)
        assert ledger.balance_of(AccountKind.HELD, claim) == AMOUNT
    acts = select(AuditEvent.subject_id, func.count()).where(AuditEvent.act == "claim.submit")
    rows = db.session.execute(acts.group_by(AuditEvent.subject_id)).all()
    found = {row[0]: row[1] for row in rows}
    assert {claim: found.get(claim) for claim in load.acknowledged} == dict.fromkeys(load.acknowledged, 1)
    assert_sound()
