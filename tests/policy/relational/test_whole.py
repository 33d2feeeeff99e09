"""Whole numbers in a query are exact: up to 38 digits, whatever the database divides by."""

from collections.abc import Callable

import ibis
import psycopg
import pytest

from vouchers.kernel.money import RoundingMode
from vouchers.policy.relational.engines import duckdb_session, sql_of
from vouchers.policy.relational.whole import Whole, fixed, rounded_to
from vouchers.policy.rules.rounding import rounded_ratio

PAIRS = [
    (7, 2),
    (5, 2),
    (10**18 + 1, 3),
    (12345678901234567890123456789, 7),
    (10**37 - 1, 10**18 + 9),
    (3 * 10**30 + 1, 2),
]


def worked(
    run: Callable[[str], object], dialect: str, numerator: int, denominator: int, *, mode: RoundingMode
) -> object:
    found = rounded_to(lambda one: one, fixed(numerator), fixed(denominator), step=1, mode=mode)
    row = ibis.table({"x": "int64"}, name="one").select(found=found.value)
    return run(sql_of(row, dialect))


@pytest.mark.parametrize("mode", list(RoundingMode))
@pytest.mark.parametrize(("numerator", "denominator"), PAIRS)
def test_quotients_are_rounded_as_the_pure_evaluator_does(
    postgresql_address: str, *, numerator: int, denominator: int, mode: RoundingMode
) -> None:
    wanted = rounded_ratio(numerator, denominator, mode)

    with duckdb_session() as here, psycopg.connect(postgresql_address) as there:
        here.execute("CREATE TABLE one AS SELECT 1::BIGINT AS x")
        there.execute("CREATE TEMP TABLE one AS SELECT 1::bigint AS x")
        ours = worked(lambda sql: here.execute(sql).fetchall()[0][0], "duckdb", numerator, denominator, mode=mode)
        theirs = worked(lambda sql: there.execute(sql).fetchall()[0][0], "postgres", numerator, denominator, mode=mode)

    assert (ours, theirs) == (wanted, wanted)


def test_a_number_knows_the_most_it_can_be() -> None:
    most = (fixed(10**13) * fixed(10**6) + fixed(5)) // fixed(10)

    assert isinstance(most, Whole)
    assert most.most == 10**19 + 5
