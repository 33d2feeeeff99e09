"""Fault points: one list, every name of it placed in the source, and none but tests may break anything."""

import ast
import errno
import re
from pathlib import Path

import pytest

from vouchers import config
from vouchers.kernel import faults
from vouchers.kernel.errors import SettingsError
from vouchers.kernel.faults import POINTS, FaultError, armed, doing, fault, read

ROOT = Path(__file__).parents[2]
SOURCES = [*(ROOT / "vouchers").rglob("*.py"), ROOT / "migrations" / "env.py"]


def placed() -> list[str]:
    """Every name that stands in a call of `fault`."""
    calls = [
        call
        for path in SOURCES
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "fault"
    ]
    return [str(ast.literal_eval(call.args[0])) for call in calls]


def test_the_list_and_the_source_name_the_same_points() -> None:
    assert set(placed()) == set(POINTS)
    assert len(POINTS) >= 40


def test_names_say_where_and_when() -> None:
    assert all(re.fullmatch(r"[a-z]+\.[a-z-]+", name) for name in POINTS)
    assert len(set(POINTS.values())) == len(POINTS)


def test_nothing_happens_where_nothing_is_armed() -> None:
    for name in POINTS:
        fault(name)


@pytest.mark.parametrize(
    "text",
    ["commit.never", "commit.before:explode", "commit.before:kill:0", "commit.before:raise=ENOTHING", "", ":kill"],
)
def test_what_is_written_wrongly_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text)


def test_only_the_nth_time_breaks() -> None:
    with armed(read("ledger.posted:raise:2")):
        fault("ledger.posted")
        fault("ledger.locked")
        with pytest.raises(FaultError):
            fault("ledger.posted")
        fault("ledger.posted")


def test_only_what_is_being_done_breaks() -> None:
    with armed(read("commit.before@issue:raise")):
        doing.set("withdraw")
        fault("commit.before")
        doing.set("issue")
        with pytest.raises(FaultError):
            fault("commit.before")
    doing.set("")


def test_an_error_of_the_system_can_be_named() -> None:
    with armed(read("blob.written:raise=ENOSPC")), pytest.raises(OSError, match=r"No space left") as raised:
        fault("blob.written")

    assert raised.value.errno == errno.ENOSPC


@pytest.mark.parametrize("environment", ["development", "production"])
def test_a_fault_is_refused_where_something_could_be_lost(environment: str, tmp_path: Path) -> None:
    environ = {"APP_ENV": environment, "APP_FAULT": "commit.before", "PUBLIC_URL": "https://example.gov.cn"}

    with pytest.raises(SettingsError, match="只能在 APP_ENV=test"):
        config.load(environ, tmp_path)


def test_a_point_that_does_not_exist_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="flask faultpoints"):
        config.load({"APP_ENV": "test", "APP_FAULT": "nowhere"}, tmp_path)


def test_a_fault_is_disarmed_when_it_is_over() -> None:
    with armed(read("commit.before:raise")):
        pass

    fault("commit.before")
    assert faults._armed is None
