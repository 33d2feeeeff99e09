"""B01, B02, B09: every role at every address, by every method, before its own, a colleague's, a stranger's, no thing.

The cells are made from the table of permissions and the map of addresses; nothing here names a page. Every test run
asks every role at every guarded address, and one of each audience where everybody may look; a siege asks all by every
method and before everything, and compares whole pages where this compares the refusal as a document.
"""

import os
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.access.addresses import Arguments, Family, Whose, family_of, unknown
from tests.access.world import (
    COLLEAGUES,
    ORGANISED,
    SEATS,
    STRANGERS,
    World,
    plain,
    seat_of,
)
from tests.tally import keep
from vouchers.accounts.permissions import ROLES, Permission
from vouchers.accounts.states import Role

IS_WHOLE = os.environ.get("SIEGE") == "full"
AS_DOCUMENT: Mapping[str, str] = {} if IS_WHOLE else {"Accept": "application/json"}
MOST_TRIED = 12
LET_IN = frozenset({200, 204, 303, 400, 409, 422})
PRESSED: Mapping[str, str] = {"seen_version": "1", "idempotency_key": "A" * 22}
"""What every form carries besides what is typed."""
VISITOR = "visitor"
UNKNOWN = 401  # what a script is told that has not signed in
PROBES = frozenset({"/readyz"})  # pages whose answer may say that something else is wrong
AUDIENCES = (VISITOR, Role.HANDLER, Role.PROVIDER_OPERATOR, Role.REVIEWER)
"""One of each layout: by these the pages open to all are asked in every test run."""


class Before(StrEnum):
    """What somebody stands before."""

    OWN = "own"
    SAME = "same organisation"
    OTHER = "other organisation"
    NONE = "none"


class Cell:
    """One question: may this one, by this method, have this?"""

    def __init__(self, rule: Rule, method: str, before: Before, paths: list[tuple[str, Arguments]]) -> None:
        self.rule, self.method, self.before, self.paths = rule, method, before, paths

    @property
    def path(self) -> str:
        """The address of the first thing."""
        return self.paths[0][0]

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule} before {self.before}"


def test_every_argument_of_every_address_can_be_filled(world: World) -> None:
    unfilled = [
        f"{rule.rule}: {', '.join(sorted(rule.arguments))}"
        for rule in rules_of(world.app)
        if rule.arguments and not _fills(rule)
    ]

    assert not unfilled, "say in tests/access/addresses.py what these name"


def test_every_address_is_asked_before_a_thing_that_somebody_may_have(world: World) -> None:
    """No cell is empty because nothing of the kind is there: somebody has one, and a stranger another."""
    missing = []
    for rule in rules_of(world.app):
        permission = permission_of(world.app, rule)
        roles = [role for role in Role if permission in ROLES[role]] if permission else [Role.REVIEWER]
        found = {cell.before for role in roles for cell in _cells_at(world.app, rule, SEATS[role], role)}
        wanted = {Before.OWN}
        if rule.arguments and _whose(rule) is not Whose.EVERYBODY:
            wanted |= {Before.OTHER, Before.NONE}
        missing += [f"{rule.rule}: {', '.join(wanted - found)}"] if wanted - found else []

    assert not missing


