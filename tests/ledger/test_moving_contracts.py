"""Contracts counted in a moving period: the ledger says what a plain list of uses says."""

from datetime import date, datetime, timedelta
from random import Random

import pytest
from flask import Flask

from tests.factories import ledger as factory
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.transaction import transaction
from vouchers.ledger import queries, services, verify
from vouchers.ledger.rules import Cap

pytestmark = pytest.mark.database

SPAN, ACTS = 60, 45
CONTRACTS = ("a", "b", "c", "d")
Use = tuple[str, date]


def quota(scheme: int, contract: str, on: date) -> Cap:
    day, since = on.isoformat(), (on - timedelta(days=SPAN - 1)).isoformat()
    return Cap("moving", scheme, "p1", "rolling", len(CONTRACTS), "contracts", contract, day, since)


def others(uses: list[Use], contract: str, on: date) -> int:
    """How many other contracts were drawn for in the period that ends on a day."""
    return len({one for one, day in uses if one != contract and on - timedelta(days=SPAN) < day <= on})


@pytest.mark.parametrize("seed", range(2))
def test_the_ledger_counts_each_contract_that_was_drawn_for_in_the_period(
    app: Flask, noon: datetime, seed: int
) -> None:
    pot, chance = factory.make_pot(at=noon), Random(seed)  # noqa: S311  no secret: the same acts every time
    on, uses = date(2026, 1, 10), list[Use]()
    with transaction():
        for _ in range(ACTS):
            on += timedelta(days=chance.choice((0, 0, 3, 11, 25)))
            if uses and chance.random() < 0.4:
                contract, day = uses.pop(chance.randrange(len(uses)))
                services.give_back(
                    quota(pot.scheme_id, contract, day), 1, key=factory.key(), actor=factory.BANKER, at=noon
                )
            else:
                contract = chance.choice(CONTRACTS)
                services.draw(quota(pot.scheme_id, contract, on), 1, key=factory.key(), actor=factory.BANKER, at=noon)
                uses.append((contract, on))
            found = {one: queries.used(quota(pot.scheme_id, one, on)) for one in CONTRACTS}
            assert found == {one: others(uses, one, on) for one in CONTRACTS}, (on, uses)
            assert list(verify.findings()) == []
        audit.record("test.draw", Subject("test", "1"), actor=factory.BANKER, at=noon)
