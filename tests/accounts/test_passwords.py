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
