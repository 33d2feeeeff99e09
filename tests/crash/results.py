"""What a siege has shown, one file per theme; written at full counts only."""

import json
import os
import platform
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "benchmarks" / "results"


def keep(theme: str, name: str, figures: dict[str, Any]) -> None:
    """Add or replace one line of `siege-<theme>.json`."""
    if os.environ.get("SIEGE") != "full":
        return
    path = FOLDER / f"siege-{theme}.json"
    found = json.loads(path.read_text()) if path.exists() else {"python": platform.python_version(), "shown": {}}
    found["shown"][name] = figures
    found["shown"] = dict(sorted(found["shown"].items()))
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
