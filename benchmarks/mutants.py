"""What became of the mutants of `make mutants`, per module, kept among the results."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "siege-mutants.json"
LEAST_KILLED = 85
_KILLED = frozenset({"killed", "timeout", "segfault", "caught by type check"})
_LIVED = frozenset({"survived", "no tests", "suspicious"})
_LINE = re.compile(r"^\s*(?P<name>vouchers\.\S+)\.\S+__mutmut_\d+: (?P<outcome>.+)$")


def main() -> int:
    """Count, keep and say the share that was killed; 1 when it is below the goal."""
    command = [str(ROOT / ".venv" / "bin" / "mutmut"), "results", "--all", "true"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603
    modules: dict[str, Counter[str]] = {}
    for line in filter(None, map(_LINE.match, told.splitlines())):
        modules.setdefault(line["name"], Counter())[line["outcome"]] += 1
    kept = {name: _share(outcomes) for name, outcomes in sorted(modules.items())}
    total = _share(sum(modules.values(), Counter()))
    RESULTS.write_text(json.dumps({"total": total, "modules": kept}, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.write(f"{total}\n")
    return 0 if total["percent"] >= LEAST_KILLED else 1


def _share(outcomes: Counter[str]) -> dict[str, float]:
    killed = sum(number for outcome, number in outcomes.items() if outcome in _KILLED)
    lived = sum(number for outcome, number in outcomes.items() if outcome in _LIVED)
    tried = killed + lived
    return {
        "killed": killed,
        "survived": lived,
        "not_run": outcomes.total() - tried,
        "percent": round(100 * killed / tried, 1) if tried else 0.0,
    }


if __name__ == "__main__":
    sys.exit(main())
