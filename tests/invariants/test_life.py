"""Random lives of vouchers over the real services on both databases."""

import os
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.databases import Ground
from tests.invariants.machine import STEPS, Life
from tests.invariants.world import kept, make_world
from tests.tally import keep
from vouchers.db.base import db

SIEGE = os.environ.get("SIEGE") == "full"
NEEDED = {"issue", "order", "claim", "approve", "make_batch"}


@pytest.mark.database("sqlite")
def test_any_life_keeps_the_books_on_sqlite(database: Ground) -> None:
    done = live(database, lives=600 if SIEGE else 5, steps=40 if SIEGE else 20)

    assert set(done) >= NEEDED
    assert done[STEPS] >= (20_000 if SIEGE else 50)


@pytest.mark.database("postgresql")
def test_any_life_keeps_the_books_on_postgresql(database: Ground) -> None:
    done = live(database, lives=100 if SIEGE else 2, steps=40 if SIEGE else 15)

    assert done[STEPS] >= (3_000 if SIEGE else 15)


def live(ground: Ground, *, lives: int, steps: int) -> Counter[str]:
    """So many lives of so many steps; what was done in them, how often."""
    begun = time.monotonic()
    with ground.app.app_context():
        world = make_world()
        with kept(ground) as put_back:
            done: Counter[str] = Counter()
            own = {"world": world, "put_back": staticmethod(put_back), "done": done}
            run_state_machine_as_test(
                type("OneLife", (Life,), own),
                settings=settings(
                    max_examples=lives,
                    stateful_step_count=steps,
                    deadline=None,
                    derandomize=not SIEGE,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                    phases=[Phase.generate] if not SIEGE else list(Phase),
                ),
            )
        if SIEGE:
            seconds = time.monotonic() - begun
            keep("siege-lives", db.engine.dialect.name, "life", {**done, "per_second": round(done[STEPS] / seconds, 1)})
    return done
