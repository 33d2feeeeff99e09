"""Posting on both databases: limits, append-only rows, reversal, quota, and what the database itself refuses."""

from datetime import datetime
from functools import partial

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.factories import ledger as factory
from tests.races import together
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.transaction import transaction
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.ledger import queries, services, verify
from vouchers.ledger.rules import Cap
from vouchers.ledger.states import AccountKind, TransferKind

pytestmark = pytest.mark.database

INSERT = "INSERT INTO transfers (act_id, kind, debit_id, credit_id, amount, unit, key, reason, actor_name, at) "


def test_money_moves_and_the_books_add_up(app: Flask, noon: datetime) -> None:
    pot = factory.make_pot(at=noon, granted=1000)

    factory.post([factory.issue(pot, "v1", 300)], noon)
    factory.post([factory.hold(pot, "v1", order="o1", amount=100)], noon)

    assert queries.balances_by_layer(AccountKind.VOUCHER, "v1") == {"city": 200}
    city = next(total for total in queries.pot_totals() if total.layer == "city")
    assert (city.granted, city.available, city.vouchers, city.held) == (1000, 700, 200, 100)
    assert city.adds_up
    assert list(verify.findings()) == []


def test_an_account_cannot_be_overdrawn(app: Flask, noon: datetime) -> None:
    pot = factory.make_pot(at=noon, granted=1000)

    with pytest.raises(RuleViolation) as refusal:
        factory.post([factory.issue(pot, "v1", 1001)], noon)

    assert refusal.value.findings[0].code == "envelope_short"
    assert queries.balance_of(AccountKind.VOUCHER, "v1") == 0


def test_the_same_key_moves_money_once(app: Flask, noon: datetime) -> None:
    pot = factory.make_pot(at=noon, granted=1000)
    move = factory.issue(pot, "v1", 300)
    factory.post([move], noon)

    with pytest.raises(Conflict):
        factory.post([move], noon)

    assert queries.balance_of(AccountKind.VOUCHER, "v1") == 300


def test_a_reversal_names_what_it_corrects_and_happens_once(app: Flask, session: Session, noon: datetime) -> None:
    pot = factory.make_pot(at=noon, granted=1000)
    factory.post([factory.issue(pot, "v1", 300)], noon)
    act = factory.post([factory.hold(pot, "v1", order="o1", amount=100)], noon)

    def undo() -> None:
        with transaction():
            services.reverse(act, {TransferKind.HOLD: TransferKind.RELEASE}, actor=factory.BANKER, at=noon, reason="误")
            audit.record("test.undo", Subject("test", "1"), actor=factory.BANKER, at=noon)

    undo()

    assert queries.balance_of(AccountKind.VOUCHER, "v1") == 300
    corrected = session.execute(text("SELECT corrects_id FROM transfers ORDER BY id DESC LIMIT 1")).scalar()
    assert corrected is not None
    with pytest.raises((Conflict, RuleViolation)):
        undo()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transfers SET amount = amount + 1",
        "DELETE FROM transfers",
        "DELETE FROM ledger_accounts",
        "UPDATE ledger_accounts SET kind = 'paid'",
        "UPDATE ledger_accounts SET balance = -1 WHERE kind = 'envelope'",
        INSERT + "SELECT 'x', 'issue', id, id, 1, 'CNY', 'raw', '', 'x', at FROM ledger_accounts, transfers LIMIT 1",
        INSERT + "SELECT act_id, 'pay', debit_id, credit_id, 1, unit, 'raw', '', 'x', at FROM transfers LIMIT 1",
        INSERT + "SELECT act_id, kind, debit_id, credit_id, -5, unit, 'raw', '', 'x', at FROM transfers LIMIT 1",
        INSERT + "SELECT act_id, kind, debit_id, credit_id, amount, unit, key, '', 'x', at FROM transfers LIMIT 1",
    ],
)
def test_the_database_itself_refuses(app: Flask, session: Session, noon: datetime, statement: str) -> None:
    pot = factory.make_pot(at=noon, granted=1000)
    factory.post([factory.issue(pot, "v1", 300)], noon)

    with pytest.raises(DBAPIError):
        session.execute(text(statement))
    session.rollback()

    assert list(verify.findings()) == []


@pytest.mark.database("sqlite")
def test_replace_does_not_slip_past_the_triggers(app: Flask, session: Session, noon: datetime) -> None:
    factory.make_pot(at=noon, granted=1000)

    with pytest.raises(DBAPIError):
        session.execute(text("REPLACE INTO transfers SELECT * FROM transfers"))
    session.rollback()


@pytest.mark.database("sqlite")
def test_a_fraction_is_refused_by_the_table(app: Flask, session: Session, noon: datetime) -> None:
    factory.make_pot(at=noon, granted=1000)

    with pytest.raises(DBAPIError):
        session.execute(
            text(
                INSERT
                + "SELECT act_id, kind, debit_id, credit_id, 0.5, unit, 'raw', '', 'x', at FROM transfers LIMIT 1"
            )
        )
    session.rollback()


