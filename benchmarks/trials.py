"""Trials of mutants inside one run of pytest: the tests once without any, then each mutant in a fork of its own."""

import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import pytest
from _pytest.runner import runtestprotocol
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.format_utils import mangled_name_from_mutant_name

Outcome = Literal["killed", "survived", "timeout", "no tests"]
_TIMES, _SECONDS = 10, 30  # how much longer than without a mutant tests may take


class Trials:
    """A plugin that runs, for each mutant, the tests that reach its function, the fast ones first."""

    def __init__(
        self, modules: Mapping[str, Sequence[str]], keep: Callable[[str, Mapping[str, Outcome]], None]
    ) -> None:
        self.are_clean = False
        self._modules = modules
        self._keep = keep
        self._reaching: defaultdict[str, list[pytest.Item]] = defaultdict(list)
        self._seconds: dict[str, float] = {}
        self._screen = os.fdopen(os.dup(sys.stderr.fileno()), "w", buffering=1)  # pytest keeps the other to itself

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try all, in place of running the tests."""
        self.are_clean = all(map(self._reached, session.items)) and self._judged("", session.items) == "survived"
        for module, mutants in self._modules.items() if self.are_clean else ():
            began = time.monotonic()
            outcomes = {mutant: self._tried(mutant) for mutant in mutants}
            self._keep(module, outcomes)
            self._screen.write(f"{module}: {dict(Counter(outcomes.values()))} in {time.monotonic() - began:.0f} s\n")
        return True

    def _reached(self, item: pytest.Item) -> bool:
        """Whether a test passes unchanged; remember how long it took and which functions it came to."""
        set_mutant_under_test("stats")
        began = time.monotonic()
        is_passed = _passes(item)
        self._seconds[item.nodeid] = time.monotonic() - began
        for function in state()._stats:
            self._reaching[function].append(item)
        state()._stats.clear()
        if not is_passed:
            self._screen.write(f"fails: {item.nodeid}\n")
        return is_passed

    def _tried(self, mutant: str) -> Outcome:
        items = self._reaching[mangled_name_from_mutant_name(mutant)]
        return self._judged(mutant, items) if items else "no tests"

    def _judged(self, mutant: str, items: Sequence[pytest.Item]) -> Outcome:
        quickest = sorted(items, key=lambda one: self._seconds[one.nodeid])
        child = os.fork()
        if not child:
            set_mutant_under_test(mutant)
            os._exit(0 if all(map(_passes, quickest)) else 1)
        return _waited(child, _SECONDS + _TIMES * sum(self._seconds[item.nodeid] for item in items))


def _passes(item: pytest.Item) -> bool:
    """Run one test; what lives as long as the whole run stays, as for the application on its database."""
    item.session._setupstate.teardown_exact(item.session)  # type: ignore[arg-type]
    return all(not report.failed for report in runtestprotocol(item, log=False, nextitem=item.session))  # type: ignore[arg-type]


def _waited(child: int, most: float) -> Outcome:
    ends = time.monotonic() + most
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "killed" if status else "survived"
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return "timeout"
