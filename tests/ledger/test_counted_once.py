"""Contracts and years, within a limit and over it by lifts: the ledger says what a plain model of uses says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.factories import ledger as factory
from tests.races import together
from vouchers.audit import queries as audit_queries
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.db.transaction import transaction
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
    db.session.rollback()


def agrees(scheme: int, model: Model, on: date) -> None:
    """What the pages are told, what each case has left, and what verify says."""
    caps = {one: quota(scheme, one, span=model.span, on=on, seen_on=on) for one in CONTRACTS}
    assert {one: queries.used(cap) for one, cap in caps.items()} == {
        one: len(model.within - {one}) for one in CONTRACTS
    }
    assert {one for one, cap in caps.items() if queries.stands_over(cap)} == set(model.over)
    if not model.span:  # a moving period lets go of what it left behind when somebody draws
        lent = {case for case in LIFTED if left(caps["a"], case) == 0}
        assert lent == set(model.over.values())
    assert list(verify.findings()) == []


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
            assert [one.code for one in refused.findings] == ["count_short"]
            return False
        return True

    def give_back(self, use: Use) -> None:
        contract, _, day = use
        cap = quota(self.scheme, contract, span=self.span, on=day, seen_on=self.on)
        given_back(cap, self.at)
