"""Which tests one worker runs one after the other: a module, or all that stands on one world, so that it is made once.

Marks of xdist for groups do nothing under pytest 9.2, which no longer lets a plugin rename a test; whoever looks for
the reason why a world is made twice looks here.
"""

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # no stubs exist

WORLDS = ("tests/access/", "tests/browser/", "tests/hostile/")
"""Folders whose tests share a demonstration, its people signed in, or a browser."""
RACES = "tests/races/"


class Worlds(LoadScopeScheduling):  # type: ignore[misc]
    """Hands whole worlds and modules to workers, those with the most tests first."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def scope_of(nodeid: str) -> str:
    """What a test is run together with.

    >>> scope_of("tests/access/test_leaks.py::test_one[sqlite]")
    'tests/access/'
    >>> scope_of("tests/races/test_money.py::test_one[postgresql]")
    'tests/races/postgresql'
    >>> scope_of("tests/ledger/test_rules.py::test_one")
    'tests/ledger/test_rules.py'
    """
    for folder in WORLDS:
        if nodeid.startswith(folder):
            return folder
    module, _, name = nodeid.partition("::")
    if module.startswith(RACES):  # one server for all races of a kind of database
        return RACES + ("sqlite" if "sqlite" in name else "postgresql" if "postgresql" in name else "")
    return module
