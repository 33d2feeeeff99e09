"""B03, INV-39: fields that no form has are not stored, whatever they are called and however they are sent."""

import os
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Column, TypeDecorator, func, select
from werkzeug.test import TestResponse

from tests.access.test_matrix import Before, Cell, cells_of, permission_of
from tests.access.world import SEATS, World
from tests.pages import Form, Page, read_page
from tests.tally import keep
from vouchers.accounts.permissions import ROLES
from vouchers.accounts.states import Role
from vouchers.db.base import Base, db

IS_WHOLE = os.environ.get("SIEGE") == "full"
MARK, NUMBER, DAY = "canary-8d1f", 73409218, "2031-07-13"
MARKS = (MARK, str(NUMBER), DAY)
REFUSED = 403  # leaves an event and nothing else
LEAST_STORED, LEAST_AS_JSON = 15, 3
"""So many forms at least go through with what the page offers: else the test would prove nothing."""


def test_canary_fields_are_stored_by_no_form(world: World) -> None:
    """As a form, and where a form moves money also as a JSON object: each act goes through, and takes nothing along."""
    seen, sung, stored, as_json, truths = set(), [], 0, 0, _truths()
    for role, cell in _forms(world):
        if cell.rule.rule in seen and not IS_WHOLE:
            continue
        form = _form(world, role, cell)
        if form is None:
            continue
        for way in ("form", "json") if "idempotency_key" in form.names else ("form",):
            answer = _send(world, role, cell, form, way)
            if world.has_changed() and answer.status_code != REFUSED:
                seen.add(cell.rule.rule)
                stored, as_json = stored + 1, as_json + (way == "json")
                rose = {name for name, count in _truths().items() if count > truths[name]}
                sung += [f"{role} {cell} {way}: {row[:200]}" for row in world.rows() if any(m in row for m in MARKS)]
                sung += [f"{role} {cell} {way}: {name} is true now" for name in rose]
            world.restore()

    if IS_WHOLE:
        keep("siege-access", "canary fields", "forms that go through", {"sent": stored, "stored a canary": len(sung)})
    assert not sung
    assert stored >= LEAST_STORED
    assert as_json >= LEAST_AS_JSON


def _send(world: World, role: Role, cell: Cell, form: Form, way: str) -> TestResponse:
    """The form with everything that a column is called besides, in what the column takes."""
    canaries = {name: value for name, value in CANARIES.items() if name not in form.names}
    if way == "form":
        return world.ask(SEATS[role], "POST", cell.path, {**_filled(form), **canaries})
    plain = {name: value[0] if isinstance(value, list) and value else value for name, value in _filled(form).items()}
    return world.ask(SEATS[role], "POST", cell.path, json={**plain, **canaries})


def _canary(column: Column[Any]) -> object:
    own = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    kind = own.python_type
    if kind is bool:
        return True
    if kind is int:
        return NUMBER
    if kind is datetime:
        return f"{DAY}T01:02:03+00:00"
    return DAY if kind is date else MARK


def _truths() -> dict[str, int]:
    """For each column that says yes or no, how many rows say yes."""
    found = {}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Boolean):
                count = select(func.count()).select_from(table).where(column.is_(True))
                found[f"{table.name}.{column.name}"] = db.session.scalar(count) or 0
    db.session.rollback()
    return found


CANARIES: Mapping[str, object] = {
    "status": MARK, "role": MARK, "is_admin": True, "face": NUMBER, "owner_id": NUMBER, "org_id": NUMBER,
    **{column.name: _canary(column) for table in Base.metadata.sorted_tables for column in table.columns},
}  # fmt: skip
"""A value for every name that a column has anywhere, of the kind it takes, and for some that none has."""


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
