"""What a siege has shown, one file per theme; written at full counts only."""

import json
import os
import platform
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "benchmarks" / "results"

MOST_SECONDS = 60 * int(os.environ.get("SIEGE_MINUTES", "90"))  # a siege that takes longer says how far it came


def is_over(begun: float) -> bool:
    """Whether the time of a siege that began then is up."""
    return time.monotonic() > begun + MOST_SECONDS


def keep(theme: str, name: str, figures: dict[str, Any]) -> None:
    """Add or replace one line of `siege-<theme>.json`."""
    if os.environ.get("SIEGE") != "full":
        return
    path = FOLDER / f"siege-{theme}.json"
    shown: dict[str, Any] = json.loads(path.read_text())["shown"] if path.exists() else {}
    shown[name] = figures
    found = {"python": platform.python_version(), "shown": dict(sorted(shown.items()))}
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")


def spread(name: str, values: Sequence[float]) -> dict[str, Any]:
    """Median and what 95 of 100 stay within, rounded for reading; nothing when nothing was measured."""
    if not values:
        return {}
    highest = sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]
    found = {"measured": len(values), "median": round(statistics.median(values), 2), "p95": round(highest, 2)}
    return {name: found}


def spent(begun: float) -> dict[str, int]:
    """What it took since then: seconds of the clock, and of the processor, children that have ended included."""
    used = os.times()
    cpu = used.user + used.system + used.children_user + used.children_system
    return {"seconds": round(time.monotonic() - begun), "cpu seconds": round(cpu)}
