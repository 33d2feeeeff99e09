"""Random lives of vouchers over the real services on both databases."""

import os
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.crash.results import is_over, spent
from tests.databases import Ground
from tests.invariants.machine import STEPS, Life
from tests.invariants.world import kept, make_world
from tests.tally import keep
from vouchers.db.base import db

SIEGE = os.environ.get("SIEGE") == "full"
PORTION = 5  # lives between two looks at the clock
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
    """So many lives of so many steps, as far as the time of a siege goes; what was done in them, how often."""
    begun, left, done = time.monotonic(), lives, Counter[str]()
    with ground.app.app_context():
        world = make_world()
        with kept(ground) as put_back:
            own = {"world": world, "put_back": staticmethod(put_back), "done": done}
            while left > 0 and not is_over(begun):
                run_state_machine_as_test(
                    type("OneLife", (Life,), own), settings=settings_of(min(left, PORTION), steps)
                )
                left -= PORTION
        if SIEGE:
            ended = {"ended before": "its time was up"} if left > 0 else {}
            shown = {"lives asked for": lives, **done, **spent(begun), **ended}
            keep("siege-lives", db.engine.dialect.name, "life", shown)
    return done


def settings_of(lives: int, steps: int) -> settings:
    """The same lives in every test run, others in every siege."""
    return settings(
        max_examples=lives,
        stateful_step_count=steps,
        deadline=None,
        derandomize=not SIEGE,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate] if not SIEGE else list(Phase),
    )
