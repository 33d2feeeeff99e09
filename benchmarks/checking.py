"""`policy check` over every shipped pack: the command as a person starts it, and what the trial of all mutants adds."""

import os
import resource
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Figure, at_most, plain, seconds
from vouchers.policy.loader import load_pack
from vouchers.policy.mutation.trying import Trial, try_mutants

ROOT = Path(__file__).parents[1]
PACKS = sorted((ROOT / "seeds" / "policies").glob("*.yaml"))
MOST_SECONDS = 10  # of processor time


def run() -> list[Figure]:
    """Seconds that pass, seconds of the processor, and the same for every mutant of every pack."""
    before = _spent(resource.RUSAGE_CHILDREN)
    passed = seconds(_check)
    checking = _spent(resource.RUSAGE_CHILDREN) - before
    before, trials = _spent(resource.RUSAGE_SELF), [_tried(path) for path in PACKS]
    trying = _spent(resource.RUSAGE_SELF) - before
    made = sum(trial.made for trial in trials)
    return [
        at_most(f"policy check over {len(PACKS)} packs, start included, processor", checking, MOST_SECONDS, unit=" s"),
        plain("the same, as time passes", passed, "s"),
        plain("rules a second", sum(map(_rules, PACKS)) / checking, "/s"),
        plain(f"every mutant of these packs ({made:,}), processor", trying, "s"),
        Figure("mutants that no example notices", str(sum(len(trial.survivors) for trial in trials)), "0"),
        Figure("other work on the machine meanwhile (load of 2 cores)", f"{os.getloadavg()[1]:.1f}"),
    ]


def _check() -> None:
    command = [sys.executable, "-m", "flask", "--app", "app", "policy", "check", *map(str, PACKS)]
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | {"APP_ENV": "test"}, stdout=subprocess.DEVNULL)  # noqa: S603


def _rules(path: Path) -> int:
    pack = load_pack(path).pack
    return len(pack.rules()) if pack is not None else 0


def _tried(path: Path) -> Trial:
    loaded = load_pack(path)
    if loaded.compiled is None:
        raise SystemExit(f"{path.name} does not load")
    return try_mutants(loaded.compiled, loaded.data)


def _spent(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime
