"""Alternating rounds, medians of ratios, and the table that is printed and kept."""

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what was measured, its value with unit, the goal it is held against, and whether it meets it."""

    name: str
    value: str
    goal: str = ""
    is_met: bool | None = None


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor so far: unlike a rate, it hardly minds what else runs on the machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def alternating(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Median seconds of each, and the median of the ratios ours/theirs taken round by round."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    ratios = [mine / other for mine, other in pairs]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs), statistics.median(ratios)


def at_least(name: str, value: float, goal: float, *, unit: str = "×") -> Figure:
    """A figure that should not be smaller than its goal."""
    return Figure(name, f"{value:.2f}{unit}", f"≥ {goal:g}{unit}", value >= goal)


def at_most(name: str, value: float, goal: float, *, unit: str = "×") -> Figure:
    """A figure that should not be larger than its goal."""
    return Figure(name, f"{value:.2f}{unit}", f"≤ {goal:g}{unit}", value <= goal)


def plain(name: str, value: float, unit: str) -> Figure:
    """A figure without a goal: it depends on the machine."""
    return Figure(name, f"{value:,.1f} {unit}")


def report(part: str, figures: Sequence[Figure]) -> None:
    """Print a part's figures and keep them."""
    width = max(len(figure.name) for figure in figures)
    sys.stdout.write(f"\n{part}\n")
    for figure in figures:
        met = {None: "", True: "met", False: "MISSED"}[figure.is_met]
        sys.stdout.write(f"  {figure.name:<{width}}  {figure.value:>14}  {figure.goal:>10}  {met}\n")
    sys.stdout.flush()
    RESULTS.mkdir(exist_ok=True)
    kept = {"python": platform.python_version(), "figures": [asdict(figure) for figure in figures]}
    (RESULTS / f"{part}.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n")
