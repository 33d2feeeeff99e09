"""INV-31: what counts against a window's end is when the whole request was here, and how the scheme counts."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from waitress.server import create_server

from tests.factories.accounts import MAKER
from tests.factories.applications import Ground, make_draft, make_ground
from tests.factories.enterprises import PASSWORD, enterprise_with_profile, own_actor
from tests.policy.packs import edited, shipped
from tests.races.harness import Visitor, _read
from tests.serving import Address, running
from vouchers.accounts.queries import account
from vouchers.applications import queries as applications
from vouchers.applications.states import ApplicationState
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.policy import outline, queries
from vouchers.policy.pack.process import CLOSING_UNSAID
from vouchers.policy.services import NewWindow, close_due, open_window

DAY = "2026-03-18T{}+08:00"
CLOSES = datetime.fromisoformat(DAY.format("17:30:00"))
TIMES = ("17:29:59.999", "17:30:00.000", "17:30:00.999", "17:30:59.999", "17:31:00.000")
BEFORE = "17:29:58"
SAID = """  closing:
    id: closing-time
    say: 申报到窗口截止时刻为止，怎样计算由本机构规定
    includes: {}
    provenance: local
  correction:
"""
INSIDE = {"": 1, "nothing": 1, "second": 3, "minute": 4}
"""How many of the times are inside, by what the pack says; nothing where it is silent."""


@dataclass(frozen=True)
class Desk:
    """A server that is being written to, and its clock."""

    address: Address
    clock: Path

    def set(self, time_of_day: str) -> None:
        """Let the server's clock stand at a time of the last day."""
        self.clock.write_text(DAY.format(time_of_day))

    def visitor(self, user_id: int) -> Visitor:
        """Somebody signed in."""
        visitor, name = Visitor(self.address), account(user_id).sign_in
        visitor.get("/sign-in")
        assert visitor.post("/sign-in", {"sign_in": name, "password": PASSWORD}).status == 303
        return visitor

    def slowly(self, shot: bytes, arrives: str) -> int:
        """Send all but the last bytes before the end, the rest at a time of day; the status of the answer."""
        db.session.rollback()
        self.set(BEFORE)
        with socket.create_connection(self.address, 30) as line:
            line.sendall(shot[:-8])
            time.sleep(0.05)
            self.set(arrives)
            line.sendall(shot[-8:])
            return _read(line).status


@pytest.fixture
def desk(app: Flask, clock: Path) -> Iterator[Desk]:
    with running(create_server(app, host="127.0.0.1", port=0, threads=4)) as address:
        desk = Desk(address, clock)
        desk.set(BEFORE)
        yield desk


@pytest.mark.parametrize("says", INSIDE, ids=lambda says: says or "silent")
def test_a_window_takes_what_was_here_in_full_by_its_end(desk: Desk, noon: datetime, says: str) -> None:
    path, answers = f"/enterprise/windows/{ground(noon, says).window}", []
    people = [enterprise_with_profile(number, at=noon) for number in range(1, len(TIMES) + 1)]

    for one, arrives in zip(people, TIMES, strict=True):
        visitor = desk.visitor(one.user_id)
        visitor.get(path)
        answers.append(desk.slowly(visitor.shot(path, {}), arrives))
        desk.set(BEFORE)

    assert answers == [303 if place < INSIDE[says] else 422 for place in range(len(TIMES))]


def test_a_draft_that_is_submitted_across_the_end_comes_too_late(desk: Desk, noon: datetime) -> None:
    place, states = ground(noon, "second"), []
    for number, arrives in enumerate(("17:30:00.999", "17:30:01"), start=1):
        one = enterprise_with_profile(number, at=noon)
        draft = make_draft(place, own_actor(one), at=noon).public_id
        path, visitor = f"/enterprise/applications/{draft}/submit", desk.visitor(one.user_id)
        values = {name: given[0] for name, given in visitor.form(path).values.items() if given}

        desk.slowly(visitor.shot(path, values), arrives)

        states.append(applications.get(draft).state)
        desk.set(BEFORE)

    assert states == [ApplicationState.SUBMITTED, ApplicationState.DRAFT]


@pytest.mark.database
@pytest.mark.parametrize("says", INSIDE, ids=lambda says: says or "silent")
def test_lists_and_the_daily_closing_count_alike(app: Flask, noon: datetime, says: str) -> None:
    window = ground(noon, says).window
    seen = []

    for time_of_day in TIMES:
        at = datetime.fromisoformat(DAY.format(time_of_day))
        is_listed = window in [one.public_id for one in queries.open_windows(at)]
        is_due = window in queries.windows_due(at)
        assert is_listed is not is_due
        seen.append(is_listed)
    with transaction():
        closed = close_due(actor=MAKER, at=datetime.fromisoformat(DAY.format(TIMES[-1])))

    assert seen == [place < INSIDE[says] for place in range(len(TIMES))]
    assert closed >= 1
    assert queries.has_closed(queries.window(window), noon), "a closed window takes nothing at any time"


def test_where_the_pack_is_silent_the_scheme_says_that_it_is_our_own_setting() -> None:
    loaded = shipped().pack
    assert loaded is not None

    rows = [row for section in outline.sections(loaded) for row in section.rules if row.id == CLOSING_UNSAID.id]

    assert [(row.say, row.prov) for row in rows] == [(CLOSING_UNSAID.say, "local")]


def ground(noon: datetime, says: str) -> Ground:
    """A scheme that says how its windows close, or does not, with one that closes at half past five."""
    loaded = edited("  correction:\n", SAID.format(says)) if says else shipped()
    assert loaded.pack is not None, loaded.findings
    made = make_ground(at=noon, loaded=loaded)
    with transaction():
        version = queries.window(made.window).scheme_version.public_id
        new = NewWindow(version, "compute", "到下午五点半", noon, CLOSES)
        return replace(made, window=open_window(new, actor=MAKER, at=noon).public_id)
