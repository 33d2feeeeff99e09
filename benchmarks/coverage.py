"""Which share of lines and branches the tests ran, per package, kept among the results: `make coverage`."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "coverage.json"
LEAST = 95.0
WHOLE = (  # where money, rights, keys and the trail are kept, nothing goes unseen
    "vouchers/ledger/",
    "vouchers/audit/",
    "vouchers/accounts/guards.py",
    "vouchers/accounts/idempotency.py",
    "vouchers/accounts/permissions.py",
    "vouchers/accounts/pressing.py",
    "vouchers/accounts/rules.py",
    "vouchers/accounts/services/duties.py",
)
_WORST = 10


def main(report: str) -> int:
    """Sum a report of `coverage json`, keep it and say what lies below the floors; 1 when something does."""
    files: dict[str, dict[str, Any]] = json.loads(Path(report).read_text())["files"]
    packages: dict[str, Counter[str]] = {}
    for path, told in files.items():
        packages.setdefault(Path(path).parts[1].removesuffix(".py"), Counter()).update(_counted(told))
    total = _percent(sum(packages.values(), Counter()))
    shares = {name: _percent(counted) for name, counted in sorted(packages.items())}
    worst = sorted(files, key=lambda path: _percent(_counted(files[path])))[:_WORST]
    kept = {"total": total, "packages": shares, "worst": {path: _percent(_counted(files[path])) for path in worst}}
    RESULTS.write_text(json.dumps(kept, ensure_ascii=False, indent=2) + "\n")
    below = list(_below(files, total))
    sys.stdout.write("".join(f"{line}\n" for line in (f"{total} % of lines and branches", *below)))
    return int(bool(below))


def _below(files: Mapping[str, Mapping[str, Any]], total: float) -> Iterator[str]:
    if total < LEAST:
        yield f"below {LEAST} %"
    for path, told in files.items():
        if path.startswith(WHOLE) and (told["missing_lines"] or told["missing_branches"]):
            yield f"{path}: lines {told['missing_lines']}, branches {told['missing_branches']} were not run"


def _counted(told: Mapping[str, Any]) -> dict[str, int]:
    names = ("covered_lines", "num_statements", "covered_branches", "num_branches")
    return {name: told["summary"][name] for name in names}


def _percent(counted: Mapping[str, int]) -> float:
    whole = counted["num_statements"] + counted["num_branches"]
    return round(100 * (counted["covered_lines"] + counted["covered_branches"]) / whole, 1) if whole else 100.0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
