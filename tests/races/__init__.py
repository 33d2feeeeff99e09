"""Many at the same moment: real threads, each with a session of its own, let go together."""

import threading
from collections.abc import Callable
from typing import TypeVar

from flask import Flask

T = TypeVar("T")


def together(app: Flask, works: list[Callable[[], T]]) -> list[T | BaseException]:
    """Run all of them at once; what each returned or raised, in their order."""
    barrier = threading.Barrier(len(works))
    results: list[T | BaseException] = [RuntimeError("it did not run")] * len(works)

    def run(place: int) -> None:
        with app.app_context():
            barrier.wait(timeout=30)
            try:
                results[place] = works[place]()
            except BaseException as raised:  # noqa: BLE001  the test looks at it
                results[place] = raised

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results
