"""Many applicants and cases at once, as rows: for races and figures that the real acts would make too slowly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Table, insert, select

from tests.factories.accounts import MAKER
from tests.factories.parties import valid_uscc
from vouchers.applications import queries
from vouchers.applications.models import Application
from vouchers.applications.states import ApplicationState
from vouchers.audit.sealing import Sealed, note
from vouchers.audit.services import Subject, record
from vouchers.db.base import Base, db
from vouchers.db.transaction import transaction
from vouchers.enterprises.models import Enterprise
from vouchers.enterprises.states import EnterpriseState
from vouchers.kernel.identifiers import new_public_id
from vouchers.parties.models import Organisation
from vouchers.parties.states import OrganisationState

_PORTION = 5_000
_numbers = count(2_000_000)


@dataclass(frozen=True)
class Crowd:
    """How many cases of one window stand where; `due` spreads the promised days over so many days."""

    window: str
    handler_user_id: int
    states: Sequence[ApplicationState] = (ApplicationState.TO_DECIDE,)
    amount: int = 3_000_000
    approved: int | None = None
    stage: str = ""
    due: int = 0
    decision: Mapping[str, Any] | None = None


def make_crowd(crowd: Crowd, size: int, *, at: datetime) -> list[str]:
    """So many applicants with one case each, the states in turn; opens its own transactions."""
    found: list[str] = []
    for first in range(0, size, _PORTION):
        with transaction():
            found += _portion(crowd, range(first, min(size, first + _PORTION)), at=at)
            record("test.crowd", Subject("window", crowd.window), actor=MAKER, at=at)
    return found


def _portion(crowd: Crowd, places: range, *, at: datetime) -> list[str]:
    window = queries.window(crowd.window)
    organisations = [_organisation(next(_numbers), at) for _ in places]
    _insert(Organisation, organisations)
    enterprises = [_enterprise(key, at) for key in _keys(Organisation, organisations)]
    _insert(Enterprise, enterprises)
    common = {
        "scheme_version_id": window.scheme_version_id,
        "window_id": window.id,
        "voucher_kind": window.voucher_kind,
        "handler_user_id": crowd.handler_user_id,
        "requested": crowd.amount,
        "computed": crowd.amount,
        "approved": crowd.approved,
        "tier": "starter",
        "answers": {},
        "decision": crowd.decision,
        "created_at": at,
    }
    keys = _keys(Enterprise, enterprises)
    cases = [{**common, **_case(crowd, place, key, at)} for place, key in zip(places, keys, strict=True)]
    _insert(Application, cases)
    return [case["public_id"] for case in cases]


def _organisation(number: int, at: datetime) -> dict[str, Any]:
    name, uscc = f"渝中群像科技{number}有限公司", valid_uscc(number)
    return {
        "public_id": new_public_id(),
        "name": name,
        "uscc": uscc,
        "state": OrganisationState.ACTIVE,
        "version": 1,
        "created_at": at,
    }


def _enterprise(organisation_id: int, at: datetime) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "organisation_id": organisation_id,
        "state": EnterpriseState.REGISTERED,
        "version": 1,
        "created_at": at,
    }


def _case(crowd: Crowd, place: int, enterprise_id: int, at: datetime) -> dict[str, Any]:
    state = crowd.states[place % len(crowd.states)]
    return {
        "public_id": new_public_id(),
        "number": f"QX-{next(_numbers)}",
        "enterprise_id": enterprise_id,
        "state": state,
        "stage": crowd.stage,
        "submitted_at": at + timedelta(seconds=place),
        "due_on": _due(crowd, place, at.date()) if state in queries.OPEN_TO_OFFICE else None,
        "version": 1,
    }


def _due(crowd: Crowd, place: int, on: date) -> date | None:
    return on + timedelta(days=place * 7919 % crowd.due) if crowd.due else None


def _insert(model: type[Base], rows: list[dict[str, Any]]) -> None:
    table = model.__table__
    assert isinstance(table, Table)
    ids = db.session.scalars(insert(table).returning(table.c.id), rows).all()
    if issubclass(model, Sealed):
        note(db.session(), model, [(one,) for one in ids])


def _keys(model: type[Organisation] | type[Enterprise], rows: list[dict[str, Any]]) -> list[int]:
    """The keys of rows just written, in their order."""
    first, last = rows[0]["public_id"], rows[-1]["public_id"]
    low, high = (db.session.scalar(select(model.id).where(model.public_id == one)) or 0 for one in (first, last))
    return list(range(low, high + 1))
