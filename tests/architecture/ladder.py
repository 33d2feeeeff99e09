"""The ladder of slices as the import contract states it, and where each table lives."""

import importlib
import pkgutil
import tomllib
from functools import cache
from pathlib import Path

from sqlalchemy import Table

import vouchers
from vouchers.db.base import Base

ROOT = Path(__file__).parents[2]


@cache
def rungs() -> dict[str, int]:
    """Each slice with its rung; a higher number may look at lower ones only."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contract = next(c for c in project["tool"]["importlinter"]["contracts"] if c["id"] == "slices")
    layers = list(reversed(contract["layers"]))
    return {name.strip(" ()"): height for height, layer in enumerate(layers) for name in layer.split("|")}


@cache
def tables() -> dict[str, Table]:
    """All tables of all slices."""
    for module in pkgutil.walk_packages(vouchers.__path__, "vouchers."):
        if "models" in module.name.split("."):
            importlib.import_module(module.name)
    return dict(Base.metadata.tables)


@cache
def homes() -> dict[str, str]:
    """Each table's slice."""
    tables()
    return {mapper.local_table.name: mapper.class_.__module__.split(".")[1] for mapper in Base.registry.mappers}  # type: ignore[attr-defined]
