"""What a siege tried and what came of it, kept among the results of benchmarks."""

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "benchmarks" / "results"


def keep(name: str, kind: str, test: str, counts: Mapping[str, object]) -> None:
    """Put the counts of one test on one kind of database into the file of this name."""
    path = RESULTS / f"{name}.json"
    with (RESULTS / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of a run write one after the other
        known = json.loads(path.read_text()) if path.exists() else {}
        known.setdefault(kind, {})[test] = dict(counts)
        path.write_text(json.dumps(known, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