@pytest.mark.database("sqlite")
def test_verify_names_a_balance_that_was_written_by_hand(app: Flask, session: Session, noon: datetime) -> None:
    factory.make_pot(at=noon, granted=1000)
    session.execute(text("UPDATE ledger_accounts SET balance = balance + 1 WHERE kind = 'envelope' AND layer = 'city'"))

    found = list(verify.findings())

    session.rollback()
    assert {(invariant, row.split(":")[0]) for invariant, row, _ in found} >= {("INV-04", "envelope")}


def test_a_quota_is_opened_with_its_limit_and_drawn_to_the_last_fen(app: Flask, noon: datetime) -> None:
    pot = factory.make_pot(at=noon)
    cap = Cap("yearly", pot.scheme_id, "p1", "2026", 500)

    def draw(amount: int) -> None:
        with transaction():
            services.draw(cap, amount, key=factory.key(), actor=factory.BANKER, at=noon)
            audit.record("test.draw", Subject("test", "1"), actor=factory.BANKER, at=noon)

    draw(300)
    draw(200)
    with pytest.raises(RuleViolation) as refusal:
        draw(1)

    assert refusal.value.findings[0].code == "quota_short"
    assert queries.balance(cap.account(AccountKind.DRAWN)) == 500


@pytest.mark.database("sqlite")
def test_verify_names_a_count_that_its_uses_do_not_bear(app: Flask, session: Session, noon: datetime) -> None:
    pot = factory.make_pot(at=noon)
    cap = Cap("contracts", pot.scheme_id, "p1", "life", 2, unit="contracts", of="c1")
    with transaction():
        services.draw(cap, 1, key=factory.key(), actor=factory.BANKER, at=noon)
        audit.record("test.draw", Subject("test", "1"), actor=factory.BANKER, at=noon)
    assert list(verify.findings()) == []

    session.execute(
        text("UPDATE ledger_accounts SET balance = 0 WHERE name = :name"), {"name": cap.uses(AccountKind.DRAWN).name}
    )
    told = [sentence for _, _, sentence in verify.findings()]

    session.rollback()
    assert "已用次数 1 与计入的合同或年度数 0 不符" in told


def test_many_at_once_draw_exactly_what_there_is(app: Flask, noon: datetime) -> None:
    pot = factory.make_pot(at=noon, granted=700)

    results = together(app, [partial(factory.post, [factory.issue(pot, f"v{n}", 100)], noon) for n in range(16)])

    assert sum(isinstance(result, str) for result in results) == 7
    assert all(isinstance(result, str | RuleViolation) for result in results)
    assert queries.balance(pot.envelope("city")) == 0
    assert list(verify.findings()) == []


def test_many_at_once_open_one_quota(app: Flask, noon: datetime) -> None:
    pot = factory.make_pot(at=noon)
    cap = Cap("yearly", pot.scheme_id, "p1", "2026", 300)

    def draw() -> None:
        with transaction():
            services.draw(cap, 100, key=factory.key(), actor=factory.BANKER, at=noon)
            audit.record("test.draw", Subject("test", "1"), actor=factory.BANKER, at=noon)

    results = together(app, [draw] * 8)

    assert queries.balance(cap.account(AccountKind.DRAWN)) == 300
    assert sum(result is None for result in results) == 3


MOVES = st.lists(st.tuples(st.sampled_from(["issue", "hold"]), st.integers(0, 2), st.integers(1, 400)), max_size=12)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=MOVES)
def test_any_walk_keeps_every_invariant(app: Flask, noon: datetime, steps: list[tuple[str, int, int]]) -> None:
    pot = factory.make_pot(at=noon, granted=1000)
    names = {n: f"{pot.scheme_id}-v{n}" for n in range(3)}
    model = {"envelope": 1000} | {f"v{n}": 0 for n in range(3)} | {f"o{n}": 0 for n in range(3)}

    for step, n, amount in steps:
        source, target = ("envelope", f"v{n}") if step == "issue" else (f"v{n}", f"o{n}")
        move = (
            factory.issue(pot, names[n], amount)
            if step == "issue"
            else factory.hold(pot, names[n], order=f"{pot.scheme_id}-o{n}", amount=amount)
        )
        if model[source] >= amount:
            factory.post([move], noon)
            model[source] -= amount
            model[target] += amount
        else:
            with pytest.raises(RuleViolation):
                factory.post([move], noon)

    assert queries.balance(pot.envelope("city")) == model["envelope"]
    assert all(queries.balance_of(AccountKind.VOUCHER, names[n]) == model[f"v{n}"] for n in range(3))
    assert list(verify.findings()) == []


def test_a_statement_runs_to_the_balance(app: Flask, noon: datetime) -> None:
    pot = factory.make_pot(at=noon, granted=1000)
    both = [factory.issue(pot, "v1", 100, "city"), factory.issue(pot, "v1", 99, "district")]
    factory.post(both, noon)
    factory.post([factory.hold(pot, "v1", order="o1", amount=30)], noon)

    movements = queries.statement(AccountKind.VOUCHER, "v1")

    assert [(one.kind, one.amount, one.balance) for one in movements] == [
        (TransferKind.ISSUE, 199, 199),
        (TransferKind.HOLD, -30, 169),
    ]
    assert movements[-1].balance == queries.balance_of(AccountKind.VOUCHER, "v1")


def test_a_move_of_no_money_posts_nothing(app: Flask, noon: datetime) -> None:
    assert services.post([], actor=factory.BANKER, at=noon) == ""
    assert queries.pot_totals() == []
