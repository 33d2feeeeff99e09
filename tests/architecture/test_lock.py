"""The lock files name versions and digests, and no place to fetch them from."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-test.lock")
PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^ ]+)", re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text()

    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


@pytest.mark.parametrize("name", LOCKS)
def test_every_pinned_package_has_a_digest(name: str) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text())

    without = [block.splitlines()[0] for block in blocks if PIN.match(block) and "--hash=sha256:" not in block]
    assert not without


def test_tests_run_on_the_versions_that_are_served() -> None:
    served, tested = (dict(PIN.findall((ROOT / name).read_text())) for name in LOCKS)

    assert served
    assert served.items() <= tested.items()


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {_plain_name(line) for line in project["project"]["dependencies"]}
    wanted_for_tests = wanted | {_plain_name(line) for line in project["dependency-groups"]["test"]}

    served, tested = (set(dict(PIN.findall((ROOT / name).read_text()))) for name in LOCKS)

    assert wanted <= served, "run `make lock`"
    assert wanted_for_tests <= tested, "run `make lock`"


def _plain_name(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match
    return re.sub(r"[._]", "-", match.group()).lower()
