"""Every state and kind that a person may see has its Chinese word."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import ModuleType

import pytest

import vouchers
from vouchers.kernel.lifecycle import Lifecycle


def _states_modules() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(vouchers.__path__, "vouchers."):
        if "states" in module.name.split("."):
            yield importlib.import_module(module.name)


def _enums(module: ModuleType) -> list[type[StrEnum]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, StrEnum) and value.__module__ == module.__name__
    ]


def _labelled(module: ModuleType) -> set[tuple[type[StrEnum], str]]:
    """Members by their own kind: in one table, members of two kinds with the same value are one key."""
    tables = [value for value in vars(module).values() if isinstance(value, Mapping)]
    return {
        (type(key), key.value)
        for table in tables
        for key, label in table.items()
        if isinstance(key, StrEnum) and _is_word(label)
    }


def _is_word(label: object) -> bool:
    """A word to show, Chinese or a plain name such as PDF; another enum's member is none."""
    return type(label) is str and label != ""


def _is_chinese(label: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in label)


MODULES = [pytest.param(module, id=module.__name__) for module in _states_modules()]


@pytest.mark.parametrize("module", MODULES)
def test_every_member_has_a_label(module: ModuleType) -> None:
    labelled = _labelled(module)

    silent = [
        f"{kind.__name__}.{member.name}"
        for kind in _enums(module)
        for member in kind
        if (kind, member.value) not in labelled
    ]
    assert not silent


@pytest.mark.parametrize("module", MODULES)
def test_every_transition_has_a_label(module: ModuleType) -> None:
    lifecycles = [value for value in vars(module).values() if isinstance(value, Lifecycle)]

    silent = [
        f"{cycle.name}: {t.action}" for cycle in lifecycles for t in cycle.transitions if not _is_chinese(t.label)
    ]
    assert not silent
