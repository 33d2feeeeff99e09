"""Killed at each point of each operation that moves money: before or after, never between; pressed again, done once."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from tests.crash import presses_beside
from tests.crash.child import alone
from tests.crash.presses import MONEY, PRESSED, Press
from tests.crash.results import keep
from tests.crash.state import assert_sound, kept_with_files, picture
from tests.databases import Ground
from vouchers.db import transaction as opener
from vouchers.db.base import db
from vouchers.kernel import faults

IS_FULL = os.environ.get("SIEGE") == "full"
SMOKE = {"sqlite": "submit_claim", "postgresql": "approve_claim"}
SMOKE_POINTS = frozenset({"ledger.posted", "commit.before", "commit.after"})
AFTER_COMMIT = frozenset({"commit.after", "checkpoint.before", "checkpoint.after", "response.built"})

ALIKE = {  # the same service, pressed by the other side or on another page
    "orders_enterprise.propose_order": "propose_order",
    "orders_enterprise.complete_order": "complete_order",
    "orders_enterprise.cancel_order": "cancel_order",
    "orders_provider.confirm_order": "confirm_order",
    "redemption_enterprise.new_claim": "draft_claim",
    "redemption_enterprise.submit_claim": "submit_claim",
    "redemption_enterprise.withdraw_claim": "withdraw_claim",
    "redemption_provider.list_red_letters": "record_red_letter",
}
STILL = {  # repeatable as well, and no money moves
    *("issuance_office.freeze", "issuance_office.unfreeze", "ledger_office.refuse_document"),
    *("orders_provider.record_usage", "redemption_enterprise.revise_claim", "redemption_provider.revise_claim"),
    *("redemption_office.verify_claim", "settlement_office.drop_line", "settlement_office.reopen_batch"),
    *(f"settlement_comparing.{act}_comparison" for act in ("record", "confirm", "return")),
    *("review_office.propose_lift", "review_office.answer_lift", "subsidies_office.propose_reversal"),
    *("policy_office.open_window", "policy_office.close_window", "policy_office.stop"),
}

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def database(database: Ground) -> Iterator[Ground]:
    """A long journal is moved at the very next commit here, so that these points are reached as well."""
    before = opener.CHECKPOINT_EVERY
    yield database
    opener.CHECKPOINT_EVERY = before


def test_every_press_that_may_be_repeated_is_killed_or_moves_no_money(app: Flask) -> None:
    """A new money form has to be listed with how it is pressed; so does every operation that is pressed elsewhere."""
    assert presses_beside.__doc__
    repeatable = {name for name, view in app.view_functions.items() if getattr(view, "is_idempotent", False)}

    assert set(ALIKE.values()) <= set(MONEY)
    assert repeatable == {*PRESSED.values(), *ALIKE, *STILL}
    assert len(PRESSED) + len(ALIKE) + len(STILL) == len(repeatable)  # none stands in two lists


@pytest.mark.database
@pytest.mark.parametrize("name", list(MONEY) if IS_FULL else [""])
def test_a_kill_leaves_before_or_after_and_the_same_press_completes_it(
    app: Flask, database: Ground, noon: datetime, name: str, clock: Path
) -> None:
    kind = db.engine.dialect.name
    press = MONEY[name or SMOKE[kind]](app, noon)
    address = app.url_map.bind("localhost").match(press.path.partition("?")[0], method="POST")
    assert address[0] == PRESSED[name or SMOKE[kind]]
    with kept_with_files(app, database) as put_back:
        reached, before, after = walked_through(app, press, put_back)
        for point, times in reached.items():
            if not IS_FULL and point not in SMOKE_POINTS:
                continue
            for nth in sorted({1, times}) if IS_FULL else (1,):
                put_back()
                is_done = point in AFTER_COMMIT and nth == times  # an earlier commit only counts an upload
                killed_at(app, press, f"{point}:kill:{nth}", is_done=is_done, told=(before, after))
        assert_sound()
    keep(
        "kills-at-points", f"{kind} {name}", {"points": len(reached), "kills": sum(min(2, n) for n in reached.values())}
    )


def walked_through(app: Flask, press: Press, put_back: Callable[[], None]) -> tuple[Counter[str], object, object]:
    """The points that the press reaches, how the database looks before and after, when it is let through."""
    put_back()
    before = picture()

    def note() -> list[object]:
        seen: list[str] = []
        with faults.armed(seen.append):
            answer = press.send()
        return [seen, answer]

    seen, answer = alone(app, note).said
    assert answer[0] == press.done, answer
    return Counter(seen), before, picture()


def killed_at(app: Flask, press: Press, fault: str, *, is_done: bool, told: tuple[object, object]) -> None:
    before, after = told
    assert alone(app, press.send, fault).is_killed, fault
    assert picture() == (after if is_done else before), fault

    again = alone(app, press.send)

    assert again.said[0] == press.done, (fault, again.said)
    assert picture() == after, fault
    if is_done:
        assert alone(app, press.send).said == again.said
    if IS_FULL:
        assert_sound(fault)
