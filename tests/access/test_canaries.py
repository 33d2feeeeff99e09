"""B03, INV-39: fields that no form has are not stored, whatever they are called and however they are sent."""

import os
from collections.abc import Iterator
from typing import Any

from tests.access.test_matrix import Before, Cell, cells_of, permission_of
from tests.access.world import SEATS, World
from tests.pages import Form, Page, read_page
from tests.tally import keep
from vouchers.accounts.permissions import ROLES
from vouchers.accounts.states import Role

IS_WHOLE = os.environ.get("SIEGE") == "full"
MARK = "canary-8d1f"
NAMES = (
    "status", "state", "amount", "approved", "org_id", "organisation_id", "owner_id", "user_id", "person_id", "role",
    "approved_by", "decided_by", "created_at", "version", "is_admin", "is_rehearsal", "face", "balance", "computed",
    "number", "code", "public_id", "id",
)  # fmt: skip
LEAST_STORED = 15
"""So many forms at least go through with what the page offers: else the test would prove nothing."""


def test_canary_fields_are_stored_by_no_form(world: World) -> None:
    seen, sung, stored = set(), [], 0
    for role, cell in _forms(world):
        if cell.rule.rule in seen and not IS_WHOLE:
            continue
        form = _form(world, role, cell)
        if form is None:
            continue
        canaries = {name: MARK for name in NAMES if name not in form.names}
        world.ask(SEATS[role], "POST", cell.path, {**_filled(form), **canaries})
        if world.has_changed():
            seen.add(cell.rule.rule)
            stored += 1
            sung += [f"{role} {cell}: {row[:200]}" for row in _dump(world) if MARK in row]
        world.restore()

    if IS_WHOLE:
        keep("siege-access", "canary fields", "forms that go through", {"sent": stored, "stored a canary": len(sung)})
    assert not sung
    assert stored >= LEAST_STORED


def _forms(world: World) -> Iterator[tuple[Role, Cell]]:
    """Every form that somebody may send, before what is theirs."""
    for role in Role:
        for cell in cells_of(world.app, role):
            permission = permission_of(world.app, cell.rule)
            may = permission is not None and permission in ROLES[role]
            if may and cell.method == "POST" and cell.before is Before.OWN and "GET" in (cell.rule.methods or set()):
                yield role, cell


def _form(world: World, role: Role, cell: Cell) -> Form | None:
    """The form of the page, as it is offered, at the first thing before which it can be opened."""
    for path, _ in cell.paths[:4]:
        answer = world.ask(SEATS[role], "GET", path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            page: Page = read_page(answer.get_data(as_text=True), path=path, headers=dict(answer.headers))
            cell.paths = [(path, {})]
            return next((one for one in page.forms if one.action.split("?")[0] == path), None)
    return None


def _filled(form: Form) -> dict[str, Any]:
    """What the page offers, and a few words where it leaves the words to the reader."""
    values: dict[str, Any] = {name: given for name, given in form.values.items() if name != "csrf_token"}
    for name in form.names - {"csrf_token"}:
        if not any(values.get(name, [])):
            values[name] = _WORDS.get(name, "已按规定核实，同意办理。")
    return values


_WORDS = {
    "phone": "19811110000",
    "sign_in": "canary-user",
    "on": "2026-03-01",
    "valid_from": "2026-03-18",
    "valid_until": "",
    "cursor": "",
    "number": "文号2026-1",
    "bank_code": "",
    "contact": "19811110001",
}


def _dump(world: World) -> Iterator[str]:
    for row in world.rows():
        yield str(row)
