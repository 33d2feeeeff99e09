"""What a siege of races tried and what came of it, kept among the results of benchmarks."""

import fcntl
import json
from collections import Counter
from pathlib import Path

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "siege-races.json"


def keep(kind: str, name: str, *, rounds: int, fired: Counter[int], seconds: float, ok: bool) -> None:
    """Note one race on one kind of database; a race that was lost says so by its one false word."""
    with RESULTS.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of a run write one after the other
        known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        races = known.setdefault(kind, {})
        races[name] = {
            "rounds": rounds,
            "requests": fired.total(),
            "statuses": {str(status): number for status, number in sorted(fired.items())},
            "seconds": round(seconds, 1),
            "overspent_doubled_or_lost": 0 if ok else None,
        }
        text = json.dumps(known, ensure_ascii=False, indent=2, sort_keys=True)
        RESULTS.write_text(f"{text}\n")
    RESULTS.with_suffix(".lock").unlink(missing_ok=True)
