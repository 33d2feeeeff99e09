"""Two people register the same organisation at the same moment: one is told it is there."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from flask import Flask

from tests.factories.parties import valid_uscc
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation
from vouchers.parties import services

THREADS = 4


@pytest.mark.database
def test_of_many_registrations_at_once_one_wins(app: Flask, actor: Actor, noon: datetime) -> None:
    together = Barrier(THREADS)

    def register(number: int) -> str:
        with app.app_context():
            together.wait()
            try:
                with transaction():
                    services.register_organisation(f"甲公司{number}", valid_uscc(9), actor=actor, at=noon)
            except RuleViolation as violation:
                return violation.findings[0].code
            return "registered"

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = sorted(pool.map(register, range(THREADS)))

    assert outcomes == ["registered"] + ["uscc-taken"] * (THREADS - 1)
