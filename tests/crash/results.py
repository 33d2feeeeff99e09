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
    shown: dict[str, Any] = json.loads(path.read_text())["shown"] if path.exists() else {}
    shown[name] = figures
    found = {"python": platform.python_version(), "shown": dict(sorted(shown.items()))}
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