@pytest.mark.parametrize("role", [VISITOR, *Role])
def test_every_cell_of_the_matrix_says_what_the_table_says(
    world: World, role: Role | str, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong, count = [], 0
    sign_in = "" if role == VISITOR else SEATS[Role(role)]
    for cell in cells_of(world.app, role):
        count += 1
        problem = _problem(world, cell, sign_in, role)
        if problem:
            wrong.append(f"{cell}: {problem}")
        world.restore()
    record_property("cells", count)
    with capsys.disabled():
        print(f" {role}: {count} cells")  # noqa: T201  the figure of the matrix
    if IS_WHOLE:
        keep("siege-access", "matrix", str(role), {"cells": count, "wrong": len(wrong)})

    assert not wrong, "\n".join(wrong)


def _problem(world: World, cell: Cell, sign_in: str, role: Role | str) -> str:
    """What is wrong with the answers in a cell; nothing when they are what the table says."""
    permission = permission_of(world.app, cell.rule)
    if permission is None:
        return _must_not(world, cell, sign_in, {401, 403, 405})
    if role == VISITOR:
        return _must(world, cell, sign_in, "sign-in")
    if permission not in ROLES[Role(role)]:
        return _must(world, cell, sign_in, "403")
    asking = sign_in
    if cell.before is Before.OTHER and _whose(cell.rule) is Whose.SCHEME:
        asking = f"elsewhere-{Role(role).value}"
    if cell.before is Before.NONE or _is_out_of_reach(cell, Role(role)):
        return _must_look_like_nothing(world, cell, asking)
    return _must_be_let_in(world, cell, asking)


def _is_out_of_reach(cell: Cell, role: Role) -> bool:
    whose = _whose(cell.rule)
    if whose is Whose.FILE:
        reads_all = bool({Permission.CASE_READ, Permission.FINANCE_READ} & ROLES[role])
        return cell.before is Before.OTHER and not reads_all
    if cell.before is Before.SAME:  # what is sent to an office is sent to a role in it
        return whose is Whose.PERSON or (whose is Whose.ORGANISATION and role not in ORGANISED)
    return cell.before is Before.OTHER and whose is not Whose.EVERYBODY


def _must(world: World, cell: Cell, sign_in: str, wanted: str) -> str:
    for path, _ in cell.paths[:1]:
        answer = world.ask(sign_in, cell.method, path, PRESSED, headers={"Accept": "application/json"})
        is_sign_in = answer.status_code == 303 and answer.location.startswith("/sign-in")
        got = "sign-in" if is_sign_in or answer.status_code == UNKNOWN else str(answer.status_code)
        if got != wanted:
            return f"{wanted} is wanted, not {got} ({path})"
    return ""


def _must_not(world: World, cell: Cell, sign_in: str, unwanted: set[int]) -> str:
    path, _ = cell.paths[0]
    status = world.ask(sign_in, cell.method, path, PRESSED).status_code
    return f"{status} on an open page ({path})" if status in unwanted or (status >= 500 and path not in PROBES) else ""


def _must_be_let_in(world: World, cell: Cell, sign_in: str) -> str:
    """One of the things is enough: others may stand where this act has no place."""
    seen = set()
    for path, _ in cell.paths:
        answer = world.ask(sign_in, cell.method, path, PRESSED)
        if answer.status_code in LET_IN and not (answer.location or "").startswith(("/sign-in", "/second-factor")):
            return ""
        if answer.status_code == 403 and world.has_changed():
            return ""  # the page lets them in, the case wants somebody else, and that leaves an event
        seen.add(answer.status_code)
    return f"not let in: {seen} ({cell.paths[0][0]})"


def _must_look_like_nothing(world: World, cell: Cell, sign_in: str) -> str:
    """The same status and the same words as for a thing that is not there."""
    for path, arguments in cell.paths[: 3 if IS_WHOLE else 1]:
        answer = world.ask(sign_in, cell.method, path, PRESSED, headers=AS_DOCUMENT)
        if answer.status_code != 404:
            return f"404 is wanted, not {answer.status_code} ({path})"
        family = family_of(cell.rule)
        nothing = unknown(arguments, family.fixed if family else frozenset())
        there = world.ask(sign_in, cell.method, path_of(world.app, cell.rule, nothing), PRESSED, headers=AS_DOCUMENT)
        if _shape(answer, arguments) != _shape(there, nothing):
            return f"differs from the answer to nothing ({path})"
    return ""


def _shape(answer: TestResponse, arguments: Arguments) -> tuple[int, str, str]:
    kept = {name: value for name, value in answer.headers.items() if name in {"Cache-Control", "Content-Type", "Allow"}}
    return (
        answer.status_code,
        plain(answer, *(one for one in arguments.values() if isinstance(one, str))),
        str(sorted(kept.items())),
    )


def cells_of(app: Flask, role: Role | str) -> Iterator[Cell]:
    sign_in = SEATS[Role.REVIEWER if role == VISITOR else Role(role)]
    for rule in rules_of(app):
        permission = permission_of(app, rule)
        if permission is None and not IS_WHOLE and role not in AUDIENCES:
            continue
        is_whole = IS_WHOLE or (permission is not None and role == _asker(permission))
        found = list(_cells_at(app, rule, sign_in, Role.REVIEWER if role == VISITOR else Role(role)))
        for method in _methods(rule) if is_whole else _methods(rule)[-1:]:
            for cell in found if is_whole else found[:1]:
                yield Cell(cell.rule, method, cell.before, cell.paths)


@cache
def _asker(permission: Permission) -> Role:
    """Who tries a permission with every method and relation in each test run; in a siege everybody does."""
    return next(role for role in Role if permission in ROLES[role])


def _cells_at(app: Flask, rule: Rule, sign_in: str, role: Role) -> Iterator[Cell]:
    """What there is to stand before at an address, for somebody."""
    family = family_of(rule) if rule.arguments else None
    if family is None:
        yield Cell(rule, "GET", Before.OWN, [(path_of(app, rule, {}), {})])
        return
    colleague = COLLEAGUES.get(role, SEATS[Role.DECIDER if role is Role.REVIEWER else Role.REVIEWER])
    own = _things(family, sign_in)
    same = tuple(one for one in _things(family, colleague) if role in ORGANISED or one not in own)
    other = tuple(one for name in STRANGERS for one in _things(family, name) if one not in own and one not in same)
    if family.whose is Whose.SCHEME or (family.whose is Whose.EVERYBODY and IS_WHOLE):
        same, other = own[::-1], own
    elif family.whose is Whose.EVERYBODY:  # there is nothing else to tell them by
        same = other = ()
    nothing = tuple(unknown(one, family.fixed) for one in (own or same or other)[:1])
    for before, things in ((Before.OWN, own), (Before.SAME, same), (Before.OTHER, other), (Before.NONE, nothing)):
        if things and not (before is Before.NONE and family.fixed >= set(things[0])):
            yield Cell(rule, "GET", before, [(path_of(app, rule, one), one) for one in things])


@cache
def _things(family: Family, sign_in: str) -> tuple[Arguments, ...]:
    """What belongs to somebody; looked up once, the world is put back after every question."""
    return tuple(islice(family.found(seat_of(sign_in)), MOST_TRIED))


def rules_of(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)


def _methods(rule: Rule) -> list[str]:
    """HEAD is what GET says without the words; OPTIONS is answered by Flask, without a page."""
    shown = {"OPTIONS"} if IS_WHOLE else {"OPTIONS", "HEAD"}
    return sorted((rule.methods or set()) - shown)


def permission_of(app: Flask, rule: Rule) -> Permission | None:
    return getattr(app.view_functions[rule.endpoint], "required_permission", None)


def _whose(rule: Rule) -> Whose:
    family = family_of(rule) if rule.arguments else None
    return family.whose if family else Whose.EVERYBODY


def _fills(rule: Rule) -> bool:
    family = family_of(rule)
    things = [one for name in SEATS.values() for one in family.found(seat_of(name))] if family else []
    return any(rule.arguments <= set(one) for one in things)


def path_of(app: Flask, rule: Rule, arguments: Arguments) -> str:
    return app.url_map.bind("localhost").build(rule.endpoint, {name: arguments[name] for name in rule.arguments})
