"""B04: no other spelling of an address or a method opens what is closed, and none acts."""

import os
from collections.abc import Callable, Mapping

import pytest

from tests.access.test_matrix import Cell, cells_of, permission_of
from tests.access.world import World
from tests.tally import keep
from vouchers.accounts.permissions import ROLES, Permission
from vouchers.accounts.states import Role

IS_WHOLE = os.environ.get("SIEGE") == "full"
EVERY = 1 if IS_WHOLE else 9
CLOSED = frozenset({301, 303, 308, 400, 403, 404, 405, 501})
"""Refused, not there, or sent on to the address that is refused."""

SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "as it is": lambda path: path,
    "slash at the end": lambda path: path.rstrip("/") if path.endswith("/") else path + "/",
    "two slashes": lambda path: "/" + path,
    "slashes inside": lambda path: path.replace("/", "//"),
    "a dot": lambda path: "/%2e" + path,
    "up and down": lambda path: "/static/..%2f.." + path,
    "upper case": lambda path: path.upper(),
    "a parameter": lambda path: path + ";x=1",
    "an encoded slash": lambda path: path.replace("/", "%2f", 2),
    "a null": lambda path: path + "%00",
}
OVERRIDES: tuple[Mapping[str, str], ...] = (
    {"X-HTTP-Method-Override": "POST"},
    {"X-HTTP-Method-Override": "GET", "X-Method-Override": "DELETE"},
    {"X-Original-URL": "/office/people/", "X-Rewrite-URL": "/office/people/"},
)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_no_spelling_opens_a_closed_page(world: World, method: str) -> None:
    closed = _closed(world)
    opened = [
        f"{method} {spelt(cell.path)}: {status}"
        for cell in closed
        for spelt in SPELLINGS.values()
        if (status := _asked(world, method, spelt(cell.path))) not in CLOSED
    ]
    if IS_WHOLE:
        asked = len(closed) * len(SPELLINGS)
        keep("siege-access", "other spellings", method, {"asked": asked, "opened": len(opened)})

    assert not opened
    assert not world.has_changed()


@pytest.mark.parametrize("headers", OVERRIDES)
def test_no_header_changes_method_or_address(world: World, headers: Mapping[str, str]) -> None:
    opened = [
        str(cell)
        for cell in _closed(world)
        if world.ask("jiandu", "GET", cell.path, headers=headers).status_code not in CLOSED
    ]

    assert not opened


def test_header_does_not_turn_reading_into_acting(world: World) -> None:
    """A GET that claims to be a POST shows the page and does nothing."""
    for cell in cells_of(world.app, Role.DECIDER):
        if cell.method == "GET" and permission_of(world.app, cell.rule) is Permission.VOUCHER_ISSUE:
            world.ask("shending", "GET", cell.path, headers={"X-HTTP-Method-Override": "POST"})
            world.ask("shending", "GET", cell.path, query_string={"_method": "POST"})

    assert not world.has_changed()


def test_options_say_which_methods_there_are_and_nothing_else(world: World) -> None:
    for cell in _closed(world):
        answer = world.ask("jiandu", "OPTIONS", cell.path)
        assert (answer.status_code, answer.get_data()) == (200, b"")


def test_head_shows_what_get_shows_without_the_words(world: World) -> None:
    for cell in _closed(world):
        assert world.ask("jiandu", "HEAD", cell.path).get_data() == b""


def _asked(world: World, method: str, spelt: str) -> int:
    """The status of an answer; two slashes at the front are a host to the client, so they go in behind it."""
    if spelt.startswith("//"):
        return world.ask("jiandu", method, "/", environ_overrides={"PATH_INFO": spelt}).status_code
    return world.ask("jiandu", method, spelt).status_code


def _closed(world: World) -> list[Cell]:
    """Pages that the overseer may not open, each address once, every ninth of them outside a siege."""
    closed = {
        cell.path: cell
        for cell in cells_of(world.app, Role.OVERSEER)
        if permission_of(world.app, cell.rule) not in {None, *ROLES[Role.OVERSEER]}
        and "GET" in (cell.rule.methods or set())
    }
    return list(closed.values())[::EVERY]
