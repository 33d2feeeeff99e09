"""What a password hash costs in the product, asked of a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

ASK = "from vouchers.accounts.passwords import hash_password; print(hash_password('青山不改，绿水长流'))"


def test_a_hash_costs_what_the_standard_asks() -> None:
    asked = subprocess.run(  # noqa: S603  our own interpreter and words
        [sys.executable, "-c", ASK], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )

    assert asked.stdout.startswith("$argon2id$v=19$m=47104,t=1,p=1$")


MEGABYTE = """
import time
from vouchers.accounts.passwords import hash_password, is_right, spend_the_time
from vouchers.accounts.rules import password_findings

def cost(work):
    start = time.process_time()
    work()
    return time.process_time() - start

kept, long = hash_password("青山不改，绿水长流"), "x" * 1_000_000
one = min(cost(lambda: is_right(kept, "falsch")) for _ in range(5))
new = lambda: password_findings(long, needs_classes=True)
for work in (lambda: is_right(kept, long), lambda: spend_the_time(long), new):
    print(min(cost(work) for _ in range(5)) < one)
"""


def test_a_megabyte_costs_less_than_one_hash() -> None:
    """A12: refused for a known name, an unknown one and as a new password, before anything is worked out."""
    asked = subprocess.run(  # noqa: S603  our own interpreter and words
        [sys.executable, "-c", MEGABYTE], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )

    assert asked.stdout.split() == ["True"] * 3
