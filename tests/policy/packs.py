"""The shipped pack, changed where a test is about the change."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from vouchers.policy.loader import LoadedPack, compiled_of, load_pack, load_text
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import FactValue, read_facts
from vouchers.policy.rules.results import Decision

PACK = Path(__file__).parents[2] / "seeds" / "policies" / "yuzhong-2025.yaml"
DAY = date(2026, 5, 6)
MICRO: dict[str, object] = {
    "size_class": "micro",
    "registered_in": "重庆市渝中区",
    "operating_status": "operating",
    "dishonesty": [],
    "is_admitted_provider": False,
    "planned_net": "50000.00",
    "field": "retail-trade",
    "other_support_contract": "0.00",
    "granted:cap-applicant-year": "0.00",
    "granted:cap-controller-year": "0.00",
}


@lru_cache(maxsize=1)
def shipped() -> LoadedPack:
    """The pack as it ships."""
    return load_pack(PACK)


def compiled() -> CompiledPack:
    """The shipped pack, ready to decide."""
    found = shipped().compiled
    assert found is not None
    return found


def changed(change: Callable[[dict[str, Any]], object]) -> CompiledPack:
    """The shipped pack with its plain data changed, ready to decide."""
    loaded = load_text(PACK.read_text(encoding="utf-8"), "pack.yaml")
    assert isinstance(loaded.data, dict)
    change(loaded.data)
    return compiled_of(loaded.data)


def edited(old: str, new: str) -> LoadedPack:
    """The shipped text with one place rewritten, read again."""
    text = PACK.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    return load_text(text.replace(old, new, 1), "pack.yaml", beside=PACK.parent)


def cap_text(**change: object) -> tuple[str, str]:
    """A place of the shipped text, and the same place with a further cap."""
    plain = {"id": "extra", "say": "示例上限", "provenance": "local", "kinds": ["compute"], "over": "applicant"}
    written = json.dumps({**plain, "at": ["application"], "per": "life", **change}, ensure_ascii=False)
    return "  caps:\n", f"  caps:\n    - {written}\n"


def with_cap(**change: object) -> LoadedPack:
    """The shipped pack with a further cap; nothing of it may be one that the product does not carry out."""
    loaded = edited(*cap_text(**change))
    assert loaded.compiled is not None, loaded.errors
    assert not loaded.not_yet, loaded.not_yet
    return loaded


def line_of(needle: str, text: str = "") -> int:
    """The line of the shipped text in which something first stands."""
    lines = (text or PACK.read_text(encoding="utf-8")).splitlines()
    return next(number for number, line in enumerate(lines, start=1) if needle in line)


def facts(**given: object) -> dict[str, FactValue]:
    """A micro enterprise that qualifies, changed by the arguments; None takes a fact away."""
    raw: Mapping[str, object] = {**MICRO, **{name.replace("__", ":"): value for name, value in given.items()}}
    read, findings = read_facts(raw, compiled().vocabulary)
    assert not findings, findings
    return read


def decided(pack: CompiledPack | None = None, **given: object) -> Decision:
    """The decision of the shipped pack, or of another, on such an enterprise."""
    return decide(pack or compiled(), "compute", facts(**given), on=DAY, phase=Phase.APPLICATION)
