"""Contracts and years, within a limit and over it by lifts: the ledger says what a plain model of uses says."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.factories import ledger as factory
from tests.races import together
from tests.races.test_transfers import is_turn_missed
from vouchers.audit import queries as audit_queries
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.db.writing import Busy
from vouchers.kernel import faults
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.ledger import queries, services, verify
from vouchers.ledger.rules import Cap
from vouchers.ledger.states import AccountKind

pytestmark = pytest.mark.database

SPAN, LIMIT = 60, 2
FIRST = date(2026, 1, 10)
CONTRACTS, CASES, LIFTED = ("a", "b", "c", "d"), ("k0", "k1", "k2"), {"k0", "k1"}
Use = tuple[str, str, date]


@dataclass
class Model:
    """Who drew for what and when; which contracts stand within the limit, and which over it by whose lift."""

    span: int
    uses: list[Use] = field(default_factory=list)
    within: set[str] = field(default_factory=set)
    over: dict[str, str] = field(default_factory=dict)

    def draw(self, contract: str, case: str, on: date) -> bool:
        """Whether a use is let through."""
        self.look(on)
        if contract not in self.within and contract not in self.over:
            if len(self.within) < LIMIT:
                self.within.add(contract)
            elif case in LIFTED and case not in self.over.values():
                self.over[contract] = case
            else:
                return False
        self.uses.append((contract, case, on))
        return True

    def look(self, on: date) -> None:
        """Forget what no use bears that is seen on this day."""
        seen = {contract for contract, _, day in self.uses if not self.span or day > on - timedelta(days=self.span)}
        self.within &= seen
        self.over = {contract: case for contract, case in self.over.items() if contract in seen}


def quota(scheme: int, contract: str, *, span: int = 0, on: date = FIRST, seen_on: date = FIRST) -> Cap:
    cap = Cap("cap", scheme, "p1", "life", LIMIT, "contracts", contract)
    if not span:
        return cap
    since = seen_on - timedelta(days=span - 1)
    return replace(cap, period="rolling", day=on.isoformat(), since=since.isoformat())


def lifted(cap: Cap, case: str) -> Cap:
    return replace(cap, above=5_000, lifted_for=case) if case in LIFTED else cap


def drawn(cap: Cap, at: datetime, key: str = "") -> str:
    """Draw in a transaction of its own; the key."""
    key = key or factory.key()
    with transaction():
        services.draw(cap, 1, key=key, actor=factory.BANKER, at=at)
        audit.record("test.draw", Subject("test", "1"), actor=factory.BANKER, at=at)
    return key


def given_back(cap: Cap, at: datetime) -> None:
    with transaction():
        services.give_back(cap, 1, key=factory.key(), actor=factory.BANKER, at=at)
        audit.record("test.draw", Subject("test", "1"), actor=factory.BANKER, at=at)


STEPS = st.lists(
    st.tuples(st.booleans(), st.sampled_from(CONTRACTS), st.sampled_from(CASES), st.sampled_from((0, 0, 3, 25, 40))),
    max_size=16,
)


@pytest.mark.parametrize("span", [0, SPAN])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_however_cases_draw_and_give_back_the_ledger_counts_as_the_model_does(
    app: Flask, noon: datetime, span: int, steps: list[tuple[bool, str, str, int]]
) -> None:
    pot, model, on = factory.make_pot(at=noon), Model(span), FIRST
    act = partial(Act, pot.scheme_id, span, noon)
    for is_draw, contract, case, days in steps:
        on += timedelta(days=days)
        if is_draw or not model.uses:
            assert act(on).draw(contract, case) == model.draw(contract, case, on)
        else:
            use = model.uses.pop(ord(contract) * 7 % len(model.uses))
            act(on).give_back(use)
            model.look(on)
        agrees(pot.scheme_id, model, on)
    assert list(verify.findings()) == []
    db.session.rollback()


def agrees(scheme: int, model: Model, on: date) -> None:
    """What the pages are told, and what each case has left."""
    caps = {one: quota(scheme, one, span=model.span, on=on, seen_on=on) for one in CONTRACTS}
    assert {one: queries.used(cap) for one, cap in caps.items()} == {
        one: len(model.within - {one}) for one in CONTRACTS
    }
    assert {one for one, cap in caps.items() if queries.stands_over(cap)} == set(model.over)
    if not model.span:  # a moving period lets go of what it left behind when somebody draws
        lent = {case for case in LIFTED if left(caps["a"], case) == 0}
        assert lent == set(model.over.values())


def left(cap: Cap, case: str) -> int | None:
    """What is left of what was lent to a case; None before anything was."""
    lift = lifted(cap, case).lift
    is_open = queries.balance(lift.account(AccountKind.ALLOWANCE)) != 0
    return queries.balance(lift.account(AccountKind.QUOTA)) if is_open else None


@dataclass(frozen=True)
class Act:
    """One act on a day, in a transaction of its own."""

    scheme: int
    span: int
    at: datetime
    on: date

    def draw(self, contract: str, case: str) -> bool:
        """Whether it was let through."""
        cap = lifted(quota(self.scheme, contract, span=self.span, on=self.on, seen_on=self.on), case)
        try:
            drawn(cap, self.at)
        except RuleViolation as refused:
            return "count_short" not in {one.code for one in refused.findings}
        return True

    def give_back(self, use: Use) -> None:
        contract, _, day = use
        cap = quota(self.scheme, contract, span=self.span, on=day, seen_on=self.on)
        given_back(cap, self.at)


@pytest.fixture
def scheme(app: Flask, noon: datetime) -> int:
    """A scheme in which two contracts fill the limit, drawn for by a case without a lift."""
    scheme_id = factory.make_pot(at=noon).scheme_id
    for contract in ("a", "b"):
        drawn(quota(scheme_id, contract), noon)
    return scheme_id


def beyond(scheme: int, contract: str) -> int:
    return queries.balance(quota(scheme, contract).beyond)


def test_one_lift_lets_one_contract_in_and_another_case_on_it_needs_none(
    app: Flask, scheme: int, noon: datetime
) -> None:
    c, d = quota(scheme, "c"), quota(scheme, "d")
    for refused in (c, d):
        with pytest.raises(RuleViolation):
            drawn(refused, noon)
    drawn(lifted(c, "k0"), noon)
    with pytest.raises(RuleViolation):  # one more contract, and no second
        drawn(lifted(d, "k0"), noon)
    drawn(c, noon)
    drawn(lifted(c, "k1"), noon)
    drawn(lifted(d, "k1"), noon)  # its lift was not spent on what stood there already

    assert (beyond(scheme, "c"), beyond(scheme, "d"), queries.used(c)) == (1, 1, LIMIT)
    given_back(lifted(c, "k0"), noon)  # the case that was lifted ends first: the others still use the contract
    assert (beyond(scheme, "c"), left(c, "k0")) == (1, 0)
    for _ in range(2):
        given_back(c, noon)
    assert (beyond(scheme, "c"), left(c, "k0"), queries.used(c)) == (0, 1, LIMIT)
    with pytest.raises(RuleViolation):  # what came back is the lifted case's own
        drawn(c, noon)
    drawn(lifted(c, "k0"), noon)
    events = [one for one in audit_queries.history_of("quota", "p1") if one.act == "quota.lift"]
    assert [(one.details["case"], one.details["of"]) for one in events] == [("k0", "c"), ("k1", "d"), ("k0", "c")]
    assert list(verify.findings()) == []


def test_what_comes_back_goes_to_the_case_that_lent_it_last(app: Flask, scheme: int, noon: datetime) -> None:
    c = quota(scheme, "c")
    for case in ("k0", "k1"):
        drawn(lifted(c, case), noon)
        given_back(c, noon)
        drawn(lifted(c, case), noon)
        given_back(c, noon)

    assert (left(c, "k0"), left(c, "k1"), beyond(scheme, "c")) == (1, 1, 0)
    assert list(verify.findings()) == []


def test_a_draw_that_is_pressed_again_changes_nothing(app: Flask, scheme: int, noon: datetime) -> None:
    cap = lifted(quota(scheme, "c"), "k0")
    key = drawn(cap, noon)

    with pytest.raises(Conflict):
        drawn(cap, noon, key)

    assert (beyond(scheme, "c"), queries.balance(cap.uses(AccountKind.DRAWN))) == (1, 1)


def test_the_database_itself_lets_no_case_count_more_than_one(app: Flask, scheme: int, noon: datetime) -> None:
    drawn(lifted(quota(scheme, "c"), "k0"), noon)
    again = (
        "INSERT INTO transfers (act_id, kind, debit_id, credit_id, amount, unit, key, reason, actor_name, at)"
        " SELECT 'x', kind, debit_id, credit_id, 1, unit, 'again', '', 'x', at FROM transfers WHERE key LIKE :key"
    )

    with pytest.raises(IntegrityError, match="balance"), transaction():
        db.session.execute(text(again), {"key": "%:lifted"})

    db.session.rollback()
    assert beyond(scheme, "c") == 1


UP, DOWN = 1, -1


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("account", "by", "told"),
    [
        ("beyond", UP, "放宽计入 2 次，应为在用的一份合同或一个年度计一次"),
        ("beyond", DOWN, "已用次数 2 与计入的合同或年度数 3 不符"),
        ("uses", DOWN, "放宽计入 1 次，应为在用的一份合同或一个年度计一次"),
        ("quota", UP, "上限的剩余与已用之和同设立的额度相差 1"),
        ("other", UP, "放宽的次数比两人同意的多剩 1 次"),
    ],
)
def test_verify_names_what_was_changed_over_the_limit(
    app: Flask, scheme: int, noon: datetime, account: str, by: int, told: str
) -> None:
    c = lifted(quota(scheme, "c"), "k0")
    drawn(c, noon)
    drawn(lifted(quota(scheme, "d"), "k1"), noon)
    given_back(quota(scheme, "d"), noon)
    assert list(verify.findings()) == []
    names = {
        "beyond": c.beyond.name,
        "uses": c.uses(AccountKind.DRAWN).name,
        "quota": c.lift.account(AccountKind.QUOTA).name,
        "other": lifted(c, "k1").lift.account(AccountKind.QUOTA).name,
    }

    row = {"by": by, "name": names[account]}
    db.session.execute(text("UPDATE ledger_accounts SET balance = balance + :by WHERE name = :name"), row)
    sentences = [sentence for _, _, sentence in verify.findings()]

    db.session.rollback()
    assert told in sentences


def test_in_a_moving_period_what_stood_over_the_limit_goes_back_to_its_case_when_nobody_draws_for_it(
    app: Flask, noon: datetime
) -> None:
    scheme = factory.make_pot(at=noon).scheme_id

    def on(contract: str, days: int) -> Cap:
        day = FIRST + timedelta(days=days)
        return quota(scheme, contract, span=SPAN, on=day, seen_on=day)

    for contract in ("a", "b"):
        drawn(on(contract, 40), noon)
    drawn(lifted(on("c", 41), "k0"), noon)
    drawn(on("c", 95), noon)  # still in the period: it stands by this day now, and needs no lift
    drawn(on("a", 99), noon)
    assert (queries.stands_over(on("c", 99)), queries.used(on("c", 99)), left(on("c", 99), "k0")) == (True, 2, 0)

    drawn(on("b", 160), noon)  # the last use of c was 65 days ago
    assert (beyond(scheme, "c"), queries.balance(on("c", 0).beyond), left(on("c", 99), "k0")) == (0, 0, 1)
    drawn(on("d", 160), noon)
    with pytest.raises(RuleViolation):
        drawn(on("c", 160), noon)
    drawn(lifted(on("c", 160), "k0"), noon)
    assert queries.stands_over(on("c", 160))
    assert list(verify.findings()) == []


def test_what_comes_back_in_a_moving_period_takes_along_what_that_has_left_behind(app: Flask, noon: datetime) -> None:
    scheme = factory.make_pot(at=noon).scheme_id
    later, now = FIRST + timedelta(days=40), FIRST + timedelta(days=70)
    for contract, day in (("a", FIRST), ("b", FIRST), ("a", later)):
        drawn(quota(scheme, contract, span=SPAN, on=day, seen_on=day), noon)

    given_back(quota(scheme, "a", span=SPAN, on=later, seen_on=now), noon)

    by_first = quota(scheme, "a", span=SPAN).account(AccountKind.DRAWN)
    assert (queries.balance(by_first), list(verify.findings())) == (0, [])


def test_a_moving_period_in_which_every_count_is_lifted_opens_no_account_for_nothing(
    app: Flask, noon: datetime
) -> None:
    scheme = factory.make_pot(at=noon).scheme_id
    claims = replace(quota(scheme, "", span=SPAN, on=FIRST, seen_on=FIRST), unit="claims", limit=1)
    later = (FIRST + timedelta(days=9)).isoformat()

    drawn(claims, noon)
    drawn(lifted(replace(claims, day=later), "k0"), noon)

    assert list(verify.findings()) == []


def test_of_two_cases_on_one_contract_the_one_without_a_lift_gets_in_behind_the_other_only(
    app: Flask, scheme: int, noon: datetime
) -> None:
    c = quota(scheme, "c")
    db.session.rollback()

    results = together(app, [partial(drawn, lifted(c, "k0") if n % 3 == 0 else c, noon) for n in range(9)])

    db.session.rollback()
    let_in = sum(isinstance(one, str) for one in results)
    assert all(isinstance(one, str) for one in results[::3]), results
    assert all(isinstance(one, str | RuleViolation) for one in results), results
    assert (beyond(scheme, "c"), queries.balance(c.uses(AccountKind.DRAWN))) == (1, let_in)
    assert list(verify.findings()) == []


def test_one_lift_pressed_for_many_contracts_at_once_lets_one_in(app: Flask, scheme: int, noon: datetime) -> None:
    names = [f"c{n}" for n in range(6)]
    db.session.rollback()

    results = together(app, [partial(drawn, lifted(quota(scheme, name), "k0"), noon) for name in names])

    db.session.rollback()
    assert sum(isinstance(one, str) for one in results) == 1, results
    assert sum(beyond(scheme, name) for name in names) == 1
    assert list(verify.findings()) == []


TURNS, THREADS, MOST_TIMES, HELD_SECONDS = 3, 6, 20, 0.01


@pytest.mark.parametrize("days", [0, 20])
def test_contracts_that_move_from_day_to_day_and_back_are_locked_in_one_order(
    app: Flask, noon: datetime, days: int
) -> None:
    """Draws move a count to today, and what comes back moves it to its day before, if that is another one."""
    scheme, today = factory.make_pot(at=noon).scheme_id, FIRST + timedelta(days=days)
    for contract in ("a", "b"):
        drawn(quota(scheme, contract, span=SPAN), noon)
    over = lifted(quota(scheme, "c", span=SPAN, on=today, seen_on=today), "k0")
    db.session.rollback()

    def work(contract: str) -> int:
        cap = replace(over, of=contract)
        return sum(patiently(partial(act, cap, noon)) for _ in range(TURNS) for act in (drawn, given_back))

    with faults.armed(held):
        results = together(app, [partial(work, "abc"[n % 3]) for n in range(THREADS)])

    db.session.rollback()
    assert results == [2 * TURNS] * THREADS
    stood = {day: queries.balance(replace(over, day=day).account(AccountKind.DRAWN)) for day in (str(FIRST), over.day)}
    assert stood == {over.day: 0, str(FIRST): 2}
    assert (queries.used(over), queries.stands_over(over), list(verify.findings())) == (2, False, [])


def held(point: str) -> None:
    """Who has locked what it looks at waits before it locks what it moves: rivals come in between, if any can."""
    if point == "ledger.before":
        time.sleep(HELD_SECONDS)


def patiently(act: Callable[[], object]) -> int:
    """Once, and again for as long as one's turn does not come; a deadlock is passed on."""
    for _ in range(MOST_TIMES):
        try:
            act()
        except (Busy, OperationalError) as told:
            if is_deadlock(told) or not is_turn_missed(told):
                raise
        else:
            return 1
    return 0


def is_deadlock(told: BaseException | None) -> bool:
    """Whether the server broke a ring of waiting; whoever asks is told as of any other wait."""
    while told is not None:
        if isinstance(told, OperationalError) and getattr(told.orig, "sqlstate", None) == "40P01":
            return True
        told = told.__cause__ or told.__context__
    return False
