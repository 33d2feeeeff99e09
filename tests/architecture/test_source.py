"""What no linter sees in the source: sizes, names, and who may commit."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "vouchers"
MODULE_LINES = 300
FUNCTION_LINES = 40
PAGE_LINES = 30
VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "managers", "manager", "data", "info"})
VAGUE_ENDINGS = ("Manager", "Helper", "Service", "Util", "Utils", "Handler")

PLACES = re.compile(
    "渝中|武汉|安顺|点军|深圳|上海|成都|贵州|青羊|河南|山东|芜湖|珠海|白云|漳州|丰台|杭州"
)  # of the packs
OF_THE_DEMONSTRATION = ("cli/demo/", "config.py")  # its cast, and the authority it shows

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_modules_stay_within_300_lines() -> None:
    long = [f"{_name(path)}: {_lines(path)}" for path in _modules() if _lines(path) > MODULE_LINES]

    assert not long, "split these into packages of the same name"


def test_no_place_of_a_pack_is_named_in_code_or_pages() -> None:
    files = [*_modules(), *(ROOT / "templates").rglob("*.html")]
    named = [
        f"{path}: {place}"
        for path in files
        if not path.as_posix().removeprefix(f"{PACKAGE}/").startswith(OF_THE_DEMONSTRATION)
        for place in PLACES.findall(path.read_text(encoding="utf-8"))
    ]

    assert not named, "what holds in one place belongs into its pack"


def test_functions_stay_within_40_lines() -> None:
    long = [
        f"{_name(path)}:{function.lineno} {function.name}: {_length(function)}"
        for path in _modules()
        for function in _functions(path)
        if _length(function) > FUNCTION_LINES
    ]

    assert not long


def test_pages_stay_within_30_lines() -> None:
    long = [
        f"{_name(path)}:{function.lineno} {function.name}: {_length(function)}"
        for path in _modules()
        if "routes" in path.parts or path.stem == "routes"
        for function in _functions(path)
        if _is_page(function) and _length(function) > PAGE_LINES
    ]

    assert not long


def test_only_the_transaction_opener_commits() -> None:
    calls = [
        f"{_name(path)}:{call.lineno}"
        for path in _modules()
        for call in ast.walk(_tree(path))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "commit"
    ]

    elsewhere = [
        place for place in calls if not place.startswith(("vouchers/db/transaction.py:", "vouchers/db/base.py:"))
    ]
    assert not elsewhere
    assert any(place.startswith("vouchers/db/transaction.py:") for place in calls)


def test_services_write_their_own_tables_only() -> None:
    strangers = [
        f"{_name(path)}: {module}"
        for path in _modules()
        if "services" in path.relative_to(PACKAGE).parts or path.stem == "services"
        for module in _imports(path)
        if ".models" in module and not module.startswith(f"vouchers.{_slice(path)}.models")
    ]

    assert not strangers, "ask the other slice's queries and services"


def test_names_say_what_they_are_for() -> None:
    vague_files = [_name(path) for path in _modules() if path.stem in VAGUE_NAMES]
    vague_classes = [
        f"{_name(path)}: {node.name}"
        for path in _modules()
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ClassDef) and node.name.endswith(VAGUE_ENDINGS)
    ]

    assert not vague_files
    assert not vague_classes


def test_slices_open_with_a_docstring_and_no_code() -> None:
    with_code = [
        _name(path)
        for path in PACKAGE.glob("*/__init__.py")
        if len(_tree(path).body) != 1 or not ast.get_docstring(_tree(path))
    ]

    assert not with_code


def test_the_map_names_every_slice() -> None:
    text = (PACKAGE / "__init__.py").read_text()

    missing = [path.parent.name for path in PACKAGE.glob("*/__init__.py") if path.parent.name not in text]
    assert not missing


def test_only_the_clock_reads_the_clock() -> None:
    readers = [
        f"{_name(path)}:{call.lineno}"
        for path in _modules()
        if _name(path) != "vouchers/kernel/clock.py"
        for call in ast.walk(_tree(path))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"time.time", "time", "datetime.now", "date.today"}
    ]

    assert not readers


@cache
def _modules() -> tuple[Path, ...]:
    return tuple(sorted(PACKAGE.rglob("*.py")))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _slice(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def _functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(_tree(path)) if isinstance(node, Function))


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _is_page(function: Function) -> bool:
    return any(
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in {"route", "get", "post"}
        for decorator in function.decorator_list
    )


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
