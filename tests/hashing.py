"""Password hashes at the lowest cost: thousands of accounts are made here."""

import pytest
from argon2 import PasswordHasher

from vouchers.accounts import passwords


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> None:
    """Only the process of the tests; servers pay the real cost, which tests/accounts/test_passwords.py holds."""
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
