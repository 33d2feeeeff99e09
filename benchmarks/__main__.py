"""`python -m benchmarks [PART …]`: every part, or the named ones; exit 1 when a goal is missed."""

import sys
from importlib import import_module

from benchmarks.measure import report

PARTS = ("decisions", "checking", "certificates", "redemption", "queues", "keeping", "simulation", "load")


def main(parts: list[str]) -> int:
    """Run the parts one after another, so that none disturbs another."""
    missed = False
    for part in parts or PARTS:
        if part not in PARTS:
            sys.stderr.write(f"no such part: {part}; there are {', '.join(PARTS)}\n")
            return 2
        figures = import_module(f"benchmarks.{part}").run()
        report(part, figures)
        missed = missed or any(figure.is_met is False for figure in figures)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
